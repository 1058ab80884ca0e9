"""How far a long command has come, on standard error where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import Protocol, TypeVar

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


def with_progress(things: Measured[T], doing: str, noun: str, *, besides: bool = False) -> Generator[T, None, None]:
    """The things, with a bar while they are read: `doing` as in "replaying", `noun` as in "articles".

    Lines of text that are written meanwhile stand above the bar (`besides`); where bytes are, there is no bar if they
    go to the same terminal.
    """
    if not sys.stderr.isatty() or (sys.stdout.isatty() and not besides):
        yield from things
        return
    from rich.console import Console  # noqa: PLC0415  keeps --help fast
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    with Progress(
        TextColumn(doing),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[number]:,}} {noun}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    ) as bar:
        task = bar.add_task(doing, total=None, number=0)
        for number, thing in enumerate(things, 1):
            yield thing
            if number % _STEP == 0:
                bar.update(task, total=things.size or None, completed=things.done, number=number)
