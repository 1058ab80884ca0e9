"""What an engine costs, in CPU seconds of one thread.

Every round runs in a child of its own, forked from a process that has built the engine and has seen no article. The
child warms up on other articles than the measured ones, so that every round meets the measured articles for the first
time, with whatever the engine has learnt from others.
"""

from __future__ import annotations

import cProfile
import gc
import json
import multiprocessing
import pstats
import statistics
import time
import tracemalloc
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from worker.edge.memory import settle_memory
from worker.match.background import learned
from worker.match.engine import Matcher
from worker.model import Article, Entity, Topic

T = TypeVar("T")
_EXHAUST: Callable[[Iterable[object]], object] = partial(deque, maxlen=0)
Decide: TypeAlias = Callable[[Iterable[Article]], Iterable[tuple[Article, Sequence[Any]]]]
"""Says of each article which topics match."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Articles per CPU second: the median of the rounds, the slowest and the quickest."""

    median: float
    slowest: float
    quickest: float


@dataclass(frozen=True, slots=True)
class Density:
    """How many topics hit an article: the mean in % of all topics, and the spread in topics."""

    percent: float
    quartiles: tuple[float, float, float]
    most: int
    topics_hit: float  # % of topics that hit one of the articles or more


@dataclass(frozen=True, slots=True)
class Adding:
    """Milliseconds to add a topic, parsing included, and to remove one."""

    mean: float
    p99: float
    removing: float


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes per topic that stay allocated: the engine's own, and the Topic records."""

    engine: float
    records: float


def in_child(work: Callable[[], T]) -> T:
    """The result of `work`, done in a forked child, of which nothing else remains."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(work, sending))
    child.start()
    sending.close()
    result: T = receiving.recv()
    child.join()
    return result


def _send(work: Callable[[], Any], sending: Connection) -> None:
    sending.send(work())


def fresh(articles: Sequence[Article]) -> list[Article]:
    """New records with new strings: nothing remembers them."""
    return [replace(article, title=_copy(article.title), text=_copy(article.text)) for article in articles]


def _copy(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


# --- articles -----------------------------------------------------------------------------------------------------


def speed(decide: Decide, warm_up: Sequence[Article], measured: Sequence[Article], rounds: int) -> Speed:
    seconds = [in_child(lambda: _round(decide, warm_up, measured)) for _ in range(rounds)]
    rates = [len(measured) / taken for taken in seconds]
    return Speed(statistics.median(rates), min(rates), max(rates))


def _round(decide: Decide, warm_up: Sequence[Article], measured: Sequence[Article]) -> float:
    _EXHAUST(decide(fresh(warm_up)))
    articles = fresh(measured)
    started = time.thread_time()
    _EXHAUST(decide(articles))
    return time.thread_time() - started


def density(decide: Decide, measured: Sequence[Article], topics: int) -> Density:
    hits = in_child(lambda: [list(map(name_of, found)) for _, found in decide(measured)])
    counts = [len(names) for names in hits]
    first, second, third = statistics.quantiles(counts, n=4)
    hit = len({name for names in hits for name in names})
    return Density(statistics.mean(counts) / topics * 100, (first, second, third), max(counts), hit / topics * 100)


def name_of(match: Any) -> str:
    return str(getattr(match, "topic", match))


def shares(decide: Decide, measured: Sequence[Article]) -> dict[str, float]:
    """The share of each module of the engine in the time, in %, by a profiler (which makes small functions dearer)."""
    return in_child(lambda: _shares(decide, fresh(measured)))


def _shares(decide: Decide, measured: Sequence[Article]) -> dict[str, float]:
    profile = cProfile.Profile()
    profile.enable()
    _EXHAUST(decide(measured))
    profile.disable()
    own: Counter[str] = Counter()
    for (file, _, _), (_, _, itself, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]  # not in the stubs
        if file.startswith(("~", "<")):  # what is written in C counts for who calls it
            for (caller, _, _), (_, _, part, _) in callers.items():
                own[Path(caller).stem] += part
        else:
            own[Path(file).stem] += itself
    total = sum(own.values())
    return {module: seconds / total * 100 for module, seconds in own.most_common(8)}


# --- topics -------------------------------------------------------------------------------------------------------


def built(topics: Sequence[Topic], entities: Sequence[Entity], stored: Iterable[Article]) -> tuple[Matcher, float]:
    """An engine as an ingest worker builds it, and the CPU seconds that took."""
    started = time.thread_time()
    matcher = Matcher(topics, entities, learned(stored))
    seconds = time.thread_time() - started
    settle_memory()
    return matcher, seconds


def adding(matcher: Matcher, more: Sequence[Topic]) -> Adding:
    return in_child(lambda: _adding(matcher, more))


def _adding(matcher: Matcher, more: Sequence[Topic]) -> Adding:
    taken = [_milliseconds(matcher.add, topic) for topic in more]
    removing = [_milliseconds(matcher.remove, topic.name) for topic in more]
    return Adding(statistics.mean(taken), sorted(taken)[int(len(taken) * 0.99)], statistics.mean(removing))


def plain_loop() -> float:
    """Million additions a CPU second in a loop of Python: how fast the machine is at this moment."""
    count, best = 200_000, 1.0
    for _ in range(5):
        total, started = 0, time.thread_time()
        for number in range(count):
            total += number
        best = min(best, time.thread_time() - started)
    return count / best / 1e6


def _milliseconds(work: Callable[[Any], Any], argument: object) -> float:
    started = time.thread_time()
    work(argument)
    return (time.thread_time() - started) * 1000


def bytes_per_topic(topics: Sequence[Topic], entities: Sequence[Entity]) -> Bytes:
    lines = [json.dumps(asdict(topic)) for topic in topics]
    return in_child(lambda: _bytes(lines, entities))


def _bytes(lines: Sequence[str], entities: Sequence[Entity]) -> Bytes:
    Matcher([Topic(name="first", query="putin")], entities)  # what is built once: the grammar
    tracemalloc.start()
    before = _allocated()
    records = [Topic(name=found["name"], query=found["query"]) for found in map(json.loads, lines)]
    with_records = _allocated()
    matcher = Matcher(records, entities)
    with_engine = _allocated()
    count = len(records) if matcher else 1
    return Bytes((with_engine - with_records) / count, (with_records - before) / count)


def _allocated() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
