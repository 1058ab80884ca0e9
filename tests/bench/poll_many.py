"""A hundred thousand feeds, each polled once an hour: what that costs, how late polls begin, what it takes to start.

    python tests/bench/poll_many.py [--feeds 100000] [--redis-server PATH]

Takes less than five minutes. The real `wirewatch scheduler` on a Redis of its own with an append-only file; as far as
Redis knows the feeds have been polled before, so nobody waits for a hundred thousand first polls. A local site answers
for all of them over HTTP after 200 ms, on 43,000 addresses with two feeds each and one with 14,000. How late a poll is
is measured there: when the request came, against the due time that was written into Redis.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from poll_many_site import ENTRIES, document, link, tag
from processes import TICKS, RedisServer, children_of, cpu_of, memory_of, stop

from worker.edge import keys
from worker.edge.store.feed_record import write_head, write_state
from worker.edge.store.links_scripts import LINKS
from worker.model import Feed, FeedState
from worker.poll.blocks import scan
from worker.poll.identity import seen_key
from worker.poll.known import Known
from worker.poll.pace import first_pace, written

HERE = Path(__file__).resolve().parent
HOUR = 3600.0
BIG_HOST, BIG = "127.0.0.2", 0.14
IDLE, STEADY, BUSY = 8.0, 75.0, 75.0
# Seconds of dues from the beginning of a phase that are looked at: the last ones may still be on their way.
MARGIN = 3.0
CONFIG = """[redis]
url = "unix://{socket}"
[network]
allow = ["127.0.0.0/8"]
[polling]
interval = "1h"
min_interval = "1h"
max_interval = "1h"
"""


def say(what: str, figures: str) -> None:
    sys.stdout.write(f"| {what} | {figures} |\n")
    sys.stdout.flush()


def host_of(number: int, feeds: int) -> str:
    """The address of a feed: every 14 of 100 lie on one, two on each of the others."""
    if number % 100 >= 100 * (1 - BIG):
        return BIG_HOST
    pair = number % (feeds // 2)
    return f"127.{1 + (pair >> 16)}.{pair >> 8 & 255}.{pair & 255}"


class Site:
    """The feeds, served by a process of their own."""

    def __init__(self, stack: ExitStack) -> None:
        command = [sys.executable, str(HERE / "poll_many_site.py")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        stack.callback(stop, self.process)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def set(self, **facts: Any) -> None:
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/set?{quote(json.dumps(facts))}").close()

    def arrivals(self) -> list[tuple[int, float]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/arrivals") as answer:
            return [(feed, at) for feed, at in json.load(answer)]


def seed(store: RedisServer, feeds: list[Feed]) -> None:
    """Write the feeds as they are after many polls. Once a day one is asked for all it has: 4 of 100 in this hour."""
    now = datetime.now(UTC)
    heads = [write_head(feed) for feed in feeds]
    recent, long_ago = (write_state(state(now, timedelta(hours=age))) for age in (12, 25))
    shown = [seen_key(link(entry + 1)) for entry in range(ENTRIES)]
    script = store.redis.register_script(
        f"""
        for i = {ENTRIES} + 2, #ARGV, 3 do
          redis.call('SET', '{keys.FEED_RECORD}' .. ARGV[i], ARGV[i + 1])
          redis.call('ZADD', '{keys.FEEDS_DUE}', ARGV[1] + i, ARGV[i])
          redis.call('SADD', '{keys.SEEN}' .. ARGV[i], unpack(ARGV, 2, {ENTRIES} + 1))
        end"""
    )
    for start in range(0, len(feeds), 1_000):
        args: list[Any] = [now.timestamp() + 10 * HOUR + start, *shown]
        for number in range(start, min(start + 1_000, len(feeds))):
            args += [feeds[number].id, bytes([2, 1]) + heads[number] + (recent if number % 25 else long_ago), ""]
        script(args=args)


def state(now: datetime, whole: timedelta) -> FeedState:
    """That of a feed with an entry in four hours, for two months."""
    past = [now.timestamp() - 4 * HOUR * entry for entry in range(ENTRIES)]
    blocks = scan(document(0, added=0, other=0))
    assert blocks is not None
    polled = now - timedelta(minutes=50)
    return FeedState(
        etag=tag(0),
        last_modified="Fri, 01 May 2026 12:00:00 GMT",
        body_hash="0123456789abcdef" * 2,
        known=Known.whole(blocks).dump(),
        interval=HOUR,
        last_poll=polled,
        last_success=polled,
        last_new=polled - timedelta(hours=3),
        next_due=polled + timedelta(minutes=61),
        not_before=polled + timedelta(minutes=60),
        title="Sample feed 100000",
        polls=1_000,
        unchanged=800,
        entries=300,
        rhythm=written(first_pace(past, now=now.timestamp())),
        lag=1234.5678,
        whole_at=now - whole,
    )


def seed_hosts(store: RedisServer, hosts: set[str]) -> None:
    """What is known of a host for hours after a request."""
    pipe, now = store.redis.pipeline(transaction=False), round(time.time() * 1000)
    for host in hosts:
        pipe.hset(keys.HOST + host, mapping={"next": now, "latency": 200})
        pipe.pexpire(keys.HOST + host, 6 * 3_600_000)
    pipe.execute()


def bytes_a_link(store: RedisServer, links: int = 200_000) -> float:
    """Of links remembered by the store's own script, which are then gone again."""
    script, before, dice = store.redis.register_script(LINKS + "add_links(7, 1, #ARGV)"), store.used(), random.Random(2)
    for _ in range(links // 500):
        script(args=[dice.getrandbits(64) - 2**63 for _ in range(500)])
    taken = (store.used() - before) / links
    store.redis.delete(*store.redis.scan_iter(f"{keys.LINKS}7*", count=10_000))
    return taken


@dataclass
class Reading:
    """CPU seconds by process."""

    scheduler: float
    parser: float
    redis: float
    at: float = field(default_factory=time.monotonic)


class Run:
    """A scheduler under measurement."""

    def __init__(self, stack: ExitStack, store: RedisServer, site: Site, config: Path, feeds: list[Feed]) -> None:
        self.store, self.site, self.config, self.feeds = store, site, config, feeds
        self.due: dict[int, float] = {}
        self.highest = 0.0
        self.log = config.with_suffix(".log")
        command = [sys.executable, "-m", "worker", "scheduler", "--config", str(config)]
        environment = {**os.environ, "PYTHONPATH": sys.path[0]}
        started = time.monotonic()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stderr=log, text=True)
        stack.callback(stop, self.process)
        while not store.redis.hget(keys.CONFIG, "version"):
            time.sleep(0.05)
        took, cpu = time.monotonic() - started, cpu_of(self.process.pid)
        say("start", f"live after {took:.1f} s, {cpu:.1f} s of CPU, at the most {self.peak():.0f} MB")

    def peak(self) -> float:
        return memory_of(self.process.pid, "VmHWM")

    def cpu(self) -> Reading:
        pid = self.process.pid
        user, system, *of_dead = map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])
        parser = sum(map(cpu_of, children_of(pid))) + sum(of_dead) / TICKS
        return Reading(scheduler=(user + system) / TICKS, parser=parser, redis=cpu_of(self.store.process.pid))

    def plan(self) -> None:
        """Every feed is due once within the next hour, evenly."""
        first = time.time() + MARGIN
        self.due = {number: first + number * HOUR / len(self.feeds) for number in range(len(self.feeds))}
        for start in range(0, len(self.feeds), 10_000):
            some = range(start, min(start + 10_000, len(self.feeds)))
            self.store.redis.zadd(keys.FEEDS_DUE, {self.feeds[number].id: self.due[number] for number in some})

    def watch(self, seconds: float, name: str) -> list[tuple[int, float]]:
        """Let it run; what came to the site."""
        before = self.cpu()
        end = before.at + seconds
        while time.monotonic() < end:
            time.sleep(0.25)
            self.highest = max(self.highest, memory_of(self.process.pid))
        after, arrivals = self.cpu(), self.site.arrivals()
        took = after.at - before.at
        share = {
            "scheduler": (after.scheduler - before.scheduler) / took,
            "parsers": (after.parser - before.parser) / took,
            "Redis": (after.redis - before.redis) / took,
        }
        polls = max(1, len(arrivals))
        figures = ", ".join(f"{part} {100 * value:.1f} %" for part, value in share.items())
        a_poll = 1000 * took * sum(share.values()) / polls
        say(f"{name}: one core", f"{figures}; {len(arrivals) / took:.1f} polls/s, {a_poll:.1f} ms each")
        say(f"{name}: memory", f"scheduler {memory_of(self.process.pid):.0f} MB, {self.children()}")
        return arrivals

    def children(self) -> str:
        sizes = [memory_of(pid) for pid in children_of(self.process.pid)]
        return "its children " + ", ".join(f"{size:.0f}" for size in sizes) + " MB"

    def lags(self, arrivals: list[tuple[int, float]], name: str, start: float, end: float, *, big: bool) -> None:
        """How late the feeds of the big host, or all others, were that came due within these times."""
        wanted = {
            number: due
            for number, due in self.due.items()
            if start <= due < end and (host_of(number, len(self.feeds)) == BIG_HOST) is big
        }
        came: dict[int, float] = {}
        for number, at in arrivals:
            came.setdefault(number, at)
        late = sorted(came[number] - due for number, due in wanted.items() if number in came)
        if not late:
            say(name, f"none of {len(wanted)} came")
            return
        points = ", ".join(f"{100 * part:g} % {late[int(part * (len(late) - 1))]:.3f} s" for part in (0.5, 0.99, 0.999))
        say(name, f"{points}, at the most {late[-1]:.3f} s; {len(wanted) - len(late)} of {len(wanted)} did not come")


