"""Clients that mean harm: too slow, too many, too large, under another name; and what logs hold of secrets."""

from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
from support.newsroom import NOW, TOPIC, Newsroom, alert_id, make_story
from support.stores import put_articles
from support.webs import a_web

from worker.edge import keys
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.scope import Scope
from worker.edge.store.tokens import Tokens, TopicSecrets
from worker.model import Article
from worker.run.web import http
from worker.run.web.forms import LARGEST
from worker.run.web.server import bind, url_of

OURS = {"sec-fetch-site": "same-origin"}
# Longer than the system buffers on loopback.
LONG = 12_000_000


@pytest.fixture(scope="module")
def desk(redis_server):
    connection = connect(redis_server.url)
    connection.flushdb()
    newsroom = Newsroom(connection)
    newsroom.publish()
    newsroom.commit(make_story(), {})
    put_articles(connection, [Article(id="long", title="Sample", text="x" * LONG)])
    with a_web(connection) as client, a_web(connection, password="sample") as locked:
        yield SimpleNamespace(client=client, locked=locked, redis=connection)
    connection.close()


# --- too slow, too many, too large --------------------------------------------------------------------------------


def connected(client, sent=b""):
    line = socket.create_connection((client.base_url.host, client.base_url.port), timeout=60)
    line.sendall(sent)
    return line


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Sample:",
        (
            b"POST /topics/mute HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 9\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\ntopic"
        ),
        # One after another that was answered.
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT",
    ],
)
def test_a_request_that_does_not_come_is_not_waited_for(desk, monkeypatch, sent):
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.2)
    with connected(desk.client, sent) as line:
        told = b""
        try:
            while piece := line.recv(65_536):
                told += piece
        except ConnectionResetError:
            pass
        assert told == b"" or told.endswith(b"ok\n")


def test_an_answer_that_is_not_taken_is_given_up(desk, monkeypatch):
    monkeypatch.setattr(http, "TAKEN_SECONDS", 0.2)
    asked = b"GET /api/v1/articles/long HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(desk.client, asked) as line:
        watch = select.poll()
        watch.register(line, 0)  # nothing but the end of the connection
        assert watch.poll(60_000), "the connection was not given up"
    assert desk.client.get("/healthz").status_code == 200


def test_connections_are_bounded(desk, monkeypatch):
    monkeypatch.setattr(http, "CONNECTIONS", 5)
    with a_web(desk.redis) as client:
        lines = [connected(client) for _ in range(5)]
        answer = client.get("/healthz")
        assert answer.status_code == 503
        for line in lines:
            line.close()
        assert client.get("/healthz").status_code in {200, 503}


def test_bodies_are_bounded_before_they_are_read_whole(desk):
    form = {**OURS, "content-type": "application/x-www-form-urlencoded"}
    for path in ("/login", "/topics/mute", "/stories/story1/acknowledge"):
        assert desk.client.post(path, content=b"a=" + b"x" * LARGEST, headers=form).status_code == 413


def test_headers_are_bounded(desk):
    with connected(desk.client, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Sample: " + b"x" * 200_000) as line:
        try:
            told = line.recv(65_536)
        except ConnectionResetError:
            told = b""
    assert told == b"" or told.startswith(b"HTTP/1.1 400")


# --- under another name -------------------------------------------------------------------------------------------

PATHS = ("/", "/topics", "/api/v1/status", "/api/v1/alerts/stream", "/live", "/metrics", "/static/live.js", "/login")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "0.0.0.0"])
def test_without_a_password_a_name_that_was_pointed_at_us_reads_nothing(desk, path, host):
    answer = desk.client.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert "answers to 127.0.0.1 and localhost only" in answer.text


@pytest.mark.parametrize("path", PATHS[:-2])
def test_with_a_password_nothing_is_told_without_it(desk, path):
    for headers in ({}, {"Cookie": "wirewatch_session=x"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
        answer = desk.locked.get(path, headers=headers)
        assert answer.status_code == 401
        assert "harbour" not in answer.text.lower()


# --- what browsers are told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/topics", "/api/v1", "/api/v1/status", "/api/v1/nothing", "/nothing", "/login"])
def test_every_answer_carries_the_headers(desk, path):
    answer = desk.client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cache-control"] in {"no-store", "private, no-cache"}


# --- what logs hold -----------------------------------------------------------------------------------------------

PASSWORD = "canary-of-the-password"
PROGRAM = f"""
import socket, sys
from worker.edge import logs
from worker.edge.redis_client import connect
from worker.run.web.server import serve
logs.configure("web")
serve(connect(sys.argv[1]), listener=socket.socket(fileno=int(sys.argv[2])), password={PASSWORD!r})
"""


def test_no_secret_is_in_any_log_whatever_goes_wrong(tmp_path):
    import httpx2

    with EmbeddedRedis(tmp_path / "redis") as server:
        connection = connect(server.url)
        newsroom = Newsroom(connection)
        newsroom.publish()
        newsroom.commit(make_story(), {})
        token = Tokens(connection).create("canary", Scope.WRITE, NOW)
        feed = f"/topics/{TOPIC.id}/{TopicSecrets(connection).of(TOPIC.id)}/atom.xml"
        connection.hset(keys.FEEDBACK, alert_id(make_story()), "this is no JSON")
        listener = bind("127.0.0.1", 0)
        arguments = [sys.executable, "-c", PROGRAM, server.url, str(listener.fileno())]
        process = subprocess.Popen(arguments, pass_fds=[listener.fileno()], stderr=subprocess.PIPE)
        try:
            with httpx2.Client(base_url=url_of(listener), timeout=60) as client:
                listener.close()
                bearer = {"Authorization": f"Bearer {token}"}
                assert client.get("/api/v1/status", headers=bearer).status_code == 200
                assert client.get(f"/api/v1/alerts/{alert_id(make_story())}", headers=bearer).status_code == 500
                assert client.get("/api/v1/status", headers={"Authorization": f"Bearer {token}x"}).status_code == 401
                assert client.get(feed).status_code == 200
                assert client.post("/login", data={"password": PASSWORD}, headers=OURS).status_code == 303
                session = client.cookies["wirewatch_session"]
                assert client.post("/login", data={"password": f"{PASSWORD}x"}, headers=OURS).status_code == 403
                connection.close()
                server.stop()
                for path in (feed, "/websub/" + "A" * 43, "/api/v1/status"):
                    assert client.get(path, headers=bearer if "api" in path else {}).status_code == 503
        finally:
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=60)
    told = log.decode()
    assert all(json.loads(line) for line in told.splitlines())
    assert "redis_unavailable" in told
    assert "JSONDecodeError" in told
    for secret in (token, feed.split("/")[3], PASSWORD, session, "A" * 43):
        assert secret not in told
