"""What the reports of a story have said before the latest of them, by their headlines, and who said it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.alerts.followup import is_follow_up
from worker.alerts.headlines import pieces_of
from worker.model import Report, Story

# So long a turn may take from its first headline to the one that makes it one.
WINDOW = timedelta(hours=6)
# So long what the headlines of a turn say is heard again in those that write it up.
ECHO = timedelta(hours=12)
# A word is known to the story that so many roots had in their headlines before it was last told, or before the window.
KNOWN_TO = 2
# The chance allowed that headlines which share a word are the latest ones by accident.
CHANCE = 0.05
# Marks the turn told last, among the steps of a story's ladder: "turn:ARTICLE".
TURN = "turn:"
# Marks when a story was last told: "at:20230911T084900Z".
AT = "at:"
_AT_FORMAT = "%Y%m%dT%H%M%SZ"
# Of whom another story's root may be part, and nobody can say ("South Korean media").
_CROWDS = ("media:", "officials:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`reports` of the story and those that are one with it, copies aside, when `report` had come.

    `recent` of them may carry its turn, what `known` ones say is known, and `before` are all but itself. `last` is when
    somebody was told, None where nobody was. `told` are the new words of the turns told of late.
    """

    report: Report
    reports: Sequence[Report]
    recent: Sequence[Report]
    known: Sequence[Report]
    last: datetime | None
    told: frozenset[str]

    @property
    def before(self) -> Iterable[Report]:
        """All but the latest."""
        return (one for one in self.reports if one.article_id != self.report.article_id)

    def is_quiet(self, pause: timedelta) -> bool:
        """Whether nobody was told for so long."""
        return self.last is None or self.report.seen_at - self.last >= pause

    def fresh(self) -> dict[str, list[Report]]:
        """The pieces of its headline that at least two carry and that are not known, with the reports that do."""
        return _fresh(_shared(pieces_of(self.report.title), self.recent), self.known)

    def is_news(self, carriers: Sequence[Report]) -> bool:
        """Whether it is no accident that these headlines share a word, and not the last turn once more."""
        return self._is_no_chance(carriers) and any(self.told.isdisjoint(pieces_of(one.title)) for one in carriers)

    def _is_no_chance(self, carriers: Sequence[Report]) -> bool:
        """Were headlines that share a word spread over the story at random, all would rarely be among its latest.

        Each source is one draw; the latest are those since the first of `carriers`.
        """
        first = min(one.seen_at for one in carriers)
        latest = sum(one.seen_at >= first for one in self.reports)
        return (latest / len(self.reports)) ** len(apart(carriers)) <= CHANCE


def heard_of(report: Report, story: Story, kin: Sequence[Story]) -> Heard:
    """What was heard of `story`, which holds `report`, and of its `kin`, itself among them."""
    last = last_told(kin)
    reports = [one for member in kin for one in member.reports if one.copy_of is None]
    begins = report.seen_at - WINDOW
    return Heard(
        report=report,
        reports=reports,
        recent=[one for one in _counted(story, kin) if one.seen_at >= begins],
        known=[one for one in reports if one.seen_at < begins or (last is not None and one.seen_at <= last)],
        last=last,
        told=_words_told(report, reports, kin),
    )


def apart(reports: Iterable[Report]) -> tuple[Report, ...]:
    """The first report of each that rests on a root of its own, in a headline by a publisher of its own."""
    roots, sources = set(), set()
    found = []
    for one in sorted(reports, key=lambda one: (one.seen_at, one.article_id)):
        if one.root not in roots and one.source not in sources:
            roots.add(one.root)
            sources.add(one.source)
            found.append(one)
    return tuple(found)


def last_told(kin: Iterable[Story]) -> datetime | None:
    """When any of the stories last told somebody; None where none did, or a release before this one decided."""
    marks = [key.removeprefix(AT) for story in kin for key in story.told if key.startswith(AT)]
    return max((datetime.strptime(mark, _AT_FORMAT).replace(tzinfo=UTC) for mark in marks), default=None)


def told_at(moment: datetime, told: Iterable[str]) -> tuple[str, ...]:
    """The steps told, with the moment as the last one. Of earlier turns no more is kept: they are known by then."""
    whole = moment.astimezone(UTC) + timedelta(microseconds=-moment.microsecond % 1_000_000)
    mark = f"{AT}{whole:{_AT_FORMAT}}"
    return (mark, *(key for key in told if not key.startswith((AT, TURN))))


def is_moment(key: str) -> bool:
    """Whether a key says when a story was told, and is no step of the ladder."""
    return key.startswith(AT)


def _counted(story: Story, kin: Sequence[Story]) -> list[Report]:
    """The reports that may carry its turns: its own, and of stories that grouping split off from it what is no crowd.

    A story that follows another climbs by its own reports only.
    """
    reports = _rooted(story, {root.key for root in story.roots})
    if is_follow_up(story):
        return reports
    for member in kin:
        if member.id != story.id:
            reports += _rooted(member, {root.key for root in member.roots if not root.key.startswith(_CROWDS)})
    return reports


def _rooted(story: Story, keys: Collection[str]) -> list[Report]:
    """A report whose root is not among those of its story rests on one that is."""
    return [one for one in story.reports if one.copy_of is None and one.root in keys]


def _shared(pieces: frozenset[str], reports: Sequence[Report]) -> dict[str, list[Report]]:
    """The pieces that at least two carry, with the reports that do."""
    carriers: dict[str, list[Report]] = {}
    for one in reports:
        for piece in pieces & pieces_of(one.title):
            carriers.setdefault(piece, []).append(one)
    return {piece: by for piece, by in sorted(carriers.items()) if len(apart(by)) > 1}


def _fresh(shared: Mapping[str, list[Report]], old: Sequence[Report]) -> dict[str, list[Report]]:
    """Those of the pieces that are not known."""
    return {
        piece: by
        for piece, by in shared.items()
        if len(apart(one for one in old if piece in pieces_of(one.title))) < KNOWN_TO
    }


def _words_told(report: Report, reports: Sequence[Report], kin: Iterable[Story]) -> frozenset[str]:
    """By the headlines that completed the turns."""
    keys = {key.removeprefix(TURN) for story in kin for key in story.told if key.startswith(TURN)}
    completed = [one for one in reports if one.article_id in keys and one.seen_at >= report.seen_at - ECHO]
    return frozenset(piece for one in completed for piece in _new_words(one, reports))


def _new_words(completed: Report, reports: Sequence[Report]) -> Iterable[str]:
    begins = completed.seen_at - WINDOW
    carriers = [one for one in reports if begins <= one.seen_at <= completed.seen_at]
    return _fresh(_shared(pieces_of(completed.title), carriers), [one for one in reports if one.seen_at < begins])
