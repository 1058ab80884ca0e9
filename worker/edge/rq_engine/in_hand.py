"""The jobs a worker has in hand: their leases are renewed by a thread, and none lasts beyond its hard limit."""

from __future__ import annotations

import asyncio
import faulthandler
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import redis
import structlog
from rq.executions import Execution
from rq.job import Job

log = structlog.get_logger()

LEASE_RENEWAL = 2.0
RENEW = """
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'last_heartbeat', ARGV[3]) end
  return 1
end
return 0
"""

Work: TypeAlias = Callable[[Any], asyncio.Task[None] | None]
"""What runs for a payload. Where it returns a task, that goes on beside those of other jobs."""


class QueuedJob(Job):  # type: ignore[misc]  # rq ships no types
    """A job from the queue; `is_suspect` where workers died or failed with it more than once."""

    is_suspect = False

    def restore(self, raw_data: dict[bytes, bytes]) -> None:
        """See Job: what Redis holds of it."""
        super().restore(raw_data)
        # Once means little: whatever its worker had in hand was lost together with what killed it.
        self.is_suspect = int(raw_data.get(b"losses", 0)) > 1


@dataclass(slots=True, eq=False, kw_only=True)
class Run:
    """A job that was started. `alone` where nothing may run beside it, `ends` is its hard limit by time.monotonic.

    `left` where the worker does not go on with it, and it is to be handed back.
    """

    job: Job
    execution: Execution
    alone: bool
    ends: float
    task: asyncio.Task[None] | None = None
    left: bool = False

    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.task is not None and self.task.done()

    def error(self) -> BaseException | None:
        """With what it ended, None where all is well."""
        if self.task is None:
            return None
        return asyncio.CancelledError() if self.task.cancelled() else self.task.exception()


class InHand:
    """The runs of one worker. `renew` renews the leases of several at once, and tells which it still had.

    One after the other they would take longer than a lease where the line to Redis is slow.
    """

    def __init__(self, renew: Callable[[Sequence[tuple[Job, Execution]]], Sequence[bool]]) -> None:
        self._renew = renew
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._keeper: threading.Thread | None = None
        self._stops_at: float | None = None

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def runs(self) -> Sequence[Run]:
        """All of them, as they were begun."""
        return list(self._runs.values())

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """What runs beside each other."""
        return [run.task for run in self.runs if run.task is not None]

    def put(self, run: Run) -> None:
        """One more, from now on with a lease that is kept."""
        with self._lock:
            self._runs[run.job.id] = run
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="lease", daemon=True)
                self._keeper.start()
        self._limit()

    def drop(self, run: Run) -> None:
        """It is done, or somebody else's."""
        with self._lock:
            self._runs.pop(run.job.id, None)
        self._limit()

    def _limit(self) -> None:
        """Have this process end where the run with the nearest limit goes beyond it, whatever hangs."""
        nearest = min((run.ends for run in self.runs if not run.left), default=None)
        if nearest == self._stops_at:
            return
        self._stops_at = nearest
        if nearest is None:
            faulthandler.cancel_dump_traceback_later()
        else:
            faulthandler.dump_traceback_later(max(nearest - time.monotonic(), 0.001), exit=True)

    def _keep(self) -> None:
        lost: set[Run] = set()
        while True:
            time.sleep(LEASE_RENEWAL)
            with self._lock:
                runs = self.runs
                if not runs:
                    self._keeper = None
                    return
            asked = [run for run in runs if run not in lost]
            try:
                kept = self._renew([(run.job, run.execution) for run in asked])
            except redis.RedisError as error:
                log.warning("redis_unavailable", error=str(error))
                continue
            for run, is_ours in zip(asked, kept, strict=True):
                if not is_ours and self._runs.get(run.job.id) is run:
                    log.warning("lease_lost", job=run.job.id)
                    lost.add(run)
            lost.intersection_update(runs)


async def ended(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Let the tasks go on until one of them ends, at most so long."""
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


async def cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End the tasks."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
