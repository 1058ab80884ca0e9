"""The newswire on a real socket: every outlet answers by name, keeps connections, and is seen on loopback only."""

import asyncio
import http.client
import json
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit

import feedparser
import pytest
from support.clocks import HandClock

from worker.clean.urls import registrable_domain
from worker.edge.http import HttpClient
from worker.errors import BusyError, ConfigError
from worker.run.newswire.content import load
from worker.run.newswire.server import Newswire

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return HandClock(START)


@pytest.fixture
def whole_day(clock):
    with Newswire(speed=None, clock=clock, start=START) as newswire:
        yield newswire


def connect(url):
    """A connection and what to ask on it; to 127.0.0.1, for not every resolver knows names below localhost."""
    parts = urlsplit(url)
    return http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10), parts.path, {"Host": parts.netloc}


def get(url, method="GET", **headers):
    connection, path, named = connect(url)
    try:
        connection.request(
            method, path, headers={**named, **{name.replace("_", "-"): value for name, value in headers.items()}}
        )
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def links(url, body):
    if body.startswith(b"{"):
        return [item["url"] for item in json.loads(body)["items"]]
    return [entry.link for entry in feedparser.parse(body).entries]


def stamps(body):
    return {entry.id: entry.published for entry in feedparser.parse(body).entries}


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


def test_one_socket_on_loopback_serves_all_outlets(whole_day):
    host, port = whole_day._server.socket.getsockname()
    assert host == "127.0.0.1"
    assert [urlsplit(url).netloc for _, url in whole_day.outlets] == [
        f"{outlet.key}.localhost:{port}" for outlet in load().outlets
    ]


def test_every_outlet_is_a_source_of_its_own(whole_day):
    sources = [registrable_domain(url) for _, url in whole_day.outlets]
    assert sources == [f"{outlet.key}.localhost" for outlet in load().outlets]


def test_the_http_client_of_wirewatch_finds_the_outlets(whole_day):
    async def found():
        async with HttpClient(allow=["127.0.0.0/8"], user_agent="test") as client:
            return await client.get(feed_of(whole_day, "The Harbour Courier"), accept_status={200})

    assert feedparser.parse(asyncio.run(found()).body).feed.title == "The Harbour Courier"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "::1", "example.org", ""])
def test_a_host_beyond_loopback_is_refused(clock, host):
    with pytest.raises(ConfigError, match="loopback only"):
        Newswire(host=host, speed=None, clock=clock, start=START)


def test_a_port_in_use_is_one_sentence_and_leaves_nothing_open(clock):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(BusyError, match=f"port {port} is in use"):
            Newswire(port=port, speed=None, clock=clock, start=START)
    with Newswire(port=port, speed=None, clock=clock, start=START) as newswire:
        assert urlsplit(newswire.outlets[0][1]).port == port


def test_conditional_requests_get_304_over_one_kept_connection(whole_day):
    connection, path, named = connect(feed_of(whole_day, "The Harbour Courier"))
    connection.request("GET", path, headers=named)
    first = connection.getresponse()
    first.read()
    kept = connection.sock
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        connection.request("GET", path, headers={**named, header: value})
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
    with Newswire(speed=360, clock=clock, start=START) as newswire:
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


def test_a_day_without_a_start_waits_to_be_begun(clock):
    with Newswire(speed=360, clock=clock) as newswire:
        url = feed_of(newswire, "Han River Daily")
        before = get(url)[2]
        clock.time = START + timedelta(hours=1)
        assert get(url)[2] == before
        assert newswire.day_clock(clock.time) == "08:30"
        assert not newswire.finished(clock.time)
        begun = threading.Thread(target=newswire.begin, args=(clock.time,))
        begun.start()
        begun.join()
        assert get(url)[2] == before
        clock.time += timedelta(seconds=4)
        assert newswire.day_clock(clock.time) == "08:54"
        now_out = get(url)[2]
        assert [link for link in links(url, now_out) if "train" in link]
        assert stamps(now_out).items() >= stamps(before).items()


def test_the_first_start_counts(clock):
    with Newswire(speed=360, clock=clock) as newswire:
        newswire.begin(START)
        newswire.begin(START + timedelta(hours=1))
        assert newswire.day_clock(START + timedelta(seconds=5)) == "09:00"


def test_the_day_is_told_by_the_clock(clock):
    with Newswire(speed=360, clock=clock, start=START) as newswire:
        assert newswire.day_clock(START + timedelta(seconds=5)) == "09:00"
        assert not newswire.finished(START + timedelta(seconds=5))
        assert newswire.finished(START + timedelta(minutes=1))


def test_closing_ends_open_connections_and_frees_the_port(clock):
    with Newswire(speed=None, clock=clock, start=START) as newswire:
        connection, path, named = connect(newswire.outlets[0][1])
        connection.request("GET", path, headers=named)
        connection.getresponse().read()
        idle = connection.sock
    assert idle.recv(1) == b""
    connection.close()
    with pytest.raises(ConnectionError):
        get(newswire.outlets[0][1])
    assert not [thread for thread in threading.enumerate() if thread.name == "newswire"]


def test_a_client_that_hangs_up_does_not_stop_the_others(whole_day, capfd):
    port = urlsplit(whole_day.outlets[0][1]).port
    for rude in (b"", b"GET", b"\x00\xff\r\n\r\n", b"GET http://[ HTTP/1.1\r\nHost: [\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
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
