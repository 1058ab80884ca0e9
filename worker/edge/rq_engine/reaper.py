"""Notices jobs whose worker died, and queues them again.

A lease counts as dead when its score has not moved for `LOST_AFTER` seconds of this process's monotonic clock, so a
wall clock that jumps neither doubles jobs nor delays them. Of the time between two looks no more than `LONGEST_GAP`
counts: a look that came late met a slow Redis, which held up the renewals too, or this process itself was stopped.
A worker of this very machine that has ended needs no such wait: its lease is taken at the next look.
Every scheduler and every worker runs a reaper; taking a job back is one transaction that the lease's owner wins if it
is alive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import redis
import structlog
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.queue import EnqueueData
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.utils import current_timestamp
from rq.worker_registration import clean_worker_registry

from worker.edge.logs import redacted
from worker.edge.process import has_ended
from worker.edge.rq_engine.queue import FAILURE_TTL
from worker.edge.store import dead_pages

log = structlog.get_logger()

LOST_AFTER = 6.0
POPPED_FOR = 4.0
TICK_EVERY = 0.9
LONGEST_GAP = 2.0
FORGET_EVERY = 60.0
# The field of an execution that says which process it is (process.identity).
OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What becomes of a job that was lost: payloads to queue instead of it, None to keep it among the failed ones.

    `dead` are the facts of what is given up with it, for the list of dead letters.
    """

    again: Sequence[Any] | None
    dead: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class _Lease:
    """A lease as it was seen: its score, since when (seconds watched) it has been that, and whose it is."""

    score: float
    since: float
    owner: str


# (function, payload, how often lost) -> what becomes of it; 0 times means that its worker had to leave it unfinished
Relaunch: TypeAlias = Callable[[str, Any, int], Aftermath]

_RETURN_POPPED = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 1 and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('LPUSH', KEYS[2], ARGV[1])
  return 1
