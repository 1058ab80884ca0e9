"""Looking at queues and at jobs that failed, without rq's clean-up side effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from worker.edge.rq_engine import newer
from worker.edge.rq_engine.queue import QUEUES


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A queue: how many jobs wait, run, and failed within a day; `oldest` is when the first that waits was queued."""

    name: str
    waiting: int
    running: int
    failed: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedJob:
    """A job that failed. `traceback` is what its worker noted, `error` the last line of it."""

    id: str
    queue: str
    title: str
    at: datetime | None
    error: str
    traceback: str


def queues(connection: redis.Redis) -> list[QueueView]:
    """Every queue, in the order of the flow."""
    return [_queue(connection, name) for name in QUEUES]


def _queue(connection: redis.Redis, name: str) -> QueueView:
    queue = Queue(name, connection=connection, serializer=JSONSerializer)
    first = connection.lindex(queue.key, 0)
    queued = connection.hget(Job.key_for(first.decode()), "enqueued_at") if first else None
    return QueueView(
        name=name,
        waiting=int(connection.llen(queue.key)) + int(connection.zcard(newer.key_of(queue))),
        running=int(connection.zcard(StartedJobRegistry(queue=queue).key)),
        failed=int(connection.zcard(FailedJobRegistry(queue=queue).key)),
        oldest=datetime.fromisoformat(queued.decode()).astimezone(UTC) if queued else None,
    )


def failed_jobs(connection: redis.Redis, limit: int) -> Sequence[FailedJob]:
    """The jobs that failed last, newest first, at most `limit` of each queue."""
    found = []
    for name in QUEUES:
        queue = Queue(name, connection=connection, serializer=JSONSerializer)
        for raw in connection.zrange(FailedJobRegistry(queue=queue).key, 0, limit - 1, desc=True):
            try:
                found.append(_failed(Job.fetch(raw.decode(), connection=connection, serializer=JSONSerializer)))
            except NoSuchJobError:
                continue
    oldest = datetime.fromtimestamp(0, UTC)
    return sorted(found, key=lambda job: job.at or oldest, reverse=True)


def _failed(job: Job) -> FailedJob:
    result = job.latest_result()
    traceback = ((result.exc_string if result else None) or "").strip()
    return FailedJob(
        id=job.id,
        queue=job.origin,
        title=job.description or "",
        at=(job.ended_at or job.enqueued_at).astimezone(UTC) if job.ended_at or job.enqueued_at else None,
        error=traceback.rpartition("\n")[2] or "its worker left no word",
        traceback=traceback,
    )
