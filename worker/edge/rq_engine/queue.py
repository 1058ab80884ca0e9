"""Putting jobs on a queue as part of somebody else's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import redis
from redis.client import Pipeline
from rq import Queue
from rq.job import Job
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from worker.edge.rq_engine import newer

# A failed job is kept a day with its traceback; results are never kept, effects are in the store.
FAILURE_TTL = 86_400
INGEST = "ingest"
DELIVER = "deliver"
QUEUES = (INGEST, DELIVER)


class LeanJob(Job):  # type: ignore[misc]  # rq ships no types
    """A job of which nothing is stored that says nothing: a third of what rq keeps of it."""

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """See Job; rq reads what is missing as empty."""
        return {name: value for name, value in super().to_dict(*args, **kwargs).items() if value != ""}


class JobQueue:
    """Adds jobs to rq queues inside a MULTI block, and tells how deep the queues are."""

    def __init__(self, connection: redis.Redis) -> None:
        self._queues = {
            name: Queue(name, connection=connection, serializer=JSONSerializer, job_class=LeanJob) for name in QUEUES
        }
        self._connection = connection

    def add(
        self, pipe: Pipeline, queue: str, function: str, payloads: Sequence[Any], *, timeout: int, title: str
    ) -> None:
        """Queue one job per payload; nothing happens before the caller executes `pipe`.

        `function` is the dotted path under which workers know the job; it is stored, so it never changes. `timeout` is
        in seconds and a hard limit.
        """
        jobs = [
            Queue.prepare_data(
                function,
                args=[payload],
                timeout=timeout,
                result_ttl=0,
                failure_ttl=FAILURE_TTL,
                description=title,
            )
            for payload in payloads
        ]
        self._queues[queue].enqueue_many(jobs, pipeline=pipe)

    def warm(self) -> None:
        """Read the server version once, which rq needs and must not ask for inside a transaction."""
        for queue in self._queues.values():
            queue.get_redis_server_version()

    def has_waiting(self, queue: str) -> bool:
        """Whether a job waits that a worker of this release would run."""
        return bool(self._connection.llen(self._queues[queue].key))

    def depths(self) -> Mapping[str, Mapping[str, int]]:
        """Jobs waiting, running and failed per queue, without rq's clean-up side effects.

        Those that wait for a newer worker wait.
        """
        pipe = self._connection.pipeline(transaction=False)
        for queue in self._queues.values():
            pipe.llen(queue.key)
            pipe.zcard(newer.key_of(queue))
            pipe.zcard(StartedJobRegistry(queue=queue).key)
            pipe.zcard(FailedJobRegistry(queue=queue).key)
        found = iter(pipe.execute())
        return {
            name: {"waiting": next(found) + next(found), "running": next(found), "failed": next(found)}
            for name in self._queues
        }
