"""A webhook receiver that records what it took, makes every signature again, and misbehaves when told to."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from support.servers import SECRET, Quiet, serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a request is answered; with `hold` only once that is set, or the client is gone."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None


GOOD = Reply()


class Recorder:
    """`behave` decides how the attempt at an alert is answered: it is given the alert's id and the number of tries."""

    def __init__(self) -> None:
        self.port = 0
        self.attempts: Counter[str] = Counter()
        self.behave: Callable[[str, int], Reply] = lambda _id, _attempt: GOOD
        self._lock = threading.Lock()
        self._taken: dict[str, dict[str, Any]] = {}
        self._forged: list[str] = []

    def told(self) -> list[tuple[str, str, str]]:
        """Topic, story and reason of every alert that was taken, one for each id."""
        with self._lock:
            assert not self._forged, f"wrong signatures: {self._forged}"
            found = [payload["data"] for payload in self._taken.values()]
        return [(d["alert"]["topic"], d["article"]["title"].split()[0], d["alert"]["reason"]) for d in found]

    def take(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """One attempt. What is not answered with 2xx was not taken."""
        ident = headers["webhook-id"]
        with self._lock:
            self.attempts[ident] += 1
            attempt = self.attempts[ident]
        # Made again and compared: a test may have set the sender's clock, so its time says nothing here.
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        if Webhook(SECRET).sign(ident, at, body.decode()) not in headers["webhook-signature"].split():
            self._forged.append(ident)
        reply = self.behave(ident, attempt)
        if reply.hold is not None:
            reply.hold.wait(60)
        if reply.status < 300:
            with self._lock:
                self._taken[ident] = json.loads(body)
        return reply


@contextlib.contextmanager
def recording(recorder: Recorder, host: str = "127.0.0.1", port: int = 0) -> Iterator[Recorder]:
    """The recorder, where nothing else is said on a port of its own."""

    class Handler(Quiet):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = recorder.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler, host, port) as url:
        recorder.port = int(url.rpartition(":")[2])
        yield recorder
