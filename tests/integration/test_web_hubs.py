"""The public end of WebSub: what hubs, and everybody else, get from the web process."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import httpx2
import pytest
from support.hubs import START

from worker.edge.store.subscriptions import Subscriptions
from worker.poll import websub
from worker.run.web import hubs

TOPIC = "https://publisher.example/feed"


@pytest.fixture
def outside(store, web_url):
    """A stranger who reaches the port under its public name, and a callback that only a hub should know."""
    token = "t" * 43
    wanted = websub.Subscription(
        token=token,
        feed_id="f",
        hub="https://hub.example/",
        topic=TOPIC,
        callback=f"{web_url}/websub/{token}",
        secret="sample secret",
        due=START,
    )
    subscriptions = Subscriptions(store)
    subscriptions.add(websub.asking(wanted, START))
    with httpx2.Client(base_url=web_url, headers={"host": "news.example"}, timeout=30) as client:
        yield SimpleNamespace(client=client, path=f"/websub/{token}", now=lambda: subscriptions.get(token))


def test_strangers_reach_nothing_but_callbacks(outside):
    assert outside.client.get("/").status_code == 403
    assert outside.client.get("/metrics").status_code == 403
    for path in ("/websub", "/websub/", "/websub/short", "/websub/../", "/websub/%2e%2e/", f"{outside.path}/more"):
        assert outside.client.get(path).status_code == 403, path
    assert outside.client.get(f"/websub/{'x' * 43}").status_code == 404
    assert outside.client.post(f"/websub/{'x' * 43}", content=b"x").status_code == 404


def test_a_callback_takes_calls_from_anywhere_but_only_as_a_hub(outside):
    """It knows nobody by cookie or password, so Origin says nothing about a call."""
    headers = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    assert outside.client.post(outside.path, content=b"x", headers=headers).status_code == 202
    assert outside.client.get(outside.path, headers=headers).status_code == 404
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert outside.client.request(method, outside.path).status_code == 405


def test_a_challenge_is_echoed_as_plain_text(outside):
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<script>1</script>"}
    answer = outside.client.get(outside.path, params=query)
    assert (answer.status_code, answer.text) == (200, "<script>1</script>")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "change",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "publish"},
        {"hub.topic": "https://other.example/feed"},
        {"hub.challenge": ""},
    ],
)
def test_a_verification_of_what_we_did_not_ask_for_is_refused(outside, change):
    before = outside.now()
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "x", **change}
    assert outside.client.get(outside.path, params=query).status_code == 404
    assert outside.now() == before


def test_a_body_that_is_too_long_is_not_read(outside, monkeypatch):
    monkeypatch.setattr(hubs, "MOST_BYTES", 1_000)
    assert outside.client.post(outside.path, content=b"x" * 1_001).status_code == 413
    assert outside.client.post(outside.path, content=(b"x" * 100 for _ in range(11))).status_code == 413
    assert outside.client.post(outside.path, content=b"x" * 1_000).status_code == 202


def test_a_body_that_does_not_come_is_not_waited_for(outside, web_url, monkeypatch):
    monkeypatch.setattr(hubs, "READ_SECONDS", 0.05)
    url = httpx2.URL(web_url)
    with socket.create_connection((url.host, url.port), timeout=30) as slow:
        slow.sendall(f"POST {outside.path} HTTP/1.1\r\nHost: news.example\r\nContent-Length: 10\r\n\r\nx".encode())
        assert slow.recv(1_000).startswith(b"HTTP/1.1 408 ")


def test_who_calls_too_often_is_told_to_wait(outside):
    assert 429 in {outside.client.post(outside.path, content=b"x").status_code for _ in range(200)}


def test_guessing_addresses_is_slowed_down_and_does_not_slow_down_hubs(outside, monkeypatch):
    outside.client.get(outside.path)
    monkeypatch.setattr(hubs.Allowance, "take", lambda self: self._rate == 1)
    assert outside.client.get(f"/websub/{'x' * 43}").status_code == 429
    assert outside.client.post(outside.path, content=b"x").status_code == 202
