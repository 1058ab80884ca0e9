"""The newswire on real sockets: every outlet answers, keeps connections, and is seen on loopback only."""

import http.client
import json
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import islice
from urllib.parse import urlsplit

import feedparser
import pytest

from worker.errors import BusyError, ConfigError
from worker.run.newswire import server as module
from worker.run.newswire.content import load
from worker.run.newswire.server import Newswire

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.time = START

    def now(self):
        return self.time


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def whole_day(clock):
    with Newswire(speed=None, start=START, clock=clock) as newswire:
        yield newswire


def connect(url):
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=10), parts.path


def get(url, method="GET", **headers):
    connection, path = connect(url)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def links(url, body):
    if body.startswith(b"{"):
        return [item["url"] for item in json.loads(body)["items"]]
    return [entry.link for entry in feedparser.parse(body).entries]


def feed_of(newswire, name):
    return dict(newswire.outlets)[name]


def test_every_feed_and_every_page_is_served(whole_day):
    recording = load()
    assert [name for name, _ in whole_day.outlets] == [outlet.name for outlet in recording.outlets]
    pages = [link for _, url in whole_day.outlets for link in links(url, get(url)[2])]
    assert len(set(pages)) == len(recording.items)
    for page in pages:
        status, headers, body = get(page)
        assert status == 200
        assert int(headers["Content-Length"]) == len(body)
        assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_only_loopback_is_bound_and_every_outlet_is_a_host_of_its_own(whole_day):
    addresses = [server.socket.getsockname() for server in whole_day._servers]
    assert all(ip_address(address).is_loopback for address, _ in addresses)
    assert len(set(addresses)) == len(addresses)
    assert [urlsplit(url).netloc for _, url in whole_day.outlets] == [f"{host}:{port}" for host, port in addresses]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")
def test_outlets_have_addresses_of_their_own_on_linux(whole_day):
    hosts = [urlsplit(url).hostname for _, url in whole_day.outlets]
    assert hosts[0] == "127.0.0.11"
    assert len(set(hosts)) == len(hosts)


def test_where_there_is_one_loopback_address_outlets_differ_by_port(clock, monkeypatch):
    # 192.0.2.0/24 is reserved for examples (RFC 5737), so binding it fails as 127.0.0.11 does on macOS
    bind = module._Server.server_bind

    def bind_like_macos(server):
        if server.server_address[0] != "127.0.0.1":
            server.server_address = ("192.0.2.1", server.server_address[1])
        bind(server)

    monkeypatch.setattr(module._Server, "server_bind", bind_like_macos)
    with Newswire(speed=None, start=START, clock=clock) as newswire:
        places = [urlsplit(url) for _, url in newswire.outlets]
        assert {place.hostname for place in places} == {"127.0.0.1"}
        assert len({place.port for place in places}) == len(places)
        assert get(newswire.outlets[-1][1])[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org", ""])
def test_a_host_beyond_loopback_is_refused(clock, host):
    with pytest.raises(ConfigError, match="loopback only"):
        Newswire(host=host, speed=None, start=START, clock=clock)


def test_a_port_in_use_is_one_sentence_and_leaves_nothing_open(clock):
    with socket.create_server(("127.0.0.13" if sys.platform == "linux" else "127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(BusyError, match=f"port {port} is in use"):
            Newswire(port=port, speed=None, start=START, clock=clock)
    with Newswire(port=port, speed=None, start=START, clock=clock) as newswire:
        assert urlsplit(newswire.outlets[0][1]).port == port


def test_conditional_requests_get_304_over_one_kept_connection(whole_day):
    connection, path = connect(feed_of(whole_day, "The Harbour Courier"))
    connection.request("GET", path)
    first = connection.getresponse()
    first.read()
    kept = connection.sock
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        connection.request("GET", path, headers={header: value})
        again = connection.getresponse()
        assert (again.status, again.read()) == (304, b"")
    assert connection.sock is kept
    connection.close()


def test_head_has_the_headers_of_get_and_no_body(whole_day):
    url = feed_of(whole_day, "The Lantern")
    status, headers, body = get(url, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(get(url)[2])


def test_what_is_not_out_yet_is_404_and_comes_with_the_clock(clock):
    with Newswire(speed=360, start=START, clock=clock) as newswire:
        url = feed_of(newswire, "Han River Daily")
        _, headers, body = get(url)
        early = links(url, body)
        clock.time = START + timedelta(seconds=4)
        status, _, body = get(url, If_None_Match=headers["ETag"])
        assert status == 200
        (new,) = [link for link in links(url, body) if link not in early and "train" in link]
        assert get(new)[0] == 200
        clock.time = START
        assert get(new)[0] == 404


def test_the_day_is_told_by_the_clock(clock):
    with Newswire(speed=360, start=START, clock=clock) as newswire:
        assert newswire.day_clock(START + timedelta(seconds=5)) == "09:00"
        assert not newswire.finished(START + timedelta(seconds=5))
        assert newswire.finished(START + timedelta(minutes=1))


def test_closing_ends_open_connections_and_frees_the_ports(clock):
    with Newswire(speed=None, start=START, clock=clock) as newswire:
        connection, path = connect(newswire.outlets[0][1])
        connection.request("GET", path)
        connection.getresponse().read()
        idle = connection.sock
    assert idle.recv(1) == b""
    connection.close()
    with pytest.raises(ConnectionError):
        get(newswire.outlets[0][1])
    assert not [thread for thread in threading.enumerate() if thread.name == "newswire"]


def test_a_client_that_hangs_up_does_not_stop_the_others(whole_day, capfd):
    parts = urlsplit(whole_day.outlets[0][1])
    for rude in (b"", b"GET", b"\x00\xff\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
            client.sendall(rude)
    assert get(whole_day.outlets[0][1])[0] == 200
    assert capfd.readouterr().err == ""


def test_it_runs_by_itself_and_prints_a_config_to_paste():
    command = [sys.executable, "-m", "worker.run.newswire", "--all"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = list(islice(process.stdout, 4 + 4 * len(load().outlets) - 1))
            assert 'allow = ["127.0.0.0/8"]\n' in lines
            urls = [line.split('"')[1] for line in lines if line.startswith("url = ")]
            assert len(urls) == len(load().outlets)
            assert get(urls[0])[0] == 200
        finally:
            process.terminate()


@pytest.mark.parametrize("arguments", [["--speed", "0"], ["--speed", "-3"]])
def test_a_wrong_speed_is_one_sentence(arguments):
    command = [sys.executable, "-m", "worker.run.newswire", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "speed: give a number above 0, such as 360 for six minutes a second\n"
