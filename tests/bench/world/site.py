"""All servers of the world in one cheap process, which also receives the webhooks.

    python -m tests.bench.world.site FEEDS ARTICLES TOPICS SEED

Prints its port on one line. Each host has an address of its own in 127.0.0.0/8. `/control?{JSON}` says how the world
runs (see `World`), `/told` what was asked and what was received, with times.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..cheap_site import Answers, header, http, http_date, loopback  # noqa: TID252  its absolute name differs between pytest and -m
from .pages import BEGIN, END, ROBOTS, SHOWN, Pages
from .press import BROKEN, DATED, FLAKY, MUTE, PAGELESS, RESTLESS, TAGGED, Press, Scale

CONTROL = "127.0.0.1"
_HTML = "text/html; charset=utf-8"


class World:
    """What is out, and what has been asked.

    The world runs from `started` (seconds since the epoch) on, `speed` times as quick as our clock, up to `until`
    (seconds of the world); with `is_prompt` no host takes time to answer, and none is in trouble. Once it `is_over`,
    feeds show nothing that no poll has been shown before. The file `read_before` says for each feed up to which second
    of the world it had been read before all this.
    """

    def __init__(self, press: Press) -> None:
        self.press, self.pages = press, Pages(press)
        self.until, self.is_prompt, self.is_over = 0.0, False, False
        self._times = {feed: [article.at for article in found] for feed, found in press.by_feed.items()}
        self.shown: dict[int, float] = {}
        self.alerts: list[tuple[str, str, str, str, float]] = []
        self.counts: Counter[str] = Counter()
        self._polled: Counter[int] = Counter()
        self._read_before: list[float] = []

    def control(self, facts: dict[str, Any]) -> None:
        """Take new facts."""
        if "started" in facts:
            self.pages.started, self.pages.speed = facts["started"], facts["speed"]
            self.pages.item.cache_clear()
        self.until = facts.get("until", self.until)
        self.is_prompt = facts.get("is_prompt", self.is_prompt)
        self.is_over = facts.get("is_over", self.is_over)
        if "read_before" in facts:
            self._read_before = json.loads(Path(facts["read_before"]).read_text())

    def now(self) -> float:
        """Seconds of the world."""
        if not self.pages.started:
            return -1.0
        return min(self.until, (time.time() - self.pages.started) * self.pages.speed)

    def out(self) -> int:
        """How many articles are out."""
        return bisect_right(self.press.articles, self.now(), key=lambda article: article.at)

    def told(self) -> dict[str, Any]:
        """Everything, for who runs the world."""
        return {"shown": list(self.shown.items()), "alerts": self.alerts, "counts": self.counts, "out": self.out()}

    def feed(self, number: int, head: bytes) -> bytes:
        """The answer to a poll."""
        feed = self.press.feeds[number]
        if self.press.hosts[feed.host].behaviour == FLAKY and not self.is_prompt:
            self._polled[number] += 1
            if self._polled[number] % 2:
                return self._refused("feed")
        times = self._times.get(number, ())
        read = bisect_left(times, self._read_before[number]) if self._read_before else 0
        count = max(0, bisect_right(times, self.now()) - read)
        articles = self.press.by_feed.get(number, [])[read : read + count]
        if self.is_over:
            articles = [article for article in articles if article.number in self.shown]
            count = len(articles)
        tag, changed = f'"sample-{count:08}"', http_date(self.pages.published(articles[-1]) if articles else OLD)
        more, same = "", False
        if feed.answers == TAGGED:
            more, same = f"ETag: {tag}\r\n", header(head, b"if-none-match") == tag.encode()
        elif feed.answers == DATED:
            more, same = f"Last-Modified: {changed}\r\n", header(head, b"if-modified-since") == changed.encode()
        if same:
            self.counts["feed 304"] += 1
            return f"HTTP/1.1 304 Not Modified\r\n{more}\r\n".encode()
        self.counts["feed 200"] += 1
        at = time.time()
        for article in articles[-SHOWN:]:
            self.shown.setdefault(article.number, at)
        stamp = str(self.counts["feed 200"]) if feed.answers == RESTLESS else "sample"
        return http("200 OK", self.pages.document(number, articles, stamp=stamp), more)

    def page(self, number: int) -> bytes:
        """The answer to who asks for an article."""
        if self.press.host_of(self.press.articles[number]).behaviour == PAGELESS and not self.is_prompt:
            self.counts["page 500"] += 1
            return http("500 Internal Server Error", b"sample error", kind=_HTML)
        self.counts["page 200"] += 1
        return http("200 OK", self.pages.page(number), kind=_HTML)

    def refused(self) -> bytes:
        """The answer of a broken host to everything."""
        return self._refused("any")

    def _refused(self, what: str) -> bytes:
        self.counts[f"{what} 503"] += 1
        return http("503 Service Unavailable", b"sample error", kind=_HTML)

    def first(self, path: str) -> bytes:
        """A feed of one entry, or the page of that: what processes load only when they need it, they load for these."""
        name, _, kind = path[1:].partition(".")
        link, words = f"http://{CONTROL}:{self.pages.port}/{name}.html", " ".join(self.press.sentences.calm[:12])
        if kind == "xml":
            item = f"<item><title>Sample {name}</title><link>{link}</link><guid>{link}</guid></item>"
            return http("200 OK", f"{BEGIN}<title>Sample {name}</title>{item}{END}".encode())
        page = (
            f"<!doctype html><html><title>Sample {name}</title><article><h1>Sample {name}</h1><p>{words}</p></article>"
        )
        return http("200 OK", page.encode(), kind=_HTML)

    def hook(self, head: bytes, body: bytes) -> bytes:
        """Take an alert."""
        data = json.loads(body)["data"]
        alert = data["alert"]
        identity = header(head, b"webhook-id").decode()
        self.alerts.append((identity, alert["topic"], alert["reason"], data["article"]["url"], time.time()))
        return http("204 No Content", b"")


OLD = 1_730_000_000.0
"""When feeds had something new before the world began, in seconds since the epoch."""


class Server(Answers):
    """Answers for all hosts, each in the time it takes."""

    def __init__(self, world: World, hosts: dict[str, int]) -> None:
        super().__init__()
        self._world, self._hosts = world, hosts

    def take(self, method: str, path: str, head: bytes, body: bytes) -> None:
        host = self._hosts.get(self.asked_at)
        if host is None:
            self.send(self._own(method, path, head, body))
            return
        facts, world = self._world.press.hosts[host], self._world
        if facts.behaviour == MUTE and not world.is_prompt:
            world.counts["dropped"] += 1
            self.drop()
        elif world.is_prompt:
            self._answer(path, head, facts.behaviour)
        else:
            asyncio.get_running_loop().call_later(facts.latency, self._answer, path, head, facts.behaviour)

    def _answer(self, path: str, head: bytes, behaviour: str) -> None:
        world = self._world
        if behaviour == BROKEN and not world.is_prompt:
            self.send(world.refused())
        elif path.startswith("/feed-"):
            self.send(world.feed(int(path[6:].partition(".")[0]), head))
        elif path.startswith("/news/report-"):
            self.send(world.page(int(path[13:].partition(".")[0])))
        elif path == "/robots.txt":
            world.counts["robots.txt"] += 1
            self.send(http("200 OK", ROBOTS, kind="text/plain"))
        else:
            self.send(http("404 Not Found", b"sample error", kind=_HTML))

    def _own(self, method: str, path: str, head: bytes, body: bytes) -> bytes:
        if method == "POST":
            return self._world.hook(head, body)
        if path.startswith("/control?"):
            self._world.control(json.loads(unquote(path[9:])))
            return http("200 OK", b"set")
        if path.startswith("/first-"):
            return self._world.first(path)
        if path == "/told":
            return http("200 OK", json.dumps(self._world.told()).encode())
        told = {"out": self._world.out(), "shown": len(self._world.shown), "alerts": len(self._world.alerts)}
        return http("200 OK", json.dumps(told).encode())


async def _serve(scale: Scale) -> None:
    press = Press(scale)
    world, listening = World(press), loopback()
    world.pages.port = listening.getsockname()[1]
    hosts = {host.address: number for number, host in enumerate(press.hosts)}
    server = await asyncio.get_running_loop().create_server(lambda: Server(world, hosts), sock=listening)
    sys.stdout.write(f"{world.pages.port}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    feeds, articles, topics, seed = map(int, sys.argv[1:5])
    scale = Scale(feeds=feeds, articles=articles, topics=topics, seed=seed, per_day=float(sys.argv[5]))
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(scale))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(scale))


if __name__ == "__main__":
    main()
