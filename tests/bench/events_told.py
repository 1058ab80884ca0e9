"""What counts as told of the developments of an event, and which of them are due."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from worker.alerts.followup import family
from worker.alerts.plain import plain
from worker.model import Alert, Article, Reason, Story

SOON = timedelta(hours=6)
# By event and first report, the articles that report a major development within its six hours, as one person reads
# their titles and stored texts. Ids only: the articles are not ours.
_REPORTS = Path(__file__).with_name("events_reports.json")


@dataclass(frozen=True)
class Development:
    """`reports` are ids of articles that report it.

    `begins` and `ends` are its six hours, which run from its first report on a right clock.
    """

    what: str
    begins: datetime
    ends: datetime
    is_major: bool
    reports: frozenset[str]

    def has(self, moment: datetime) -> bool:
        return self.begins <= moment <= self.ends


def developments(event: Mapping[str, Any]) -> list[Development]:
    """Those of an event of events.json."""
    known = json.loads(_REPORTS.read_text(encoding="utf-8")).get(event["slug"], {})
    return [_development(told, known) for told in event["developments"]]


def _development(told: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> Development:
    firsts = {told["id"], told.get("id_clock_ok", told["id"])}
    return Development(
        what=told["what"],
        begins=datetime.fromisoformat(told["time"]),
        ends=datetime.fromisoformat(told.get("time_clock_ok", told["time"])) + SOON,
        is_major=told["weight"] == "major",
        reports=frozenset(firsts.union(known.get(told["id"], ()))),
    )


def brings(article: Article, story: Story, live: Sequence[Story], alerts: Sequence[Alert]) -> bool:
    """Whether the article brings its story, and those that are one with it, a root they had not, or a party.

    A rung is reached by a root only.
    """
    before = {root.key for one in family(story, live)[1:] for root in one.roots}
    before |= {root.key for one in live if one.id == story.id for root in one.roots}
    party = any(alert.reason in {Reason.CONFIRMED, Reason.DENIED} for alert in alerts)
    return party or any(root.article_id == article.id and root.key not in before for root in story.roots)


def is_shown(development: Development, alerts: Iterable[Alert]) -> bool:
    """Whether an alert within its six hours has a report of it in its story."""
    return any(development.has(alert.created) and _holds(alert.story, development) for alert in alerts)


def is_told(development: Development, alerts: Iterable[Alert]) -> bool:
    """Whether an alert within its six hours is on a report of it, or tells it in the headline of one."""
    return any(
        development.has(alert.created) and not development.reports.isdisjoint(_told_in(alert)) for alert in alerts
    )


def _told_in(alert: Alert) -> Iterable[str]:
    """The article that it is on, and the report whose headline it ends with and names."""
    yield alert.article.id
    for one in alert.story.reports:
        if alert.sent_because.endswith(f': "{plain(one.title)}" ({plain(one.source)})'):
            yield one.article_id


def _holds(story: Story, development: Development) -> bool:
    return any(report.article_id in development.reports for report in story.reports)
