"""Whether a report is a reason to tell somebody, and the one sentence that says why.

A story climbs a ladder, and each step is told once: its first report, each rung of independent sources, each party that
confirms or denies. One report leads to at most one alert per topic; where it takes several steps at once, the alert
carries the weightiest reason and names them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from worker.alerts.evidence import quoted
from worker.alerts.followup import family, is_follow_up, split_off, told_before
from worker.alerts.parties import on_record
from worker.alerts.roundup import why_roundup
from worker.alerts.stale import why_stale
from worker.model import Alert, Article, Match, Reason, Root, Story, Topic, short_id

_NEW_STORY = Reason.NEW_STORY.value
_SOURCES_NAMED = 5


class Placed(Protocol):
    """Where grouping put the article; `nearest` is the id of the story most similar before it came."""

    @property
    def story(self) -> Story: ...
    @property
    def is_new(self) -> bool: ...
    @property
    def copy_of(self) -> str | None: ...
    @property
    def similarity(self) -> float: ...
    @property
    def nearest(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the ladder: the key under which it is remembered, its reason, and why in words."""

    key: str
    reason: Reason
    why: str


def decide(
    article: Article,
    placed: Placed,
    topic: Topic,
    match: Match,
    live: Sequence[Story],
    *,
    now: datetime,
    entities: Mapping[str, tuple[str, ...]],
    baseline: bool = False,
    trace: str = "",
) -> tuple[list[Alert], Story, list[str]]:
    """The alerts due, the story with what has now been told, and notes in words on what was not sent.

    `live` are the topic's stories before this article, `entities` the names of parties in all their spellings.
    `baseline` marks an entry that its feed already held at the first poll.
    """
    story = placed.story
    unfit = why_stale(article, now=now, max_age=topic.max_age, baseline=baseline) or why_roundup(article)
    if unfit:
        return [], story, [unfit]
    notes = []
    told = _told_sibling(article, placed, match, live, now)
    if told is not None:
        story = replace(story, told=(*story.told, split_off(told)))
        notes.append(f'follow-up: no story of its own beside "{told.headline}"')
    known = _told_keys(story, live)
    steps = [*_rungs(story, topic, _told_rungs(story, known)), *_parties(article, known, topic, match, entities)]
    if not steps:
        return [], story, notes or [_why_nothing(placed, topic)]
    is_first = len(story.told) == is_follow_up(story)  # a mark that it follows another tells nobody anything
    story = replace(story, told=(*story.told, *(step.key for step in steps)))
    alert = _alert(article, story, topic, match, steps, now, trace)
    return [replace(alert, follow_up=not is_first)], story, notes


def _told_sibling(article: Article, placed: Placed, match: Match, live: Sequence[Story], now: datetime) -> Story | None:
    if not placed.is_new:
        return None
    return told_before(article, match, live, nearest=placed.nearest, similarity=placed.similarity, now=now)


def _told_keys(story: Story, live: Sequence[Story]) -> frozenset[str]:
    """What was told of this story and of those that are one with it: they page nobody twice for the same step."""
    return frozenset(key for one in family(story, live) for key in one.told)


def _told_rungs(story: Story, known: frozenset[str]) -> frozenset[str]:
    """A follow-up keeps quiet at its first report; where several sources carry it by itself, it is a turn of events."""
    return frozenset((*story.told, _NEW_STORY)) if is_follow_up(story) else known


def _rungs(story: Story, topic: Topic, known: frozenset[str]) -> list[Step]:
    """The steps of `topic.sources` reached and not told; where several are, only the highest speaks."""
    due = [rung for rung in topic.sources if rung <= story.independent_sources and _key(rung) not in known]
    if not due:
        return []
    highest = max(due)
    passed = [Step(key=_key(rung), reason=Reason.CORROBORATED, why="") for rung in due if rung != highest]
    if highest <= 1:
        why = "first report of this story" if len(story.reports) == 1 else "first fresh report of this story"
        return [Step(key=_NEW_STORY, reason=Reason.NEW_STORY, why=why)]
    return [Step(key=_key(highest), reason=Reason.CORROBORATED, why=_who_carries(story)), *passed]


def _key(rung: int) -> str:
    return f"{Reason.CORROBORATED.value}:{rung}" if rung > 1 else _NEW_STORY


def _who_carries(story: Story) -> str:
    count = story.independent_sources
    named = [_as_told(root, story) for root in story.roots[:_SOURCES_NAMED]]
    # A story from before roots were kept knows their number only.
    more = f" and {count - len(named)} more" if named and count > len(named) else ""
    return f"{count} independent sources now carry it{': ' * bool(named)}{', '.join(named)}{more}"


def _as_told(root: Root, story: Story) -> str:
    """A publisher by its name, what it rests on with whom it was read at: "Yonhap through sample.example"."""
    if not root.quote:
        return root.name
    reader = next((report.source for report in story.reports if report.article_id == root.article_id), "")
    return f"{root.name} through {reader}" if reader else root.name


def _parties(
    article: Article, told: frozenset[str], topic: Topic, match: Match, entities: Mapping[str, tuple[str, ...]]
) -> list[Step]:
    steps = []
    for party in topic.parties:
        record = on_record(party, aliases, article, match) if (aliases := entities.get(party, ())) else None
        if record is None:
            continue
        reason = Reason.DENIED if record.denies else Reason.CONFIRMED
        key = f"{reason.value}:{party}"
        if key not in told:
            verb = "denies it" if record.denies else "is on record"
            steps.append(Step(key=key, reason=reason, why=f'{record.name} {verb}: "{record.sentence}"'))
    return steps


_WEIGHT = {Reason.NEW_STORY: 0, Reason.DENIED: 1, Reason.CONFIRMED: 2, Reason.CORROBORATED: 3}
_BY_A_PARTY = frozenset({Reason.CONFIRMED, Reason.DENIED})


def _alert(  # noqa: PLR0917  the parts of one record
    article: Article, story: Story, topic: Topic, match: Match, steps: Sequence[Step], now: datetime, trace: str
) -> Alert:
    """A new story is announced as one even where a party is on record from the start; the sentence says both.

    It quotes what it rests on: the party, else the article.
    """
    ordered = sorted((step for step in steps if step.why), key=lambda step: _WEIGHT[step.reason])
    because = "; ".join(step.why for step in ordered)
    if not any(step.reason in _BY_A_PARTY for step in ordered) and (quote := quoted(article, match, story)):
        because = f"{because}: {quote}"
    return Alert(
        id=short_id("alert", topic.name, story.id, ordered[0].key),
        reason=ordered[0].reason,
        topic=topic.name,
        sent_because=because,
        created=now,
        story=story,
        article=article,
        match=match,
        trace=trace,
    )


def _why_nothing(placed: Placed, topic: Topic) -> str:
    if placed.copy_of is not None:
        original = next((report for report in placed.story.reports if report.article_id == placed.copy_of), None)
        return f"a copy of the report by {original.source}" if original else "a copy of an earlier report"
    if not placed.story.told:
        rung = min(topic.sources, default=1)
        return f"waiting: {placed.story.independent_sources} of {rung} independent sources carry the story"
    return f'same story: "{placed.story.headline}" was told, and this report adds no step'
