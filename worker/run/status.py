"""How the system is, as one record: what scripts read, and what the screen shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import redis

from worker import __version__
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store import dead_pages
from worker.edge.store.articles import Archive
from worker.edge.store.destinations import Destinations
from worker.edge.store.feeds import FeedStore
from worker.edge.store.later import Later
from worker.edge.store.mutes import Mutes
from worker.edge.store.outbox import Outbox
from worker.edge.store.pauses import Pauses, count_by_state
from worker.edge.store.published import Processes, Published, web_url
from worker.edge.store.room import last_trimmed
from worker.run.alive import processes
from worker.run.durability import no_writes
from worker.run.lists import ListState, list_states, told
from worker.run.status_shape import DeadPage, FeedsStatus, ListStatus, StatusRecord, TrimmedArticles

LAST_ALERTS = 5
DEAD_LISTED = 20


def collect(connection: redis.Redis) -> StatusRecord:
    """Everything `wirewatch status` shows."""
    now = datetime.now(UTC)
    published, outbox, archive = Published(connection), Outbox(connection), Archive(connection)
    return {
        "at": _moment(now),
        "version": __version__,
        "redis": {"trouble": no_writes(connection)},
        "config": {"version": published.version(), "refused": published.refused()},
        "dashboard": web_url(connection),
        "queues": _queues(connection),
        "outbox": outbox.depth(),
        "dead_letters": len(outbox.dead()),
        "destinations": [
            {
                "name": one.name,
                "state": one.state or ("failing" if one.failing_since else "ok"),
                "since": _maybe(one.since or one.failing_since),
                "waiting": one.waiting,
                "why": one.why or one.error,
            }
            for one in Destinations(connection).states()
        ],
        "muted": [
            {"kind": one.kind, "of": one.of, "until": _moment(one.until)} for one in Mutes(connection).active(now)
        ],
        "workers": [
            {"name": p.name, "role": p.role, "state": p.state, "heartbeat": _moment(p.heartbeat)}
            for p in processes(connection, now)
        ],
        "feeds": _feeds(connection, now),
        "lists": [_list(one) for one in list_states(connection)],
        "dead_pages": {
            "total": dead_pages.count(connection),
            "newest": [_dead_page(letter) for letter in dead_pages.newest(connection, DEAD_LISTED)],
        },
        "articles": archive.article_count(),
        "articles_trimmed": _trimmed(connection),
        "alerts": [
            {
                "id": alert.id,
                "at": _moment(alert.created),
                "reason": alert.reason.value,
                "topic": alert.topic,
                "headline": alert.story.headline,
                "because": alert.sent_because,
            }
            for alert in outbox.recent(LAST_ALERTS)
        ],
    }


def _feeds(connection: redis.Redis, now: datetime) -> FeedsStatus:
    feeds, paused, counts = FeedStore(connection), Pauses(connection).ids(), count_by_state(connection)
    return {
        "total": sum(counts.values()),
        "ok": counts["ok"],
        "failing": counts["failing"],
        "gone": counts["gone"],
        "new": counts["new"],
        "paused": counts["paused"],
        "failing_list": [
            {
                "name": view.name,
                "url": view.url,
                "error": view.state.error,
                "failing_since": _maybe(view.state.failing_since),
                "next_poll": _maybe(view.due),
            }
            for view in feeds.unwell()
            if view.id not in paused
        ],
        "moved_list": [{"name": view.name, "url": view.url, "moved_to": view.state.moved_to} for view in feeds.moved()],
        "behind": [{"host": host, "waiting": waiting} for host, waiting in feeds.behind()],
        "lag_p50": _worst_lag(connection, now, "lag_p50"),
        "lag_p99": _worst_lag(connection, now, "lag_p99"),
    }


def _worst_lag(connection: redis.Redis, now: datetime, name: str) -> float | None:
    """How late the latest polls began, in seconds, those that waited for their host left out: the worst scheduler's."""
    told = Processes(connection).alive(now).values()
    return max((one[name] for one in told if one.get(name) is not None), default=None)


def _list(state: ListState) -> ListStatus:
    facts = told(state)
    return {
        "url": facts["url"],
        "feeds": facts["feeds"],
        "read_at": _maybe(facts["read_at"]),
        "next_reading": _maybe(facts["next_reading"]),
        "error": facts["error"],
        "failing_since": _maybe(facts["failing_since"]),
    }


def _dead_page(letter: Mapping[str, Any]) -> DeadPage:
    return {
        "id": letter["id"],
        "at": letter["at"],
        "url": letter["url"],
        "title": letter["title"],
        "feed": letter["feed"],
        "given_up": letter["given_up"],
        "reason": letter["reason"],
        "tries": letter["tries"],
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _maybe(at: datetime | None) -> str | None:
    return None if at is None else _moment(at)


def _trimmed(connection: redis.Redis) -> TrimmedArticles | None:
    if (last := last_trimmed(connection)) is None:
        return None
    return {"count": last.count, "at": _moment(last.at), "before": _moment(last.before)}


def _queues(connection: redis.Redis) -> dict[str, dict[str, int]]:
    """The depths; "put_back" counts the batches whose pages wait for a host that has no time for them now."""
    queues = {name: dict(depth) for name, depth in JobQueue(connection).depths().items()}
    queues[INGEST]["put_back"] = Later(connection).depth()
    return queues
