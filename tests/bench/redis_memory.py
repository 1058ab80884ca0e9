"""What each kind of thing takes in Redis, through the stores that write it. Run by hand:

    PYTHONPATH=. python tests/bench/redis_memory.py

Bytes are those of `MEMORY USAGE` of the keys in question, and beside them by how much `used_memory` grew for each
thing, which counts all there is: keys, tables, the indexes that lead there. Text is made up (support/prose.py), and as
hard to compress as news: zlib leaves 1,580 bytes of such a report of 400 words, of real ones 1,576 (corpus.py, on the
evaluation data). Where there is evaluation data, entries and articles are measured with real ones as well. Nothing
depends on how fast the machine is.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import redis
from corpus import MissingError, evaluation_folder, published_entries, published_reports
from group_stories import article as report_of_event
from group_stories import words
from live_stories import ALL, Newsroom
from poll_many import ENTRIES, host_of, state
from support.clocks import HandClock
from support.prose import START, Press

from worker.edge import keys
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.rq_engine.joining import IN_FRONT, Joiner
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store.articles import ArticleStore
from worker.edge.store.feeds import FeedStore
from worker.edge.store.shorthand import SETTLES, learn
from worker.model import Article, Entry, Feed, Topic, WorkItem, short_id, trace_of
from worker.poll.identity import link_keys, seen_key
from worker.ports import Change
from worker.run import jobs
from worker.run.housekeeping import RULES

FEEDS, ARTICLES, EVENTS = 2_000, 2_000, 300
QUEUED = (IN_FRONT, 1_024, 4_096, 16_384)
SITES, LINKS = 200, 500
DAYS = 86_400
_PLACE = 12
# Reports of an event, by how often there are so many: nearly half are told once.
REPORTS = (1, 1, 1, 1, 2, 2, 3, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Bytes of one thing, by its own keys and by growth; and what it may take."""

    kind: str
    own: float
    grown: float
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is published: entries as they are queued, and reports of 400 words, as many as there are."""

    name: str
    entries: Sequence[Article]
    reports: Sequence[Article]


def texts() -> Iterator[Text]:
    """Made-up text, and real where there is some."""
    press = Press()
    entries = [press.article(number) for number in range(QUEUED[-1])]
    press = Press()
    yield Text(name="made up", entries=entries, reports=[press.article(number) for number in range(ARTICLES)])
    try:
        folder = evaluation_folder()
    except MissingError as error:
        sys.stderr.write(f"only made-up text is measured: {error}\n")
        return
    yield Text(name="real", entries=published_entries(folder), reports=published_reports(folder))


def main() -> None:
    """Print the table."""
    found = list(texts())
    _say("| kind | its keys | `used_memory` | budget |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as server:
        connection = connect(server.url)
        list(feeds(connection))  # loads the scripts, which stay
        kinds: list[Callable[[redis.Redis], Iterator[Row]]] = [feeds, links]
        kinds += [partial(kind, text=text) for kind in (queued, articles) for text in found]
        for kind in (*kinds, stories):
            connection.flushdb()
            for row in kind(connection):
                _say(f"| {row.kind} | {row.own:,.0f} | {row.grown:,.0f} | {row.budget:,} |")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def feeds(connection: redis.Redis) -> Iterator[Row]:
    """Feeds after many polls, with an entry every four hours and the entries of their document seen."""
    store, queue = FeedStore(connection), JobQueue(connection)
    queue.warm()
    before = used(connection)
    known = [Feed(url=f"http://{host_of(at, FEEDS)}/{at}.xml", name=f"Sample feed {at}") for at in range(FEEDS)]
    store.sync(known, lambda _feed: START)
    then = state(START, timedelta(hours=12))
    for claim in store.claim(START, lease=60, limit=FEEDS):
        shown = [seen_key(f"{claim.feed_id} {at}") for at in range(ENTRIES)]
        store.commit(
            claim, then, work=(), shown=shown, links={}, queue_work=jobs.queue_ingest(queue), outcome="unchanged"
        )
    own = [size(connection, keys.FEED_RECORD + feed.id) + size(connection, keys.SEEN + feed.id) for feed in known]
    yield Row(
        kind=f"feed: state, validators, {ENTRIES} entries seen",
        own=sum(own) / FEEDS,
        grown=(used(connection) - before) / FEEDS,
        budget=1_500,
    )


def links(connection: redis.Redis) -> Iterator[Row]:
    """Addresses that sites have shown, remembered for thirty days or more."""
    store, queue = FeedStore(connection), JobQueue(connection)
    queue.warm()
    sites = [f"sample-{at}.example" for at in range(SITES)]
    store.sync([Feed(url=f"https://{site}/rss.xml", name=site) for site in sites], lambda _feed: START)
    before, count = used(connection), SITES * LINKS
    for site, claim in zip(sites, store.claim(START, lease=60, limit=SITES), strict=True):
        urls = [f"https://{site}/{at}.html" for at in range(LINKS)]
        kept = store.commit(
            claim,
            state(START, timedelta(hours=12)),
            work=(),
            shown=(),
            links=link_keys([Entry(key=url, url=url, title="") for url in urls], site),
            queue_work=jobs.queue_ingest(queue),
            outcome="parsed",
        )
        assert kept
    # The records of the feeds grew as well, which is told of above.
    grown = (
        used(connection)
        - before
        - sum(size(connection, raw.decode()) for raw in connection.scan_iter(keys.FEED_RECORD + "*"))
    )
    own = sum(size(connection, raw.decode()) for raw in connection.scan_iter(keys.LINKS + "*", count=1_000))
    yield Row(kind="seen URL", own=own / count, grown=grown / count, budget=16)


def queued(connection: redis.Redis, *, text: Text) -> Iterator[Row]:
    """Entries as polls queue them that find one each: few, and more and more while no worker takes any."""
    queue = JobQueue(connection)
    queue.warm()
    add = jobs.queue_ingest(queue)
    for what, keeps_summary in (("with title, without summary", False), ("with title and summary", True)):
        joiner = Joiner(connection, INGEST, RULES)
        connection.flushdb()
        before, count = used(connection), 0
        for most in QUEUED:
            while count < most:
                with connection.pipeline() as pipe:
                    pipe.multi()
                    for _ in range(IN_FRONT):
                        add(pipe, [item(text.entries[count], keeps_summary=keeps_summary)])
                        count += 1
                    pipe.execute()
                joiner.look()
            own = sum(size(connection, raw.decode()) for raw in connection.scan_iter(keys.RQ_PREFIX + "*"))
            grown = (used(connection) - before) / count
            yield Row(kind=f"queued entry, {text.name}, {what}, of {most:,}", own=own / count, grown=grown, budget=130)


def item(found: Article, *, keeps_summary: bool) -> WorkItem:
    """An entry whose article this will be."""
    summary, feed = found.summary if keeps_summary else "", f"https://{found.source.domain}/rss.xml"
    return WorkItem(
        entry=Entry(key=found.url, url=found.url, title=found.title, summary=summary, published=found.published),
        feed_url=feed,
        feed_name=found.source.name,
        feed_title=found.source.name,
        tags=(),
        full_text=True,
        seen_at=found.seen_at,
        trace=trace_of(feed, found.url, found.seen_at),
    )


def articles(connection: redis.Redis, *, text: Text) -> Iterator[Row]:
    """Articles of 400 words: the first, on which a dictionary is trained, and the others."""
    clock, half = HandClock(START), len(text.reports) // 2
    parts = (text.reports[:half], text.reports[half:])
    for what, found in zip(("before the first dictionary", "with a dictionary"), parts, strict=True):
        store = ArticleStore(
            connection,
            clock=clock,
            ttl=7 * DAYS,
            window=3 * DAYS,
            topic_ids={},
            due=lambda _alert, _now: {},
            queue_deliveries=lambda _pipe, _ids: None,
        )
        before = used(connection)
        for one in found:
            store.commit(short_id("entry", one.url), one, [], lambda _live: Change())
        own = sum(size(connection, keys.ARTICLE + one.id) for one in found) / len(found)
        others = [keys.ARTICLES, *(raw.decode() for raw in connection.scan_iter(keys.DONE_DAYS + "*", count=1_000))]
        # An article is also a place in the table of keys.
        own += sum(size(connection, key) for key in others) / connection.zcard(keys.ARTICLES) + _PLACE
        grown = (used(connection) - before) / len(found)
        yield Row(kind=f"article of 400 words, {text.name}, {what}", own=own, grown=grown, budget=1_200)
        learn(connection, clock.now())
        clock.pass_by(SETTLES + 60)


def stories(connection: redis.Redis) -> Iterator[Row]:
    """Live stories of one topic that everything matches, with all they are found by; articles do not count."""
    rng = random.Random(1)
    vocabulary = words(rng)
    newsroom = Newsroom(connection, [Topic(name=ALL, query="")])
    events = [event for event in range(EVENTS) for _ in range(rng.choice(REPORTS))]
    rng.shuffle(events)
    for at, event in enumerate(events):
        newsroom.take(report_of_event(rng, vocabulary, event, short_id("article", str(at))))
    ids = [raw.decode() for raw in connection.zrange(keys.TOPIC_STORIES + ALL, 0, -1)]
    kinds = (keys.TOPIC_STORIES, keys.TOPIC_POSTED, keys.TOPIC_FIGURES, keys.TOPIC_WAITING, keys.TOPIC_VERSION)
    mine = [*(keys.STORY + one for one in ids), *(kind + ALL for kind in kinds), keys.STORIES]
    own, before = sum(size(connection, key) for key in mine) / len(ids), used(connection)
    connection.delete(*mine)
    reports = f"{len(events) / len(ids):.1f} reports"
    yield Row(kind=f"live story, {reports}", own=own, grown=(before - used(connection)) / len(ids), budget=2_000)


def used(connection: redis.Redis) -> int:
    """All but the buffers of connections and of the append-only file."""
    connection.connection_pool.disconnect()
    memory = connection.info("memory")
    return int(memory["used_memory"]) - int(memory["mem_clients_normal"]) - int(memory["mem_aof_buffer"])


def size(connection: redis.Redis, key: str) -> int:
    return int(connection.memory_usage(key, samples=0) or 0)


if __name__ == "__main__":
    main()
