"""A warm, batch-wise worker on rq's storage that survives Redis outages and whose death is noticed in seconds.

What stock rq 3.0 does differently, and why it is not used: its loop quits on Redis time-outs and on a corrupt job
hash; its signal handler talks to Redis; it imports whatever function a job names; a dead worker is noticed by wall
clock after up to 13 minutes. Here the loop never quits by itself, functions come from a fixed table, and a thread
renews a lease every two seconds which `reaper` watches with a monotonic clock.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import redis
import structlog
from rq import SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now, utcformat

from worker.edge.process import StopFlag
from worker.edge.redis_client import is_outage
from worker.edge.rq_engine.reaper import Reaper, Relaunch, set_aside

log = structlog.get_logger()

LEASE_RENEWAL = 2.0
# rq's own tools judge a started job dead by wall clock; the score stays this far ahead of it for them.
LEASE_SCORE_TTL = 900
POP_TIMEOUT = 1
# How long handing it back may take where Redis does not answer.
HAND_BACK_SECONDS = 2.0

_RENEW = """
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'last_heartbeat', ARGV[3]) end
  return 1
end
return 0
"""


class BatchWorker(SimpleWorker):  # type: ignore[misc]  # rq ships no types
    """Runs the jobs of one queue, one after the other, in this process.

    `functions` maps the dotted path stored in a job to what runs; a job that names anything else, or whose bytes cannot
    be read, is set aside among the failed ones at once. `each_round` is called before every look at the queue, at least
    once a second. After SIGTERM the job in hand has `drain` seconds to finish, then it is handed back.
    """

    def __init__(
        self,
        queue: str,
        *,
        connection: redis.Redis,
        functions: Mapping[str, Callable[[Any], None]],
        relaunch: Relaunch,
        each_round: Callable[[], None] = lambda: None,
        drain: float = 10.0,
    ) -> None:
        name = f"{queue}-{socket.gethostname()}-{os.getpid()}"
        # rq would ask Redis for its address here, which may be away.
        super().__init__(
            [queue],
            name=name,
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=30,
            prepare_for_work=False,
        )
        self.hostname, self.pid = socket.gethostname(), os.getpid()
        self._functions = functions
        self._each_round, self._drain = each_round, drain
        self._stop, self._left = StopFlag(), StopFlag()
        self._in_hand: tuple[Job, Execution] | None = None
        self._reaper = Reaper(connection, [queue], relaunch=relaunch)
        self._renew = connection.register_script(_RENEW)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the batch in hand is finished first."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        threading.Thread(target=self._give_up_late, name="watchdog", daemon=True).start()
        pause = 0.2
        born = False
        while not self.stopping:
            try:
                # A Redis that came back without its data has forgotten us.
                if not born or not self.connection.hexists(self.key, "birth"):
                    self.connection.delete(self.key)
                    self.register_birth()
                    self.set_state("idle")
                    born = True
                self._round()
                pause = 0.2
            except redis.RedisError as error:
                log.warning("redis_unavailable", error=str(error), retry_in_s=pause)
                self._stop.wait(pause)
                pause = min(pause * 2, 5.0)
        self._leave()

    def _round(self) -> None:
        self._hand_back()
        with self.connection.pipeline(transaction=False) as pipe:
            self.heartbeat(pipeline=pipe)
            pipe.execute()
        self._reaper.tick()
        self._each_round()
        job = self._next_job()
        if job is not None:
            self._run_job(job)

    def _next_job(self) -> Job | None:
        queue = self.queues[0]
        intermediate = queue.intermediate_queue_key
        raw = self.connection.blmove(queue.key, intermediate, POP_TIMEOUT, "LEFT", "RIGHT")
        if raw is None:
            return None
        job_id = raw.decode()
        if self.stopping:
            self._reaper.put_back(queue, job_id)
            return None
        try:
            job: Job = Job.fetch(job_id, connection=self.connection, serializer=JSONSerializer)
            (_payload,) = job.args  # decoding is lazy, and must fail here
        except redis.RedisError:
            raise
        except Exception as error:  # noqa: BLE001  a job boundary: whatever is wrong with one job's bytes costs only that job
            self._set_aside(job_id, str(error))
            return None
        return job

    def _set_aside(self, job_id: str, why: str) -> None:
        queue = self.queues[0]
        # An id without a job was returned to the queue twice, and another worker has run it since.
        is_there = self.connection.exists(Job.key_for(job_id))
        with self.connection.pipeline() as pipe:
            pipe.lrem(queue.intermediate_queue_key, 1, job_id)
            if is_there:
                log.error("job_unreadable", job=job_id, error=why)
                set_aside(pipe, queue, job_id)
            pipe.execute()

    def _run_job(self, job: Job) -> None:
        function = self._functions.get(job.func_name)
        if function is None:
            self._set_aside(job.id, f"it names {job.func_name}, which is not one of wirewatch's jobs")
            return
        execution = self._start(job)
        # Whatever Redis does not let us finish is handed back as soon as it answers.
        self._in_hand = (job, execution)
        try:
            with _Lease(self, job, execution):
                faulthandler.dump_traceback_later(job.timeout, exit=True)
                try:
                    function(job.args[0])
                finally:
                    faulthandler.cancel_dump_traceback_later()
        except Exception as error:  # a job boundary: a bug in one batch must not end the worker
            if isinstance(error, redis.RedisError) and is_outage(error):
                raise
            log.exception("job_failed", job=job.id)
            self._reaper.lost(job, execution.composite_key, f"{type(error).__name__}: {error}")
        else:
            self._finish(job, execution)
        self._in_hand = None

    def _hand_back(self) -> None:
        if self._in_hand:
            job, execution = self._in_hand
            self._reaper.hand_back(job, execution.composite_key)
            self._in_hand = None

    def _start(self, job: Job) -> Execution:
        """One transaction: lease taken, job started, off the intermediate list."""
        with self.connection.pipeline() as pipe:
            pipe.lrem(self.queues[0].intermediate_queue_key, 1, job.id)
            execution = Execution.create(job, LEASE_SCORE_TTL, pipeline=pipe, worker_name=self.name)
            job.prepare_for_execution(self.name, pipeline=pipe)
            pipe.persist(job.key)
            self.set_state("busy", pipeline=pipe)
            pipe.execute()
        return execution

    def _finish(self, job: Job, execution: Execution) -> None:
        """One transaction: nothing of a finished job stays, unless its lease was taken and it is somebody else's."""
        with self.connection.pipeline() as pipe:
            pipe.watch(job.key)
            if pipe.zscore(job.started_job_registry.key, execution.composite_key) is None:
                self.set_state("idle")
                return
            pipe.multi()
            execution.delete(job=job, pipeline=pipe)
            pipe.delete(job.key, job.dependents_key, job.execution_registry.key)
            self.increment_successful_job_count(pipeline=pipe)
            self.set_state("idle", pipeline=pipe)
            try:
                pipe.execute()
            except redis.WatchError:
                log.warning("lease_lost", job=job.id)

    def renew(self, job: Job, execution: Execution) -> bool:
        """Renew the lease on a running job; False when it was given to somebody else."""
        # A fraction of a second is part of it, so that no two renewals look alike to a reaper.
        score = time.time() + LEASE_SCORE_TTL
        with self.connection.pipeline(transaction=False) as pipe:
            self.heartbeat(pipeline=pipe)
            self._renew(
                keys=[job.started_job_registry.key, job.key],
                args=[execution.composite_key, score, utcformat(now())],
                client=pipe,
            )
            return bool(pipe.execute()[-1])

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # No I/O and no lock here: a signal may arrive in the middle of a conversation with Redis or of a lock's owner.
        self._stop.set()

    def _give_up_late(self) -> None:
        self._stop.wait()
        if self._left.wait(self._drain):
            return
        hard = threading.Timer(HAND_BACK_SECONDS, os._exit, (0,))
        hard.daemon = True
        hard.start()
        try:
            self._hand_back()
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))
        os._exit(0)

    def _leave(self) -> None:
        try:
            self._hand_back()
            self.register_death()
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))
        self._left.set()


class _Lease:
    """Renews a job's lease from a thread while the job runs."""

    def __init__(self, worker: BatchWorker, job: Job, execution: Execution) -> None:
        self._worker, self._job, self._execution = worker, job, execution
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(LEASE_RENEWAL):
            try:
                if not self._worker.renew(self._job, self._execution):
                    log.warning("lease_lost", job=self._job.id)
                    return
            except redis.RedisError as error:
                log.warning("redis_unavailable", error=str(error))
