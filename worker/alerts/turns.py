"""Turns of events inside a story: the arrest after the escape, the charge after the arrest.

A report that takes no step of the ladder may still say what no report said before. One headline that does is a choice
of words; where several independent sources take to the same new words within hours, something has happened. So a turn
is told by headlines alone, and by what all languages have: which words are new to the story, who uses them, and when.

It is a turn where, within some hours, as many independent sources as a rung asks for carry one new word in their
headlines, or together two new words of which each has at least two of them; and where it is unlikely that just these
headlines are the latest of the story by chance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.alerts.followup import is_follow_up
from worker.alerts.headlines import pieces_of, quoted_pieces
from worker.model import Report, Story

# So long a turn may take from its first headline to the one that makes it one.
WINDOW = timedelta(hours=6)
# After an alert the reports on it come in, in words of their own.
PAUSE = timedelta(hours=2)
# A word is known to the story that so many roots had in their headlines before it was last told, or before the window.
KNOWN_TO = 2
# The chance allowed that headlines which share a word are the latest ones by accident.
CHANCE = 0.05
# Marks when a story was last told, among the steps of its ladder: "at:20230911T084900Z".
_AT = "at:"
_AT_FORMAT = "%Y%m%dT%H%M%SZ"
_TURN = "turn:"
# Of whom another story's root may be part, and nobody can say ("South Korean media").
_CROWDS = ("media:", "officials:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is new, as the latest headline writes it, and the first report of each source that carries it."""

    words: tuple[str, ...]
    carried: tuple[Report, ...]

    def key(self, report: Report) -> str:
        """The step of the ladder that `report` takes with it."""
        return f"{_TURN}{report.article_id}"


def turn_of(report: Report, story: Story, kin: Sequence[Story], rung: int) -> Turn | None:
    """The turn that `report`, which `story` holds, completes; None where it does not.

    `kin` are the stories that are one with it, itself among them; `rung` is how many roots make a turn.
    """
    last = last_told(kin)
    if last is not None and report.seen_at - last < PAUSE:
        return None
    heard = [one for member in kin for one in member.reports if one.copy_of is None]
    begins = report.seen_at - WINDOW
    recent = [one for one in _counted(story, kin) if begins <= one.seen_at]
    shared = _shared(pieces_of(report.title), recent)
    if not shared:
        return None
    known = _known(shared, [one for one in heard if one.seen_at < begins or (last is not None and one.seen_at <= last)])
    fresh = {piece: by for piece, by in shared.items() if piece not in known}
    alone = [piece for piece, by in fresh.items() if len(_apart(by)) >= rung and _is_no_chance(by, heard)]
    together = [one for by in fresh.values() for one in by]
    if alone:
        return _turn(report, alone, [one for piece in alone for one in fresh[piece]])
    turn = _turn(report, fresh, together)
    is_carried = len(turn.words) > 1 and len(turn.carried) >= rung and _is_no_chance(together, heard)
    return turn if is_carried else None


def last_told(kin: Iterable[Story]) -> datetime | None:
    """When any of the stories last told somebody; None where none did, or a release before this one decided."""
    marks = [key.removeprefix(_AT) for story in kin for key in story.told if key.startswith(_AT)]
    return max((datetime.strptime(mark, _AT_FORMAT).replace(tzinfo=UTC) for mark in marks), default=None)


def told_at(moment: datetime, told: Iterable[str]) -> tuple[str, ...]:
    """The steps told, with the moment as the last one. Of earlier turns no more is kept: they are known by then."""
    whole = moment.astimezone(UTC) + timedelta(microseconds=-moment.microsecond % 1_000_000)
    mark = f"{_AT}{whole:{_AT_FORMAT}}"
    return (mark, *(key for key in told if not key.startswith((_AT, _TURN))))


def is_moment(key: str) -> bool:
    """Whether a key says when a story was told, and is no step of the ladder."""
    return key.startswith(_AT)


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


def _shared(pieces: frozenset[str], recent: Sequence[Report]) -> dict[str, list[Report]]:
    """The pieces that at least two carry, with the reports that do."""
    carriers: dict[str, list[Report]] = {}
    for one in recent:
        for piece in pieces & pieces_of(one.title):
            carriers.setdefault(piece, []).append(one)
    return {piece: by for piece, by in sorted(carriers.items()) if len(_apart(by)) > 1}


def _known(pieces: Iterable[str], old: Sequence[Report]) -> set[str]:
    return {piece for piece in pieces if len(_apart(one for one in old if piece in pieces_of(one.title))) >= KNOWN_TO}


def _is_no_chance(carriers: Iterable[Report], heard: Sequence[Report]) -> bool:
    """Were headlines that share a word spread over the story at random, all would rarely be among its latest.

    Each source is one draw; of `heard` the latest are those since the first of `carriers`.
    """
    carriers = list(carriers)
    first = min(one.seen_at for one in carriers)
    latest = sum(one.seen_at >= first for one in heard)
    return (latest / len(heard)) ** len(_apart(carriers)) <= CHANCE


def _apart(reports: Iterable[Report]) -> tuple[Report, ...]:
    """The first report of each that rests on a root of its own, in a headline by a publisher of its own."""
    roots, sources = set(), set()
    apart = []
    for one in sorted(reports, key=lambda one: (one.seen_at, one.article_id)):
        if one.root not in roots and one.source not in sources:
            roots.add(one.root)
            sources.add(one.source)
            apart.append(one)
    return tuple(apart)


def _turn(report: Report, pieces: Iterable[str], by: Iterable[Report]) -> Turn:
    return Turn(words=tuple(quoted_pieces(report.title, frozenset(pieces))), carried=_apart(by))
