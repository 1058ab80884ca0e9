"""One run: a world, the product on it, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from worker.edge import keys
from worker.edge.rq_engine.queue import DELIVER, INGEST, JobQueue
from worker.edge.store.deliveries import Deliveries

from ..processes import RedisServer, cpu_of, memory_of, stop  # noqa: TID252  its absolute name differs between pytest and -m
from .figures import of_alerts, of_redis
from .kinds import queued_bytes
from .machine import ROOT, Machine, Pace, Seeds, configuration
from .pages import Pages
from .press import Press, Scale

SAMPLE_EVERY = 0.5
# What part of the articles tells how quick a run was.
MOST = 0.95
# A queue of so many jobs is looked into, for what one entry takes in it.
_WORTH_A_LOOK = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run.

    After the last article is out, polls have `find` seconds to see it, and all work then `drain` seconds to end. The
    first `before` seconds of the world lie before the run: of what came out then, a feed holds what its polls would not
    have seen yet, so that the first polls bring as much as any.
    """

    scale: Scale
    workers: int
    speed: float
    before: float = 0.0
    find: float = 60.0
    drain: float = 90.0

    @property
    def seconds(self) -> float:
        """How long articles come out, by our clock."""
        return (self.scale.seconds - self.before) / self.speed


class Site:
    """The world's servers, in a process of their own."""

    def __init__(self, stack: ExitStack, scale: Scale) -> None:
        package = __package__ or ""
        figures = [scale.feeds, scale.articles, scale.topics, scale.seed, scale.per_day]
        command = [sys.executable, "-m", f"{package}.site", *map(str, figures)]
        folder = ROOT if package.startswith("tests.") else ROOT / "tests"
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
        stack.callback(stop, self.process)
        assert self.process.stdout is not None
        with self.process.stdout:
            self.port = int(self.process.stdout.readline())

    def _ask(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return bytes(answer.read())

    def control(self, **facts: Any) -> None:
        """See site.World."""
        self._ask(f"/control?{quote(json.dumps(facts))}")

    def standing(self) -> dict[str, int]:
        """How many articles are out and were shown, and how many alerts came."""
        return dict(json.loads(self._ask("/standing")))

    def told(self) -> dict[str, Any]:
        """Everything."""
        return dict(json.loads(self._ask("/told")))

    def cpu(self) -> float:
        return cpu_of(self.process.pid)


class Watching:
    """Looks at a run every half second."""

    def __init__(self, site: Site, machine: Machine) -> None:
        self._site, self._machine, self._redis = site, machine, machine.server.redis
        self._queue, self._deliveries = JobQueue(self._redis), Deliveries(self._redis)
        self.began = time.monotonic()
        self.samples: list[dict[str, Any]] = []
        self.queued, self.queued_entries = 0, 0

    def look(self) -> dict[str, Any]:
        """How things stand now."""
        depths, standing = self._queue.depths(), self._site.standing()
        if depths[INGEST]["waiting"] >= _WORTH_A_LOOK and len(self.samples) % 10 == 0:
            size, entries = queued_bytes(self._redis)
            self.queued, self.queued_entries = self.queued + size, self.queued_entries + entries
        sample = {
            "at": round(time.monotonic() - self.began, 2),
            "waiting": depths[INGEST]["waiting"],
            "running": depths[INGEST]["running"],
            "delivering": depths[DELIVER]["waiting"] + depths[DELIVER]["running"],
            "later": int(self._redis.zcard(keys.LATER)),
            "outbox": self._deliveries.depth(),
            "stored": int(self._redis.zcard(keys.ARTICLES)),
            **standing,
            "memory": {name: round(size, 1) for name, size in self._machine.memory().items()},
        }
        self.samples.append(sample)
        return sample

    def queued_bytes_each(self) -> int | None:
        """Of an entry in the queue, as far as any had to wait."""
        return round(self.queued / self.queued_entries) if self.queued_entries else None

    def until(self, holds: Callable[[dict[str, Any]], bool], seconds: float) -> bool:
        """Whether it came to hold within that time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.monotonic()
            if holds(self.look()):
                return True
            time.sleep(max(0.05, SAMPLE_EVERY - (time.monotonic() - begun)))
        return False


def is_idle(sample: Mapping[str, Any]) -> bool:
    """Whether no work is left."""
    return not any(sample[name] for name in ("waiting", "running", "delivering", "later", "outbox"))


def warm_up(site: Site, machine: Machine, firsts: int) -> None:
    """Wait until every process has done something once, which is not to count."""
    watching, connection = Watching(site, machine), machine.server.redis
    if not watching.until(lambda sample: sample["stored"] >= firsts and is_idle(sample), 120):
        raise RuntimeError("the first articles do not come through")
    connection.delete(keys.COUNTERS, keys.HISTOGRAMS)


def run(plan: Plan) -> dict[str, Any]:
    """Run it, and tell everything that was measured."""
    press, pace = Press(plan.scale), Pace(speed=plan.speed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site, server = Site(stack, plan.scale), RedisServer(stack, folder)
        seeds = Seeds(server, press, site.port, pace)
        seeds.write()
        machine, firsts = Machine(stack, server, folder, plan.workers), max(2, plan.workers)
        begun = time.monotonic()
        machine.start(configuration(press, server.url, site.port, pace, firsts=firsts))
        live = time.monotonic() - begun
        warm_up(site, machine, firsts)
        now = time.time()
        started = now - plan.before / plan.speed
        if plan.before:
            read = folder / "read_before.json"
            read.write_text(json.dumps([plan.before - since * plan.speed for since in seeds.since()]))
            site.control(read_before=str(read))
        before, site_before = machine.cpu(), site.cpu()
        site.control(started=started, speed=plan.speed, until=plan.scale.seconds)
        seeds.begin(now)
        watching = Watching(site, machine)
        ends = _ended(plan, site, watching)
        used, site_used = _since(before, machine.cpu()), site.cpu() - site_before
        found = of_redis(server.redis)
        found["articles"] -= firsts
        pages = Pages(press)
        pages.port, pages.started, pages.speed = site.port, started, plan.speed
        return {
            **_asked(plan, pace),
            "articles_published": sum(article.at > plan.before for article in press.articles),
            "live_after_s": round(live, 1),
            **ends,
            **of_alerts(press, pages, site.told()),
            **found,
            **_costs(used, site_used, count=found["articles"], took=ends["seconds"]),
            "site_mb": round(memory_of(site.process.pid), 1),
            "redis_bytes_per_queued_entry": watching.queued_bytes_each(),
            "most_stored_after_s": most_stored_after(watching.samples),
            "most_waiting": max(sample["waiting"] for sample in watching.samples),
            "samples": watching.samples,
            "ingest_shares": {name: round(share, 4) for name, share in machine.ingest_shares().items()},
            "tracebacks": sum(machine.log(name).count("Traceback") for name in machine.processes),
        }


def most_stored_after(samples: Sequence[Mapping[str, Any]]) -> float:
    """Seconds until 95 of 100 articles were stored: the last may be those of hosts that fail, which are waited for."""
    first, last = samples[0]["stored"], samples[-1]["stored"]
    return float(next(each["at"] for each in samples if each["stored"] - first >= MOST * (last - first)))


def _ended(plan: Plan, site: Site, watching: Watching) -> dict[str, Any]:
    """Wait until all is out, seen, and done; how that went."""
    watching.until(lambda sample: sample["at"] >= plan.seconds, plan.seconds + 5)
    all_shown = watching.until(lambda sample: sample["shown"] >= plan.scale.articles, plan.find)
    shown_after = watching.samples[-1]["at"]
    # What comes out of feeds from now on would never be done.
    site.control(is_over=True)
    done = watching.until(is_idle, plan.drain)
    return {
        "publishing_s": round(plan.seconds, 1),
        "shown_after_s": shown_after,
        "seconds": round(time.monotonic() - watching.began, 1),
        "all_shown": all_shown,
        "all_done": done,
    }


def _since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in after}


def _costs(used: Mapping[str, float], site: float, *, count: int, took: float) -> dict[str, Any]:
    """CPU of `count` articles in `took` seconds."""
    each = 1000 / max(1, count)
    return {
        "articles_per_s": round(count / took, 2),
        "cpu_ms_per_article": round(each * sum(used.values()), 2),
        "cpu_ms_by_process": {name: round(each * seconds, 2) for name, seconds in used.items()},
        "cpu_cores": round(sum(used.values()) / took, 3),
        "site_cpu_ms_per_article": round(each * site, 2),
    }


def _asked(plan: Plan, pace: Pace) -> dict[str, Any]:
    scale = plan.scale
    return {
        "feeds": scale.feeds,
        "topics": scale.topics,
        "seed": scale.seed,
        "workers": plan.workers,
        "speed": plan.speed,
        "polling": {"interval_s": pace.interval, "min_interval_s": pace.shortest, "max_interval_s": pace.longest},
    }
