"""The web process in a thread of the tests, for as many questions as a module has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from support.newsroom import FixedClock
from worker.run.web.server import bind, serve, url_of


@contextmanager
def a_web(connection, *, password=None, clock=None, stop=None, public_url=None) -> Iterator[httpx2.Client]:
    """A client for a web process on this Redis; leaving ends both, as does `stop`."""
    listener, stop = bind("127.0.0.1", 0), stop or threading.Event()
    given = {"listener": listener, "password": password, "clock": clock or FixedClock(), "stopping": stop}
    given["public_url"] = public_url
    with httpx2.Client(base_url=url_of(listener), timeout=60) as client:
        thread = threading.Thread(target=serve, args=(connection,), kwargs=given)
        thread.start()
        try:
            yield client
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()
