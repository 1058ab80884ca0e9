"""What counting and timing costs a poll that finds nothing and an article, in CPU of this process and of Redis.

The same transactions with what is counted in them and without, in turns: a poll's own commit, and an article's as a
transaction with one command. Beside it the work of reading a JSON document of 100 kB, for machines differ.

    PYTHONPATH=tests python tests/bench/counters.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import redis
from first_page import unit_of_work

from worker.edge import keys
from worker.edge.embedded import EmbeddedRedis
from worker.edge.metrics import POLL_LAG, Tally
from worker.edge.redis_client import connect
from worker.edge.store import handover
from worker.edge.store.events import count
from worker.edge.store.feeds import FeedStore
from worker.model import Feed, FeedState
from worker.ports import Stage

ROUNDS, FEEDS = 9, 500
STAGES = (Stage.FETCH, Stage.CLEAN, Stage.MATCH, Stage.ALERT)
# Articles whose durations are written together.
TOGETHER = 32


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as server:
        connection = connect(server.url)
        sys.stdout.write(f"unit of work: {unit_of_work() * 1000:.2f} ms of CPU\n")
        for name, once in (("poll", polls), ("article", articles)):
            pairs = [
                (cost(connection, once, counted=True), cost(connection, once, counted=False)) for _ in range(ROUNDS)
            ]
            more = median(1e6 * (counted - plain) for counted, plain in pairs)
            sys.stdout.write(
                f"{name}: {more:.0f} us of CPU, its transaction {1e6 * median(p for _, p in pairs):.0f} us\n"
            )


def cost(connection: redis.Redis, once: Callable[[redis.Redis, bool], None], *, counted: bool) -> float:
    """CPU seconds of one of them."""
    began, at_redis = time.process_time(), cpu_of_redis(connection)
    once(connection, counted)
    return (time.process_time() - began + cpu_of_redis(connection) - at_redis) / FEEDS


def polls(connection: redis.Redis, counted: bool) -> None:
    """Each feed is taken and given back with nothing new."""
    now, feeds, tally = datetime.now(UTC), FeedStore(connection), Tally()
    feeds.sync(
        [Feed(url=f"https://feed{number}.example/rss", name=str(number)) for number in range(FEEDS)], lambda _: now
    )
    state = FeedState(last_poll=now, last_success=now, next_due=now, polls=40, unchanged=30)
    handover.count = count if counted else _uncounted
    for claim in feeds.claim(now, lease=60, limit=FEEDS):
        if counted:
            tally.note(POLL_LAG, 0.01)
            with tally.time(Stage.POLL):
                pass
        feeds.commit(claim, state, work=(), shown=(), queue_work=_no_work, outcome="unchanged")
    if counted:
        tally.flush(connection)  # a scheduler does every five seconds
    handover.count = count


def articles(connection: redis.Redis, counted: bool) -> None:
    """Each is stored, and matches a topic."""
    tally = Tally()
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


def _uncounted(_pipe: redis.client.Pipeline, _name: str, _by: int = 1, **_labels: str) -> None:
    """In place of what counts."""


def _no_work(_pipe: redis.client.Pipeline, _items: object) -> None:
    """Nothing is found, so nothing is queued."""


def cpu_of_redis(connection: redis.Redis) -> float:
    found = connection.info("cpu")
    return float(found["used_cpu_user"]) + float(found["used_cpu_sys"])


if __name__ == "__main__":
    main()
