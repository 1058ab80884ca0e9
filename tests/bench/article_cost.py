"""Measures what an article costs from the queue to its alerts, beside plain ways to do less, on pages of a local site.

    python tests/bench/article_cost.py [--articles 1500] [--topics 10000] [--broad] [--long pages|feeds]

Ours is the real thing: one `wirewatch worker ingest` on a Redis of its own with an append-only file, with entries
queued as the scheduler queues them, a job for each poll that found some. All of its CPU time counts: the worker, the
process in which pages are cleaned, and Redis. The site's own is counted apart. Beside it stand, in this process and on
the same pages, bytes that lxml parses and whose words are looked up among those of all topics (the floor), and
trafilatura with one regular expression of all topics' first words (a plain loop; it stores nothing).

Topics are those that match none of 1,000 other articles, as topics do that somebody can follow; `--broad` takes them
as they come, and each article matches about 30 of 10,000. `--long` tells how memory grows instead, fifty times on the
way: `pages` are bare, without the 100 kB that stand around an article, `feeds` carry articles whole, so that half a
million take half an hour.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:1] = [str(HERE.parents[1]), str(HERE.parent)]

from bench import topics as made  # noqa: E402  the line above says from where
from bench.article_pages import page, report  # noqa: E402  the same
from bench.measure import plain_loop  # noqa: E402  the same
from bench.processes import RedisServer, children_of, cpu_of, memory_of, stop  # noqa: E402  the same
from bench.vocabulary import read  # noqa: E402  the same
from lxml import html as lxml_html  # noqa: E402  the same
from trafilatura import extract  # noqa: E402  the same

from worker.config import load, to_published  # noqa: E402  the same
from worker.edge import keys  # noqa: E402  the same
from worker.edge.metrics import STAGE_DURATION, read_histograms  # noqa: E402  the same
from worker.edge.rq_engine.queue import INGEST, JobQueue  # noqa: E402  the same
from worker.edge.store.articles import Archive  # noqa: E402  the same
from worker.edge.store.published import Published  # noqa: E402  the same
from worker.match.engine import Matcher  # noqa: E402  the same
from worker.model import Article, Entity, Entry, Source, Topic, WorkItem  # noqa: E402  the same
from worker.run.jobs import queue_ingest  # noqa: E402  the same

HOSTS = 250
# How many new entries polls find: mostly one.
FOUND = (1, 1, 1, 2, 1, 1, 3, 1, 1, 2, 1, 8)
# The text topics are made from tells of the same matters as the pages, and mostly of others who do them.
OTHER_WORLD = 1
_TRIED = 1_000
_TRIED_FROM = 5_000_000
_BUDGET = 25.0
_WARM = 400
_TOLD = 50


def topics(count: int, *, broad: bool) -> tuple[list[Entity], list[Topic]]:
    """Entities, and `count` topics."""
    reports = [report(number, OTHER_WORLD) for number in range(1600)]
    vocabulary = read([(told.title, told.text) for told in reports])
    known = made.entities(vocabulary)
    found = made.topics(vocabulary, known, ["sample.example"], count if broad else 2 * count)
    if not broad:
        matcher = Matcher(found, known)
        seen = {name for _, names in matcher.matching_each(map(_article, range(_TRIED))) for name in names}
        found = [topic for topic in found if topic.name not in seen][:count]
    return known, found


def _article(number: int) -> Article:
    told = report(_TRIED_FROM + number)
    return Article(
        id=str(number),
        url="http://sample.example/",
        title=told.title,
        text=told.text,
        language="en",
        source=Source(domain="127.0.0.1"),  # as the pages have it: some topics leave a source out
        feed="",
    )


class Site:
    """The pages, served by a process of their own."""

    def __init__(self, stack: ExitStack, *, long: str | None) -> None:
        self._is_whole = long == "feeds"
        command = [sys.executable, str(HERE / "article_site.py"), str(HOSTS), *(["bare"] if long else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        stack.callback(stop, self.process)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def item(self, number: int) -> WorkItem:
        """The entry of an article, as its feed told of it."""
        told, host = report(number), number % HOSTS + 1
        return WorkItem(
            entry=Entry(
                key=str(number),
                url=f"http://127.0.0.{host}:{self.port}/{number}.html",
                title=told.title,
                summary=f"<p>{told.summary}</p>",
                content="".join(f"<p>{part}</p>" for part in told.paragraphs) if self._is_whole else "",
                published=told.published,
            ),
            feed_url=f"http://127.0.0.{host}:{self.port}/feed.xml",
            feed_name=f"Sample paper {host}",
            feed_title=f"Sample paper {host}",
            tags=(),
            full_text=not self._is_whole,
            seen_at=datetime.now(UTC),
            trace=f"{number:016x}",
        )


class Ours:
    """A worker on a Redis of its own."""

    def __init__(
        self, stack: ExitStack, options: argparse.Namespace, known: list[Entity], watched: list[Topic]
    ) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = RedisServer(stack, folder, options.redis_server)
        self.redis, self.redis_process = server.redis, server.process
        config = folder / "wirewatch.toml"
        config.write_text(f'[redis]\nurl = "{server.url}"\n{_configured(known, watched)}', "utf-8")
        settings = load(config, env={})
        Published(self.redis).put(to_published(settings), settings.fingerprint, datetime.now(UTC))
        sampled = [str(HERE / "sampled.py"), options.samples] if options.samples else []
        self.worker = subprocess.Popen(
            [sys.executable, *sampled, "-m", "worker", "worker", "ingest", "--config", str(config)],
            env={"PYTHONPATH": str(HERE.parents[1]), "PATH": "/usr/bin:/bin"},
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stack.callback(stop, self.worker)
        self._queue = JobQueue(self.redis)
        self._queue.warm()

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far."""
        return {
            "worker": cpu_of(self.worker.pid),
            "cleaner": sum(map(cpu_of, children_of(self.worker.pid))),
            "Redis": cpu_of(self.redis_process.pid),
        }

    def done(self) -> int:
        counters = self.redis.hgetall(keys.COUNTERS)
        return sum(int(value) for name, value in counters.items() if name.startswith(b"wirewatch_articles_total"))

    def work(self, items: Iterator[WorkItem], count: int) -> None:
        """Queue so many articles, at most some hundred waiting, and wait until they are through."""
        first = queued = self.done()
        add, found = queue_ingest(self._queue), cycle(FOUND)
        while (done := self.done()) < first + count:
            while queued < min(first + count, done + 300):
                some = [next(items) for _ in range(min(next(found), first + count - queued))]
                with self.redis.pipeline() as pipe:
                    add(pipe, some)
                    pipe.execute()
                queued += len(some)
            time.sleep(0.02)
        while any(self._queue.depths()[INGEST].values()):
            time.sleep(0.02)

    def commands(self) -> dict[str, tuple[int, float]]:
        """How often Redis ran each command, and the microseconds of all of them."""
        stats = self.redis.info("commandstats")
        return {name.removeprefix("cmdstat_"): (row["calls"], row["usec"]) for name, row in stats.items()}

    def memory(self) -> dict[str, int]:
        """Megabytes of the worker, of the process that cleans, and of Redis."""
        pids = {"worker": [self.worker.pid], "cleaner": children_of(self.worker.pid), "Redis": [self.redis_process.pid]}
        return {name: round(sum(map(memory_of, found))) for name, found in pids.items()}


