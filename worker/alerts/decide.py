"""Whether a report is a reason to tell somebody, and the one sentence that says why.

A story climbs a ladder, and each step is told once: its first report, each rung of independent sources, each party that
confirms or denies; and once it was told, each turn of events that several independent sources carry. One report leads
to at most one alert per topic; where it takes several steps at once, the alert carries the weightiest reason and names
them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from worker.alerts.comment import why_comment
from worker.alerts.evidence import quoted
from worker.alerts.followup import family, is_follow_up, is_mark, remembering, split_off, told_before
from worker.alerts.heard import is_moment, told_at
from worker.alerts.parties import on_record
from worker.alerts.plain import plain, shortened
from worker.alerts.roundup import why_roundup
from worker.alerts.stale import why_stale
from worker.alerts.turns import turn_of
from worker.model import Alert, Article, Match, Reason, Root, Story, Topic, short_id

_NEW_STORY = Reason.NEW_STORY.value
_SOURCES_NAMED = 5
_WORDS_NAMED = 6
_HEADLINE_CHARACTERS = 240


class Placed(Protocol):
    """Where grouping put the article.

    `alike` says how similar each story was that it was compared with; `absorbed` are stories that are part of `story`
    now.
    """

    @property
    def story(self) -> Story: ...
    @property
    def copy_of(self) -> str | None: ...
    @property
    def alike(self) -> Mapping[str, float]: ...
    @property
    def absorbed(self) -> Sequence[Story]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the ladder: the key under which it is remembered, its reason, and why in words, with what it rests on.

    `quotes` says that the words hold a quote already.
    """

    key: str
    reason: Reason
    why: str
    quotes: bool = False


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
    story = remembering(placed.story, placed.absorbed)
    live = [one for one in live if one.id not in {gone.id for gone in placed.absorbed}]
    if unfit := why_unfit(article, topic, now=now, baseline=baseline):
        return [], story, [unfit]
    notes = []
    sibling = None if story.told else told_before(article, match, live, alike=placed.alike, now=now)
    if sibling is not None:
        story = replace(story, told=(*story.told, split_off(sibling)))
        notes.append(f'follow-up: no story of its own beside "{sibling.headline}"')
    kin = family(story, live)
    known = frozenset(key for one in kin for key in one.told)
    steps = [*_rungs(story, topic, _told_rungs(story, known)), *_parties(article, known, topic, match, entities)]
    if not steps and not _is_in_passing(match):
        steps = _turns(article, placed, story, kin, topic)
    if not steps:
        return [], story, notes or [_why_nothing(placed, topic)]
    is_first = not any(map(_is_step, story.told))
    before = told_at(article.seen_at or now, story.told) if _rung_of_turns(topic) else story.told
    story = replace(story, told=(*before, *(step.key for step in steps)))
    alert = _alert(article, story, topic, match, steps, now, trace)
    return [replace(alert, follow_up=not is_first)], story, notes


def why_unfit(article: Article, topic: Topic, *, now: datetime, baseline: bool) -> str:
    """Why the article is no report of news at all, "" where it is: it tells nobody, and no source is counted for it."""
    stale = why_stale(article, now=now, max_age=topic.max_age, baseline=baseline)
    return stale or why_roundup(article) or why_comment(article)


def _is_step(key: str) -> bool:
    """Whether somebody was told; whom a story follows, what it was and when it was told are no steps."""
    return not is_mark(key) and not is_moment(key)


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
            steps.append(Step(key=key, reason=reason, why=f'{record.name} {verb}: "{record.sentence}"', quotes=True))
    return steps


def _rung_of_turns(topic: Topic) -> int | None:
    """How many independent sources a turn takes; None where a topic asks for first reports only."""
    return min((rung for rung in topic.sources if rung > 1), default=None)


def _is_in_passing(match: Match) -> bool:
    """Whether nothing that the query asks for is in the title: it is about something else."""
    return bool(match.highlights) and all(mark.field != "title" for mark in match.highlights)


def _turns(article: Article, placed: Placed, story: Story, kin: Sequence[Story], topic: Topic) -> list[Step]:
    """The turn of a story told before that this report completes, where it takes no other step."""
    rung = _rung_of_turns(topic)
    was_told = any(_is_step(key) for one in kin for key in one.told)
    report = next((one for one in story.reports if one.article_id == article.id), None)
    if rung is None or report is None or placed.copy_of is not None or not was_told:
        return []
    turn = turn_of(report, story, kin, rung, at_first_reports=1 in topic.sources)
    if turn is None:
        return []
    words = ", ".join(f'"{plain(word)}"' for word in turn.words[:_WORDS_NAMED])
    rests_on = {root.key: f"{root.name} through " for one in kin for root in one.roots if root.quote}
    by = ", ".join(plain(rests_on.get(one.root, "") + one.source) for one in turn.carried[:_SOURCES_NAMED])
    best = turn.said_best(report)
    headline = shortened(plain(best.title), _HEADLINE_CHARACTERS)
    by_whom = f" ({plain(best.source)})" if best.source != report.source else ""
    count = len(turn.carried)
    carry = f"{count} independent sources now carry a turn of this story"
    told = carry if count > 1 else "a source new to this story tells a turn of it"
    why = f'{told}: {words} ({by}): "{headline}"{by_whom}'
    return [Step(key=turn.key(report), reason=Reason.CORROBORATED, why=why, quotes=True)]


_WEIGHT = {Reason.NEW_STORY: 0, Reason.DENIED: 1, Reason.CONFIRMED: 2, Reason.CORROBORATED: 3}


def _alert(  # noqa: PLR0917  the parts of one record
    article: Article, story: Story, topic: Topic, match: Match, steps: Sequence[Step], now: datetime, trace: str
) -> Alert:
    """A new story is announced as one even where a party is on record from the start; the sentence says both.

    It quotes what it rests on: the party, else the article.
    """
    ordered = sorted((step for step in steps if step.why), key=lambda step: _WEIGHT[step.reason])
    because = "; ".join(step.why for step in ordered)
    if not any(step.quotes for step in ordered) and (quote := quoted(article, match, story)):
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
