"""How far a story got on its way: the steps at which somebody is told, those taken and those to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.alerts.followup import follows
from worker.alerts.timeline import reported_at
from worker.model import Reason, Story, Topic

TAKEN, NEXT, OPEN, DENIED = "taken", "next", "open", "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A step of the ladder. `state` is taken, denied (which is a step too), next, or open; `detail` says how far."""

    label: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The rungs in order; `why_silent` says why nobody was told, "" where somebody was. `follows` is a story's id."""

    rungs: tuple[Rung, ...]
    why_silent: str
    follows: str


def ladder(story: Story, topic: Topic | None, now: datetime, names: Mapping[str, str]) -> Ladder:
    """Where a story stands; what is still to come is known only while its topic is configured.

    `names` are the parties' as people write them.
    """
    told = frozenset(story.told)
    sources = topic.sources if topic else (1,)
    parties = topic.parties if topic else ()
    steps = [_rung(rung, story, told) for rung in sources] + [
        _party(party, told, names.get(party, party)) for party in parties
    ]
    if any(key.startswith("turn:") for key in told):
        steps.append(Rung(label="A turn of it", state=TAKEN))
    steps = _with_next(steps)
    taken = any(step.state in {TAKEN, DENIED} for step in steps)
    return Ladder(
        rungs=tuple(steps), why_silent="" if taken else _why_silent(story, topic, now), follows=follows(story)
    )


def _rung(rung: int, story: Story, told: frozenset[str]) -> Rung:
    if rung <= 1:
        return Rung(label="First report", state=TAKEN if Reason.NEW_STORY.value in told else OPEN)
    taken = f"{Reason.CORROBORATED.value}:{rung}" in told
    have = min(story.independent_sources, rung)
    return Rung(label=f"{rung} sources", state=TAKEN if taken else OPEN, detail="" if taken else f"{have} of {rung}")


def _party(party: str, told: frozenset[str], name: str) -> Rung:
    """The same party may confirm one day and deny the next; the denial is what people have to know."""
    if f"{Reason.DENIED.value}:{party}" in told:
        return Rung(label=name, state=DENIED, detail="denies")
    if f"{Reason.CONFIRMED.value}:{party}" in told:
        return Rung(label=name, state=TAKEN, detail="confirms")
    return Rung(label=name, state=OPEN)


def _with_next(steps: list[Rung]) -> list[Rung]:
    """The rung of sources that comes next is marked; parties speak when they like."""
    for at, step in enumerate(steps):
        if step.state == OPEN and step.detail:
            return [*steps[:at], Rung(label=step.label, state=NEXT, detail=step.detail), *steps[at + 1 :]]
    return steps


def _why_silent(story: Story, topic: Topic | None, now: datetime) -> str:
    if topic is None:
        return "its topic is not watched any more"
    latest = max((reported_at(report) for report in story.reports), default=story.last_seen)
    if latest < min(now, story.last_seen) - timedelta(seconds=topic.max_age):
        return "its reports are older than this topic's max_age"
    rung = min(topic.sources, default=1)
    if story.independent_sources < rung:
        return f"waits for {rung} independent sources"
    if follows(story):
        return "goes on with a story that was told"
    return "nothing in it was news when it came"
