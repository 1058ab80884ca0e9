"""What machines read: the counters and the present state as Prometheus text (exposition format 0.0.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import redis

from worker.edge import keys
from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store.articles import Archive
from worker.edge.store.destinations import Destinations
from worker.edge.store.events import counters, series
from worker.edge.store.feeds import FeedStore, count_by_health
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Published
from worker.ports import Clock
from worker.run.alive import processes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_HELP = {
    "wirewatch_alerts_total": "Alerts decided, by reason.",
    "wirewatch_articles_stored": "Articles kept for search and replay.",
    "wirewatch_articles_total": "Articles committed; partial ones were made from the feed's own words.",
    "wirewatch_config_refused": "1 while a changed configuration file is refused and the last good one goes on.",
    "wirewatch_deliveries_total": "Attempts to deliver an alert, by result and destination; muted ones were none.",
    "wirewatch_dead_letters": "Deliveries that were given up.",
    "wirewatch_destination_off": "1 for each destination that gets nothing until somebody resumes it.",
    "wirewatch_destination_waiting": "Deliveries still to be made, by destination.",
    "wirewatch_entries_total": "New entries found in feeds.",
    "wirewatch_feeds": "Configured feeds by state.",
    "wirewatch_matches_total": "Articles that matched a topic.",
    "wirewatch_outbox_depth": "Deliveries still to be made.",
    "wirewatch_polls_total": "Polls of feeds, by result.",
    "wirewatch_process_up": "1 for each process that gave a sign of life lately.",
    "wirewatch_queue_depth": "Jobs by queue and state.",
    "wirewatch_stories": "Stories kept.",
}


def metrics_text(connection: redis.Redis, clock: Clock) -> str:
    """Every metric; counters are kept in Redis, so any web process tells those of all processes."""
    gauges = dict(_gauges(connection, clock))
    return "".join([*_families(counters(connection), "counter"), *_families(gauges, "gauge")])


def _gauges(connection: redis.Redis, clock: Clock) -> Iterator[tuple[str, int]]:
    for queue, depth in JobQueue(connection).depths().items():
        for state, count in depth.items():
            yield series("wirewatch_queue_depth", {"queue": queue, "state": state}), count
    for state, count in count_by_health(FeedStore(connection).view()).items():
        yield series("wirewatch_feeds", {"state": state}), count
    for process in processes(connection, clock.now()):
        yield series("wirewatch_process_up", {"process": process.name}), 1
    yield "wirewatch_outbox_depth", Outbox(connection).depth()
    yield "wirewatch_dead_letters", len(Outbox(connection).dead())
    for destination in Destinations(connection).states():
        yield series("wirewatch_destination_off", {"destination": destination.name}), int(bool(destination.state))
        yield series("wirewatch_destination_waiting", {"destination": destination.name}), destination.waiting
    yield "wirewatch_stories", int(connection.zcard(keys.STORIES))
    yield "wirewatch_articles_stored", Archive(connection).article_count()
    yield "wirewatch_config_refused", int(Published(connection).refused() is not None)


def _families(samples: Mapping[str, int], kind: str) -> Iterator[str]:
    """The lines of a family stand together, below its type."""
    families: dict[str, list[str]] = defaultdict(list)
    for name, value in sorted(samples.items()):
        families[name.partition("{")[0]].append(f"{name} {value}\n")
    for family, lines in sorted(families.items()):
        if family in _HELP:
            yield f"# HELP {family} {_HELP[family]}\n"
        yield f"# TYPE {family} {kind}\n"
        yield from lines
