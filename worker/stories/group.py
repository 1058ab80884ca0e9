"""Which reports tell of the same event.

Reports are taken in the order of their arrival. Each is compared with the vocabulary of the live stories and joins the
one that is most alike, or opens a story of its own. A report that fits two stories, which are alike themselves, shows
that they are one: they are merged. A copy of a report always joins that report's story. Reports in two languages share
few words and may stay two stories.

One topic and a whole stream are grouped by the same rules; a stream only looks up which stories are worth comparing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from worker.model import Article, Report, Story
from worker.stories.likeness import Rarities, are_one, dot, fits, recency
from worker.stories.meaning import Meaning, Meanings
from worker.stories.story import (
    MAX_REPORTS,
    MAX_TERMS,
    independent_sources,
    is_near,
    joined,
    merged,
    opened,
    report_of,
)
from worker.stories.terms import terms

__all__ = ["MAX_REPORTS", "MAX_TERMS", "WINDOW", "Placement", "StoryIndex", "independent_sources", "place"]

Signature: TypeAlias = tuple[int, ...]
IsCopy: TypeAlias = Callable[[Signature, Signature], bool]

WINDOW = 72 * 3600.0
# Of the stories alike enough, so many may turn out to be one with the first.
_MAY_MERGE = 3
# What a story means is the mean of so many of its latest reports.
_REMEMBERED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an article went. `story` already holds its report.

    `similarity` (0..1) is to the most similar story there was before, `nearest` that story's id, also where it was not
    similar enough to join; "" where there was none. `absorbed` are stories that are part of `story` from now on.
    """

    story: Story
    is_new: bool
    report: Report
    copy_of: str | None
    similarity: float
    nearest: str = ""
    absorbed: tuple[Story, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alike:
    similarity: float
    story: Story
    scaled: Mapping[str, float]


def place(
    article: Article,
    match_topic: str,
    signature: Signature,
    live: Sequence[Story],
    *,
    now: datetime,
    is_copy: IsCopy,
    window: float = WINDOW,
    meaning: Meaning | None = None,
) -> Placement:
    """The story of `live` (all of one topic) that `article` belongs to, or a new one.

    `window` is in seconds: a story is open to reports published within it of the story's latest report. An article that
    has a report already changes nothing.
    """
    known = _known(article, live)
    if known is not None:
        return known
    report = report_of(article, signature, now)
    near = [story for story in live if is_near(report, story, window)]
    return _placed(report, terms(article), match_topic, near, _rarities_of(live), is_copy, meaning)


class StoryIndex:
    """Groups a whole stream of articles, in arrival order, in memory.

    Only stories that share rare terms with an article are compared with it, so the cost of an article does not grow
    with the number of live stories.
    """

    _LOOKED_UP = 10
    _PER_TERM = 60
    _COMPARED = 12
    # Of what the best candidate shares with the article; those that share less were never the most alike.
    _SHARED = 0.25

    def __init__(
        self,
        *,
        signature: Callable[[str], Signature],
        is_copy: IsCopy,
        topic: str = "",
        window: float = WINDOW,
        meanings: Meanings | None = None,
    ) -> None:
        self._signature = signature
        self._is_copy = is_copy
        self._topic = topic
        self._window = window
        self._meanings = meanings
        self._now = datetime.fromtimestamp(0, UTC)
        self._rarities = Rarities()
        self._stories: OrderedDict[str, Story] = OrderedDict()
        self._by_term: dict[str, OrderedDict[str, None]] = {}
        self._posted: dict[str, list[str]] = {}
        self._story_of: dict[str, str] = {}
        self._merged_into: dict[str, str] = {}

    def __len__(self) -> int:
        """Live stories."""
        return len(self._stories)

    def add(self, article: Article) -> Placement:
        """Place the next article. One without any time counts as seen together with the article before it."""
        self._now = max(self._now, article.seen_at or article.published or self._now)
        self._expire()
        known = self._stories.get(self.current(self._story_of.get(article.id, "")))
        if known is not None and (placement := _known(article, [known])) is not None:
            return placement
        vocabulary = terms(article)
        report = report_of(article, self._signature(article.text), self._now)
        candidates = [story for story in self._candidates(vocabulary) if is_near(report, story, self._window)]
        meaning = self._meanings.of(article) if self._meanings else None
        placement = _placed(report, vocabulary, self._topic, candidates, self._rarities, self._is_copy, meaning)
        self._keep(placement, vocabulary)
        return placement

    def current(self, story_id: str) -> str:
        """The story that a story became by merging; its own id where it did not."""
        while story_id in self._merged_into:
            story_id = self._merged_into[story_id]
        return story_id

    def _rarest(self, vocabulary: Mapping[str, float]) -> list[str]:
        scaled = {term: weight * self._rarities(term) for term, weight in vocabulary.items()}
        return sorted(scaled, key=lambda term: (-scaled[term], term))[: self._LOOKED_UP]

    def _candidates(self, vocabulary: Mapping[str, float]) -> list[Story]:
        shared: dict[str, float] = {}
        for term in self._rarest(vocabulary):
            weight = vocabulary[term] * self._rarities(term) ** 2
            for story_id in self._by_term.get(term, ()):
                shared[story_id] = shared.get(story_id, 0.0) + weight
        best = sorted(shared, key=lambda story_id: (-shared[story_id], story_id))[: self._COMPARED]
        least = shared[best[0]] * self._SHARED if best else 0.0
        return [self._stories[story_id] for story_id in best if shared[story_id] >= least]

    def _keep(self, placement: Placement, vocabulary: Iterable[str]) -> None:
        story = placement.story
        for gone in placement.absorbed:
            self._forget(gone.id)
            self._merged_into[gone.id] = story.id
        if placement.copy_of is None:
            self._rarities.count(vocabulary, 1 / len(story.reports))
            self._post(story)
        self._stories[story.id] = story
        self._stories.move_to_end(story.id)
        self._story_of[placement.report.article_id] = story.id

    def _post(self, story: Story) -> None:
        posted = self._rarest(dict(story.terms))
        for term in set(self._posted.get(story.id, ())) - set(posted):
            self._unpost(term, story.id)
        for term in posted:
            postings = self._by_term.setdefault(term, OrderedDict())
            postings[story.id] = None
            postings.move_to_end(story.id)
            if len(postings) > self._PER_TERM:
                postings.popitem(last=False)
        self._posted[story.id] = posted

    def _unpost(self, term: str, story_id: str) -> None:
        postings = self._by_term.get(term)
        if postings is not None:
            postings.pop(story_id, None)
            if not postings:
                del self._by_term[term]

    def _expire(self) -> None:
        oldest = self._now - timedelta(seconds=self._window)
        while self._stories and (story := next(iter(self._stories.values()))).last_seen < oldest:
            self._forget(story.id)

    def _forget(self, story_id: str) -> None:
        self._stories.pop(story_id, None)
        for term in self._posted.pop(story_id, ()):
            self._unpost(term, story_id)


def _rarities_of(stories: Iterable[Story]) -> Rarities:
    """What the live stories of a topic say about how rare terms are."""
    rarities = Rarities()
    for story in stories:
        rarities.count((term for term, _ in story.terms), 1.0)
    return rarities


def _known(article: Article, live: Iterable[Story]) -> Placement | None:
    for story in live:
        for report in story.reports:
            if report.article_id == article.id:
                return Placement(
                    story=story, is_new=False, report=report, copy_of=report.copy_of, similarity=1.0, nearest=story.id
                )
    return None


def _placed(  # noqa: PLR0917  what a decision rests on
    report: Report,
    vocabulary: Mapping[str, float],
    topic: str,
    stories: Sequence[Story],
    rarities: Rarities,
    is_copy: IsCopy,
    meaning: Meaning | None,
) -> Placement:
    """The rules, whatever the stories were found by."""
    copied = _copied(report, stories, is_copy)
    if copied is not None:
        return _copy(report, *copied)
    scaled = rarities.scaled(vocabulary.items())
    ranked = _ranked(report, scaled, stories, rarities, meaning)
    nearest = ranked[0] if ranked else None
    similarity, nearest_id = (nearest.similarity, nearest.story.id) if nearest else (0.0, "")
    fitting = [alike for alike in ranked if fits(alike.similarity, len(vocabulary), alike.story)]
    if not fitting:
        story = _meant(opened(report, vocabulary, topic), meaning)
        return Placement(
            story=story, is_new=True, report=report, copy_of=None, similarity=similarity, nearest=nearest_id
        )
    chosen = fitting[0]
    others = _same(chosen, [alike for alike in ranked if alike is not chosen], len(vocabulary))
    story = chosen.story
    for other in others:
        story = merged(story, other)
    absorbed = tuple(one for one in (chosen.story, *others) if one.id != story.id)
    story = _meant(joined(story, report, vocabulary, chosen.similarity), meaning)
    return Placement(
        story=story,
        is_new=False,
        report=report,
        copy_of=None,
        similarity=similarity,
        nearest=story.id if chosen is nearest else nearest_id,
        absorbed=absorbed,
    )


def _ranked(
    report: Report,
    scaled: Mapping[str, float],
    stories: Iterable[Story],
    rarities: Rarities,
    meaning: Meaning | None,
) -> list[_Alike]:
    alike = []
    for story in stories:
        other = rarities.scaled(story.terms)
        similarity = min(1.0, dot(scaled, other))
        if meaning is not None:
            similarity = meaning.refine(similarity, story.meaning)
        alike.append(_Alike(similarity=similarity * recency(report, story), story=story, scaled=other))
    return sorted(alike, key=lambda one: (-one.similarity, one.story.id))


def _meant(story: Story, meaning: Meaning | None) -> Story:
    """With what its latest report means; the vocabulary follows the latest ones as well."""
    if meaning is None:
        return story
    return replace(story, meaning=meaning.joined(story.meaning, min(len(story.reports) - 1, _REMEMBERED)))


def _same(chosen: _Alike, others: Iterable[_Alike], size: int) -> list[Story]:
    """Which of the others tell of the same event as the chosen one."""
    close = list(others)[: _MAY_MERGE - 1]
    return [
        one.story
        for one in close
        if are_one(size, one.similarity, chosen.story, one.story, dot(chosen.scaled, one.scaled))
    ]


def _copied(report: Report, stories: Iterable[Story], is_copy: IsCopy) -> tuple[Story, str] | None:
    """The story and the article of which the report is a copy."""
    if not report.signature:
        return None
    for story in stories:
        for told in story.reports:
            if told.signature and is_copy(told.signature, report.signature):
                return story, told.article_id
    return None


def _copy(report: Report, story: Story, original: str) -> Placement:
    # A copy is recognised by its original; a second signature of the same words would only take room.
    report = replace(report, copy_of=original, signature=())
    return Placement(
        story=joined(story, report, {}, 1.0),
        is_new=False,
        report=report,
        copy_of=original,
        similarity=1.0,
        nearest=story.id,
    )
