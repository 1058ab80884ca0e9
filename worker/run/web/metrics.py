"""What machines read: the counters and the present state, as Prometheus text or as OpenMetrics, whichever is asked for.

Every number comes from Redis, so any web process tells those of all processes. `deploy/observability.md` tells what
each is good for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import redis
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from worker import __version__
from worker.edge import keys
from worker.edge.metrics import read_counters, read_histograms
from worker.edge.rq_engine.look import queues
from worker.edge.store import dead_pages
from worker.edge.store.articles import Archive
from worker.edge.store.destinations import Destinations
from worker.edge.store.outbox import Outbox
from worker.edge.store.pauses import count_by_state
from worker.edge.store.published import Published
from worker.ports import Clock
from worker.run.alive import processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposition:
    """An answer to a scraper."""

    body: bytes
    content_type: str


def exposition(connection: redis.Redis, clock: Clock, accept: str) -> Exposition:
    """Every metric, in the format that the header `accept` asks for."""
    families = [*_counters(connection), *_histograms(connection), *_gauges(connection, clock)]
    encode, content_type = choose_encoder(accept)
    return Exposition(body=encode(_Families(families)), content_type=content_type)


class _Families:
    """Families as the library collects them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _counters(connection: redis.Redis) -> Iterator[Metric]:
    for counter, counts in read_counters(connection).items():
        family = CounterMetricFamily(counter.name, counter.help, labels=counter.labels)
        for values, number in sorted(counts.items()):
            family.add_metric(values, number)
        yield family


def _histograms(connection: redis.Redis) -> Iterator[Metric]:
    for histogram, measured in read_histograms(connection).items():
        labels = [histogram.label] if histogram.label else []
        family = HistogramMetricFamily(histogram.name, histogram.help, labels=labels)
        ends = [*map(floatToGoString, histogram.bounds), "+Inf"]
        for value, found in measured.items():
            passed = 0
            buckets = []
            for end, number in zip(ends, found.counts, strict=True):
                passed += number
                buckets.append((end, passed))
            family.add_metric([value] if labels else [], buckets, sum_value=found.seconds)
        yield family


def _gauges(connection: redis.Redis, clock: Clock) -> Iterator[Metric]:
    yield _one("wirewatch_build_info", "Always 1; the release of the process that answers.", 1, version=__version__)
    yield from _work(connection, clock)
    yield from _deliveries(connection, clock)
    states = count_by_state(connection)
    yield _many("wirewatch_feeds", "Configured feeds by state.", "state", states.items())
    roles = Counter(process.role for process in processes(connection, clock.now()))
    known = dict.fromkeys(("scheduler", "worker ingest", "worker deliver", "web"), 0) | roles
    yield _many("wirewatch_processes", "Processes that gave a sign of life lately, by role.", "role", known.items())
    yield _one("wirewatch_stories", "Stories kept.", int(connection.zcard(keys.STORIES)))
    stored = Archive(connection).article_count()
    yield _one("wirewatch_articles_stored", "Articles kept for search and replay.", stored)
    refused = int(Published(connection).refused() is not None)
    yield _one(
        "wirewatch_config_refused",
        "1 while a changed configuration file is refused and the last good one goes on.",
        refused,
    )
    memory = connection.info("memory")
    yield _one("wirewatch_redis_memory_bytes", "Memory that Redis uses.", int(memory["used_memory"]))
    yield _one(
        "wirewatch_redis_memory_limit_bytes", "Memory that Redis may use, 0 for any.", int(memory.get("maxmemory", 0))
    )


def _work(connection: redis.Redis, clock: Clock) -> Iterator[Metric]:
    depth = GaugeMetricFamily("wirewatch_queue_depth", "Jobs by queue and state.", labels=["queue", "state"])
    age = GaugeMetricFamily(
        "wirewatch_queue_oldest_age_seconds", "For how long the oldest job of a queue has waited.", labels=["queue"]
    )
    for queue in queues(connection):
        depth.add_metric([queue.name, "waiting"], queue.waiting)
        depth.add_metric([queue.name, "running"], queue.running)
        depth.add_metric([queue.name, "failed"], queue.failed)
        waited = (clock.now() - queue.oldest).total_seconds() if queue.oldest else 0.0
        age.add_metric([queue.name], max(0.0, waited))
    yield depth
    yield age
    given_up = dead_pages.count(connection)
    yield _one(
        "wirewatch_dead_pages", "Pages that were given up, because they ended every worker that took them.", given_up
    )


def _deliveries(connection: redis.Redis, clock: Clock) -> Iterator[Metric]:
    states = Destinations(connection).states()
    yield _one("wirewatch_outbox_depth", "Deliveries still to be made.", Outbox(connection).depth())
    yield _one(
        "wirewatch_outbox_overdue_seconds",
        "For how long the oldest delivery has been due; those of destinations that are off do not count.",
        _overdue(connection, [state.name for state in states if not state.state], clock.now()),
    )
    yield _one("wirewatch_dead_letters", "Deliveries that were given up.", int(connection.zcard(keys.DEAD)))
    off = ((state.name, int(bool(state.state))) for state in states)
    yield _many(
        "wirewatch_destination_off",
        "1 for each destination that gets nothing until somebody resumes it.",
        "destination",
        off,
    )
    waiting = ((state.name, state.waiting) for state in states)
    yield _many("wirewatch_destination_waiting", "Deliveries still to be made, by destination.", "destination", waiting)


def _overdue(connection: redis.Redis, destinations: Iterable[str], now: datetime) -> float:
    firsts = [connection.zrange(keys.OUTBOX + name, 0, 0, withscores=True) for name in destinations]
    return max((now.timestamp() - due for first in firsts for _, due in first if due < now.timestamp()), default=0.0)


def _one(name: str, told: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(name, told, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _many(name: str, told: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for of, value in values:
        family.add_metric([of], value)
    return family
