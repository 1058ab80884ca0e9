"""Pages are told that something has happened."""

from __future__ import annotations

import threading

from worker.edge.store.events import emit


def lines(answer):
    return (line for line in answer.iter_lines() if line)


def test_a_page_hears_of_what_happens_and_the_stream_ends_with_the_server(newsroom, start):
    client = start()
    with client.stream("GET", "/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        heard = lines(answer)
        assert next(heard) == "retry: 2000"
        # The follower may begin after the first of them.
        stop = threading.Event()

        def happen():
            while not stop.wait(0.05):
                emit(newsroom.redis, "polled", feed="Sample", new=1)

        thread = threading.Thread(target=happen)
        thread.start()
        assert next(heard) == "event: changed"
        stop.set()
        thread.join(20)


def test_the_stream_asks_for_the_password_too(newsroom, start):
    client = start(password="sample")
    assert client.get("/live").status_code == 401