def write_config(path: Path, head: str, feeds: list[Feed]) -> None:
    new = path.with_suffix(".new")
    new.write_text(head + "".join(f'[[feeds]]\nurl = "{feed.url}"\nname = "{feed.name}"\n' for feed in feeds))
    new.replace(path)


def steady(run: Run) -> None:
    """Every poll brings 304, or in one of four cases other bytes without a new entry."""
    run.site.set(changed=25)
    run.plan()
    start = time.time() + MARGIN
    arrivals = run.watch(STEADY, "nothing new")
    run.lags(arrivals, "nothing new: late", start, start + STEADY - 2 * MARGIN, big=False)


def busy(run: Run, head: str) -> None:
    """New entries, hostile documents, a host that falls behind, and a configuration that changes meanwhile."""
    number = int((time.time() + 10 - run.due[0]) * len(run.feeds) / HOUR) // 100 * 100
    # Every 20 seconds one, on hosts of their own.
    hostile = [number + at * 560 + 50 for at in range(4)]
    run.site.set(changed=25, fresh=5, slow_host=BIG_HOST, slow=2.0, hostile=hostile)
    start = time.time()
    version = run.store.redis.hget(keys.CONFIG, "version")
    cpu = run.cpu()
    write_config(run.config, head, [*run.feeds, Feed(url=f"http://127.0.0.3:{run.site.port}/999999.xml", name="new")])
    first: list[tuple[int, float]] = []
    while run.store.redis.hget(keys.CONFIG, "version") == version:
        time.sleep(0.1)
    took, used = time.time() - start, run.cpu().scheduler - cpu.scheduler
    say("reload", f"live after {took:.1f} s, {used:.1f} s of CPU, at the most {run.peak():.0f} MB since the start")
    first = run.site.arrivals()
    run.lags(first, "during the reload: late", start, start + took - 1, big=False)
    middle = time.time()
    rest = run.watch(BUSY, "busy")
    run.lags([*first, *rest], "busy: late", middle, middle + BUSY - MARGIN, big=False)
    run.lags([*first, *rest], f"busy: late, the host with {100 * BIG:.0f} %", middle, middle + BUSY - MARGIN, big=True)
    waiting = run.store.redis.zcard(keys.FEEDS_WAITING + BIG_HOST)
    say("busy: waiting for that host", f"{waiting} feeds")


