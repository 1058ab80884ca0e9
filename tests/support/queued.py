"""Jobs put into the ingest queue by hand."""

from __future__ import annotations

from typing import Any

import redis

from worker.edge.rq_engine.queue import INGEST, JobQueue

JOB = "test.job"


def put(connection: redis.Redis, *payloads: Any) -> JobQueue:
    """Queue a job of the name `JOB` for each payload."""
    queue = JobQueue(connection)
    queue.warm()
    with connection.pipeline() as pipe:
        pipe.multi()
        queue.add(pipe, INGEST, JOB, payloads, timeout=60, title="test")
        pipe.execute()
    return queue
