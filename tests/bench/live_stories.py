"""What the live stories of a topic take in Redis, and what an article costs whatever their number. Run by hand:

    PYTHONPATH=. python tests/bench/live_stories.py memory
    PYTHONPATH=. python tests/bench/live_stories.py speed

`memory` reads $WIREWATCH_EVAL (default ../shared/eval): ten days of a stream through a store with the nine topics of
events_replay, two and a half of them through one with a topic that everything matches, and uci as one topic; articles
get ids as the fetched ones have. Bytes are those of `MEMORY USAGE` of every key: the story's own one, and its share of
what it is found by (postings, figures, sorted sets), which is counted as equal for all stories of a topic. Beside them
what `INFO memory` shows when all of it is deleted, and what the same stories take as objects of this process.

`speed` commits made-up articles to topics that have few and many live stories, in turns, and counts CPU seconds of this
process; Redis itself is another process.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import redis
from events_replay import ENTITIES, EVAL, _lines, _watched
from group_stories import SEED, START, article, words

from worker.clean.lines import from_line
from worker.dedupe.fingerprint import signature
from worker.edge import keys
from worker.edge.embedded import EmbeddedRedis
from worker.edge.kept import Kept, pack
from worker.edge.redis_client import connect
from worker.edge.store.articles import ArticleStore
from worker.match.engine import Matcher
from worker.model import Article, Match, Topic, short_id
from worker.pipeline import Watch, judge
from worker.stories.group import WINDOW
from worker.stories.story import opened, report_of
from worker.stories.terms import terms

ALL = "everything"
SIZES = (200, 2_000, 20_000)
ROUNDS, MEASURED = 5, 60


class Arrival:
    """A clock that shows when the article came."""

    time = datetime.fromtimestamp(0, UTC)

    def now(self) -> datetime:
        return self.time


class Newsroom:
    """A store with these topics. A query "" matches all."""

    def __init__(self, connection: redis.Redis, topics: Sequence[Topic]) -> None:
        self.redis, self._clock = connection, Arrival()
        by_name = {topic.name: topic for topic in topics}
        self._whole = [topic.name for topic in topics if not topic.query]
        asked = [topic for topic in topics if topic.query]
        entities = {entity.name: entity.aliases for entity in ENTITIES}
        self._watch = Watch(matcher=Matcher(asked, list(ENTITIES)), topics=by_name, entities=entities)
        self._store = ArticleStore(
            connection,
            clock=self._clock,
            ttl=WINDOW,
            window=WINDOW,
            topic_ids={name: name for name in by_name},
            due=lambda _alert, _now: {},
            queue_deliveries=lambda _pipe, _ids: None,
        )

    def take(self, found: Article) -> None:
        """Place one article as an ingest worker does."""
        self._clock.time = max(self._clock.time, found.seen_at or self._clock.time)
        whole = [Match(topic=name, query="", score=0.5, highlights=()) for name in self._whole]
        matches = [*whole, *self._watch.matcher.match(found)]
        if not matches:
            return
        prints = signature(found.text)
        self._store.commit(
            found.id,
            found,
            matches,
            lambda live: judge(self._watch, found, matches, prints, live, now=self._clock.time),
            signature=prints,
        )


def main() -> None:
    if sys.argv[1:] not in (["memory"], ["speed"]):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as server:
        connection = connect(server.url)
        (memory if sys.argv[1] == "memory" else speed)(connection)


# --- memory -------------------------------------------------------------------------------------------------------


def memory(connection: redis.Redis) -> None:
    """The table of bytes."""
    nine = [each.topic for each in _watched()]
    whole = Topic(name=ALL, query="")
    say(
        "| articles | live stories | reports | own key: mean, median, 95 %, most | the rest | mean | INFO | a process |"
    )
    say("|---|---|---|---|---|---|---|---|")
    for name, topics, file, most in (
        ("stream2023, nine topics", nine, "stream2023", None),
        ("stream2023, the first 4,000, one topic", [whole], "stream2023", 4_000),
        ("uci, one topic", [whole], "uci", None),
    ):
        connection.flushdb()
        newsroom = Newsroom(connection, topics)
        for line in islice(_lines(EVAL / f"{file}.articles.jsonl.gz"), most):
            found = from_line(line)
            newsroom.take(replace(found, id=short_id("article", found.id)))
        say(_row(name, connection, [topic.name for topic in topics]))


def _row(name: str, connection: redis.Redis, topics: Sequence[str]) -> str:
    ids = [raw.decode() for topic in topics for raw in connection.zrange(keys.TOPIC_STORIES + topic, 0, -1)]
    own = sorted(_bytes(connection, keys.STORY + story_id) for story_id in ids)
    kinds = (keys.TOPIC_STORIES, keys.TOPIC_POSTED, keys.TOPIC_FIGURES, keys.TOPIC_WAITING, keys.TOPIC_VERSION)
    shared = sum(_bytes(connection, kind + topic) for kind in kinds for topic in topics) / len(ids)
    # The list of all stories goes on for as long as they can be read.
    shared += _bytes(connection, keys.STORIES) / connection.zcard(keys.STORIES)
    mean, middle, most = statistics.mean(own), own[len(own) // 2], own[int(len(own) * 0.95)]
    reports, in_process = _read(connection, ids)
    cells = [name, f"{len(ids):,}", f"{reports:.1f}", f"{mean:,.0f}, {middle:,}, {most:,}, {own[-1]:,}"]
    cells += [f"{shared:,.0f}", f"{mean + shared:,.0f}"]
    mine = [keys.STORY + story_id for story_id in ids] + [kind + topic for kind in kinds for topic in topics]
    before = _used(connection)
    connection.delete(*mine)
    connection.zrem(keys.STORIES, *ids)
    cells.append(f"{(before - _used(connection)) / len(ids):,.0f}")
    return f"| {' | '.join(cells)} | {in_process:,.0f} |"


def _read(connection: redis.Redis, ids: Sequence[str]) -> tuple[float, float]:
    """The reports of a story, and its bytes as an object of this process, on average."""
    from worker.edge.store.articles import Archive

    tracemalloc.start()
    archive = Archive(connection)
    stories = [story for story_id in ids if (story := archive.story(story_id))]
    del archive
    traced, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return statistics.mean(len(story.reports) for story in stories), traced / len(stories)


def _used(connection: redis.Redis) -> int:
    """All but the buffers of connections, which grow with what was asked last."""
    memory = connection.info("memory")
    return int(memory["used_memory"]) - int(memory["mem_clients_normal"])


def _bytes(connection: redis.Redis, key: str) -> int:
    return int(connection.memory_usage(key, samples=0) or 0)


# --- speed --------------------------------------------------------------------------------------------------------


def speed(connection: redis.Redis) -> None:
    """The table of CPU time."""
    rng = random.Random(SEED)
    vocabulary = words(rng)
    newsrooms = {size: Newsroom(connection, [Topic(name=f"{size}", query="")]) for size in SIZES}
    for size in SIZES:
        put(connection, f"{size}", [article(rng, vocabulary, event, f"{size}-first-{event}") for event in range(size)])
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(ROUNDS):
        for size, newsroom in newsrooms.items():
            names = [f"{size}-{turn}-{n}" for n in range(MEASURED)]
            batch = [article(rng, vocabulary, rng.randrange(size), name) for name in names]
            before = time.process_time()
            for found in batch:
                newsroom.take(found)
            seconds[size].append((time.process_time() - before) / MEASURED)
    # The very first article of a topic finds stories only, and builds what the others look them up by.
    median = {size: statistics.median(found) for size, found in seconds.items()}
    say("| live stories of the topic | CPU of an article, ms | ratio |\n|---|---|---|")
    for size in SIZES:
        say(f"| {size:,} | {1000 * median[size]:.2f} | {median[size] / median[SIZES[0]]:.2f} |")


def put(connection: redis.Redis, topic: str, articles: Iterable[Article]) -> None:
    """A story of each article, as an earlier release would have left it."""
    for found in articles:
        prints, seen = signature(found.text), found.seen_at or START
        story = replace(opened(report_of(found, prints, seen), terms(found), topic), told=("new_story",))
        connection.set(keys.STORY + story.id, pack(Kept(story=story)))
        for key in (keys.STORIES, keys.TOPIC_STORIES + topic):
            connection.zadd(key, {story.id: seen.timestamp()})


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
