"""How the machinery is: queues, processes, what failed, Redis, and how fast all of it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from worker.edge.rq_engine.look import FailedJob, QueueView, failed_jobs, queues
from worker.edge.store import dead_pages
from worker.edge.store.destinations import Destinations, DestinationState
from worker.edge.store.flow import Told, per_minute, told_since
from worker.edge.store.newsdesk import Newsdesk
from worker.edge.store.outbox import Delivery, Outbox
from worker.edge.store.room import Trimmed, last_trimmed
from worker.edge.store.upkeep import FULL
from worker.model import Alert
from worker.run.alive import Process, processes
from worker.run.web.desk import Desk, Status
from worker.run.web.remembered import Remembered

FAILED = 20
DEAD = 50
_DAY = timedelta(days=1)
MINUTES = 60
# The events that tell how much passes through, in the order of the flow, and what one of them is called.
FLOW = {"polled": "feed with news", "matched": "match", "alerted": "alert", "delivered": "delivery"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took: the median, and what 95 and 99 of 100 did not exceed; `of` so many were looked at."""

    name: str
    of: int
    p50: timedelta
    p95: timedelta
    p99: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """What passed through in the last hour: `minutes` holds the count of each, `points` draws them."""

    name: str
    total: int
    points: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Redis. `limit` bytes may be used, 0 where nothing says so; `trouble` is what has to be mended, "" for nothing."""

    version: str
    used: int
    limit: int
    keeps: str
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A delivery that was given up."""

    alert: Alert
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The page. `more_dead` letters are left out; `dead_pages` are facts of pages that were given up.

    `trimmed` are the articles that went early within the hour.
    """

    status: Status
    queues: tuple[QueueView, ...]
    processes: tuple[Process, ...]
    failed: tuple[FailedJob, ...]
    dead: tuple[DeadLetter, ...]
    more_dead: int
    dead_pages: tuple[Mapping[str, Any], ...]
    destinations: tuple[DestinationState, ...]
    server: Server
    trimmed: Trimmed | None
    spreads: tuple[Spread, ...]
    passing: tuple[Passing, ...]


class SystemReader:
    """Reads the page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._outbox = Outbox(desk.redis)
        self._newsdesk = Newsdesk(desk.redis)
        self._destinations = Destinations(desk.redis)
        self._figures = Remembered(self._measure)

    def page(self) -> System:
        """Everything on it; how fast things are may be some seconds old."""
        redis, now = self._desk.redis, self._desk.clock.now()
        spreads, passing = self._figures.get()
        dead = self._dead()
        return System(
            status=self._desk.status(),
            queues=tuple(queues(redis)),
            processes=tuple(processes(redis, now)),
            failed=tuple(failed_jobs(redis, FAILED)),
            dead=dead,
            more_dead=max(0, self._newsdesk.dead_letters() - len(dead)),
            dead_pages=tuple(dead_pages.newest(redis, FAILED)),
            destinations=tuple(self._destinations.states()),
            server=server(redis.info()),
            trimmed=last_trimmed(redis),
            spreads=spreads,
            passing=passing,
        )

    def _dead(self) -> tuple[DeadLetter, ...]:
        """Newest first."""
        found = []
        for address in reversed(self._outbox.dead()[-DEAD:]):
            alert, delivery = self._outbox.alert(address.alert_id), self._outbox.delivery(address)
            if alert and delivery:
                found.append(DeadLetter(alert=alert, delivery=delivery))
        return tuple(found)

    def _measure(self) -> tuple[tuple[Spread, ...], tuple[Passing, ...]]:
        now = self._desk.clock.now()
        counted = per_minute(self._desk.redis, now, MINUTES)
        passing = [passed(name, counted.get(kind, [0] * MINUTES)) for kind, name in FLOW.items()]
        return spreads(told_since(self._desk.redis, now - _DAY)), tuple(passing)


def spreads(told: Sequence[Told]) -> tuple[Spread, ...]:
    """Publication to seen, seen to alert, and both together; those of which nothing is known are left out."""
    dated = [(one.published, one) for one in told if one.published]
    found = (
        ("published → seen", [one.seen - published for published, one in dated]),
        ("seen → alert decided", [one.decided - one.seen for one in told]),
        ("published → alert decided", [one.decided - published for published, one in dated]),
    )
    return tuple(_spread(name, sorted(spans)) for name, spans in found if spans)


def _spread(name: str, spans: Sequence[timedelta]) -> Spread:
    """By nearest rank."""
    p50, p95, p99 = (spans[ceil(len(spans) * share) - 1] for share in (0.5, 0.95, 0.99))
    return Spread(name=name, of=len(spans), p50=p50, p95=p95, p99=p99)


def passed(name: str, minutes: Sequence[int]) -> Passing:
    """The counts as points of a line that is 100 wide and 20 high."""
    highest, steps = max(minutes, default=0) or 1, max(1, len(minutes) - 1)
    points = (f"{100 * at / steps:.1f},{19 - 18 * count / highest:.1f}" for at, count in enumerate(minutes))
    return Passing(name=name, total=sum(minutes), points=" ".join(points))


def server(info: Mapping[str, Any]) -> Server:
    """What `INFO` says, as far as it matters here."""
    used, limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    appends = bool(info.get("aof_enabled"))
    return Server(
        version=str(info.get("valkey_version") or info.get("redis_version", "?")),
        used=used,
        limit=limit,
        keeps="writes every change to its append-only file" if appends else "writes snapshots only",
        trouble=_trouble(info, used, limit, appends=appends),
    )


def _trouble(info: Mapping[str, Any], used: int, limit: int, *, appends: bool) -> str:
    if limit and used > FULL * limit:
        return "its memory is nearly full, and no feed is polled until there is room; raise maxmemory"
    if appends and info.get("aof_last_write_status") not in {"ok", None}:
        return "it cannot write its append-only file; look at its disk"
    if info.get("rdb_last_bgsave_status") not in {"ok", None}:
        return "its last snapshot failed; look at its disk"
    if not appends:
        return "what it was given since the last snapshot is lost when it dies; set appendonly yes"
    if info.get("maxmemory_policy") not in {"noeviction", None}:
        return "it forgets keys when memory is short; set maxmemory-policy noeviction"
    return ""
