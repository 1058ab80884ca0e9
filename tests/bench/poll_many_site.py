"""A cheap site of very many feeds on very many hosts; its CPU time is that of a process of its own.

    python tests/bench/poll_many_site.py

Prints its port on one line. Every address of 127.0.0.0/8 answers there, and only on the loopback interface. Feed N is
`/N.xml`: 50 entries, with an entity tag. `/set?{JSON}` says how they behave from now on (see `Site`); `/arrivals` tells
which feeds were asked, when, and forgets it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import cache
from urllib.parse import unquote

from cheap_site import Answers, http, loopback

ENTRIES = 50
BEGIN, END = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>', "</channel></rss>"
# Sentences of no meaning, of the length that summaries of news have.
_WORDS = (
    "Sample report {n}: the council of the sample town met to talk about bridge number {n}, which is to be mended "
    "before winter. Members asked what it costs and who pays for it; a second meeting follows next week. "
)
_DATE = "Fri, 01 May 2026 {:02}:{:02}:00 GMT"


def link(number: int) -> str:
    """The address, and the id, of an entry."""
    return f"https://news.sample.example/2026/report-{number}.html"


@cache
def _items(added: int) -> str:
    return "".join(
        f"<item><title>Sample report {number} of this feed</title><link>{link(number)}</link>"
        f"<guid>{link(number)}</guid><pubDate>{_DATE.format(number // 60 % 24, number % 60)}</pubDate>"
        f"<description>{_WORDS.format(n=number) * 3}</description></item>"
        for number in range(ENTRIES + added, added, -1)
    )


def document(feed: int, *, added: int, other: int) -> bytes:
    """What a feed shows after `added` new entries; `other` is a number outside of entries, which all feeds share."""
    head = f"<title>Sample feed {feed}</title><link>https://news.sample.example/</link><description>{other}"
    return f"{BEGIN}{head}</description>{_items(added)}{END}".encode()


def tag(added: int) -> str:
    """The entity tag of that document."""
    return f'"sample-{added:08}"'


class Site:
    """How the feeds behave.

    Of a hundred feeds `changed` have other bytes at each request and `fresh` a new entry, once; the others answer 304
    to who has their tag. The feeds of `slow_host` take `slow` seconds, all others `latency`. Those in `hostile` send a
    document that takes a reader all the time it may have.
    """

    def __init__(self) -> None:
        self.changed = self.fresh = 0
        self.latency = self.slow = 0.2
        self.slow_host = ""
        self.hostile: list[int] = []
        self.arrivals: list[tuple[int, float]] = []

    def answer(self, feed: int, head: bytes) -> bytes:
        place = feed % 100
        if feed in self.hostile:
            bomb = "<item><title>Sample</title><description><![CDATA[" + "<" * 3_000_000 + "]]></description></item>"
            return http("200 OK", f"{BEGIN}{bomb}{END}".encode())
        if place < self.changed:
            return http("200 OK", document(feed, added=0, other=len(self.arrivals)))
        added = int(place < self.changed + self.fresh)
        if f"if-none-match: {tag(added)}\r\n".encode() in head.lower():
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag(added)}\r\n\r\n".encode()
        return http("200 OK", document(feed, added=added, other=0), f"ETag: {tag(added)}\r\n")


class _Server(Answers):
    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site

    def take(self, _method: str, path: str, head: bytes, _body: bytes) -> None:
        site = self._site
        if path.startswith("/set?"):
            vars(site).update(json.loads(unquote(path[5:])))
            self.send(http("200 OK", b"set"))
        elif path == "/arrivals":
            told, site.arrivals = json.dumps(site.arrivals), []
            self.send(http("200 OK", told.encode()))
        else:
            feed = int(path.strip("/").removesuffix(".xml"))
            site.arrivals.append((feed, time.time()))
            wait = site.slow if self.asked_at == site.slow_host else site.latency
            # What is answered is decided when the answer goes out.
            asyncio.get_running_loop().call_later(wait, lambda: self.send(site.answer(feed, head)))


async def _serve() -> None:
    site, listening = Site(), loopback()
    server = await asyncio.get_running_loop().create_server(lambda: _Server(site), sock=listening)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
