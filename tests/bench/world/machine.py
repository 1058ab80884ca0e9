"""The product under measurement: a Redis of its own, `wirewatch scheduler`, and its workers, on a world's feeds.

As far as Redis knows the feeds have been polled many times before, their hosts' robots.txt read within a day and a
dictionary trained on articles of another world, so a run begins where months of service have led to and nobody waits
for first polls.
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from worker.edge import keys
from worker.edge.robots import Robots
from worker.edge.store.feed_record import write_head, write_state
from worker.edge.store.shorthand import SAMPLES, SETTLES, Shorthand, learn
from worker.model import Feed, FeedState
from worker.poll.blocks import scan
from worker.poll.identity import seen_key
from worker.poll.known import Known
from worker.poll.pace import first_pace, next_pause, read_pace, written

from ..processes import RedisServer, children_of, cpu_of, memory_of, stop  # noqa: TID252  its absolute name differs between pytest and -m
from .pages import OLD_ITEMS, Pages, old_link
from .press import DATED, TAGGED, Press
from .press import Feed as Published
from .stages import shares

ROOT = Path(__file__).resolve().parents[3]
_SAMPLED = Path(__file__).resolve().parents[1] / "sampled.py"
HOUR = 3600.0
_SECRET = "whsec_c2FtcGxlc2FtcGxlc2FtcGxlc2FtcGxl"
"""How the webhook is signed: sample text in base 64."""

_INTERVAL, _SHORTEST, _LONGEST = 900.0, 60.0, 6 * HOUR
# The levels of rates that are told apart when feeds are seeded: two to every doubling.
_PER_DOUBLING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often feeds are polled in a world that runs `speed` times as quick as our clock, in whole seconds of ours.

    The bounds of the product's defaults (a minute, six hours) shrink with the speed. What it makes of a rhythm goes by
    the square root of the rate, so its base (15 minutes) shrinks with the root of the speed. So a feed is polled as
    often for an article of its own as in the world at its own pace, as long as that takes a second or more: the
    configuration knows no shorter one.
    """

    speed: float

    def _seconds(self, wanted: float) -> int:
        return max(1, round(wanted))

    @property
    def shortest(self) -> int:
        return self._seconds(_SHORTEST / self.speed)

    @property
    def longest(self) -> int:
        return max(self.shortest, self._seconds(_LONGEST / self.speed))

    @property
    def interval(self) -> int:
        return min(self.longest, max(self.shortest, self._seconds(_INTERVAL / math.sqrt(self.speed))))


def configuration(press: Press, redis_url: str, port: int, pace: Pace, *, firsts: int = 0) -> str:
    """The wirewatch.toml of a world, with so many feeds of one entry besides, which are polled before it begins."""
    head = (
        f'[redis]\nurl = "{redis_url}"\n[network]\nallow = ["127.0.0.0/8"]\n[polling]\ninterval = "{pace.interval}s"\n'
        f'min_interval = "{pace.shortest}s"\nmax_interval = "{pace.longest}s"\n[[destinations]]\nname = "hook"\n'
        f'type = "webhook"\nurl = "http://127.0.0.1:{port}/hook"\nsecret = "{_SECRET}"\n'
    )
    topics = [
        f"[[topics]]\nname = \"{topic.name}\"\nquery = '{topic.query}'\nsources = {list(topic.sources)}\n"
        for topic in press.topics
    ]
    feeds = [f'[[feeds]]\nurl = "{feed.url}"\nname = "{feed.name}"\n' for feed in feeds_of(press, port)]
    first = [f'[[feeds]]\nurl = "http://127.0.0.1:{port}/first-{n}.xml"\ninterval = "6h"\n' for n in range(firsts)]
    return "".join([head, *topics, *feeds, *first])


def feeds_of(press: Press, port: int) -> list[Feed]:
    """As the product knows them."""
    return [
        Feed(
            url=f"http://{press.hosts[feed.host].address}:{port}/feed-{feed.number}.xml",
            name=f"Sample feed {feed.number}",
        )
        for feed in press.feeds
    ]


