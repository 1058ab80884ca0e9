"""What becomes of an alert that is due at a destination: it goes out, waits, is collected, or is kept quiet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from worker.alerts.quiet import held_until
from worker.model import Alert, Reason, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """It goes out now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """It waits until then."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """It goes out as part of a digest of its topic, until then where it is the first of them."""

    until: datetime


Verdict: TypeAlias = Send | Hold | Collect


def verdict(alert: Alert, topic: Topic | None, now: datetime) -> Verdict:
    """What is to be done with the alert; `topic` is None where it is watched no longer.

    Quiet hours hold whatever is due in them, tries after a failure included. A digest that would end in quiet hours
    ends with them, so that the night comes as one message.
    """
    if topic is None or alert.reason in {Reason.TEST, Reason.NOTICE}:
        return Send()
    if topic.digest is not None and alert.reason is not Reason.DIGEST:
        end = now + timedelta(seconds=topic.digest)
        return Collect(until=held_until(topic.quiet, now) or held_until(topic.quiet, end) or end)
    quiet = held_until(topic.quiet, now)
    return Hold(until=quiet) if quiet else Send()
