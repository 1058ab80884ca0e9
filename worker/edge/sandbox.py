"""Runs pure functions on hostile bytes in child processes that can be killed.

Parsers written in Python and C hang or swell on the right input; nothing inside a process stops them reliably. A child
that is over its time is killed and replaced without harm to its siblings (pebble), and its memory is capped by the
kernel. Its time is that of the processor, counted by the kernel too: on a busy machine an honest call may take long.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import multiprocessing
import pickle
import resource
import signal
import traceback
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeAlias, TypeVar

import structlog
from pebble import ProcessExpired, ProcessPool

from worker.edge.process import die_with_parent
from worker.errors import StageTimeoutError, WirewatchError

log = structlog.get_logger()

T = TypeVar("T")

Call: TypeAlias = tuple[Callable[..., Any], tuple[object, ...], dict[str, object]]
"""A function with its arguments, those by place and those by name."""

# Written memory, not address space: some allocators reserve a gigabyte of the latter and never touch it.
MEMORY = 768 << 20
# A pool that breaks in the very moment of a call never answers it, so a waiting call looks after the pool.
LOOK_EVERY = 0.5
# A call that waits for something, or that nobody lets run, ends after so many times the processor time it may use.
WALL = 4


class _CrashedError(Exception):
    """What a function raised in the child, as its name and its traceback: two strings survive any pickling."""

    def __init__(self, name: str, trace: str) -> None:
        super().__init__(name, trace)
        self.name, self.trace = name, trace


class Sandbox:
    """A pool of `workers` children; implements ports.Cleaner.

    `seconds` is the processor time one call may use; on the clock it may take four times that. `modules` are imported
    when a child starts, so that its first call does not pay for them out of its budget.
    """

    def __init__(self, *, workers: int, seconds: float, modules: Sequence[str] = ()) -> None:
        self._workers, self._seconds, self._modules = workers, seconds, tuple(modules)
        self._pool = self._new_pool()
        self._closed = False

    def warm(self) -> None:
        """Have the children start now; else they start with the first call, which waits for what they import."""
        for _ in range(self._workers):
            self._pool.schedule(_contained, args=(self._seconds, int, (), {}))

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
        """`function(*arguments, **named)` in a child.

        Raises StageTimeoutError when the child had to be killed or died, or when the function crashed on its input;
        our own errors (worker.errors) pass as they are.
        """
        pool = self._pool
        try:
            return await self._call(pool, function, arguments, named)
        except BrokenExecutor:
            # A child died between two calls (the kernel's memory killer); the pool does not mend itself.
            self._replace(pool)
            return await self._call(self._pool, function, arguments, named)

    async def run_all(self, calls: Sequence[Call]) -> list[Any]:
        """What these calls, made one after the other in one child, return; or raise, in its place, as `run` would.

        Raises StageTimeoutError where the child had to be killed or died: nothing is known of any of them then.
        """
        answers = await self.run(_one_by_one, self._seconds, calls)
        faults = ((place, answer) for place, answer in enumerate(answers) if isinstance(answer, _CrashedError))
        for place, fault in faults:
            answers[place] = _told(fault, calls[place][0])
        return answers

    def _replace(self, broken: ProcessPool) -> None:
        """Put a new pool in place, unless another call that met the same end has done so."""
        if self._pool is broken:
            _end(broken)
            self._pool = self._new_pool()

    async def _call(
        self, pool: ProcessPool, function: Callable[..., T], arguments: tuple[object, ...], named: dict[str, object]
    ) -> T:
        if self._closed:
            raise RuntimeError("the sandbox is closed")
        if not pool.active:
            raise BrokenExecutor("the pool has lost its children")
        future = asyncio.wrap_future(
            pool.schedule(_contained, args=(self._seconds, function, arguments, named), timeout=WALL * self._seconds)
        )
        try:
            result: T = await _answered(pool, future)
        except (FutureTimeoutError, TimeoutError) as error:
            raise StageTimeoutError(f"took longer than {WALL * self._seconds:g} s and was stopped") from error
        except (ProcessExpired, MemoryError) as error:
            if getattr(error, "exitcode", None) == -signal.SIGPROF:
                raise StageTimeoutError(f"took {self._seconds:g} s of processor time and was stopped") from error
            raise StageTimeoutError(f"used too much memory or crashed ({error})") from error
        except _CrashedError as error:
            raise _told(error, function) from None
        return result

    def close(self) -> None:
        """Kill the children."""
        self._closed = True
        _end(self._pool)


def _told(error: _CrashedError, function: Callable[..., Any]) -> StageTimeoutError:
    """A bug that some input brings to light costs this input only, and stays visible."""
    log.error("parser_crashed", function=function.__qualname__, error=error.name, traceback=error.trace)
    return StageTimeoutError(f"crashed ({error.name})")


async def _answered(pool: ProcessPool, future: asyncio.Future[T]) -> T:
    try:
        while not (await asyncio.wait({future}, timeout=LOOK_EVERY))[0]:
            if not pool.active and not future.done():
                raise BrokenExecutor("the pool lost its children")
        return future.result()
    finally:
        future.cancel()


def _end(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _settle(modules: tuple[str, ...]) -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The pool's own handler, in Python, waits for the end of whatever C code runs; the pool then kills after 3 s more.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for module in modules:
        importlib.import_module(module)
    # What libraries say about bad bytes is no event of ours, and would stand in the log as lines of its own.
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _contained(
    seconds: float, function: Callable[..., T], arguments: tuple[object, ...], named: dict[str, object]
) -> T:
    """Call in the child. An exception that cannot be rebuilt on the other side would break the whole pool there."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*arguments, **named)
    except MemoryError:
        raise
    except WirewatchError as error:
        if _survives(error):
            raise
        raise _crashed(error) from None
    except Exception as error:  # noqa: BLE001  a process boundary: whatever goes wrong is the input's fault or a bug
        raise _crashed(error) from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def _one_by_one(seconds: float, calls: Sequence[Call]) -> list[Any]:
    """Every call in the child with processor time of its own; in place of its result what it raised."""
    answers: list[Any] = []
    for function, arguments, named in calls:
        try:
            answers.append(_contained(seconds, function, arguments, named))
        except (WirewatchError, _CrashedError) as error:
            answers.append(error)
    return answers


def _survives(error: Exception) -> bool:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    except Exception:  # noqa: BLE001  rebuilding calls the error's own constructor, which may raise anything
        return False
    return True


def _crashed(error: Exception) -> _CrashedError:
    return _CrashedError(type(error).__name__, "".join(traceback.format_exception(error)))
