"""Taking jobs off a queue, one at a time, so that none is lost between the queue and its start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import redis
import structlog
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from worker.edge.rq_engine import newer
from worker.edge.rq_engine.in_hand import QueuedJob
from worker.edge.rq_engine.reaper import Reaper, like, set_aside

log = structlog.get_logger()


class Popping:
    """What a worker of this name takes off `queue`."""

    def __init__(self, connection: redis.Redis, queue: Queue, reaper: Reaper, *, name: str) -> None:
        self._redis, self._queue, self._reaper, self._name = connection, queue, reaper, name
        # Until it is started, or set aside: should Redis refuse that, it is handed back as soon as it answers.
        self._popped = ""

    def next(self, *, wait: int) -> QueuedJob | None:
        """The next job, None where none comes within `wait` seconds, or its bytes cannot be read."""
        there, here = self._queue.key, self._queue.intermediate_queue_key
        if wait:
            raw = self._redis.blmove(there, here, wait, "LEFT", "RIGHT")
        else:
            raw = self._redis.lmove(there, here, "LEFT", "RIGHT")
        if raw is None:
            return None
        self._popped = raw.decode()
        try:
            job: QueuedJob = QueuedJob.fetch(self._popped, connection=self._redis, serializer=JSONSerializer)
            (_payload,) = job.args  # decoding is lazy, and must fail here
        except redis.RedisError:
            raise
        except Exception as error:  # noqa: BLE001  a job boundary: whatever is wrong with one job's bytes costs only that job
            self.set_aside(str(error))
            return None
        return job

    def gone(self) -> None:
        """The job that was taken last is started, or waits elsewhere."""
        self._popped = ""

    def set_aside(self, why: str) -> None:
        """The job that was taken last can never be started."""
        job_id = self._popped
        # An id without a job was returned to the queue twice, and another worker has run it since.
        is_there = self._redis.exists(Job.key_for(job_id))
        with self._redis.pipeline() as pipe:
            pipe.lrem(self._queue.intermediate_queue_key, 1, job_id)
            if is_there:
                log.error("job_unreadable", job=job_id, error=why)
                set_aside(pipe, self._queue, job_id)
            pipe.execute()
        self._popped = ""

    def leave_to_newer(self, job: QueuedJob, known: int) -> bool:
        """Whether the payload of the job taken last is of a version above `known`: it waits for a newer worker."""
        version = newer.version_of(job.args[0])
        if version > known:
            newer.leave(self._redis, self._queue, job.id, version)
            self.gone()
            log.warning("job_of_newer_release", job=job.id, version=version, known=known)
        return version > known

    def split(self, job: QueuedJob, parts: Callable[[Any], Sequence[Any]]) -> bool:
        """Whether the job taken last is several, which stand at the front of the queue now, or cannot be read."""
        try:
            payloads = parts(job.args[0])
        except Exception as error:  # noqa: BLE001  a job boundary, as in `next`
            self.set_aside(str(error))
            return True
        if len(payloads) > 1:
            with self._redis.pipeline() as pipe:
                pipe.lrem(self._queue.intermediate_queue_key, 1, job.id)
                pipe.delete(job.key)
                self._queue.enqueue_many([like(job, one, at_front=True) for one in reversed(payloads)], pipeline=pipe)
                pipe.execute()
            self.gone()
        return len(payloads) > 1

    def hand_back(self) -> None:
        """The job that was taken last and not started, if there is one, is for somebody else."""
        if self._popped:
            if not self._reaper.put_back(self._queue, self._popped):
                # It may be started all the same, and only the answer was lost.
                self._reaper.hand_back_started(self._queue, self._popped, by=self._name)
            self._popped = ""