def commands(run: Run) -> None:
    """What people see of it."""
    environment = {**os.environ, "PYTHONPATH": sys.path[0]}
    for words in ("status", "feeds list", "feeds list --failing", "feeds list --json"):
        command = [sys.executable, "-m", "worker", *words.split(), "--config", str(run.config)]
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            lines = sum(1 for _ in process.stdout)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        say(f"`wirewatch {words}`", f"{time.monotonic() - began:.1f} s, {cpu:.1f} s of CPU, {lines:,} lines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--redis-server", default="redis-server", metavar="PATH")
    options = parser.parse_args()
    # Ended from outside, it takes its processes along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.stdout.write(f"| {options.feeds:,} feeds | |\n|---|---|\n")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site, store = Site(stack), RedisServer(stack, folder, options.redis_server)
        urls = [f"http://{host_of(n, options.feeds)}:{site.port}/{n}.xml" for n in range(options.feeds)]
        feeds = [Feed(url=url, name=f"Sample feed {number}") for number, url in enumerate(urls)]
        before = store.used()
        seed(store, feeds)
        of_feeds = store.used() - before
        seed_hosts(store, {host_of(number, options.feeds) for number in range(options.feeds)})
        whole = store.used() - before
        say("Redis", f"{of_feeds / options.feeds:.0f} B a feed, {whole / options.feeds:.0f} B with its host's facts")
        say("Redis, a link remembered", f"{bytes_a_link(store):.1f} B")
        head, config = CONFIG.format(socket=store.socket), folder / "wirewatch.toml"
        write_config(config, head, feeds)
        run = Run(stack, store, site, config, feeds)
        run.watch(IDLE, "idle")
        steady(run)
        busy(run, head)
        say("memory of the scheduler", f"{memory_of(run.process.pid):.0f} MB, between reloads {run.highest:.0f} MB")
        commands(run)


if __name__ == "__main__":
    main()
