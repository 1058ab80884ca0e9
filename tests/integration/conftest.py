"""What tests of delivery share, those of the pages and those of WebSub."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import redis
from support.clocks import HandClock
from support.deliverers import Bench
from support.hubs import START, Hub, Publisher, a_hub, a_publisher
from support.newsroom import FixedClock, Newsroom

from worker.run.web.server import bind, serve, url_of


@pytest.fixture
def bench(store: redis.Redis, tmp_path: Path) -> Iterator[Bench]:
    """Deliver workers on a Redis of their own; those that were started are closed."""
    bench = Bench(store, tmp_path)
    yield bench
    for worker in bench.started:
        worker.close()


@pytest.fixture
def newsroom(store: redis.Redis) -> Newsroom:
    return Newsroom(store)


@pytest.fixture
def start(store: redis.Redis) -> Iterator[Callable[..., httpx2.Client]]:
    """Starts the web process in a thread; gives a client for it."""
    stop, running, clients = threading.Event(), [], []

    def start(password: str | None = None, config: Path | None = None) -> httpx2.Client:
        listener = bind("127.0.0.1", 0)
        client = httpx2.Client(base_url=url_of(listener), timeout=60)
        thread = threading.Thread(
            target=serve,
            args=(store,),
            kwargs={
                "listener": listener,
                "password": password,
                "clock": FixedClock(),
                "stopping": stop,
                "config": config,
            },
        )
        thread.start()
        running.append(thread)
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()
    stop.set()
    for thread in running:
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def web_url(store: redis.Redis, hand_clock: HandClock) -> Iterator[str]:
    """The web process, in a thread."""
    listener, stop = bind("127.0.0.1", 0), threading.Event()
    url = url_of(listener)
    given = {"listener": listener, "password": None, "clock": hand_clock, "stopping": stop}
    thread = threading.Thread(target=serve, args=(store,), kwargs=given)
    thread.start()
    yield url
    stop.set()
    thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as hub:
        yield hub
        hub.join()


@pytest.fixture
def publisher(hub: Hub) -> Iterator[Publisher]:
    with a_publisher(hub.url) as publisher:
        yield publisher