def _configured(known: Iterable[Entity], watched: Iterable[Topic]) -> str:
    parts = [
        '[network]\nallow = ["127.0.0.0/8"]\n[[destinations]]\nname = "desk"\ntype = "console"\n',
        *(f"[[entities]]\nname = {json.dumps(one.name)}\naliases = {json.dumps(one.aliases)}\n" for one in known),
        # the reports were published long ago
        *(
            f'[[topics]]\nname = {json.dumps(one.name)}\nquery = {json.dumps(one.query)}\nmax_age = "3650d"\n'
            for one in watched
        ),
    ]
    return "".join(parts)


@dataclass
class Costs:
    """CPU milliseconds an article."""

    parts: dict[str, float] = field(default_factory=dict)
    site: float = 0.0
    floor: float = 0.0
    plain: float = 0.0


def _floor(bodies: Sequence[bytes], words: frozenset[str]) -> float:
    def one(body: bytes) -> None:
        tree = lxml_html.fromstring(body)
        words.intersection(re.findall(r"\w+", tree.text_content().casefold()))

    return _milliseconds(one, bodies)


def _plain(bodies: Sequence[bytes], words: Iterable[str]) -> float:
    any_topic = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b", re.IGNORECASE)

    def one(body: bytes) -> None:
        any_topic.findall(extract(body.decode()) or "")

    return _milliseconds(one, bodies)


