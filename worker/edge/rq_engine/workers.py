"""Which workers are alive, from the hashes rq keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from rq.worker_registration import REDIS_WORKER_KEYS

# A worker says it is alive at least every two seconds.
SILENT_FOR = timedelta(seconds=30)


def alive_workers(connection: redis.Redis, now: datetime) -> list[dict[str, Any]]:
    """Name, role, state and heartbeat of every worker heard of lately."""
    found = []
    for key in sorted(raw.decode() for raw in connection.smembers(REDIS_WORKER_KEYS)):
        raw = connection.hgetall(key)
        facts = {name.decode(): value.decode("utf-8", "replace") for name, value in raw.items()}
        if "last_heartbeat" not in facts or "death" in facts:
            continue
        heartbeat = datetime.fromisoformat(facts["last_heartbeat"]).astimezone(UTC)
        if now - heartbeat < SILENT_FOR:
            found.append(
                {
                    "name": key.rpartition(":")[2],
                    "role": f"worker {facts.get('queues', '')}",
                    "state": facts.get("state", "?"),
                    "heartbeat": heartbeat.isoformat().replace("+00:00", "Z"),
                }
            )
    return found