end
return 0
"""


class Reaper:
    """Watches the leases of `queues`; call `tick` about once a second."""

    def __init__(
        self,
        connection: redis.Redis,
        queues: Sequence[str],
        *,
        relaunch: Relaunch,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._queues = [Queue(name, connection=connection, serializer=JSONSerializer) for name in queues]
        self._relaunch = relaunch
        self._monotonic = monotonic
        self._leases: dict[str, _Lease] = {}
        self._popped: dict[str, float] = {}
        self._last_tick = self._last_forgotten = float("-inf")
        self._watched = 0.0
        self._return_popped = connection.register_script(_RETURN_POPPED)

    def tick(self) -> int:
        """Look once, at most every `TICK_EVERY` seconds; returns how many jobs were queued again."""
        now = self._monotonic()
        gap = now - self._last_tick
        if gap < TICK_EVERY:
            return 0
        self._last_tick = now
        self._watched += min(gap, LONGEST_GAP)
        at = self._watched
        try:
            if now - self._last_forgotten >= FORGET_EVERY:
                self._forget()
                self._last_forgotten = now
            return sum(self._leases_of(queue, at) + self._popped_of(queue, at) for queue in self._queues)
        except redis.RedisError:
            # While Redis was away no lease could be renewed: every observation starts anew.
            self._leases.clear()
            self._popped.clear()
            raise

    def _forget(self) -> None:
        """Failed jobs and dead workers expire by themselves; their names are rq's to forget, which nobody else does."""
        for queue in self._queues:
            self._connection.zremrangebyscore(FailedJobRegistry(queue=queue).key, "-inf", current_timestamp())
            clean_worker_registry(queue)

    def _leases_of(self, queue: Queue, at: float) -> int:
        registry = StartedJobRegistry(queue=queue)
        leases = {k.decode(): score for k, score in self._connection.zrange(registry.key, 0, -1, withscores=True)}
        prefix = queue.key + "|"
        for gone in [k for k in self._leases if k.startswith(prefix) and k[len(prefix) :] not in leases]:
            del self._leases[gone]
        returned = 0
        new = [member for member in leases if prefix + member not in self._leases]
        for member, owner in zip(new, self._owners(new), strict=True):
            self._leases[prefix + member] = _Lease(score=leases[member], since=at, owner=owner)
        for member, score in leases.items():
            seen = self._leases[prefix + member]
            if seen.score != score:
                seen.score, seen.since = score, at
            if at - seen.since >= LOST_AFTER or has_ended(seen.owner):
                returned += self._take_back(queue, member, score)
                del self._leases[prefix + member]
        return returned

    def _owners(self, members: Sequence[str]) -> list[str]:
        with self._connection.pipeline(transaction=False) as pipe:
            for member in members:
                pipe.hget(Execution.from_composite_key(member, connection=self._connection).key, OWNER)
            return [(raw or b"").decode() for raw in pipe.execute()]

    def _popped_of(self, queue: Queue, at: float) -> int:
        key = queue.intermediate_queue_key
        popped = {raw.decode() for raw in self._connection.lrange(key, 0, -1)}
        prefix = queue.key + "|"
        for gone in [k for k in self._popped if k.startswith(prefix) and k[len(prefix) :] not in popped]:
            del self._popped[gone]
        returned = 0
        for job_id in popped:
            since = self._popped.setdefault(prefix + job_id, at)
            if at - since >= POPPED_FOR:
                returned += self.put_back(queue, job_id)
                self._popped.pop(prefix + job_id, None)
        return returned

    def put_back(self, queue: Queue, job_id: str) -> int:
        """Put a job that was popped and not started back to the front of its queue; 1 if it was there."""
        return int(
            self._return_popped(
                keys=[queue.intermediate_queue_key, queue.key, Job.key_for(job_id)],
                args=[job_id],
            )
        )

    def _take_back(self, queue: Queue, member: str, score: float) -> int:
        job_id = member.partition(":")[0]
        registry = StartedJobRegistry(queue=queue)
        try:
            job = Job.fetch(job_id, connection=self._connection, serializer=JSONSerializer)
            job.args  # noqa: B018  decoding is lazy, and must fail here
        except NoSuchJobError:
            self._connection.zrem(registry.key, member)
            return 0
        except redis.RedisError:
            raise
        except Exception as error:  # noqa: BLE001  a job boundary: whatever is wrong with one job's bytes costs only that job
            log.error("job_unreadable", job=job_id, error=str(error))
            with self._connection.pipeline() as pipe:
                pipe.zrem(registry.key, member)
                set_aside(pipe, queue, job_id)
                pipe.execute()
            return 0
        with self._connection.pipeline() as pipe:
            pipe.watch(job.key)
            if pipe.zscore(registry.key, member) != score:
                return 0
            losses = int(pipe.hget(job.key, "losses") or 0) + 1
            run = self._run_of(pipe, member)
            pipe.multi()
            self._queue_again(pipe, job, run, losses=losses)
            try:
                pipe.execute()
            except redis.WatchError:
                return 0
        log.warning("job_lost", job=job.id, queue=queue.name, losses=losses)
        return 1

    def lost(self, job: Job, member: str, why: str) -> None:
        """The caller gives the job up after an error of its own; nothing happens if its lease was taken meanwhile."""
        self._return(job, member, why, counts=True)

    def hand_back(self, job: Job, member: str) -> None:
        """The caller has to leave the job through no fault of the job's, which therefore counts no loss."""
        self._return(job, member, "its worker had to leave it", counts=False)

    def hand_back_started(self, queue: Queue, job_id: str, *, by: str) -> None:
        """The same for a job of which the worker of this name does not know whether it was started."""
        for raw in self._connection.zrange(StartedJobRegistry(queue=queue).key, 0, -1):
            member = raw.decode()
            if member.partition(":")[0] == job_id and self._run_of(self._connection, member).worker_name == by:
                # Meanwhile another may have taken it and be done.
                with suppress(NoSuchJobError):
                    self.hand_back(Job.fetch(job_id, connection=self._connection, serializer=JSONSerializer), member)

    def _return(self, job: Job, member: str, why: str, *, counts: bool) -> None:
        registry = StartedJobRegistry(job.origin, connection=self._connection, serializer=JSONSerializer)

        def give(pipe: redis.client.Pipeline) -> None:
            if pipe.zscore(registry.key, member) is None:
                return
            losses = int(pipe.hget(job.key, "losses") or 0) + counts
            run = self._run_of(pipe, member)
            pipe.multi()
            self._queue_again(pipe, job, run, losses=losses, why=why, counts=counts)

        # Its lease is still renewed, which changes the job too.
        self._connection.transaction(give, job.key)

    def _queue_again(
        self, pipe: Any, job: Job, run: Execution, *, losses: int, why: str = "its worker died", counts: bool = True
    ) -> None:
        queue = Queue(job.origin, connection=self._connection, serializer=JSONSerializer)
        run.delete(job=job, pipeline=pipe)
        # rq would fail the next run when it finds this registry without the expired execution it names.
        pipe.delete(job.execution_registry.key)
        after = self._aftermath(job, losses if counts else 0)
        if after.dead:
            dead_pages.put(pipe, after.dead, reason=redacted(why), tries=losses)
        payloads = after.again
        if payloads is None:
            log.error("job_given_up", job=job.id, queue=queue.name, losses=losses, error=why)
            job.set_status(JobStatus.FAILED, pipeline=pipe)
            told = redacted(f"given up after {losses} tries: {why}")
            job._handle_failure(told, pipeline=pipe)  # noqa: SLF001  pinned by a test
            return
        if list(payloads) == [job.args[0]]:
            pipe.hset(job.key, mapping={"losses": losses, "status": "queued"})
            pipe.lpush(queue.key, job.id)
            return
        pipe.delete(job.key)
        for new in queue.enqueue_many([like(job, payload) for payload in payloads], pipeline=pipe):
            pipe.hset(new.key, "losses", losses)

    def _run_of(self, pipe: Any, member: str) -> Execution:
        """The run that holds a lease, with the worker it was."""
        run = Execution.from_composite_key(member, connection=self._connection)
        run.worker_name = (pipe.hget(run.key, "worker_name") or b"").decode()
        return run

    def _aftermath(self, job: Job, losses: int) -> Aftermath:
        try:
            return self._relaunch(job.func_name, job.args[0], losses)
        except Exception:  # a job boundary: a payload nobody understands must not stop the reaper
            log.exception("job_not_understood", job=job.id)
            return Aftermath(again=None)


def like(job: Job, payload: Any, *, at_front: bool = False) -> EnqueueData:
    """What rq needs for a job that differs from this one in its payload."""
    return Queue.prepare_data(
        job.func_name,
        args=[payload],
        timeout=job.timeout,
        result_ttl=0,
        failure_ttl=job.failure_ttl,
        description=job.description,
        at_front=at_front,
    )


def set_aside(pipe: Any, queue: Queue, job_id: str) -> None:
    """Keep a job that cannot be read among the failed ones, where a person can look at its bytes."""
    pipe.zadd(FailedJobRegistry(queue=queue).key, {job_id: current_timestamp() + FAILURE_TTL})
    pipe.hset(Job.key_for(job_id), "status", JobStatus.FAILED.value)
    pipe.expire(Job.key_for(job_id), FAILURE_TTL)