def _milliseconds(work: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    for body in bodies[:3]:
        work(body)
    started = time.process_time()
    for body in bodies:
        work(body)
    return (time.process_time() - started) * 1000 / len(bodies)


def _bodies(count: int) -> list[bytes]:
    numbers = range(_TRIED_FROM, _TRIED_FROM + count)
    return [page(number % HOSTS + 1, report(number), "http://sample.example/") for number in numbers]


def main() -> None:
    options = _options()
    known, watched = topics(options.topics, broad=options.broad)
    with ExitStack() as stack:
        site = Site(stack, long=options.long)
        ours = Ours(stack, options, known, watched)
        items = map(site.item, iter(range(1, 1 << 30)))
        ours.work(items, _WARM)
        if options.long:
            _tell_memory(ours, items, options.articles)
        else:
            _tell_costs(site, ours, items, options, watched)


def _tell_costs(
    site: Site, ours: Ours, items: Iterator[WorkItem], options: argparse.Namespace, watched: Sequence[Topic]
) -> None:
    ours.redis.config_resetstat()
    stages = _stages(ours)
    before, site_before, speed = ours.cpu(), cpu_of(site.process.pid), plain_loop()
    started, matched = time.monotonic(), _matches(ours)
    ours.work(items, options.articles)
    took, after = time.monotonic() - started, ours.cpu()
    per_article = 1000 / options.articles
    bodies = _bodies(60)
    words = frozenset(first for topic in watched for first in re.findall(r"\w{3,}", topic.query.casefold())[:1])
    costs = Costs(
        parts={name: (after[name] - before[name]) * per_article for name in after},
        site=(cpu_of(site.process.pid) - site_before) * per_article,
        floor=_floor(bodies, words),
        plain=_plain(bodies, words),
    )
    total = sum(costs.parts.values())
    parts = ", ".join(f"{name} {cost:.2f}" for name, cost in costs.parts.items())
    _say(f"{options.articles} articles of {sum(map(len, bodies)) / len(bodies) / 1000:.0f} kB, {len(watched)} topics")
    _say(f"matches an article: {(_matches(ours) - matched) / options.articles:.2f}")
    stories = Archive(ours.redis).stories(5_000)
    sizes = sorted(len(story.reports) for story in stories) or [0]
    _say(f"{len(stories)} stories of {sum(sizes) / len(sizes):.1f} reports on average, the largest of {sizes[-1]}")
    _say(f"CPU-ms an article: {total:.2f} ({parts}), budget {_BUDGET}; {options.articles / took:.1f} articles/s")
    _say(f"floor (lxml + words) {costs.floor:.2f}, ours / floor {total / costs.floor:.1f}")
    _say(f"plain (trafilatura + re) {costs.plain:.2f}, plain / ours {costs.plain / total:.2f}; site {costs.site:.2f}")
    _say(f"additions/s in a plain loop: {speed:.0f} million before, {plain_loop():.0f} million after")
    for stage, seconds in _stages(ours).items():
        _say(f"  {stage}: {(seconds - stages[stage]) * per_article:.2f} ms on the clock, waits included")
    rows = sorted(ours.commands().items(), key=lambda row: -row[1][1])
    calls = sum(count for _, (count, _) in rows)
    _say(f"Redis: {calls / options.articles:.1f} commands an article, those that took longest:")
    for name, (count, micro) in rows[:14]:
        _say(f"  {name}: {count / options.articles:.2f}, {micro / options.articles:.0f} us")


def _tell_memory(ours: Ours, items: Iterator[WorkItem], articles: int) -> None:
    some = max(1, articles // _TOLD)
    for done in range(0, articles, some):
        ours.work(items, some)
        _say(f"after {done + some + _WARM} articles: {', '.join(f'{k} {v} MB' for k, v in ours.memory().items())}")


def _matches(ours: Ours) -> int:
    return int(ours.redis.hget(keys.COUNTERS, "wirewatch_matches_total") or 0)


def _stages(ours: Ours) -> dict[str, float]:
    return {stage: measured.seconds for stage, measured in read_histograms(ours.redis)[STAGE_DURATION].items()}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1500)
    parser.add_argument("--topics", type=int, default=10_000)
    parser.add_argument("--broad", action="store_true", help="topics as they come, which match 30 times an article")
    parser.add_argument("--long", choices=("pages", "feeds"), help="tell how memory grows")
    parser.add_argument("--samples", metavar="FILE", help="where samples of the worker's stack go (sampled.py)")
    parser.add_argument("--redis-server", default="redis-server", metavar="PATH")
    return parser.parse_args()


if __name__ == "__main__":
    main()
