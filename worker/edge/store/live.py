"""How the live stories of a topic are found and kept: few bytes a story, and at one cost however many there are.

A report is compared with the stories that share its rarest terms, those it may be a copy of, and those told last; how
rare a term is, the topic's own reports show. All of it lies on a `Shelf`, so that the worker that takes the next
article of the topic finds what the one before left.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zlib import crc32

from worker.alerts.followup import follows
from worker.edge.kept import Kept
from worker.model import Article, Story
from worker.ports import Live
from worker.stories.background import NOTHING, Background, is_due, number_of, packed_report, unpacked
from worker.stories.lookup import may_be_copied, most_alike, place_of, prints, prints_of, rarest, told_most_alike
from worker.stories.postings import Postings
from worker.stories.rarities import Rarities
from worker.stories.terms import terms

# Whether a new story only follows one already told is asked of so many of those told last, besides what is alike.
TOLD_LAST = 40
# Stories that have ended are taken off by the next articles, so many by each.
_ENDED_AT_ONCE = 20
_READ_AT_ONCE = 500
# Changes with what heads, buckets and figures look like: of another form, all is found anew from the stories.
_FORM = 2
# Topics whose figures a process keeps at hand: some 200 kB each at the most.
_FIGURES_KEPT = 64


class Shelf(Protocol):
    """Where all of one topic lies; what is read stays as it is until `Changes` of it are stored."""

    def head(self) -> bytes | None:
        """What was last stored as `Changes.head`; None where nothing is, or where another release changed stories."""
        ...

    def buckets(self, numbers: Sequence[int]) -> Sequence[bytes | None]: ...

    def figures(self) -> bytes | None:
        """What was last stored as `Changes.figures`."""
        ...

    def waiting(self) -> bytes:
        """Every `Changes.counted` stored since the figures were, one behind the other."""
        ...

    def stories(self, ids: Sequence[str]) -> Sequence[Kept | None]: ...

    def live_since(self, moment: datetime) -> Sequence[str]:
        """Ids of the stories with a report since then."""
        ...

    def ended_before(self, moment: datetime, limit: int) -> Sequence[str]:
        """Ids of stories still kept as live whose last report is older."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an article changes on a shelf.

    `buckets` are to be stored by their numbers, empty ones removed; with `afresh` nothing of the former ones stays.
    With `figures` nothing that waited before waits any more; `counted` is to be added to what waits then. `ended` are
    live no longer and kept for people only.
    """

    head: bytes
    afresh: bool
    buckets: Mapping[int, bytes]
    counted: bytes
    figures: bytes | None
    stories: Sequence[Kept]
    merged: Sequence[tuple[Story, str]]
    ended: Sequence[Story]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The size of the table, how many reports the figures rest on and which they are, and the stories told last."""

    buckets: int = 1
    entries: int = 0
    reports: int = 0
    waiting: int = 0
    figures: int = 0
    told: Sequence[str] = ()
    form: int = _FORM


def _head_of(data: bytes | None) -> _Head | None:
    """What was stored, None for nothing or for what another release wrote."""
    plain = json.loads(data) if data else {}
    return _Head(**plain) if plain.get("form") == _FORM else None