class Seeds:
    """Writes feeds into Redis as they are after many polls. `pauses` is for how long each is not polled, in seconds."""

    def __init__(self, server: RedisServer, press: Press, port: int, pace: Pace) -> None:
        self._redis, self._press, self._pace = server.redis, press, pace
        self._feeds = feeds_of(press, port)
        self._now = datetime.now(UTC)
        blocks = scan(Pages(press).document(0, []))
        if blocks is None:
            raise AssertionError("the world's feeds cannot be cut")
        self._known = Known.whole(blocks).dump()
        self._port = port
        dice, self._kinds = random.Random(press.scale.seed), self._states()
        self.pauses = [self._state_of(feed)[1] for feed in press.feeds]
        # Each somewhere in its pause.
        self._left = [pause * dice.random() for pause in self.pauses]

    def begin(self, now: float) -> None:
        """Feeds are due from now on, each once within its pause."""
        dues = [(feed.id, now + left) for feed, left in zip(self._feeds, self._left, strict=True)]
        for start in range(0, len(dues), 10_000):
            self._redis.zadd(keys.FEEDS_DUE, dict(dues[start : start + 10_000]))

    def since(self) -> list[float]:
        """How long before that each was polled last, in seconds."""
        return [pause - left for pause, left in zip(self.pauses, self._left, strict=True)]

    def _state_of(self, feed: Published) -> tuple[bytes, float]:
        """Of a hundred feeds four are to be asked for all they have, as once every day."""
        return self._kinds[self._level(feed.per_day), feed.answers, feed.number % 25 == 0]

    def write(self) -> None:
        """All of it. No feed is due before the world begins."""
        shown = [seen_key(old_link(number)) for number in range(len(OLD_ITEMS))]
        script = self._redis.register_script(
            f"""
            local entries = tonumber(ARGV[1])
            for i = entries + 2, #ARGV, 3 do
              redis.call('SET', '{keys.FEED_RECORD}' .. ARGV[i], ARGV[i + 1])
              redis.call('ZADD', '{keys.FEEDS_DUE}', ARGV[i + 2], ARGV[i])
              redis.call('SADD', '{keys.SEEN}' .. ARGV[i], unpack(ARGV, 2, entries + 1))
            end"""
        )
        args: list[Any] = []
        due = self._now.timestamp() + 100_000
        for feed, known in zip(self._press.feeds, self._feeds, strict=True):
            state, _ = self._state_of(feed)
            args += [known.id, bytes([2, 1]) + write_head(known) + state, due]
            if len(args) >= 3_000:
                script(args=[len(shown), *shown, *args])
                args.clear()
        script(args=[len(shown), *shown, *args])
        self._write_hosts()
        self._write_dictionary()

    def _level(self, per_day: float) -> int:
        return round(_PER_DOUBLING * math.log2(per_day))

    def _states(self) -> dict[tuple[int, str, bool], tuple[bytes, float]]:
        """A state for each kind of feed, and how soon it is polled."""
        kinds = {(self._level(feed.per_day), feed.answers, feed.number % 25 == 0) for feed in self._press.feeds}
        return {kind: self._state(*kind) for kind in kinds}

    def _state(self, level: int, answers: str, is_long_ago: bool) -> tuple[bytes, float]:
        gap = 24 * HOUR / 2 ** (level / _PER_DOUBLING) / self._pace.speed
        now = self._now.timestamp()
        rhythm = written(first_pace([now - gap * entry for entry in range(len(OLD_ITEMS))], now=now))
        known = read_pace(rhythm)
        assert known is not None
        bounds = {"shortest": float(self._pace.shortest), "longest": float(self._pace.longest)}
        pause = next_pause(known, interval=float(self._pace.interval), **bounds)
        polled = self._now - timedelta(seconds=1)
        state = FeedState(
            body_hash="0123456789abcdef" * 2,
            known=self._known,
            interval=pause,
            last_poll=polled,
            last_success=polled,
            last_new=polled - timedelta(seconds=gap),
            next_due=self._now,
            title="Sample feed",
            polls=1_000,
            unchanged=800,
            entries=300,
            rhythm=rhythm,
            lag=1234.5678,
            whole_at=self._now - timedelta(hours=25 if is_long_ago else 12),
        )
        if answers == TAGGED:
            state = replace(state, etag='"sample-00000000"')
        if answers == DATED:
            state = replace(state, last_modified="Sun, 27 Oct 2024 03:33:20 GMT")
        return write_state(state), pause

    def _write_hosts(self) -> None:
        """What is known of hosts for hours after a request, and what their robots.txt says."""
        robots = Robots(None, self._redis, user_agent="wirewatch", patience=1.0)
        robots._remember("sample", (), 60)
        permits = self._redis.getdel(robots._key("sample"))
        pipe, now = self._redis.pipeline(transaction=False), round(time.time() * 1000)
        for host in self._press.hosts:
            pipe.hset(keys.HOST + host.address, mapping={"next": now, "latency": round(host.latency * 1000)})
            pipe.pexpire(keys.HOST + host.address, 6 * 3_600_000)
            pipe.set(robots._key(f"http://{host.address}:{self._port}"), permits, ex=86_400)
        pipe.execute()

    def _write_dictionary(self) -> None:
        """What articles are compressed by, learned as the product learns it, of a world of other sentences."""
        press = Press(replace(self._press.scale, feeds=SAMPLES, articles=SAMPLES, seed=self._press.scale.seed + 1))
        pages, before = Pages(press), self._now - timedelta(seconds=SETTLES + 60)
        ids = []
        for article in press.articles[:SAMPLES]:
            stored = pages.stored(article, before)
            self._redis.set(keys.ARTICLE + stored.id, Shorthand().pack(self._redis, stored, before))
            ids.append(stored.id)
        self._redis.zadd(keys.ARTICLES, dict.fromkeys(ids, before.timestamp()))
        assert learn(self._redis, before) is not None
        self._redis.delete(keys.ARTICLES, *(keys.ARTICLE + ident for ident in ids))


