"""Runs pure functions on hostile bytes in child processes that can be killed.

Parsers written in Python and C hang or swell on the right input; nothing inside a process stops them reliably. A child
that is over its time is killed and replaced without harm to its siblings (pebble), and its memory is capped by the
kernel.
"""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import resource
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from worker.edge.process import die_with_parent
from worker.errors import StageTimeoutError

T = TypeVar("T")

# Written memory, not address space: some allocators reserve a gigabyte of the latter and never touch it.
MEMORY = 768 << 20


class Sandbox:
    """A pool of `workers` children; implements ports.Cleaner.

    `seconds` is the wall-clock budget of one call. `modules` are imported when a child starts, so that its first call
    does not pay for them out of its budget.
    """

    def __init__(self, *, workers: int, seconds: float, modules: Sequence[str] = ()) -> None:
        self._workers, self._seconds, self._modules = workers, seconds, tuple(modules)
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=2_000,
            initializer=_settle,
            initargs=(self._modules,),
            # The parent runs threads, and forking those can deadlock the child.
            context=multiprocessing.get_context("spawn"),
        )

    async def run(self, function: Callable[..., T], *arguments: object, **named: object) -> T:
        """`function(*arguments, **named)` in a child; raises StageTimeoutError when it had to be killed or died."""
        try:
            return await self._call(function, arguments, named)
        except BrokenExecutor:
            # A child died between two calls (the kernel's memory killer); the pool does not mend itself.
            self.close()
            self._pool = self._new_pool()
            return await self._call(function, arguments, named)

    async def _call(self, function: Callable[..., T], arguments: tuple[object, ...], named: dict[str, object]) -> T:
        future = self._pool.schedule(function, args=arguments, kwargs=named, timeout=self._seconds)
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


def _settle(modules: tuple[str, ...]) -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in modules:
        importlib.import_module(module)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
