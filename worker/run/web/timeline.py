"""A story's reports on a line of time, a row a publisher."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from worker.alerts.timeline import Told, timeline
from worker.model import Alert, Reason, Story

ROWS = 24
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


def timeline_of(story: Story, alerts: Iterable[Alert]) -> Timeline | None:
    """The line of a story that has at least two reports; a single one needs none."""
    told = timeline(story)
    if len(told) < 2:
        return None
    reasons: dict[str, list[Reason]] = {}
    for alert in alerts:
        reasons.setdefault(alert.article.id, []).append(alert.reason)
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
    shown = [Row(source=source, marks=tuple(marks)) for source, marks in rows.items()]
    days = {moment.at.astimezone(UTC).date() for moment in (told[0], told[-1])}
    return Timeline(rows=tuple(shown[:ROWS]), more=max(0, len(shown) - ROWS), spans_days=len(days) > 1)


def _place(one: Told, told: Sequence[Told]) -> float:
    whole = (told[-1].at - told[0].at).total_seconds()
    share = (one.at - told[0].at).total_seconds() / whole if whole else 0.0
    return round(_LEFT + (_RIGHT - _LEFT) * share, 1)
