"""Who reported a story when: first reporter, copies and latest, as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from worker.alerts.plain import plain
from worker.model import Report, Story

OWN, COPY = "◆", "◇"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report of a story. `copy_of` is the publisher whose words it repeats, "" where the words are its own."""

    report: Report
    at: datetime
    copy_of: str = ""


def reported_at(report: Report) -> datetime:
    """When it came out; a publication date in the future is an error of the feed."""
    return min(report.published or report.seen_at, report.seen_at)


def told_by(story: Story) -> list[Told]:
    """The reports in the order in which they were seen."""
    sources = {report.article_id: report.source for report in story.reports}
    return [
        Told(
            report=report,
            at=reported_at(report),
            copy_of=sources.get(report.copy_of, "an earlier report") if report.copy_of else "",
        )
        for report in story.reports
    ]


def timeline(story: Story) -> list[Told]:
    """The reports in the order in which they came out."""
    return sorted(told_by(story), key=lambda one: (one.at, one.report.seen_at))


def timeline_lines(story: Story, limit: int) -> list[str]:
    """A line a report, the first and the latest where there are more than `limit`, all in UTC and plain text."""
    told = timeline(story)
    spans_days = bool(told) and told[0].at.astimezone(UTC).date() != told[-1].at.astimezone(UTC).date()
    lines = [_line(one, with_day=spans_days) for one in told]
    if len(lines) <= limit:
        return lines
    left_out = len(lines) - limit + 1
    return [lines[0], f"… {left_out} more", *lines[left_out + 1 :]]


def _line(told: Told, *, with_day: bool) -> str:
    when = told.at.astimezone(UTC).strftime("%-d %b %H:%M" if with_day else "%H:%M")
    copy = f", a copy of {plain(told.copy_of)}" if told.copy_of else ""
    return f"{COPY if told.copy_of else OWN} {when} {plain(told.report.source) or 'unknown source'}{copy}"
