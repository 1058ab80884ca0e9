"""The web process itself: its address, its sign of life, Redis outages, and its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.store.published import STALE_AFTER, Processes, Published, set_web_url, web_url
from worker.errors import BusyError, ConfigError
from worker.run.web.server import bind, serve, url_of

# A web process as `wirewatch web` runs it, on a socket it was handed.
PROGRAM = """
import socket, sys
from worker.edge import logs
from worker.edge.redis_client import connect
from worker.run.web.server import serve
logs.configure("web")
serve(connect(sys.argv[1]), listener=socket.socket(fileno=int(sys.argv[2])), password=None)
"""


@pytest.fixture
def server(tmp_path):
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def connection(server):
    client = connect(server.url)
    yield client
    client.close()


@pytest.fixture
def spawn():
    """Starts a web process on a new socket; gives the process and a client for it."""
    processes, clients = [], []

    def spawn(url):
        listener = bind("127.0.0.1", 0)
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
        )
        client = httpx2.Client(base_url=url_of(listener), timeout=60)
        listener.close()
        processes.append(process)
        clients.append(client)
        return process, client

    yield spawn
    for client in clients:
        client.close()
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_socket_takes_any_free_port():
    with bind("127.0.0.1", 0) as one, bind("localhost", 0) as other:
        assert url_of(one) != url_of(other)
        assert url_of(one).startswith("http://127.0.0.1:")


def test_a_port_in_use_is_one_sentence():
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BusyError) as caught:
            bind("127.0.0.1", port)
    assert str(caught.value) == (
        f"127.0.0.1:{port} is in use by another program; stop it, or set [web] listen (port 0 takes any free one)"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_a_configuration_error(host):
    with pytest.raises(ConfigError, match=r"\[web\] listen: .* cannot be listened on"):
        bind(host, 0)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_ipv6_addresses_are_bracketed():
    with bind("::1", 0) as listener:
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_a_listener_on_all_addresses_is_known_by_the_machines_name():
    with bind("0.0.0.0", 0) as listener:
        assert url_of(listener) == f"http://{socket.gethostname()}:{listener.getsockname()[1]}"


def test_the_dashboard_says_where_it_is_and_stops_quietly_on_sigterm(server, connection, spawn):
    process, client = spawn(server.url)
    assert client.get("/healthz").text == "ok\n"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert web_url(connection) == str(client.base_url).rstrip("/")
    assert not Processes(connection).alive(datetime.now(UTC))
    events = [json.loads(line) for line in errors.splitlines()]
    assert [event["event"] for event in events] == ["web_started", "web_stopped"]
    assert events[0]["url"] == web_url(connection)


def test_of_several_dashboards_the_first_is_linked_to_while_it_lives_and_a_public_one_before_all(store):
    now, processes = datetime.now(UTC), Processes(store)

    def beat(owner, *, public=False, at=now):
        set_web_url(store, f"http://{owner}.example", owner=owner, is_public=public, now=at)
        processes.beat(owner, {}, at)
        return web_url(store)

    assert beat("first") == "http://first.example"
    assert beat("second") == "http://first.example"
    assert beat("public", public=True) == "http://public.example"
    assert {beat(owner) for owner in ("first", "second")} == {"http://public.example"}
    processes.leave("public")
    assert beat("second") == "http://second.example"
    later = now + timedelta(seconds=STALE_AFTER + 1)
    assert beat("first", at=later) == "http://first.example", "killed, and silent since"


def test_a_sign_of_life_names_the_process(server, connection):
    class Told(threading.Event):
        """The stop event, which says when the web process waits between two signs of life."""

        def __init__(self):
            super().__init__()
            self.waited = threading.Event()

        def wait(self, timeout=None):
            self.waited.set()
            return super().wait(timeout)

    stop, listener = Told(), bind("127.0.0.1", 0)
    url = url_of(listener)
    thread = threading.Thread(
        target=serve, args=(connection,), kwargs={"listener": listener, "password": None, "stopping": stop}
    )
    thread.start()
    assert stop.waited.wait(20)
    alive = Processes(connection).alive(datetime.now(UTC))
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    name = f"web-{socket.gethostname()}-{os.getpid()}"
    assert {key: alive[name][key] for key in ("kind", "url")} == {"kind": "web", "url": url}


def test_a_redis_outage_is_said_and_survived(server, connection, spawn):
    Published(connection).put("{}", "version1", datetime.now(UTC))
    process, client = spawn(server.url)
    assert client.get("/readyz").status_code == 200
    server.stop()
    page = client.get("/")
    assert page.status_code == 503
    assert "Redis does not answer" in page.text
    assert "content-security-policy" in page.headers
    assert client.get("/metrics").text == "Redis does not answer\n"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "reason": "Redis does not answer"})
    assert client.get("/healthz").status_code == 200
    server.start()
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 200
    assert process.poll() is None


def test_an_unreadable_configuration_is_said_on_the_page(server, connection, spawn):
    Published(connection).put("not what a scheduler writes", "version1", datetime.now(UTC))
    _, client = spawn(server.url)
    page = client.get("/")
    assert page.status_code == 503
    assert "restart the scheduler to publish it again" in page.text


def test_a_request_that_never_ends_does_not_hold_up_the_stop(server, spawn):
    process, client = spawn(server.url)
    assert client.get("/healthz").status_code == 200
    with socket.create_connection((client.base_url.host, client.base_url.port)) as half:
        half.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_bug_is_answered_in_words_and_with_the_headers(server, connection, spawn):
    connection.hset("{ww}:processes", "sample", "this is no JSON")
    process, client = spawn(server.url)
    page = client.get("/")
    assert page.status_code == 500
    assert "Something went wrong in wirewatch" in page.text
    assert "Traceback" not in page.text
    assert page.headers["x-content-type-options"] == "nosniff"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    logged = [json.loads(line) for line in errors.splitlines()]
    assert any("JSONDecodeError" in event.get("exception", "") for event in logged)
