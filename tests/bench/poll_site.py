"""A cheap site of many feeds for the polling benchmark; its CPU time is that of a process of its own.

    python tests/bench/poll_site.py FEEDS ENTRIES

Prints its port on one line. Feed N is `/N.xml` at every address of 127.0.0.0/8. `/set?state=K&bytes=B` on any
host changes what all feeds show: K new entries since the start, and B in bytes that are no entry's.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from urllib.parse import parse_qs, urlsplit

from cheap_site import Answers, header, http, loopback

_START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
# Sentences of no meaning, of the length that summaries of news have.
_WORDS = (
    "Sample report {n} of feed {feed}: the council of the sample town met to talk about bridge number {n}, which is to "
    "be mended before winter. Members asked what it costs and who pays for it; a second meeting follows next week."
)


class Site:
    """What the feeds show now, and how often each was asked."""

    def __init__(self, entries: int) -> None:
        self.entries, self.added, self.other, self.requests, self.unchanged = entries, 0, 0, 0, 0

    @property
    def etag(self) -> str:
        return f'"{self.added}-{self.other}"'


@cache
def _item(feed: str, number: int) -> str:
    at = format_datetime(_START + timedelta(minutes=10 * number))
    link = f"https://sample-{feed}.example/2026/report-{number}.html"
    return (
        f"<item><title>Sample report {number} of feed {feed}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid><pubDate>{at}</pubDate><dc:creator>Sample Author</dc:creator>'
        f"<category>Sample</category><description>&lt;p&gt;{_WORDS.format(n=number, feed=feed)}&lt;/p&gt;</description>"
        f"<content:encoded><![CDATA[<p>{_WORDS.format(n=number, feed=feed) * 4}</p>]]></content:encoded></item>"
    )


def _document(site: Site, feed: str) -> bytes:
    newest = site.entries + site.added
    items = "".join(_item(feed, number) for number in range(newest, newest - site.entries, -1))
    built = format_datetime(_START + timedelta(seconds=site.other))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Sample feed {feed}</title><link>https://sample-{feed}.example/</link>"
        f"<description>Sample</description><lastBuildDate>{built}</lastBuildDate>{items}</channel></rss>"
    ).encode()


class _Server(Answers):
    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site

    def take(self, _method: str, path: str, head: bytes, _body: bytes) -> None:
        self.send(self._answer(path, head))

    def _answer(self, path: str, head: bytes) -> bytes:
        site, url = self._site, urlsplit(path)
        if url.path == "/set":
            asked = parse_qs(url.query)
            site.added, site.other = int(asked["state"][0]), int(asked["bytes"][0])
            site.requests = site.unchanged = 0
            return http("200 OK", b"set")
        if url.path == "/count":
            return http("200 OK", f"{site.requests} {site.unchanged}".encode())
        site.requests += 1
        validators = f"ETag: {site.etag}\r\nLast-Modified: {format_datetime(_START, usegmt=True)}\r\n"
        if header(head, b"if-none-match") == site.etag.encode():
            site.unchanged += 1
            return f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()
        return http("200 OK", _document(site, url.path.strip("/").removesuffix(".xml")), validators)


async def _serve(feeds: int, entries: int) -> None:
    site, listening = Site(entries), loopback()
    for feed in range(feeds):
        _document(site, str(feed))
    server = await asyncio.get_running_loop().create_server(lambda: _Server(site), sock=listening)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*map(int, sys.argv[1:3])))
