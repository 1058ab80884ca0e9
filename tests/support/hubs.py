"""A WebSub hub on loopback, as the Recommendation has it, and a publisher whose feed names it."""

from __future__ import annotations

import contextlib
import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import httpx2

from support.servers import Quiet, serving

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass
class Hub:
    """Who is subscribed, and what was asked. What it is to do differently is set by tests."""

    url: str = ""
    lease: int = 600
    status: int = 202
    answer: str = ""
    location: str = ""
    denies: str | None = None
    verifies: bool = True
    at_once: bool = False
    at_most: int = 0
    here: int = 0
    promised: int = 0
    verifying: threading.Condition = field(default_factory=threading.Condition, repr=False)
    asked: list[dict[str, str]] = field(default_factory=list)
    verified: list[tuple[int, str]] = field(default_factory=list)
    callbacks: dict[str, dict[str, str]] = field(default_factory=dict)

    def join(self) -> None:
        """Wait until every verification is over that was promised by an answer."""
        with self.verifying:
            assert self.verifying.wait_for(lambda: self.promised == 0, timeout=60)

    def verify(self, form: dict[str, str]) -> None:
        try:
            self.told(form)
        finally:
            with self.verifying:
                self.promised -= 1
                self.verifying.notify_all()

    def told(self, form: dict[str, str]) -> None:
        """Verify as soon as may be (5.3), or say no (5.2)."""
        if self.denies is not None:
            self.call(form, {"hub.mode": "denied", "hub.reason": self.denies})
        elif self.verifies:
            mode = form["hub.mode"]
            status, text = self.call(
                form, {"hub.mode": mode, "hub.challenge": "sample-challenge", "hub.lease_seconds": str(self.lease)}
            )
            self.verified.append((status, text))
            if status == 200 and text == "sample-challenge":
                if mode == "subscribe":
                    self.callbacks[form["hub.callback"]] = form
                else:
                    self.callbacks.pop(form["hub.callback"], None)

    @staticmethod
    def call(form: dict[str, str], query: dict[str, str]) -> tuple[int, str]:
        query = {"hub.topic": form["hub.topic"], **query}
        with httpx2.Client(timeout=30) as client:
            answer = client.get(f"{form['hub.callback']}?{urlencode(query)}", headers={"host": "hub-knows.example"})
        return answer.status_code, answer.text

    def push(self, body: bytes, *, method: str = "sha256", secret: str | None = None, **headers: str) -> list[int]:
        """Send `body` to every subscriber, once each is one; the status of each answer."""
        self.join()
        statuses = []
        for callback, form in list(self.callbacks.items()):
            digest = hmac.new((secret or form["hub.secret"]).encode(), body, method).hexdigest()
            given = {
                "content-type": "application/rss+xml",
                "link": f'<{self.url}>; rel="hub", <{form["hub.topic"]}>; rel="self"',
                "x-hub-signature": f"{method}={digest}",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            }
            with httpx2.Client(timeout=30) as client:
                statuses.append(client.post(callback, content=body, headers=given).status_code)
        return statuses


@contextlib.contextmanager
def a_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(Quiet):
        def do_POST(self):
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")))
            hub.asked.append(form)
            hub.here += 1
            hub.at_most = max(hub.at_most, hub.here)
            status, text = hub.status, hub.answer.encode()
            if hub.at_once:
                hub.told(form)
            # Before the answer: who has read it may ask again, and who joins is to find the verification under way.
            hub.here -= 1
            if status == 202:
                with hub.verifying:
                    hub.promised += 1
            self.send_response(status)
            if hub.location:
                self.send_header("Location", hub.location)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            if status == 202:
                threading.Thread(target=hub.verify, args=(form,)).start()

    with serving(Handler) as url:
        hub.url = f"{url}/hub"
        yield hub


@dataclass
class Publisher:
    """A feed of sample news that names a hub, in its document or in a Link header."""

    hub: str
    url: str = ""
    items: list[str] = field(default_factory=lambda: ["1"])
    polls: int = 0
    in_header: bool = False
    status: int = 200

    def feed(self, items: list[str] | None = None) -> bytes:
        shown = "".join(
            f"<item><title>Sample news {n}</title><link>{self.url}/{n}</link><guid>{n}</guid></item>"
            for n in items or self.items
        )
        atom = f'<atom:link rel="hub" href="{self.hub}"/><atom:link rel="self" href="{self.url}/feed"/>'
        return (
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Sample</title>'
            f"{'' if self.in_header or not self.hub else atom}{shown}</channel></rss>"
        ).encode()


@contextlib.contextmanager
def a_publisher(hub: str) -> Iterator[Publisher]:
    publisher = Publisher(hub=hub)

    class Handler(Quiet):
        def do_GET(self):
            publisher.polls += self.path == "/feed"
            body = publisher.feed()
            self.send_response(publisher.status)
            if publisher.in_header and publisher.hub:
                self.send_header("Link", f'<{publisher.hub}>; rel="hub"')
                self.send_header("Link", f'<{publisher.url}/feed>; rel="self"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as url:
        publisher.url = url
        yield publisher
