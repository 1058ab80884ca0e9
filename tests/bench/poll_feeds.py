"""Measures what a poll costs, beside `reader` and a plain loop of httpx and feedparser, on feeds of a local site.

    python tests/bench/poll_feeds.py [--others PYTHON] [--feeds 1000] [--redis-server PATH]

PYTHON is one of an environment with reader, httpx and feedparser. Ours is the real thing: `wirewatch scheduler` on a
Redis of its own, with an append-only file. All of its CPU time counts: the scheduler, its parser's process and Redis.
The site's own is counted apart. Every round polls every feed once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from processes import RedisServer, children_of, cpu_of, memory_of, stop

from worker.edge import keys

HERE = Path(__file__).resolve().parent
HOSTS, ENTRIES = 250, 30
TITLES = ("round", "ours, CPU-ms", "budget", "plain loop", "reader", "plain / ours", "reader / ours", "site")
# What is done to the feeds before a round, and what the round is for: (name, new entries, other bytes, budget in ms).
ROUNDS = (
    ("cold: 30 entries, stored", 0, 0, 30.0),
    ("304", 0, 0, 1.5),
    ("304 again", 0, 0, 1.5),
    ("other bytes, nothing new", 0, 1, 2.5),
    ("one new entry", 1, 2, 5.0),
    ("one new entry again", 2, 3, 5.0),
)


class Site:
    """The feeds, served by a process of their own."""

    def __init__(self, stack: ExitStack, feeds: int) -> None:
        command = [sys.executable, str(HERE / "poll_site.py"), str(feeds), str(ENTRIES)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        stack.callback(stop, self.process)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def set(self, added: int, other: int) -> None:
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/set?state={added}&bytes={other}").close()


class Ours:
    """A scheduler on a Redis of its own."""

    def __init__(self, stack: ExitStack, site: Site, feeds: int, server: str) -> None:
        self.feeds = feeds
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = RedisServer(stack, folder, server)
        self.redis_process, self.redis = store.process, store.redis
        self.config = folder / "wirewatch.toml"
        self.head = (
            f'[redis]\nurl = "{store.url}"\n[network]\nallow = ["127.0.0.0/8"]\n[polling]\n'
            'interval = "6h"\nmin_interval = "6h"\nmax_interval = "12h"\n'
        )
        self.urls = [f"http://127.0.0.{feed % HOSTS + 1}:{site.port}/{feed}.xml" for feed in range(feeds)]
        self.config.write_text(self.head)
        environment = {**os.environ, "PYTHONPATH": sys.path[0]}
        command = [sys.executable, "-m", "worker", "scheduler", "--config", str(self.config)]
        self.scheduler = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, text=True)
        stack.callback(stop, self.scheduler)
        while not self.redis.hget(keys.CONFIG, "version"):
            time.sleep(0.1)
        time.sleep(2)
        self.is_cold = True

    def cpu(self) -> dict[str, float]:
        return {
            "scheduler": cpu_of(self.scheduler.pid),
            "parser": sum(map(cpu_of, children_of(self.scheduler.pid))),
            "Redis": cpu_of(self.redis_process.pid),
        }

    def polled(self) -> int:
        counters = self.redis.hgetall(keys.COUNTERS)
        return sum(int(value) for name, value in counters.items() if name.startswith(b"wirewatch_polls_total"))

    def poll(self) -> None:
        """Have every feed polled once."""
        end = self.polled() + self.feeds
        if self.is_cold:
            new = self.config.with_suffix(".new")
            new.write_text(self.head + "".join(f'[[feeds]]\nurl = "{url}"\n' for url in self.urls))
            new.replace(self.config)
            self.is_cold = False
        else:
            ids = self.redis.zrange(keys.FEEDS_DUE, 0, -1)
            self.redis.zadd(keys.FEEDS_DUE, dict.fromkeys(ids, time.time()))
        while self.polled() < end:
            time.sleep(0.1)

    def memory(self) -> str:
        return f"scheduler {memory_of(self.scheduler.pid):.0f} MB"


class Other:
    """Another poller in a process of its own."""

    def __init__(self, stack: ExitStack, python: str, which: str, site: Site, feeds: int) -> None:
        command = [python, str(HERE / "poll_others.py"), which, str(site.port), str(feeds), str(HOSTS)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(stop, self.process)

    def poll(self) -> float:
        """CPU seconds of one round."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


@dataclass(frozen=True)
class Row:
    """CPU milliseconds a poll."""

    name: str
    ours: float
    parts: dict[str, float]
    site: float
    plain: float
    reader: float
    budget: float


def measured(ours: Ours, site: Site, act: Callable[[], None]) -> tuple[dict[str, float], float]:
    """Seconds of each of our processes, and of the site."""
    before, site_before = ours.cpu(), cpu_of(site.process.pid)
    act()
    after = ours.cpu()
    return {name: after[name] - before[name] for name in after}, cpu_of(site.process.pid) - site_before


def rows(options: argparse.Namespace) -> list[Row]:
    found: list[Row] = []
    with ExitStack() as stack:
        site = Site(stack, options.feeds)
        ours = Ours(stack, site, options.feeds, options.redis_server)
        others = {
            which: Other(stack, options.others, which, site, options.feeds) if options.others else None
            for which in ("plain", "reader")
        }
        per_poll = 1000 / options.feeds
        for name, added, other, budget in ROUNDS:
            site.set(added, other)
            parts, of_site = measured(ours, site, ours.poll)
            costs = {which: arm.poll() * per_poll if arm else 0.0 for which, arm in others.items()}
            row = Row(
                name=name,
                ours=sum(parts.values()) * per_poll,
                parts={part: seconds * per_poll for part, seconds in parts.items()},
                site=of_site * per_poll,
                budget=budget,
                **costs,
            )
            found.append(row)
            sys.stdout.write(f"{_line(row)}\n")
            sys.stdout.flush()
        sys.stdout.write(f"\nmemory with {options.feeds} feeds: {ours.memory()}\n")
    return found


def _line(row: Row) -> str:
    parts = ", ".join(f"{part} {cost:.2f}" for part, cost in row.parts.items())
    times = [f"{other / row.ours:.1f}" if other else "-" for other in (row.plain, row.reader)]
    return (
        f"| {row.name} | {row.ours:.2f} ({parts}) | {row.budget} | {row.plain:.1f} | {row.reader:.1f} | "
        f"{times[0]} | {times[1]} | {row.site:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--others", metavar="PYTHON", help="a Python with reader, httpx and feedparser")
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--redis-server", default="redis-server", metavar="PATH")
    options = parser.parse_args()
    titles = " | ".join(TITLES)
    sys.stdout.write(f"| {titles} |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|---|\n")
    rows(options)


if __name__ == "__main__":
    main()
