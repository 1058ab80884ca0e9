"""`wirewatch doctor`: what the surroundings must give, and how to mend what is missing."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from worker.config import Settings, load, redis_place
from worker.edge.embedded import running_url, server_binary
from worker.edge.redis_client import connect
from worker.errors import UnavailableError, WirewatchError
from worker.fetch.addresses import parse_allow, refusal
from worker.redis_address import without_passwords
from worker.run.cli.common import count
from worker.run.durability import no_writes, risks
from worker.secret import plain

# LMOVE, SMISMEMBER, ZRANGE BYSCORE and EXPIRE on streams need it.
OLDEST_REDIS = (6, 2)
FREE_DISK = 1 << 30
CLOCK_SECONDS = 5.0
# Addresses that must be refused, whatever the feeds say: a cloud's metadata service, a home router, this machine.
FORBIDDEN = ("169.254.169.254", "192.168.0.1", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    part: str
    ok: bool
    finding: str


def examine(config: Path | None) -> list[Finding]:
    """Every part in turn; one that cannot be looked at is a finding, not an error.

    With a broken configuration, what it does say of Redis and the disk is looked at all the same.
    """
    try:
        settings = load(config)
    except WirewatchError as error:
        url, folder = redis_place(config)
        return [Finding(part="configuration", ok=False, finding=_in_a_line(error)), *_redis(url, folder), _disk(folder)]
    finding = f"{count(len(settings.feeds), 'feed')}, {count(len(settings.topics), 'topic')}"
    return [
        Finding(part="configuration", ok=True, finding=finding),
        *_redis(plain(settings.redis_url) or None, settings.storage_dir),
        _guard(settings),
        _disk(settings.storage_dir),
    ]


def _in_a_line(error: WirewatchError) -> str:
    sentence, *spot = str(error).splitlines()
    return f"{sentence}; `wirewatch check` points at it" if spot else sentence


def _redis(url: str | None, folder: Path) -> list[Finding]:
    url = url or running_url(folder)
    if url is None:
        try:
            binary = server_binary()
        except WirewatchError as error:
            return [Finding(part="redis", ok=False, finding=str(error))]
        return [Finding(part="redis", ok=True, finding=f"not running; `wirewatch up` will start {binary}")]
    try:
        connection = connect(url)
        info = connection.info()
        durability = [*_durability(connection, info), _writes(connection)]
        server_seconds = connection.time()[0]
    except UnavailableError as error:
        return [Finding(part="redis", ok=False, finding=str(error))]
    except redis.RedisError as error:
        finding = f"{without_passwords(url)} does not answer ({error}); start it, or mend [redis] url or REDIS_URL"
        return [Finding(part="redis", ok=False, finding=finding)]
    return [_version(info), *durability, _clock(float(server_seconds))]


def _version(info: dict[str, object]) -> Finding:
    text = str(info.get("redis_version", "0"))
    version = tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
    if version < OLDEST_REDIS:
        return Finding(
            part="redis version", ok=False, finding=f"{text} is too old; install Redis 6.2 or newer, or Valkey"
        )
    return Finding(part="redis version", ok=True, finding=text)


def _durability(connection: redis.Redis, info: dict[str, object]) -> list[Finding]:
    found = {
        "redis persistence": Finding(part="redis persistence", ok=True, finding="append-only file"),
        "redis eviction": Finding(part="redis eviction", ok=True, finding="noeviction"),
        "redis memory": Finding(part="redis memory", ok=True, finding=_memory(info)),
    }
    if info.get("aof_enabled") and info.get("aof_last_write_status") != "ok":
        finding = "the append-only file cannot be written; look at the disk"
        found["redis persistence"] = Finding(part="redis persistence", ok=False, finding=finding)
    found |= {risk.part: Finding(part=risk.part, ok=False, finding=risk.sentence) for risk in risks(connection, info)}
    return list(found.values())


def _memory(info: dict[str, object]) -> str:
    used, limit = (int(str(info.get(name, 0))) >> 20 for name in ("used_memory", "maxmemory"))
    return f"{used} of {limit} MiB used" if limit else f"{used} MiB used"


def _writes(connection: redis.Redis) -> Finding:
    trouble = no_writes(connection)
    return Finding(part="redis writes", ok=trouble is None, finding=trouble or "taken")


def _clock(server_seconds: float) -> Finding:
    apart = abs(time.time() - server_seconds)
    if apart > CLOCK_SECONDS:
        finding = f"{apart:.0f} s apart from the clock of Redis; run NTP on both machines"
        return Finding(part="clock", ok=False, finding=finding)
    return Finding(part="clock", ok=True, finding="in step with Redis")


def _guard(settings: Settings) -> Finding:
    allow = parse_allow(settings.allow)
    open_to = [address for address in FORBIDDEN if refusal(address, allow=allow) is None]
    if open_to:
        finding = f"[network] allow lets feeds reach {', '.join(open_to)}; narrow it unless you mean that"
        return Finding(part="network guard", ok=False, finding=finding)
    return Finding(part="network guard", ok=True, finding="private and loopback addresses are refused")


def _disk(folder: Path) -> Finding:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < FREE_DISK:
        finding = f"{free >> 20} MiB free at {folder}; make room, or set [storage] dir"
        return Finding(part="disk", ok=False, finding=finding)
    return Finding(part="disk", ok=True, finding=f"{free >> 30} GiB free at {folder}")
