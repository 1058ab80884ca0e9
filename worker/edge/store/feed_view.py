"""Feeds as they are shown to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import isinf

from worker.edge.store.feed_record import read_state
from worker.edge.store.feeds_scripts import PARKED
from worker.model import FeedState

# A feed answers, fails, is gone for good (410), or was not polled yet.
HEALTH = ("ok", "failing", "gone", "new")


@dataclass(frozen=True, kw_only=True)  # without slots, which could not keep what is read late
class FeedView:
    """A feed as shown to people. `health` is one of HEALTH.

    Its state is read from what is `kept` when it is asked for: of all feeds only few are looked at so closely.
    """

    id: str
    url: str
    name: str
    due: datetime | None
    health: str
    kept: bytes

    @cached_property
    def state(self) -> FeedState:
        return read_state(self.kept)


def count_by_health(feeds: Iterable[FeedView]) -> dict[str, int]:
    """How many feeds are in each state of HEALTH."""
    found = Counter(feed.health for feed in feeds)
    return {health: found[health] for health in HEALTH}


def due_moment(due: float, *, host: float | None = None) -> datetime | None:
    """When a feed is due by its score in the due set; None for never.

    `host` is when the host that it may have to wait for is looked at again, in seconds since the epoch.
    """
    if isinf(due):
        return None
    return datetime.fromtimestamp(max(due - PARKED, host or 0.0) if due >= PARKED else due, UTC)
