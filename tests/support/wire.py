"""A seeded newswire without end: the outlets of the bundled one, with sample reports made up as they are asked for.

Everything published stands in a ledger, with what it is expected to lead to. Every outlet can be made to misbehave.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from support.servers import Quiet, serving
from worker.run.newswire import feeds, pages
from worker.run.newswire.content import Item, Outlet, Shown, load

OUTLETS = (
    "han-river-daily",
    "harbour-courier",
    "ledger-and-market",
    "meridian-world",
    "northfield-gazette",
    "pacific-rim-observer",
    "sportline",
    "the-lantern",
)
# What a topic is asked for; each report of one names it in its title and its text.
WORDS = ("regatta", "harvest", "lighthouse", "orchestra")
TOPICS = "".join(f'[[topics]]\nname = "{word}"\nquery = "{word}"\nsources = [1]\n' for word in WORDS)
# A feed shows no more than this many old items; what is published since the last rest is always shown.
SHOWN = 10
_CONSONANTS, _VOWELS = "bdfghjklmnprstvwz", "aeiou"
# Two names that begin with the same letters could be taken for one person or place, and so could a name and a word of
# another story: names begin with letters of their own.
_TOLD_APART_BY = 5
_OF_NAMES, _OF_WORDS = "hkvz", "bdfgjlmnprstw"


class Trouble(Enum):
    """What is wrong with a feed."""

    NONE = "none"
    ERROR = "answers 500"
    DRIP = "drips"
    TRUNCATED = "is cut off"
    SAME_GUID = "one GUID for all"
    NO_GUID = "no GUIDs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An entry of the ledger: `topic` is "" for everyday news, `story` the name by which its title is known."""

    url: str
    topic: str
    story: str