class Machine:
    """The processes, and what they have used."""

    def __init__(self, stack: ExitStack, server: RedisServer, folder: Path, workers: int) -> None:
        self.server, self._folder, self._stack = server, folder, stack
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self._names = ["scheduler", *(f"ingest-{number}" for number in range(1, workers + 1)), "deliver"]

    def start(self, config: str) -> None:
        """Start all, and wait until each of them has the configuration."""
        path = self._folder / "wirewatch.toml"
        path.write_text(config)
        self._start("scheduler", "scheduler", "--config", str(path))
        self._until(lambda: bool(self.server.redis.hget(keys.CONFIG, "version")))
        for name in self._names[1:]:
            self._start(name, "worker", name.partition("-")[0], "--config", str(path))
        for name in self._names[1:]:
            self._until(lambda name=name: "config_live" in self.log(name))

    def _start(self, name: str, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "REDIS_URL": self.server.url}
        sampled = [str(_SAMPLED), str(self._samples(name))] if name.startswith("ingest") else []
        command = [sys.executable, *sampled, "-m", "worker", *arguments]
        with (self._folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, text=True)
        self._stack.callback(stop, process)
        self.processes[name] = process

    def _samples(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def ingest_shares(self) -> dict[str, float]:
        """What part of the ingest workers' time each stage takes (see stages); ends them."""
        names = [name for name in self.processes if name.startswith("ingest")]
        for name in names:
            stop(self.processes[name])
        return shares(self._samples(name) for name in names)

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self._folder / f"{name}.log").read_text("utf-8", "replace")

    def _until(self, holds: Any, seconds: float = 300.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} has ended: {self.log(name)[-2000:]}")
            if time.monotonic() > end:
                raise RuntimeError("the processes do not start")
            time.sleep(0.05)

    def cpu(self) -> dict[str, float]:
        """CPU seconds by part: what extracts runs below the ingest workers, what reads feeds below the scheduler."""
        found = {"scheduler": 0.0, "its parsers": 0.0, "ingest": 0.0, "extraction": 0.0, "deliver": 0.0}
        below = {"scheduler": "its parsers", "ingest": "extraction", "deliver": "deliver"}
        for name, process in self.processes.items():
            part = name.partition("-")[0]
            found[part] += cpu_of(process.pid)
            for child in children_of(process.pid):
                found[below[part]] += cpu_of(child)
        return {**found, "Redis": cpu_of(self.server.process.pid)}

    def memory(self) -> dict[str, float]:
        """Megabytes of each process, of its children together, and of Redis."""
        sizes: dict[str, float] = {}
        for name, process in self.processes.items():
            sizes[name] = memory_of(process.pid)
            if children := children_of(process.pid):
                sizes[f"{name}: children"] = sum(map(memory_of, children))
        return {**sizes, "Redis": memory_of(self.server.process.pid)}
