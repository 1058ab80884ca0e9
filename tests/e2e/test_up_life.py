"""The life of the process tree: one start, orderly and disorderly ends, bad feeds, a changing configuration."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from support.processes import alive, command_line, descendants
from support.servers import Quiet, serving
from support.topics import TOPIC

from worker.run.supervisor import command

GOOD = "Sample summit report: Kim Jong Un and Putin meet"


OPML = '<opml version="2.0"><body><outline text="Good" xmlUrl="{}"/></body></opml>'


def rss(*titles, base=""):
    published = format_datetime(datetime.now(UTC) - timedelta(minutes=1))
    items = "".join(
        f"<item><title>{title}</title><link>{base}/article/{number}</link><guid>{number}</guid>"
        f"<pubDate>{published}</pubDate><description>Sample text about {title}.</description></item>"
        for number, title in enumerate(titles)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Sample</title>{items}</channel></rss>'.encode()


class Site(Quiet):
    """Feeds of every bad kind beside a good one."""

    titles = (GOOD,)

    def do_GET(self):
        base = f"http://{self.headers['Host']}"
        answers = {
            "/good.xml": (200, "application/rss+xml", rss(*self.titles, base=base)),
            "/html.xml": (200, "text/html", b"<html><body><h1>Sign in</h1></body></html>"),
            "/empty.xml": (200, "application/rss+xml", b""),
            "/broken.xml": (500, "text/plain", b"out of order"),
            "/list.opml": (200, "text/x-opml", OPML.format(f"{base}/good.xml").encode()),
        }
        if self.path == "/truncated.xml":
            self.truncated()
        elif self.path == "/huge.xml":
            self.reply(200, "application/rss+xml", gzip.compress(b"<rss>" + b" " * 50_000_000), encoding="gzip")
        elif self.path in answers:
            self.reply(*answers[self.path])
        else:
            self.reply(404, "text/plain", b"not here")

    def truncated(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(rss("never whole")[:200])
        self.close_connection = True

    def reply(self, status, kind, body, encoding=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def site():
    class Own(Site):
        """The class of one test, so that its titles can change."""

    with serving(Own) as url:
        yield Own, url


def test_bad_feeds_cost_only_themselves_and_a_missing_page_flows_on_as_partial(site, up, receiver, eventually):
    _, url = site
    bad = ["html", "empty", "broken", "truncated", "huge"]
    running = up([("good", f"{url}/good.xml"), *((name, f"{url}/{name}.xml") for name in bad)])
    eventually(lambda: receiver.requests, "the alert")
    (payload,) = receiver.payloads()
    assert payload["type"] == "alert.new_story"
    assert payload["data"]["article"]["title"] == GOOD
    eventually(lambda: running.status()["feeds"]["failing"] == len(bad), "five failing feeds")
    errors = {feed["name"]: feed["error"] for feed in running.status()["feeds"]["failing_list"]}
    assert "HTML" in errors["html"]
    assert "empty" in errors["empty"]
    assert "500" in errors["broken"]
    assert set(errors) == set(bad)
    article = running.run("articles", "show", payload["data"]["article"]["id"]).stdout
    assert "partial: " in article
    assert "404" in article


def test_feeds_of_a_list_on_the_web_are_polled(site, up, receiver, eventually):
    _, url = site
    running = up([], extra=f'[[feeds]]\nopml = "{url}/list.opml"\n{TOPIC}')
    eventually(lambda: receiver.requests, "the alert")
    (feed,) = json.loads(running.run("feeds", "list", "--json").stdout)
    assert feed["name"] == "Good"


def test_what_a_killed_deliverer_was_sending_arrives_soon_with_the_same_id(site, up, receiver, eventually):
    _, url = site
    hold = threading.Event()
    receiver.answer = lambda number: 200 if number > 1 or hold.wait(60) else 500
    running = up([("good", f"{url}/good.xml")])
    eventually(lambda: receiver.requests, "the first attempt")
    os.kill(running.pid_of("worker deliver"), signal.SIGKILL)
    eventually(lambda: len(receiver.requests) == 2, "the second attempt", seconds=30)
    hold.set()
    eventually(lambda: running.status()["outbox"] == 0, "an empty outbox")
    first, second = (headers["webhook-id"] for headers, _ in receiver.requests)
    assert first == second


def test_sigterm_ends_everything_within_25_seconds(site, up, eventually):
    _, url = site
    running = up([("good", f"{url}/good.xml")])
    eventually(lambda: running.status()["articles"] == 1, "the first article")
    pids = descendants(running.process.pid)
    assert len(pids) >= 6
    assert running.stop() == 0
    assert [pid for pid in pids if alive(pid)] == []
    log = running.log.read_text()
    assert "Traceback" not in log
    assert "did not stop in time" not in log


def test_kill_9_of_the_supervisor_leaves_no_orphan_and_loses_nothing(site, up, receiver, eventually):
    own, url = site
    running = up([("good", f"{url}/good.xml")])
    eventually(lambda: receiver.requests, "the alert")
    pids = descendants(running.process.pid)
    running.process.kill()
    running.process.wait()
    running.process.stdout.close()
    eventually(lambda: not [pid for pid in pids if alive(pid)], "the end of all children")
    own.titles = (GOOD, "Everyday sample news after the restart")
    running.start()
    eventually(lambda: running.status()["articles"] == 2, "the next article")
    assert len(receiver.by_id()) == 1


def test_kill_9_of_everything_at_once_loses_nothing(site, up, receiver, eventually):
    own, url = site
    running = up([("good", f"{url}/good.xml")])
    eventually(lambda: receiver.requests, "the alert")
    eventually(lambda: running.status()["outbox"] == 0, "the note that it was delivered")
    for pid in [running.process.pid, *descendants(running.process.pid)]:
        os.kill(pid, signal.SIGKILL)
    running.process.wait()
    running.process.stdout.close()
    own.titles = (GOOD, "Everyday sample news after the restart")
    running.start()
    eventually(lambda: running.status()["articles"] == 2, "the next article")
    assert len(receiver.requests) == 1


def test_a_dead_redis_comes_back_with_its_data(site, up, receiver, eventually):
    own, url = site
    running = up([("good", f"{url}/good.xml")])
    eventually(lambda: receiver.requests, "the alert")
    server = next(pid for pid in descendants(running.process.pid) if "redis.sock" in command_line(pid))
    os.kill(server, signal.SIGKILL)
    own.titles = (GOOD, "Everyday sample news after the outage")

    def both_there():
        done = running.run("articles", "list", "--json")
        return done.returncode == 0 and len(done.stdout.splitlines()) == 2

    eventually(both_there, "the next article")
    assert len(receiver.by_id()) == 1


def test_a_second_up_and_a_taken_port_are_one_sentence_each(site, up, eventually, tmp_path):
    _, url = site
    running = up([("good", f"{url}/good.xml")])
    second = running.run("up")
    assert second.returncode == 1
    assert "is in use by process" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = tmp_path / "other.toml"
        other.write_text(f'[storage]\ndir = "other"\n[web]\nlisten = "127.0.0.1:{port}"\n')
        done = subprocess.run(
            [*command(), "up", "--config", str(other)], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{port} is in use" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_valid_change_goes_live_and_an_invalid_one_is_refused(site, up, receiver, eventually):
    own, url = site
    own.titles = ()
    running = up([("good", f"{url}/good.xml")], extra="")
    eventually(lambda: running.status()["feeds"]["ok"] == 1, "the first poll")
    good = running.config.read_text()
    running.config.write_text(good + '\n[[topics]]\nname = "broken"\nquery = "NOT nothing"\n')
    eventually(lambda: running.status()["config"]["refused"], "the refusal")
    assert "query" in running.status()["config"]["refused"]
    version = running.status()["config"]["version"]
    added = running.config.read_text().replace("NOT nothing", "volcano")
    running.config.write_text(added)
    eventually(lambda: running.status()["config"]["version"] != version, "the new version")
    assert running.status()["config"]["refused"] is None
    eventually(lambda: running.log.read_text().count('"event": "config_live"') >= 4, "the new topic in both workers")
    own.titles = ("A volcano in this sample text",)
    eventually(lambda: receiver.requests, "the alert of the new topic")
    assert receiver.payloads()[0]["data"]["alert"]["topic"] == "broken"


def test_the_web_process_answers_while_it_runs(site, up, eventually):
    _, url = site
    running = up([("good", f"{url}/good.xml")])

    def ready():
        try:
            return httpx2.get(f"{running.dashboard}/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    eventually(ready, "readiness")
    assert httpx2.get(f"{running.dashboard}/healthz").status_code == 200
    eventually(lambda: GOOD in httpx2.get(running.dashboard).text, "the story on the page")
    assert 'wirewatch_alerts_total{reason="new_story"} 1' in httpx2.get(f"{running.dashboard}/metrics").text
