"""What happened lately, as a bounded Redis stream that terminals and pages follow, and counters for metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import redis
from redis.client import Pipeline

from worker.edge import keys

KEPT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`kind` is polled, ingested, matched, alerted, delivered, ...; `at` is milliseconds since the epoch."""

    id: str
    kind: str
    at: int
    facts: Mapping[str, Any]


def emit(pipe: Pipeline | redis.Redis, kind: str, **facts: Any) -> None:
    """Add an event, alone or inside a transaction."""
    pipe.xadd(keys.EVENTS, {"kind": kind, "facts": json.dumps(facts)}, maxlen=KEPT, approximate=True)


def count(pipe: Pipeline | redis.Redis, name: str, by: int = 1, **labels: str) -> None:
    """Add to a counter; the stored name carries its labels as Prometheus writes them."""
    if by:
        pipe.hincrby(keys.COUNTERS, series(name, labels), by)


def series(name: str, labels: Mapping[str, str]) -> str:
    """`name{a="x"}`, with label values escaped (Prometheus text format 0.0.4)."""
    return _written(name, tuple(sorted(labels.items())))


# Every poll counts, and the series are few.
@lru_cache(maxsize=1024)
def _written(name: str, labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return name
    inner = ",".join(
        '{}="{}"'.format(key, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
        for key, value in labels
    )
    return f"{name}{{{inner}}}"


def counters(connection: redis.Redis) -> dict[str, int]:
    """Every counter."""
    return {name.decode(): int(value) for name, value in connection.hgetall(keys.COUNTERS).items()}


def follow(connection: redis.Redis, last: str = "$", *, block_ms: int = 500) -> tuple[str, list[Event]]:
    """Events after `last` (an event id, or "$" for only new ones), waiting up to `block_ms` for the first."""
    if last == "$":
        newest = connection.xrevrange(keys.EVENTS, count=1)
        last = newest[0][0].decode() if newest else "0"
    found = connection.xread({keys.EVENTS: last}, block=block_ms, count=500)
    if not found:
        return last, []
    events = list(_events(found[0][1]))
    return events[-1].id, events


def recent(connection: redis.Redis, limit: int = 100) -> list[Event]:
    """The newest events, newest first."""
    return list(_events(connection.xrevrange(keys.EVENTS, count=limit)))


def _events(raw: Any) -> Iterator[Event]:
    for event_id, fields in raw:
        text = event_id.decode()
        yield Event(
            id=text,
            kind=fields[b"kind"].decode(),
            at=int(text.partition("-")[0]),
            facts=json.loads(fields[b"facts"]),
        )
