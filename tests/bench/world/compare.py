"""Others on the same press in the same run: reader, newsboat, and a plain loop of feedparser, trafilatura and re.

All poll the same feeds after the same things came out, one after the other. Hosts answer at once, as a loop that waits
for each of them would take hours, and CPU time is what is compared. reader and newsboat poll and store entries; they
fetch no pages and watch no topics, so they stand beside our polls. The plain loop does all of it once, without what
makes it last. Nothing else here keeps what it has queued on disk before it works on it, as our Redis does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from worker.edge import keys

from ..processes import RedisServer, stop  # noqa: TID252  its absolute name differs between pytest and -m
from .machine import ROOT, Machine, Pace, Seeds, configuration, feeds_of
from .press import Press, Scale
from .run import Site, Watching, is_idle, warm_up

SCALE = Scale(feeds=500, articles=900, topics=1_000, seed=1)
WORKERS = 2
# What comes out before a round, as a share of everything. The first is what feeds have had for long.
ROUNDS = (("nothing new", 0.0), ("new articles", 0.33), ("new articles again", 0.67), ("nothing new again", 0.67))


class Ours:
    """The product."""

    name = "wirewatch"

    def __init__(self, stack: ExitStack, folder: Path, press: Press, site: Site) -> None:
        redis_server, pace = RedisServer(stack, folder), Pace(speed=1.0)
        Seeds(redis_server, press, site.port, pace).write()
        self._redis = redis_server.redis
        ids = [feed.id for feed in feeds_of(press, site.port)]
        self._ids = ids
        self.machine = Machine(stack, redis_server, folder, WORKERS)
        self.machine.start(configuration(press, redis_server.url, site.port, pace, firsts=WORKERS))
        warm_up(site, self.machine, WORKERS)
        self._watching = Watching(site, self.machine)

    def _polls(self) -> int:
        counters = self._redis.hgetall(keys.COUNTERS)
        return sum(int(value) for name, value in counters.items() if name.startswith(b"wirewatch_polls_total"))

    def poll(self) -> tuple[dict[str, float], int]:
        """CPU seconds by process, and how many articles were stored."""
        before, stored = self.machine.cpu(), int(self._redis.zcard(keys.ARTICLES))
        end = self._polls() + len(self._ids)
        self._redis.zadd(keys.FEEDS_DUE, dict.fromkeys(self._ids, time.time()))
        done = self._watching.until(lambda sample: is_idle(sample) and self._polls() >= end, 120)
        if not done:
            raise RuntimeError("a round takes too long")
        after = self.machine.cpu()
        used = {name: round(after[name] - before[name], 2) for name in after}
        return used, int(self._redis.zcard(keys.ARTICLES)) - stored


class Other:
    """reader or the plain loop, in a process of its own."""

    def __init__(self, stack: ExitStack, python: str, which: str, press: Press, site: Site) -> None:
        scale = press.scale
        figures = [site.port, scale.feeds, scale.articles, scale.topics, scale.seed]
        command = [python, "-m", "tests.bench.world.others", which, *map(str, figures)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_plain_environment()
        )
        stack.callback(stop, self._process)

    def poll(self) -> tuple[float, int]:
        """CPU seconds of one round, and how many articles it handled."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        used, handled = self._process.stdout.readline().split()
        return round(float(used), 2), int(handled)


class Newsboat:
    """`newsboat -x reload`, started for each round, as cron does."""

    def __init__(self, folder: Path, press: Press, site: Site) -> None:
        self._folder = folder
        (folder / "urls").write_text("".join(f"{feed.url}\n" for feed in feeds_of(press, site.port)))
        (folder / "config").write_text("reload-threads 1\n")

    def poll(self) -> tuple[float, int]:
        """CPU seconds of one round."""
        files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
        command = ["newsboat", *(part for flag, name in files.items() for part in (flag, str(self._folder / name)))]
        before = os.times()
        environment = {**_plain_environment(), "HOME": str(self._folder)}
        subprocess.run([*command, "-x", "reload"], check=True, env=environment, capture_output=True, timeout=300)
        after = os.times()
        used = after.children_user - before.children_user + after.children_system - before.children_system
        return round(used, 2), 0


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def compare(python: str | None) -> Mapping[str, Any]:
    """A round of each after the other, for each of ROUNDS; before them one in which the others see old entries only."""
    press = Press(SCALE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = Site(stack, SCALE)
        site.control(is_prompt=True, started=time.time(), speed=1e9, until=0.0)
        ours = Ours(stack, folder, press, site)
        others: dict[str, Callable[[], tuple[float, int]]] = {}
        if python:
            others |= {name: Other(stack, python, name, press, site).poll for name in ("plain", "reader")}
        if shutil.which("newsboat"):
            others["newsboat"] = Newsboat(folder, press, site).poll
        first = {name: poll()[0] for name, poll in others.items()}
        ours.poll()
        rounds = [_round(name, share, site, ours, others) for name, share in ROUNDS]
    return {
        "feeds": SCALE.feeds,
        "topics": SCALE.topics,
        "workers": WORKERS,
        "newsboat": _version("newsboat") if "newsboat" in others else "",
        "first_s": first,
        "rounds": rounds,
    }


def _round(
    name: str, share: float, site: Site, ours: Ours, others: Mapping[str, Callable[[], tuple[float, int]]]
) -> dict[str, Any]:
    site.control(until=SCALE.seconds * share)
    parts, articles = ours.poll()
    costs = {other: poll() for other, poll in others.items()}
    return {
        "round": name,
        "articles": articles,
        "ours_s": parts,
        "others_s": {other: used for other, (used, _) in costs.items()},
        "plain_articles": costs["plain"][1] if "plain" in costs else None,
    }


def _version(program: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=10).stdout
    return said.split("\n", 1)[0].partition(" - ")[0].removeprefix(program).strip()


def compare_in_words(found: Mapping[str, Any]) -> str:
    """As Markdown."""
    names = list(found["first_s"])
    titles = ["round", "articles", "wirewatch, all", "CPU-ms an article", "its polling", *names]
    titles += [f"{name} / {'all' if name == 'plain' else 'polling'}" for name in names]
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for one in found["rounds"]:
        parts, others = one["ours_s"], one["others_s"]
        everything, polling = sum(parts.values()), parts["scheduler"] + parts["its parsers"]
        if not one["articles"]:
            polling = everything
        each = f"{1000 * everything / one['articles']:.1f}" if one["articles"] else "-"
        cells = [one["round"], str(one["articles"]), f"{everything:.2f}", each, f"{polling:.2f}"]
        cells += [f"{others[name]:.2f}" for name in names]
        cells += [f"{others[name] / (everything if name == 'plain' else polling):.1f}" for name in names]
        lines.append("| " + " | ".join(cells) + " |")
    told = f" {found['newsboat'].removeprefix('newsboat ')}" if found["newsboat"] else ""
    text = (
        f"{found['feeds']} feeds, {found['topics']:,} topics, hosts that answer at once, {found['workers']} ingest "
        f"workers; CPU seconds of each round, all threads, children and our Redis counted; a round polls each feed "
        f"once. `plain` is a loop of feedparser, httpx, trafilatura and two expressions of re for each topic; it "
        f"does all that wirewatch does, in memory. `reader` and newsboat{told} poll and keep what feeds say, "
        f"no pages and no topics, so they stand beside our polling (scheduler, parsers; in rounds without "
        f"articles everything).\n"
    )
    return "\n".join(["## Beside others on the same press\n", text, *lines, ""])
