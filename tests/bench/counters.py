"""What counting and timing costs a poll that finds nothing and an article, in CPU of this process and of Redis.

The same transactions with what is counted in them and without, in turns that begin with either: a poll's own commit,
and an article's as a transaction with one command. Told are the quartiles of the pairs' differences, and what part of
the transaction without counting their median is, for machines differ.

    PYTHONPATH=tests python tests/bench/counters.py
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import TypeAlias

import redis

from worker.edge import keys
from worker.edge.embedded import EmbeddedRedis
from worker.edge.metrics import POLL_LAG, Tally
from worker.edge.redis_client import connect
from worker.edge.store import handover
from worker.edge.store.events import count
from worker.edge.store.feeds import FeedStore
from worker.model import Feed, FeedState
from worker.ports import Stage

ROUNDS, FEEDS = 60, 500
STAGES = (Stage.FETCH, Stage.CLEAN, Stage.MATCH, Stage.ALERT)
# Articles whose durations are written together.
TOGETHER = 32
Prepared: TypeAlias = Callable[[redis.Redis, bool], Callable[[], None]]


def main() -> None:
    gc.disable()
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as server:
        connection = connect(server.url)
        for name, prepared in (("poll", polls), ("article", articles)):
            pairs = [pair(connection, prepared, counted_first=bool(number % 2)) for number in range(ROUNDS)]
            low, middle, high = quantiles(1e6 * (counted - plain) for counted, plain in pairs)
            plain = 1e6 * median(plain for _, plain in pairs)
            sys.stdout.write(
                f"{name}: {middle:.1f} us of CPU ({low:.1f} to {high:.1f}), "
                f"{middle / plain:.0%} of its transaction of {plain:.0f} us\n"
            )


def pair(connection: redis.Redis, prepared: Prepared, *, counted_first: bool) -> tuple[float, float]:
    """CPU seconds of one with counting and of one without."""
    found = {counted: cost(connection, prepared(connection, counted)) for counted in (counted_first, not counted_first)}
    return found[True], found[False]


def cost(connection: redis.Redis, run: Callable[[], None]) -> float:
    """CPU seconds of one of them."""
    gc.collect()
    began, at_redis = time.process_time(), cpu_of_redis(connection)
    run()
    return (time.process_time() - began + cpu_of_redis(connection) - at_redis) / FEEDS


def polls(connection: redis.Redis, counted: bool) -> Callable[[], None]:
    """Feeds are taken; each is given back with nothing new."""
    now, feeds, tally = datetime.now(UTC), FeedStore(connection), Tally()
    connection.flushdb()
    feeds.sync(
        [Feed(url=f"https://feed{number}.example/rss", name=str(number)) for number in range(FEEDS)], lambda _: now
    )
    claims = feeds.claim(now, lease=60, limit=FEEDS)
    if len(claims) != FEEDS:
        raise RuntimeError(f"{len(claims)} of {FEEDS} feeds were taken")
    state = FeedState(last_poll=now, last_success=now, next_due=now, polls=40, unchanged=30)

    def run() -> None:
        handover.count = count if counted else _uncounted
        for claim in claims:
            if counted:
                tally.note(POLL_LAG, 0.01)
                with tally.time(Stage.POLL):
                    pass
            feeds.commit(claim, state, work=(), shown=(), queue_work=_no_work, outcome="unchanged")
        if counted:
            tally.flush(connection)  # a scheduler does every five seconds
        handover.count = count

    return run


def articles(connection: redis.Redis, counted: bool) -> Callable[[], None]:
    """Each is stored, and matches a topic."""
    tally = Tally()

    def run() -> None:
        for number in range(FEEDS):
            with connection.pipeline() as pipe:
                pipe.zadd(keys.ARTICLES, {"sample": number})
                if counted:
                    count(pipe, "wirewatch_articles_total", state="full")
                    count(pipe, "wirewatch_matches_total")
                    for stage in STAGES:
                        with tally.time(stage):
                            pass
                if number % TOGETHER == 0:
                    tally.write(pipe)
                pipe.execute()

    return run


def _uncounted(_pipe: redis.client.Pipeline, _name: str, _by: int = 1, **_labels: str) -> None:
    """In place of what counts."""


def _no_work(_pipe: redis.client.Pipeline, _items: object) -> None:
    """Nothing is found, so nothing is queued."""


def cpu_of_redis(connection: redis.Redis) -> float:
    found = connection.info("cpu")
    return float(found["used_cpu_user"]) + float(found["used_cpu_sys"])


if __name__ == "__main__":
    main()
