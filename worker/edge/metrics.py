"""What is counted and timed, for /metrics: in Redis, so that many processes on many hosts add up and no restart counts.

Names follow prometheus.io/docs/practices/naming. Labels have few values, which are known beforehand; the names of
destinations are the one exception, since a configuration has few. Counters travel in transactions that happen anyway;
durations are noted in the process (`Tally`) and written together now and then, so a process that is killed takes some
seconds of them with it. Nothing is decided by any of these: their keys may be deleted at any time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from types import TracebackType
from typing import Final

import redis
import structlog
from redis.client import Pipeline

from worker.edge import keys, spans
from worker.edge.store.events import counters
from worker.model import Reason
from worker.ports import Stage

_MICRO = 1_000_000
_SUM = "us"
# A label as events.series writes it.
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A family of counters. `values` are those of its `label` that are told from the start, with 0.

    A family may have a second label with open values, which then come first: `of` is its name.
    """

    name: str
    help: str
    label: str = ""
    values: tuple[str, ...] = ()
    of: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order in which series are written (sorted)."""
        return tuple(name for name in (self.of, self.label) if name)

    def from_the_start(self) -> Sequence[tuple[str, ...]]:
        """The values of the labels that are told although nothing was counted yet."""
        return [(value,) for value in self.values] if self.label else [()]


COUNTERS: Final = (
    Counter(
        name="wirewatch_polls_total",
        help="Polls of feeds, and pushes that were read, by result.",
        label="result",
        values=("unchanged", "parsed", "failed", "pushed"),
    ),
    Counter(name="wirewatch_entries_total", help="New entries found in feeds."),
    Counter(
        name="wirewatch_articles_total",
        help="Articles stored; partial ones were made from the feed's own words.",
        label="state",
        values=("full", "partial"),
    ),
    Counter(name="wirewatch_articles_trimmed_total", help="Articles that went early, to make room in Redis."),
    Counter(name="wirewatch_matches_total", help="Times that an article matched a topic."),
    Counter(
        name="wirewatch_alerts_total",
        help="Alerts decided, by reason.",
        label="reason",
        values=tuple(reason.value for reason in Reason),
    ),
    Counter(
        name="wirewatch_deliveries_total",
        help="Attempts to deliver an alert, by result and destination; muted ones were none.",
        label="result",
        of="destination",
    ),
    Counter(
        name="wirewatch_pushes_total",
        help="Pushes of WebSub hubs; unsigned ones were dropped, for too_many the feed is polled.",
        label="result",
        values=("kept", "too_many", "unsigned"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """A family of durations in seconds; `bounds` are the upper ends of its buckets, ascending."""

    name: str
    help: str
    bounds: tuple[float, ...]
    label: str = ""
    values: tuple[str, ...] = ("",)

    def field(self, seconds: float, value: str) -> str:
        """Where a duration is counted: each bucket counts its own only."""
        place = bisect_left(self.bounds, seconds)
        bound = f"{self.bounds[place]:g}" if place < len(self.bounds) else "inf"
        return f"{self.name}|{value}|{bound}"

    def sum_field(self, value: str) -> str:
        """Where durations are added up, in microseconds."""
        return f"{self.name}|{value}|{_SUM}"


_WAITS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
STAGE_DURATION: Final = Histogram(
    name="wirewatch_stage_duration_seconds",
    help="How long the stages took for one feed, page, article or delivery; waiting for others is part of it.",
    bounds=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
    label="stage",
    values=tuple(stage.value for stage in Stage),
)
POLL_LAG: Final = Histogram(
    name="wirewatch_poll_lag_seconds",
    help="How long after they were due polls began; waits for hosts apart.",
    bounds=_WAITS,
)
POLL_HOST_WAIT: Final = Histogram(
    name="wirewatch_poll_host_wait_seconds",
    help="How long after they were due polls began that had to wait for their host.",
    bounds=_WAITS,
)
PUBLISHED_TO_ALERT: Final = Histogram(
    name="wirewatch_published_to_alert_seconds",
    help="From the publication of a report to the alert it led to, where the feed says when that was.",
    bounds=(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 21_600.0, 86_400.0),
)
SEEN_TO_ALERT: Final = Histogram(
    name="wirewatch_seen_to_alert_seconds",
    help="From the poll that saw a report to the alert it led to.",
    bounds=_WAITS,
)
HISTOGRAMS: Final = (STAGE_DURATION, POLL_LAG, POLL_HOST_WAIT, PUBLISHED_TO_ALERT, SEEN_TO_ALERT)


class Tally:
    """What a process has timed and not written yet. Not for several threads at once."""

    def __init__(self) -> None:
        self._noted: dict[str, int] = {}

    def note(self, histogram: Histogram, seconds: float, value: str = "") -> None:
        """Something took `seconds`; `value` is that of the histogram's label."""
        field, total = histogram.field(seconds, value), histogram.sum_field(value)
        self._noted[field] = self._noted.get(field, 0) + 1
        self._noted[total] = self._noted.get(total, 0) + round(seconds * _MICRO)

    def time(self, stage: Stage) -> Timer:
        """Note how long the block took that runs in this; see ports.Timed."""
        return Timer(self, stage)

    def write(self, pipe: Pipeline) -> None:
        """Add all of it to what is in Redis, once `pipe` is executed."""
        noted, self._noted = self._noted, {}
        for field, number in noted.items():
            pipe.hincrby(keys.HISTOGRAMS, field, number)

    def flush(self, connection: redis.Redis) -> None:
        """`write`, in a round trip of its own; where Redis is away it is tried again with the next."""
        kept = dict(self._noted)
        with connection.pipeline(transaction=False) as pipe:
            self.write(pipe)
            try:
                pipe.execute()
            except redis.RedisError:
                self._noted = kept
                raise