class Figures:
    """The figures of the topics that this process was busy with last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Background] = OrderedDict()

    def of(self, check: int, shelf: Shelf) -> Background:
        """Those whose bytes have this check sum."""
        if check not in self._kept:
            data = shelf.figures() if check else None
            if data is None:
                return NOTHING
            self._kept[check] = unpacked(data)
            if len(self._kept) > _FIGURES_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(check)
        return self._kept[check]


def _no_buckets(numbers: Sequence[int]) -> Sequence[bytes | None]:
    return [None] * len(numbers)


class LiveTopic:
    """The live stories of one topic while one article is placed: first looked at, then changed.

    `window` is in seconds: a story is live so long after its last report.
    """

    def __init__(self, shelf: Shelf, figures: Figures, *, article: Article, now: datetime, window: float) -> None:
        self._shelf, self._article, self._now = shelf, article, now
        self._oldest = now - timedelta(seconds=window)
        self._vocabulary = terms(article)
        self._kept: dict[str, Kept] = {}
        head = _head_of(shelf.head())
        self._afresh = head is None
        self._head = head or _Head()
        self._background = figures.of(self._head.figures, shelf)
        self._postings = Postings(
            _no_buckets if head is None else shelf.buckets, buckets=self._head.buckets, entries=self._head.entries
        )
        self._told: dict[str, None] = dict.fromkeys(self._head.told)
        self._figures: bytes | None = None
        self._built: dict[str, Kept] = {}
        if head is None:
            self._build()

    def look(self, signature: Sequence[int]) -> Live:
        """The live stories that the article, whose text has this signature, may concern, in the order of their ends."""
        frequency = self._background.of(list(self._vocabulary))
        rarities = Rarities.known(frequency, self._background.stories)
        scaled = rarities.scaled(self._vocabulary.items())
        numbers, copied = {term: number_of(term) for term in scaled}, prints(signature)
        found = self._postings.find([*numbers.values(), *copied])
        by_term = {term: found[number] for term, number in numbers.items() if number in found}
        alike = most_alike(by_term, scaled, rarities)
        originals = may_be_copied(found[number] for number in copied if number in found)
        near = self._load([*alike, *originals])
        told = self._load(self._told)
        # What was told of a story counts for those that follow it.
        told += self._load(head for story in (*near, *told) if (head := follows(story)))
        near = list({story.id: story for story in (*near, *told_most_alike(told, scaled))}.values())
        known = {story.id for story in near}
        words = {term for story in near for term, _ in story.terms} - frequency.keys()
        return Live(
            stories=self._live(near),
            told=self._live(story for story in told if story.id not in known),
            frequency={**frequency, **self._background.of(sorted(words))},
            counted=self._background.stories,
        )

    def _live(self, stories: Iterable[Story]) -> tuple[Story, ...]:
        live = {story.id: story for story in stories if story.last_seen >= self._oldest}
        return tuple(sorted(live.values(), key=lambda story: (story.last_seen, story.id)))

    def changes(self, stories: Iterable[Story], merged: Sequence[tuple[Story, str]]) -> Changes:
        """What is to be stored, with the stories that the article changed and those that are now part of another."""
        for gone, _ in merged:
            self._take_off(gone.id)
        changed = {story.id: self._post(story) for story in stories}
        ended = self._end(changed.keys() | {gone.id for gone, _ in merged})
        counted = self._count(kept.story for kept in changed.values())
        buckets = self._postings.settle()
        head = replace(
            self._head,
            buckets=self._postings.buckets,
            entries=self._postings.entries,
            told=list(self._told)[-TOLD_LAST:],
        )
        return Changes(
            head=json.dumps(asdict(head), separators=(",", ":")).encode(),
            afresh=self._afresh,
            buckets=buckets,
            counted=counted,
            figures=self._figures,
            stories=[*changed.values(), *(kept for ident, kept in self._built.items() if ident not in changed)],
            merged=merged,
            ended=ended,
        )

    def _load(self, ids: Iterable[str]) -> list[Story]:
        wanted = list(dict.fromkeys(ids))
        missing = [story_id for story_id in wanted if story_id not in self._kept]
        found = self._shelf.stories(missing) if missing else []
        self._kept.update((kept.story.id, kept) for kept in found if kept is not None)
        return [self._kept[story_id].story for story_id in wanted if story_id in self._kept]

    def _post(self, story: Story) -> Kept:
        """Post a story under its rarest terms and the prints of its originals, and no longer under former ones."""
        former = self._numbers(story.id)
        frequency = self._background.of([term for term, _ in story.terms])
        scaled = Rarities.known(frequency, self._background.stories).scaled(story.terms)
        posted = tuple(number_of(term) for term in rarest(scaled))
        numbers = prints_of(story).union(posted)
        self._postings.move(story.id, gone=former - numbers, new=numbers - former)
        if story.told:
            self._told.pop(story.id, None)
            self._told[story.id] = None
        kept = self._kept[story.id] = Kept(story=story, posted=posted)
        return kept

    def _take_off(self, story_id: str) -> None:
        self._postings.move(story_id, gone=self._numbers(story_id))
        self._told.pop(story_id, None)
        self._built.pop(story_id, None)

    def _numbers(self, story_id: str) -> set[int]:
        """All that the story is posted under."""
        self._load([story_id])
        kept = self._kept.get(story_id)
        return prints_of(kept.story).union(kept.posted) if kept else set()

    def _end(self, busy: AbstractSet[str]) -> list[Story]:
        ids = [ident for ident in self._shelf.ended_before(self._oldest, _ENDED_AT_ONCE) if ident not in busy]
        for story_id in ids:
            self._take_off(story_id)
        return self._load(ids)

    def _count(self, stories: Iterable[Story]) -> bytes:
        """The article as it is to be counted; the figures are told anew where enough of them wait."""
        places = [place for story in stories if (place := place_of(self._article.id, story))]
        if not places or places[0][0].copy_of is not None:
            return b""
        counted = packed_report(self._vocabulary, places[0][1])
        reports, waiting = self._head.reports, self._head.waiting + 1
        if self._figures is None and is_due(waiting, reports):
            self._tell(self._background.with_reports(self._shelf.waiting() + counted), reports + waiting)
            return b""
        self._head = replace(self._head, waiting=waiting)
        return counted

    def _tell(self, figures: Background, reports: int) -> None:
        self._figures = figures.packed()
        self._head = replace(self._head, reports=reports, waiting=0, figures=crc32(self._figures))

    def _build(self) -> None:
        """Find all anew from the stories alone: nothing was kept yet, or a release changed them that keeps less."""
        ids = self._shelf.live_since(self._oldest)
        batches = [ids[at : at + _READ_AT_ONCE] for at in range(0, len(ids), _READ_AT_ONCE)]
        stories = [story for batch in batches for story in self._load(batch)]
        reports = b"".join(packed_report((term for term, _ in story.terms), 1) for story in stories)
        self._background = NOTHING.with_reports(reports)
        self._tell(self._background, len(stories))
        # What they were posted under before is gone.
        self._kept = {story.id: Kept(story=replace(story, reports=())) for story in stories}
        self._built = {story.id: self._post(story) for story in stories}
