"""Whether a Redis takes and keeps what it is given: who runs on one that does not is told, and told how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis
import structlog

from worker.edge.store.upkeep import is_full, take_write
from worker.errors import ConfigError

log = structlog.get_logger()

ACCEPT_LOSS = "--i-accept-loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A way in which work can be lost; `sentence` says how to mend it. A `grave` one is refused at start."""

    part: str
    sentence: str
    grave: bool


def risks(connection: redis.Redis, info: Mapping[str, Any]) -> list[Risk]:
    """What is wrong with the server of which `info` is the answer to INFO."""
    return [risk for risk in (_persistence(connection, info), _eviction(info), _memory(info)) if risk]


def no_writes(connection: redis.Redis) -> str | None:
    """Why this Redis takes no writes, or new work no more, and how to mend it; None where all is well.

    Raises redis.RedisError where it does not answer.
    """
    try:
        take_write(connection)
    except redis.ResponseError as error:
        return next((mend for code, mend in _REFUSED.items() if code in str(error)), f"it takes no writes: {error}")
    if is_full(connection):
        return f"its memory is nearly full, so no feed is polled until there is room: {ROOM}"
    return None


ROOM = "raise `maxmemory`, or shorten `[storage] articles`"
# By what its answers hold; redis-py takes the code away from some of them.
_REFUSED = {
    "maxmemory": f"its memory is full, so nothing goes on until there is room: {ROOM}",
    "read only replica": "it is a replica and takes no writes: point [redis] url or REDIS_URL at the primary",
    "MISCONF": "it cannot write to its disk and takes no writes: make room there, or mend what its log says",
    "NOREPLICAS": "too few replicas are there for it to take writes: start them, or lower `min-replicas-to-write`",
}


def refuse_loss(connection: redis.Redis, *, accepted: bool) -> None:
    """Raise ConfigError where this Redis is bound to lose work, unless the operator has accepted that."""
    found = risks(connection, connection.info())
    grave = [risk.sentence for risk in found if risk.grave]
    if grave and not accepted:
        raise ConfigError(f"Redis is not safe for queued work: {'; '.join(grave)}; or start with {ACCEPT_LOSS}")
    for risk in found:
        log.warning("work_may_be_lost", part=risk.part, reason=risk.sentence)


def _persistence(connection: redis.Redis, info: Mapping[str, Any]) -> Risk | None:
    if info.get("aof_enabled"):
        return None
    snapshots = _snapshots(connection)
    sentence = {
        False: "it keeps nothing on disk, so a crash loses everything: set `appendonly yes`",
        True: "no append-only file, only snapshots, so a crash loses what came since the last: set `appendonly yes`",
        None: "no append-only file: a crash of Redis loses queued work; set `appendonly yes`",
    }[snapshots]
    return Risk(part="redis persistence", sentence=sentence, grave=snapshots is False)


def _snapshots(connection: redis.Redis) -> bool | None:
    """Whether it writes snapshots by itself; None where it does not say, as hosted ones do not."""
    try:
        return bool(connection.config_get("save").get("save", ""))
    except redis.ResponseError:
        return None


def _eviction(info: Mapping[str, Any]) -> Risk | None:
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if policy == "noeviction":
        return None
    sentence = f"{policy} throws away queued work when memory is short: set `maxmemory-policy noeviction`"
    return Risk(part="redis eviction", sentence=sentence, grave=True)


def _memory(info: Mapping[str, Any]) -> Risk | None:
    # Hosted ones may not say.
    if info.get("maxmemory") != 0:
        return None
    sentence = (
        "it has no limit, so articles never make room, and once the machine's memory is used up the kernel ends it: "
        "set `maxmemory`, to two thirds of that at the most"
    )
    return Risk(part="redis memory", sentence=sentence, grave=False)
