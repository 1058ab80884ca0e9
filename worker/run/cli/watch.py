"""`wirewatch status --watch`: the screen of `status`, followed as it changes, until Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

import redis
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

from worker.edge.metrics import read_counters
from worker.edge.process import StopFlag
from worker.edge.redis_client import impatient
from worker.run.cli.common import count, lasting
from worker.run.cli.screen import BAD, PROCESS_COLUMNS, process_rows, status_lines
from worker.run.cli.table import table_of
from worker.run.status import collect
from worker.run.status_shape import StatusRecord

LOOK_EVERY = 2.0
# How long a look may take before Redis counts as away.
PATIENCE = 3.0
MINUTE = 60.0
# What passes through, in words for one and for many, and the counter that tells of it.
FLOW = (
    ("poll", "polls", "wirewatch_polls_total"),
    ("entry", "entries", "wirewatch_entries_total"),
    ("article", "articles", "wirewatch_articles_total"),
    ("match", "matches", "wirewatch_matches_total"),
    ("alert", "alerts", "wirewatch_alerts_total"),
)


class Screen:
    """What is shown now, as large as the terminal is now; what does not fit is cut off at its end."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._found: StatusRecord | None = None
        self._away_since: float | None = None
        self._why = ""
        self._counted: deque[tuple[float, Mapping[str, int]]] = deque()

    def saw(self, found: StatusRecord, counted: Mapping[str, int]) -> None:
        """Redis answered."""
        now = self._monotonic()
        self._found, self._away_since = found, None
        while self._counted and now - self._counted[0][0] > MINUTE:
            self._counted.popleft()
        self._counted.append((now, counted))

    def missed(self, error: Exception) -> None:
        """Redis did not."""
        if self._away_since is None:
            self._away_since = self._monotonic()
            self._counted.clear()
        self._why = str(error)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.max_height
        rows = [row for part in self._parts() for row in console.render_lines(part, options.update(height=None))]
        if len(rows) > height:
            rest = _cut(f"... {count(len(rows) - height + 1, 'more line')}; make the window higher", "dim")
            rows = [*rows[: height - 1], *console.render_lines(rest, options.update(height=None))]
        for place, row in enumerate(rows):
            yield from row
            if place < len(rows) - 1:
                yield Segment.line()

    def _parts(self) -> Iterator[Any]:
        yield _cut("wirewatch status, live; Ctrl-C ends it", "bold")
        if self._away_since is not None:
            away = lasting(self._monotonic() - self._away_since)
            yield Text(f"Redis does not answer, for {away} now ({self._why}); below is what was seen last", style=BAD)
        else:
            yield _cut(self._flow())
        if self._found is None:
            return
        yield Text("")
        for line in status_lines(self._found):
            line.no_wrap, line.overflow = True, "ellipsis"
            yield line
        if self._found["workers"]:
            yield Text("")
            yield table_of(process_rows(self._found["workers"]), PROCESS_COLUMNS)

    def _flow(self) -> str:
        (began, before), (now, after) = self._counted[0], self._counted[-1]
        if now == began:
            return "counting what passes through"
        # Counters that were lost begin anew.
        passed = [count(max(0, after[family] - before[family]), one, many) for one, many, family in FLOW]
        return f"in the last {lasting(now - began)}: {', '.join(passed)}"


def _cut(line: str, style: str = "") -> Text:
    """One line, however narrow the terminal."""
    return Text(line, style=style, no_wrap=True, overflow="ellipsis")


def watch(connection: redis.Redis) -> int:
    """Show it until Ctrl-C or SIGTERM; the terminal is left as it was. Returns the exit status."""
    hasty, screen, ended = impatient(connection, PATIENCE), Screen(), _Ended()
    look(hasty, screen)
    with ended, Live(screen, console=Console(highlight=False), screen=True, vertical_overflow="crop"):
        while not ended.flag.wait(LOOK_EVERY):
            look(hasty, screen)
    return 128 + signal.SIGTERM if ended.by == signal.SIGTERM else 0


class _Ended:
    """While its block runs, Ctrl-C and SIGTERM only set the flag: nothing is left half drawn."""

    def __init__(self) -> None:
        self.flag, self.by = StopFlag(), 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._end)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.by = number
        self.flag.set()


def look(connection: redis.Redis, screen: Screen) -> None:
    """One look at everything."""
    try:
        found = collect(connection)
        counted = {counter.name: sum(counts.values()) for counter, counts in read_counters(connection).items()}
        screen.saw(found, counted)
    except redis.RedisError as error:
        screen.missed(error)
