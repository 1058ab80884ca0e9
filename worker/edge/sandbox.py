"""Runs pure functions on hostile bytes in child processes that can be killed.

Parsers written in Python and C hang or swell on the right input; nothing inside a process stops them reliably. A child
that is over its time is killed and replaced without harm to its siblings (pebble), and its memory is capped by the
kernel.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from worker.edge.process import die_with_parent
from worker.errors import StageTimeoutError

T = TypeVar("T")

MEMORY = 1 << 30


class Sandbox:
    """A pool of `workers` children; implements ports.Cleaner. `seconds` is the wall-clock budget of one call."""

    def __init__(self, *, workers: int, seconds: float, warm: Callable[[], object] | None = None) -> None:
        self._seconds = seconds
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=2_000,
            initializer=_settle,
            initargs=(warm,),
            # The parent runs threads, and forking those can deadlock the child.
            context=multiprocessing.get_context("spawn"),
        )

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """`function(*arguments)` in a child; raises StageTimeoutError when it had to be killed or died."""
        future = self._pool.schedule(function, args=arguments, timeout=self._seconds)
        try:
            result: T = await asyncio.wrap_future(future)
        except (FutureTimeoutError, TimeoutError) as error:
            raise StageTimeoutError(f"took longer than {self._seconds:g} s and was stopped") from error
        except (ProcessExpired, MemoryError) as error:
            raise StageTimeoutError(f"used too much memory or crashed ({error})") from error
        return result

    def close(self) -> None:
        """Kill the children."""
        self._pool.stop()
        self._pool.join()


def _settle(warm: Callable[[], object] | None) -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if warm is not None:
        warm()
