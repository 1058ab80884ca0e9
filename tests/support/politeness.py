"""Feeds whose owners keep a record of who comes and how, and what they hold against a reader.

After Rachel Kroll's feed reader score (rachelbythebay.com/fs) and RFC 9110. Every host below localhost is a publisher
of its own. Time is what `clock` says, so that days pass in seconds.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from urllib.parse import urlsplit

from support.servers import Quiet, serving

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# What a reader may be early by, because a server notes when an answer is written and a reader when it is read.
_SLACK = 2.0


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """How a feed is served. Times are in seconds; `least` is how long its owner wants to be left alone."""

    least: float = HOUR
    changes_every: float = 1e9
    etag: str | None = '"{version}"'
    has_date: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    head: str = ""
    # Every nth request is answered 429 with this pause.
    limits: tuple[int, float] | None = None
    sends_on: tuple[int, str] | None = None
    is_gone: bool = False
    says_304_for_ever: bool = False
    takes: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request, and what it was told."""

    at: float
    path: str
    headers: dict[str, str]
    status: int
    etag: str | None = None
    date: str | None = None
    pause: float = 0.0
    together: int = 1

    @property
    def is_conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


@dataclass
class Street:
    """All publishers, by the first label of their host, and everybody who came."""

    publishers: dict[str, Publisher]
    clock: Callable[[], float]
    port: int = 0
    visits: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    _inside: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, name: str, path: str = "/feed") -> str:
        return f"http://{name}.localhost:{self.port}{path}"

    def answer(self, request: Quiet) -> None:
        name = request.headers["Host"].split(".")[0]
        with self._lock:
            self._inside[name] += 1
            together = self._inside[name]
        try:
            self._answer(request, name, together)
        finally:
            with self._lock:
                self._inside[name] -= 1

    def _answer(self, request: Quiet, name: str, together: int) -> None:
        publisher = self.publishers[name]
        if publisher.takes:
            threading.Event().wait(publisher.takes)
        now = self.clock()
        asked = {key.lower(): value for key, value in request.headers.items()}
        status, fields, body = self._reply(publisher, name, request.path, asked, now)
        given = dict(fields)
        visit = Visit(
            at=now,
            path=request.path,
            headers=asked,
            status=status,
            etag=given.get("ETag") if status == 200 else None,
            date=given.get("Last-Modified") if status == 200 else None,
            pause=float(given.get("Retry-After", 0)),
            together=together,
        )
        with self._lock:
            self.visits[name].append(visit)
        request.send_response(status)
        for key, value in fields:
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _reply(
        self, publisher: Publisher, name: str, path: str, asked: dict[str, str], now: float
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        if publisher.is_gone:
            return 410, [], b""
        if publisher.limits and (len(self.visits[name]) + 1) % publisher.limits[0] == 0:
            return 429, [("Retry-After", f"{publisher.limits[1]:.0f}")], b""
        if publisher.sends_on and path == "/feed":
            return publisher.sends_on[0], [("Location", publisher.sends_on[1])], b""
        version = int(now // publisher.changes_every)
        etag = publisher.etag.format(version=version) if publisher.etag else None
        date = format_datetime(datetime.fromtimestamp(version * publisher.changes_every, UTC), usegmt=True)
        fields = [("Set-Cookie", "reader=sample; Path=/"), *publisher.headers]
        fields += [("ETag", etag)] if etag else []
        fields += [("Last-Modified", date)] if publisher.has_date else []
        knows = asked["if-none-match"] == etag if "if-none-match" in asked else asked.get("if-modified-since") == date
        if knows or (publisher.says_304_for_ever and "if-none-match" in asked):
            return 304, fields, b""
        return 200, [*fields, ("Content-Type", "application/rss+xml")], _document(publisher, name, version, date)


def _document(publisher: Publisher, name: str, version: int, date: str) -> bytes:
    items = "".join(
        f"<item><title>Sample notice {n} of {name}</title><link>http://{name}.localhost/{n}</link>"
        f"<guid>{name}-{n}</guid><pubDate>{date}</pubDate></item>"
        for n in range(version, max(-1, version - 20), -1)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{publisher.head}{items}</channel></rss>'
    ).encode()


@contextmanager
def opened(publishers: dict[str, Publisher], clock: Callable[[], float]) -> Iterator[Street]:
    street = Street(publishers, clock)

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            street.answer(self)

    with serving(Handler) as url:
        street.port = urlsplit(url).port
        yield street


# --- what is held against a reader ---------------------------------------------------------------------------------


def faults(street: Street) -> list[str]:
    """Everything that an owner could complain of, in words; nothing is full marks."""
    found = []
    for name, visits in street.visits.items():
        publisher = street.publishers[name]
        first = [visit for visit in visits if visit.path == visits[0].path]
        for what, seen in (
            (_intervals, first),
            (_pauses, first),
            (_validators, visits),
            (_manners, visits),
            (_crowds, visits),
            (_after_the_end, visits),
        ):
            found += [f"{name}: {fault}" for fault in what(publisher, seen)]
    return sorted(set(found))


def _intervals(publisher: Publisher, visits: list[Visit]) -> Iterator[str]:
    """No two requests within the time the owner wants, unconditional ones a day apart."""
    for before, after in pairwise(visits):
        if after.at - before.at < publisher.least - _SLACK:
            yield f"came again after {after.at - before.at:.0f} s instead of {publisher.least:.0f}"
    if publisher.etag or publisher.has_date:
        whole = [visit for visit in visits if not visit.is_conditional]
        for before, after in pairwise(whole):
            if after.at - before.at < DAY - _SLACK:
                yield f"asked without conditions again after {(after.at - before.at) / HOUR:.1f} h"


def _pauses(_publisher: Publisher, visits: list[Visit]) -> Iterator[str]:
    for before, after in pairwise(visits):
        if after.at - before.at < before.pause - _SLACK:
            yield f"came {after.at - before.at:.0f} s after being asked to wait for {before.pause:.0f} s"


def _validators(_publisher: Publisher, visits: list[Visit]) -> Iterator[str]:
    """Those of the latest document, byte for byte: none out of sequence, none made up."""
    etags: list[str] = []
    dates: list[str] = []
    for visit in visits:
        for field_name, sent, known in (
            ("If-None-Match", visit.headers.get("if-none-match"), etags),
            ("If-Modified-Since", visit.headers.get("if-modified-since"), dates),
        ):
            if sent is None:
                if known and visit.is_conditional:
                    yield f"left {field_name} out"
            elif sent not in known:
                yield f"made {field_name} up: {sent}"
            elif sent != known[-1]:
                yield f"{field_name} out of sequence: {sent}"
        etags += [visit.etag] if visit.etag else []
        dates += [visit.date] if visit.date else []


def _manners(_publisher: Publisher, visits: list[Visit]) -> Iterator[str]:
    for visit in visits:
        agent = visit.headers.get("user-agent", "")
        if "wirewatch/" not in agent or not ("+http" in agent or "@" in agent):
            yield f"does not say who it is and where to complain: {agent}"
        for field_name in ("cookie", "referer", "authorization"):
            if field_name in visit.headers:
                yield f"sent a needless {field_name}"
        if "?" in visit.path:
            yield f"added to the address: {visit.path}"
        if "gzip" not in visit.headers.get("accept-encoding", ""):
            yield "does not take compressed answers"


def _crowds(_publisher: Publisher, visits: list[Visit]) -> Iterator[str]:
    if (most := max(visit.together for visit in visits)) > 2:
        yield f"{most} requests at the same time"


def _after_the_end(publisher: Publisher, visits: list[Visit]) -> Iterator[str]:
    if publisher.is_gone and len(visits) > 1:
        yield f"came {len(visits) - 1} times more after 410"
