"""How far a long command has come, on standard error where that is a terminal."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

if TYPE_CHECKING:  # loading it costs more than all of --help
    from rich.progress import Progress

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

# Drawing takes a moment; so many things pass in between.
_STEP = 20


class Measured(Protocol[T_co]):
    """Something read one by one; `size` and `done` say how much there is and was read, size 0 that nobody knows."""

    @property
    def size(self) -> int: ...
    @property
    def done(self) -> int: ...
    def __iter__(self) -> Iterator[T_co]: ...


class Listed(Generic[T]):
    """Things read one by one, `size` of them as far as is known before."""

    def __init__(self, things: Iterable[T], size: int) -> None:
        self._things = things
        self.size, self.done = size, 0

    def __iter__(self) -> Iterator[T]:
        for thing in self._things:
            self.done += 1
            yield thing


def with_progress(things: Measured[T], doing: str, noun: str, *, besides: bool = False) -> Iterator[T]:
    """The things, with a bar while they are read: `doing` as in "replaying", `noun` as in "articles".

    Lines of text that are written to the same terminal meanwhile stand above the bar (`besides`). A pipe may lead to a
    pager on this terminal, which a bar would spoil: then there is none.
    """
    with Reading(things, doing, noun, besides=besides, gives_way=False) as reading:
        yield from reading


class Reading(Generic[T]):
    """As `with_progress`, for a command that may write to a pipe: it calls `give_way` before it does."""

    def __init__(self, things: Measured[T], doing: str, noun: str, *, besides: bool, gives_way: bool = True) -> None:
        self._things = things
        wanted = besides if sys.stdout.isatty() else gives_way or not _is_pipe()
        self._bar = _bar(doing, noun) if sys.stderr.isatty() and wanted else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def __iter__(self) -> Iterator[T]:
        for number, thing in enumerate(self._things, 1):
            yield thing
            if self._bar and number % _STEP == 0:
                (task,) = self._bar.task_ids
                self._bar.update(task, total=self._things.size or None, completed=self._things.done, number=number)

    def give_way(self) -> None:
        """Take the bar away where what is written next goes to a pipe."""
        if self._bar and _is_pipe():
            self._bar.stop()
            self._bar = None


@contextmanager
def counted(doing: str, noun: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar while `total` things are done side by side; what it gives is called after each."""
    bar = _bar(doing, noun) if sys.stderr.isatty() else None
    done = 0

    def one_done() -> None:
        nonlocal done
        done += 1
        if bar:
            bar.update(bar.task_ids[0], total=total, completed=done, number=done)

    with bar or nullcontext():
        yield one_done


def _bar(doing: str, noun: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn(doing),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[number]:,}} {noun}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    bar.add_task(doing, total=None, number=0)
    return bar


def _is_pipe() -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):  # standard output that another program replaced
        return False
