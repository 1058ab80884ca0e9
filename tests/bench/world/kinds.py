"""What lies in Redis, by kind of key."""

from __future__ import annotations

import json
import random
import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import redis

from worker.edge import keys
from worker.edge.rq_engine.queue import INGEST, JSONSerializer, Queue

# Of a kind with more keys so many are measured, and stand for all.
_MEASURED = 2_000
_PREFIXES = {value: name for name, value in vars(keys).items() if name.isupper() and isinstance(value, str)}
_LONGEST_FIRST = sorted((prefix for prefix in _PREFIXES if prefix != keys.PREFIX), key=len, reverse=True)
_WHOLE = {prefix for prefix in _LONGEST_FIRST if not prefix.endswith(":")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Keys of a kind, and their bytes altogether."""

    keys: int
    bytes: int


def kinds_of(connection: redis.Redis) -> dict[str, Kind]:
    """By the name that a kind has in worker/edge/keys.py."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for key in connection.scan_iter(count=10_000):
        found[_name(key.decode("utf-8", "replace"))].append(key)
    return {name: Kind(keys=len(some), bytes=_bytes(connection, some)) for name, some in sorted(found.items())}


def _name(key: str) -> str:
    for prefix in _LONGEST_FIRST:
        if key == prefix or (prefix not in _WHOLE and key.startswith(prefix)):
            return _PREFIXES[prefix]
    return "RQ_PREFIX" if key.startswith((keys.RQ_PREFIX, "rq:")) else "other"


def _bytes(connection: redis.Redis, some: list[bytes]) -> int:
    chosen = some if len(some) <= _MEASURED else random.Random(1).sample(some, _MEASURED)
    pipe = connection.pipeline(transaction=False)
    for key in chosen:
        pipe.memory_usage(key, samples=0)
    sizes = [size or 0 for size in pipe.execute()]
    return round(sum(sizes) * len(some) / len(chosen))


def of_kinds(kinds: dict[str, Kind], *names: str) -> int:
    """Bytes of these kinds together."""
    return sum(kinds[name].bytes for name in names if name in kinds)


def links_of(connection: redis.Redis) -> int:
    """How many addresses are remembered as seen at a site."""
    counts = (key for key in connection.scan_iter(match=keys.LINKS + "*", count=10_000) if key.count(b":") == 2)
    return sum(int(connection.get(key) or 0) for key in counts)


def queued_bytes(connection: redis.Redis, most: int = 200) -> tuple[int, int]:
    """Bytes of the ingest jobs that wait just now, and how many entries they hold."""
    queue = Queue(INGEST, connection=connection, serializer=JSONSerializer)
    ids = connection.lrange(queue.key, 0, most - 1)
    size = entries = 0
    for raw in ids:
        key = f"{keys.RQ_PREFIX}:job:{raw.decode()}"
        taken, data = connection.memory_usage(key, samples=0), connection.hget(key, "data")
        if taken and data:
            size += taken + len(raw) + 12  # its place in the list
            entries += _entries(data)
    return size, entries


def _entries(data: bytes) -> int:
    try:
        raw = zlib.decompress(data)
    except zlib.error:
        raw = data
    payload: Any = json.loads(raw)[2][0]
    return int(payload.get("count") or len(payload["items"]))
