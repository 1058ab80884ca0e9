"""A story's reports on a line of time, a row a publisher."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from worker.alerts.timeline import Told, timeline, told_by
from worker.edge.store.newsdesk import Step
from worker.model import Reason, Story

# Where the first and the latest report stand on the line, in percent: their marks stay inside it on a phone too.
_LEFT, _RIGHT = 4.0, 96.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A report. `x` is its place in percent of the line, `reasons` those of the alerts it led to."""

    told: Told
    x: float
    reasons: tuple[Reason, ...]
    is_first: bool
    is_latest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one publisher reported, in order of time."""

    source: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The publishers in the order of their first reports, `more` of them left out; `spans_days` says to name days."""

    rows: tuple[Row, ...]
    more: int
    spans_days: bool


def first_of(story: Story) -> Told | None:
    """The report that came out first."""
    return min(told_by(story), key=lambda one: (one.at, one.report.seen_at), default=None)


def timeline_of(story: Story, steps: Iterable[Step], *, limit: int) -> Timeline:
    """The line of a story, with at most `limit` publishers."""
    told = timeline(story)
    reasons: dict[str, list[Reason]] = {}
    for step in steps:
        reasons.setdefault(step.article_id, []).append(step.reason)
    rows: dict[str, list[Mark]] = {}
    for place, one in enumerate(told):
        mark = Mark(
            told=one,
            x=_place(one, told),
            reasons=tuple(reasons.get(one.report.article_id, ())),
            is_first=place == 0,
            is_latest=place == len(told) - 1,
        )
        rows.setdefault(one.report.source, []).append(mark)
    found = [Row(source=source, marks=tuple(marks)) for source, marks in rows.items()]
    days = {one.at.astimezone(UTC).date() for one in told}
    return Timeline(rows=_shown(found, limit), more=max(0, len(found) - limit), spans_days=len(days) > 1)


def _shown(rows: Sequence[Row], limit: int) -> tuple[Row, ...]:
    """The first of them, and those that led to an alert rather than others."""
    weighty = sorted(rows[1:], key=lambda row: not any(mark.reasons for mark in row.marks))[: limit - 1]
    return tuple(row for at, row in enumerate(rows) if at == 0 or row in weighty)


def _place(one: Told, told: Sequence[Told]) -> float:
    whole = (told[-1].at - told[0].at).total_seconds()
    share = (one.at - told[0].at).total_seconds() / whole if whole else 0.0
    return round(_LEFT + (_RIGHT - _LEFT) * share, 1)
