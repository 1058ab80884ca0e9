"""A warm worker on rq's storage that survives Redis outages and whose death is noticed in seconds.

What stock rq 3.0 does differently, and why it is not used: its loop quits on Redis time-outs and on a corrupt job
hash; its signal handler talks to Redis; it imports whatever function a job names; a dead worker is noticed by wall
clock after up to 13 minutes. Here the loop never quits by itself, functions come from a fixed table, and a thread
renews a lease every two seconds which `reaper` watches with a monotonic clock.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import redis
import structlog
from rq import SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now, utcformat

from worker.edge.outage import Outage
from worker.edge.process import StopFlag, identity
from worker.edge.redis_client import is_outage
from worker.edge.rq_engine import newer
from worker.edge.rq_engine.in_hand import RENEW, InHand, QueuedJob, Run, Work, cancelled, ended
from worker.edge.rq_engine.popping import Popping
from worker.edge.rq_engine.reaper import OWNER, Reaper, Relaunch

log = structlog.get_logger()

# rq's own tools judge a started job dead by wall clock; the score stays this far ahead of it for them.
LEASE_SCORE_TTL = 900
POP_TIMEOUT = 1
# How soon the queue is looked at again where there is room for another job, at first and in the end; and where is none.
LOOK_SOON, LOOK_LATER = 0.05, 0.5
BEAT_EVERY = 1.0
# How long handing it back may take where Redis does not answer.
HAND_BACK_SECONDS = 2.0


class BatchWorker(SimpleWorker):  # type: ignore[misc]  # rq ships no types
    """Runs the jobs of one queue in this process.

    `functions` maps the dotted path stored in a job to what runs; a job that names anything else, or whose bytes cannot
    be read, is set aside among the failed ones at once; one whose payload is of a version above `version` is left to a
    newer worker. One of which `parts` makes several payloads is several jobs from then on. Those that return tasks of
    `loop` run beside each other, and further ones are begun as long as there is `room`; a job that was lost twice runs
    alone, so that what kills its worker does not take another with it until that is given up. `each_round` is called
    before every look at the queue, at least once a second. After SIGTERM the jobs in hand have `drain` seconds to
    finish, then they are handed back.
    """

    def __init__(
        self,
        queue: str,
        *,
        connection: redis.Redis,
        functions: Mapping[str, Work],
        relaunch: Relaunch,
        version: int,
        parts: Callable[[Any], Sequence[Any]] = lambda payload: [payload],
        loop: asyncio.Runner | None = None,
        room: Callable[[], bool] = lambda: False,
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
        self._identity = identity()
        self._functions, self._version, self._parts = functions, version, parts
        self._each_round, self._drain = each_round, drain
        self._stop, self._left = StopFlag(), StopFlag()
        self._loop, self._room = loop or asyncio.Runner(), room
        self._in_hand = InHand(self.renew)
        self._waits_alone = False
        self._found = float("-inf")
        self._beat = float("-inf")
        self._reaper = Reaper(connection, [queue], relaunch=relaunch)
        self._popping = Popping(connection, self.queues[0], self._reaper, name=name)
        self._renew = connection.register_script(RENEW)
        self._outage = Outage()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def _set_connection(self, connection: redis.Redis) -> redis.Redis:
        # rq would have a server that has gone silent waited for longer, for pops that last longer than ours.
        return connection

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """Those of the jobs in hand."""
        return self._in_hand.tasks

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what is in hand is finished first."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        threading.Thread(target=self._give_up_late, name="watchdog", daemon=True).start()
        pause = 0.2
        while not self.stopping or any(not run.left for run in self._in_hand.runs):
            try:
                self._round()
                self._outage.over()
                pause = 0.2
            except redis.RedisError as error:
                self._leave_all()
                self._outage.met(error)
                self._stop.wait(pause)
                pause = min(pause * 2, 5.0)
        self._leave()

    def _round(self) -> None:
        self._hand_back()
        self._show_life()
        self._reaper.tick()
        self._each_round()
        if not self.stopping:
            self._take()
        if self._in_hand:
            self._go_on()

    def _show_life(self) -> None:
        now = time.monotonic()
        if now - self._beat < BEAT_EVERY:
            return
        # A Redis that came back without its data has forgotten us.
        if self._beat < 0 or not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)
            self.register_birth()
            self.set_state("idle")
        with self.connection.pipeline(transaction=False) as pipe:
            self.heartbeat(pipeline=pipe)
            pipe.zcount(newer.key_of(self.queues[0]), "-inf", self._version)
            *_, left_by_others = pipe.execute()
        if left_by_others:
            newer.take_up(self.connection, self.queues[0], self._version)
        self._beat = now

    def _take(self) -> None:
        """Begin what waits, as far as there is room; where nothing is in hand, wait for it."""
        if self._in_hand and not self._may_begin():
            return
        job = self._next_job()
        while job is not None:
            self._begin(job)
            if not self._in_hand or not self._may_begin():
                return
            job = self._next_job()

    def _may_begin(self) -> bool:
        return self._room() and not self._waits_alone and not any(run.alone for run in self._in_hand.runs)

    def _next_job(self) -> QueuedJob | None:
        job = self._popping.next(wait=0 if self._in_hand else POP_TIMEOUT)
        if job is not None:
            self._found = time.monotonic()
        self._waits_alone = job is not None and job.is_suspect and bool(self._in_hand)
        if job is not None and (self.stopping or self._waits_alone):
            self._popping.hand_back()
            return None
        return job

    def _begin(self, job: QueuedJob) -> None:
        function = self._functions.get(job.func_name)
        if function is None:
            self._popping.set_aside(f"it names {job.func_name}, which is not one of wirewatch's jobs")
            return
        if self._popping.leave_to_newer(job, self._version) or self._popping.split(job, self._parts):
            return
        execution = self._start(job)
        # Whatever Redis does not let us finish is handed back as well.
        run = Run(job=job, execution=execution, alone=job.is_suspect, ends=time.monotonic() + job.timeout)
        self._in_hand.put(run)
        self._popping.gone()
        try:
            run.task = function(job.args[0])
        except Exception as error:  # noqa: BLE001  a job boundary: a bug in one job must not end the worker
            self._ended(run, error)
            return
        if run.task is None:
            self._ended(run, None)

    def _go_on(self) -> None:
        """Let the jobs in hand go on for a moment, and put away those that end."""
        may_begin = not self.stopping and self._may_begin()
        look = next_look(time.monotonic() - self._found) if may_begin else LOOK_LATER
        if tasks := self._in_hand.tasks:
            self._loop.run(ended(tasks, look))
        for run in self._in_hand.runs:
            if run.is_over():
                self._ended(run, run.error())

    def _ended(self, run: Run, error: BaseException | None) -> None:
        if isinstance(error, redis.RedisError) and is_outage(error):
            self._leave_all()
            raise error
        if error is None:
            self._finish(run.job, run.execution)
        else:
            log.error("job_failed", job=run.job.id, exc_info=error)
            self._reaper.lost(run.job, run.execution.composite_key, f"{type(error).__name__}: {error}")
        self._in_hand.drop(run)

    def _leave_all(self) -> None:
        """Redis is away: every job in hand would wait for the same error."""
        for run in self._in_hand.runs:
            run.left = True
        if tasks := self._in_hand.tasks:
            self._loop.run(cancelled(tasks))

    def _hand_back(self, runs: Sequence[Run] | None = None) -> None:
        """What cannot be started, and these runs, are somebody else's; without any, those that were left."""
        self._popping.hand_back()
        for run in [run for run in self._in_hand.runs if run.left] if runs is None else runs:
            self._reaper.hand_back(run.job, run.execution.composite_key)
            self._in_hand.drop(run)

    def _start(self, job: Job) -> Execution:
        """One transaction: lease taken, job started, off the intermediate list."""
        with self.connection.pipeline() as pipe:
            pipe.lrem(self.queues[0].intermediate_queue_key, 1, job.id)
            execution = Execution.create(job, LEASE_SCORE_TTL, pipeline=pipe, worker_name=self.name)
            pipe.hset(execution.key, OWNER, self._identity)
            job.prepare_for_execution(self.name, pipeline=pipe)
            pipe.persist(job.key)
            self.set_state("busy", pipeline=pipe)
            pipe.execute()
        return execution

    def _finish(self, job: Job, execution: Execution) -> None:
        """One transaction: nothing of a finished job stays, unless its lease was taken and it is somebody else's."""

        def conclude(pipe: redis.client.Pipeline) -> None:
            idle = "busy" if len(self._in_hand) > 1 else "idle"
            is_ours = pipe.zscore(job.started_job_registry.key, execution.composite_key) is not None
            pipe.multi()
            if is_ours:
                execution.delete(job=job, pipeline=pipe)
                pipe.delete(job.key, job.dependents_key, job.execution_registry.key)
                self.increment_successful_job_count(pipeline=pipe)
            self.set_state(idle, pipeline=pipe)

        # Renewing its lease changes the job as well, and is no reason to leave it as if its worker had died.
        self.connection.transaction(conclude, job.key)

    def renew(self, held: Sequence[tuple[Job, Execution]]) -> list[bool]:
        """Renew the leases on running jobs; False for each that was given to somebody else."""
        # A fraction of a second is part of it, so that no two renewals look alike to a reaper.
        score = time.time() + LEASE_SCORE_TTL
        with self.connection.pipeline(transaction=False) as pipe:
            self.heartbeat(pipeline=pipe)
            beaten = len(pipe)
            for job, execution in held:
                self._renew(
                    keys=[job.started_job_registry.key, job.key],
                    args=[execution.composite_key, score, utcformat(now())],
                    client=pipe,
                )
            return [bool(answer) for answer in pipe.execute()[beaten:]]

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
            self._hand_back(self._in_hand.runs)
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))
        os._exit(0)

    def _leave(self) -> None:
        try:
            self._hand_back(self._in_hand.runs)
            self.register_death()
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))
        self._left.set()


def next_look(in_vain: float) -> float:
    """How soon (seconds) to look at the queue again, which has been empty for so long: after as long again.

    While a page comes there is nothing else to do, and to look each twentieth of a second is dear.
    """
    return min(max(LOOK_SOON, in_vain), LOOK_LATER)