def observe(pipe: Pipeline, histogram: Histogram, seconds: float) -> None:
    """Count one duration as part of a transaction."""
    tally = Tally()
    tally.note(histogram, seconds)
    tally.write(pipe)


def observe_alert(pipe: Pipeline, *, published: datetime | None, seen: datetime, now: datetime) -> None:
    """Count how long it took until an alert was decided; without `published` only since it was seen."""
    observe(pipe, SEEN_TO_ALERT, (now - seen).total_seconds())
    if published is not None:
        observe(pipe, PUBLISHED_TO_ALERT, (now - published).total_seconds())


class Timer:
    """Times a stage while its block runs, also where that ends in an error; traces get it as a span."""

    __slots__ = ("_began", "_stage", "_tally")

    def __init__(self, tally: Tally, stage: Stage) -> None:
        self._tally, self._stage, self._began = tally, stage, 0.0

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        seconds = perf_counter() - self._began
        self._tally.note(STAGE_DURATION, seconds, self._stage)
        if spans.recorder is not None:
            spans.recorder.record(self._stage, seconds, error, structlog.contextvars.get_contextvars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A histogram as it is in Redis: how many durations fell into each bucket (the last has no end), and their sum."""

    counts: Sequence[int]
    seconds: float


def read_counters(connection: redis.Redis) -> Mapping[Counter, Mapping[tuple[str, ...], int]]:
    """Every family with its counts by the values of its labels, those that were never counted with 0.

    What a release before counted under other labels is left out.
    """
    told = {counter: dict.fromkeys(counter.from_the_start(), 0) for counter in COUNTERS}
    families = {counter.name: counter for counter in COUNTERS}
    for written, number in counters(connection).items():
        name, _, rest = written.partition("{")
        labels = {label: _unescaped(value) for label, value in _LABEL.findall(rest)}
        counter = families.get(name)
        if counter is not None and tuple(labels) == counter.labels:
            told[counter][tuple(labels.values())] = number
    return told


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def read_histograms(connection: redis.Redis) -> Mapping[Histogram, Mapping[str, Measured]]:
    """Every histogram with its measurements by the value of its label."""
    stored = {field.decode(): int(number) for field, number in connection.hgetall(keys.HISTOGRAMS).items()}
    return {
        histogram: {value: _measured(histogram, value, stored) for value in histogram.values}
        for histogram in HISTOGRAMS
    }


def _measured(histogram: Histogram, value: str, stored: Mapping[str, int]) -> Measured:
    fields = [f"{histogram.name}|{value}|{bound:g}" for bound in histogram.bounds]
    fields.append(f"{histogram.name}|{value}|inf")
    return Measured(
        counts=[stored.get(field, 0) for field in fields], seconds=stored.get(histogram.sum_field(value), 0) / _MICRO
    )
