"""Real HTTP servers on loopback."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@dataclass
class Receiver:
    """A webhook receiver on loopback; `answer` decides the status of the nth request."""

    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Any = lambda _number: 200

    def payloads(self) -> list[dict[str, Any]]:
        """What came, every signature checked."""
        return [Webhook(SECRET).verify(body, headers) for headers, body in list(self.requests)]

    def by_id(self) -> dict[str, dict[str, Any]]:
        """As a receiver that checks ids sees it."""
        return {headers["webhook-id"]: json.loads(body) for headers, body in list(self.requests)}

    def types(self) -> Counter[str]:
        return Counter(payload["type"] for payload in self.by_id().values())


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that has hung up is what some tests are about."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def serving(handler, host="127.0.0.1", port=0):
    server = _Server((host, port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_arguments):
        """Pytest's output belongs to the tests."""


@contextlib.contextmanager
def receiving():
    """A receiver that records every request and answers as it is told to."""
    found = Receiver()

    class Handler(Quiet):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.answer(len(found.requests)))
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as url:
        found.url = f"{url}/hook"
        yield found
