"""Which processes are alive: the workers, as rq knows them, and the others, as they say themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from worker.edge.rq_engine.workers import alive_workers
from worker.edge.store.published import Processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """`role` is the command line behind `wirewatch`; `state` is idle, busy or running."""

    name: str
    role: str
    state: str
    heartbeat: datetime


def processes(connection: redis.Redis, now: datetime) -> list[Process]:
    """Every process that gave a sign of life lately, by name."""
    others = [
        Process(
            name=name,
            role=facts.get("role", name.partition("-")[0]),
            state="running",
            heartbeat=datetime.fromtimestamp(facts["at"], UTC),
        )
        for name, facts in Processes(connection).alive(now).items()
    ]
    workers = [
        Process(
            name=worker["name"],
            role=worker["role"],
            state=worker["state"],
            heartbeat=datetime.fromisoformat(worker["heartbeat"]),
        )
        for worker in alive_workers(connection, now)
    ]
    return sorted([*others, *workers], key=lambda process: process.name)