class Wire:
    """Serve with `serving_wire`; `publish` makes news. Every outlet is a host below `domain`."""

    def __init__(self, seed: object, domain: str = "localhost") -> None:
        self.random = random.Random(f"wire {seed}")
        outlets = {outlet.key: outlet for outlet in load().outlets}
        self.outlets = [outlets[key] for key in OUTLETS]
        self.domain, self.port = domain, 0
        self.ledger: dict[str, Published] = {}
        self.trouble: dict[str, Trouble] = defaultdict(lambda: Trouble.NONE)
        self.polls: Counter[str] = Counter()
        # what time it is in the newsroom
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        # called with the URL and the asker's address and port of every request before it is answered, in the thread
        # that answers
        self.on_request: Callable[[str, tuple[str, int]], None] = lambda _url, _asker: None
        # how many requests were under way at an outlet at the same time, at the most
        self.together: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        self._items: dict[str, list[Shown]] = {outlet.key: [] for outlet in self.outlets}
        self._lock = threading.Lock()
        self._names: set[str] = set()

    def feeds(self) -> list[tuple[str, str]]:
        return [(outlet.name, f"{self._base(outlet)}{outlet.feed_path}") for outlet in self.outlets]

    def publish(self, entries: int, *, stories: int = 2) -> list[Published]:
        """`entries` entries at random outlets: `stories` stories with a copy each, the rest everyday news."""
        made: list[Published] = []
        for _ in range(stories):
            word, story = self.random.choice(WORDS), self._name()
            words = self._text(story, word)
            # the second outlet carries the same words: a copy, which tells nobody anything new
            made += [self._put(outlet, story, word, words) for outlet in self.random.sample(self.outlets, 2)]
        while len(made) < entries:
            story = self._name()
            made.append(self._put(self.random.choice(self.outlets), story, "", self._text(story, "bakery")))
        return made

    def expected(self) -> set[tuple[str, str, str]]:
        """Topic, story and reason of every alert there is to be."""
        return {(entry.topic, entry.story, "new_story") for entry in self.ledger.values() if entry.topic}

    def rest(self) -> None:
        """What was published so far is old news; feeds show only some of it."""
        with self._lock:
            for key in self._items:
                self._items[key] = self._items[key][-SHOWN:]

    @contextlib.contextmanager
    def visit(self, key: str) -> Iterator[None]:
        """A request at an outlet, for as long as it is under way."""
        with self._lock:
            self._inside[key] += 1
            self.together[key] = max(self.together[key], self._inside[key])
        try:
            yield
        finally:
            with self._lock:
                self._inside[key] -= 1

    def _name(self) -> str:
        while True:
            name = self._invent(_OF_NAMES).capitalize()
            if name[:_TOLD_APART_BY] not in self._names:
                self._names.add(name[:_TOLD_APART_BY])
                return name

    def _invent(self, first: str) -> str:
        consonants = self.random.choice(first), *self.random.choices(_CONSONANTS, k=3)
        pairs = zip(consonants, self.random.choices(_VOWELS, k=4), strict=True)
        return "".join(one + other for one, other in pairs)

    def _text(self, story: str, word: str) -> tuple[str, tuple[str, ...]]:
        """Title and paragraphs of sample text in invented words, so that no two stories share any."""
        first = f"Sample text: the {word} of {story} {self._words(30)}."
        return f"{story} {word} {self._words(2)}", (first, *(f"{self._words(40)}." for _ in range(3)))

    def _words(self, number: int) -> str:
        return " ".join(self._invent(_OF_WORDS) for _ in range(number))

    def _put(self, outlet: Outlet, story: str, word: str, words: tuple[str, tuple[str, ...]]) -> Published:
        title, paragraphs = words
        item = Item(
            outlet=outlet.key,
            at="08:30",
            section=outlet.sections[0],
            slug=story.lower(),
            title=title,
            author="Sample Writer",
            summary=paragraphs[0],
            paragraphs=paragraphs,
        )
        url = f"{self._base(outlet)}{item.path}"
        entry = Published(url=url, topic=word, story=story)
        with self._lock:
            self.ledger[url] = entry
            moment = self.now() - timedelta(minutes=1)
            self._items[outlet.key].append(Shown(item=item, url=url, published=moment))
        return entry

    def _base(self, outlet: Outlet) -> str:
        return f"http://{outlet.key}.{self.domain}:{self.port}"

    def answer(self, host: str, path: str) -> tuple[int, str, bytes, Trouble]:
        """Status, type and body, and what is wrong with them."""
        key = host.partition(".")[0]
        outlet = next((outlet for outlet in self.outlets if outlet.key == key), None)
        if outlet is None:
            return 404, "text/plain", b"no such outlet\n", Trouble.NONE
        with self._lock:
            shown = list(reversed(self._items[key]))
        if path == outlet.feed_path:
            self.polls[key] += 1
            trouble = self.trouble[key]
            body = feeds.render(outlet, shown, self._base(outlet))
            return 200, feeds.CONTENT_TYPES[outlet.feed_format], _with(body, trouble), trouble
        for one in shown:
            if one.item.path == path:
                return 200, "text/html", pages.article(outlet, one, [], self._base(outlet)), Trouble.NONE
        return 404, "text/plain", b"not here\n", Trouble.NONE


def _with(body: bytes, trouble: Trouble) -> bytes:
    if trouble is Trouble.NO_GUID:
        return re.sub(rb"<guid.*?</guid>|<id>(?!tag:newswire.invalid,2023:[^/]*<).*?</id>", b"", body)
    if trouble is Trouble.SAME_GUID:
        return re.sub(rb"(<guid[^>]*>).*?(</guid>)", rb"\1the same\2", body)
    return body


@contextlib.contextmanager
def serving_wire(wire: Wire, address: str = "127.0.0.1", port: int = 0) -> Iterator[Wire]:
    """The wire, where nothing else is said on a port of its own."""

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            host = self.headers.get("Host", "")
            with wire.visit(host.partition(".")[0]):
                self.answer(host)

        def answer(self, host):
            wire.on_request(f"http://{host}{self.path}", self.client_address)
            status, kind, body, trouble = wire.answer(host, self.path)
            if trouble is Trouble.ERROR:
                status, body = 500, b"out of order\n"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if trouble is Trouble.TRUNCATED:
                self.wfile.write(body[: len(body) // 2])
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
            elif trouble is Trouble.DRIP:
                self.drip(host.partition(".")[0], body)
            else:
                self.wfile.write(body)

        def drip(self, key, body):
            tick = threading.Event()
            for start in range(0, len(body), 10):
                self.wfile.write(body[start : start + 10])
                if wire.trouble[key] is Trouble.DRIP:
                    tick.wait(0.1)

    with serving(Handler, address, port) as url:
        wire.port = int(url.rpartition(":")[2])
        yield wire
