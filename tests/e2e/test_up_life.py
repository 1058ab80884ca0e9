"""The life of the process tree: one start, orderly and disorderly ends, bad feeds, a changing configuration.

Most questions are asked of one system that goes on: who ends it starts it again, on its own data.
"""

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
from playwright.sync_api import expect, sync_playwright
from support.processes import Running, alive, command_line, descendants
from support.servers import Quiet, receiving, serving
from support.topics import TOPIC

from worker.run.supervisor import command

# Starts and restarts, on a machine that may be busy.
pytestmark = pytest.mark.timeout(600)

GOOD = "Sample summit report: Kim Jong Un and Putin meet"
WORDS = ("orchard", "regatta")
OPML = '<opml version="2.0"><body><outline text="Good" xmlUrl="{}"/></body></opml>'
BAD = ("html", "empty", "broken", "truncated", "huge")


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


class Life:
    """A system that is there for one question after the other, and what it reads and tells."""

    def __init__(self, running, site, receiver):
        self.running, self.site, self.receiver = running, site, receiver

    def begin(self, eventually):
        if self.running.ended():
            self.running.start()
        eventually(self.is_quiet, "rest", seconds=120)

    def is_quiet(self):
        """Every report is an article, and all there is to tell is told."""
        # An article comes together with its alert, so what is to be sent is asked for after the articles.
        return self.running.status()["articles"] == len(self.site.titles) and self.running.status()["outbox"] == 0

    def publish(self, title):
        self.site.titles = (*self.site.titles, title)

    def told(self):
        """How often each title was told of."""
        payloads = list(self.receiver.by_id().values())
        return sorted(payload["data"]["article"]["title"] for payload in payloads)


@pytest.fixture(scope="module")
def lives(tmp_path_factory, configured):
    class Own(Site):
        """The class of this life, so that its titles can change."""

    with serving(Own) as url, receiving() as receiver:
        topics = "".join(f'[[topics]]\nname = "{word}"\nquery = "{word}"\n' for word in WORDS)
        extra = f'[[feeds]]\nopml = "{url}/list.opml"\n{TOPIC}{topics}'
        bad = [(name, f"{url}/{name}.xml") for name in BAD]
        running = Running(tmp_path_factory.mktemp("life"), configured(bad, extra, receiver.url))
        yield Life(running, Own, receiver)
        if not running.ended():
            running.stop()


@pytest.fixture
def life(lives, eventually):
    """The life, at rest."""
    lives.begin(eventually)
    return lives


def test_bad_feeds_cost_only_themselves_and_a_missing_page_flows_on_as_partial(life, eventually):
    first = life.receiver.payloads()[0]
    assert first["type"] == "alert.new_story"
    assert first["data"]["article"]["title"] == GOOD
    eventually(lambda: life.running.status()["feeds"]["failing"] == len(BAD), "five failing feeds")
    shown = json.loads(life.running.run("status", "--json").stdout)
    errors = {feed["name"]: feed["error"] for feed in shown["feeds"]["failing_list"]}
    assert "HTML" in errors["html"]
    assert "empty" in errors["empty"]
    assert "500" in errors["broken"]
    assert set(errors) == set(BAD)
    article = life.running.run("articles", "show", first["data"]["article"]["id"]).stdout
    assert "partial: " in article
    assert "404" in article


def test_the_feed_of_a_list_on_the_web_is_polled(life):
    feeds = json.loads(life.running.run("feeds", "list", "--json").stdout)
    assert {feed["name"] for feed in feeds} == {"Good", *BAD}


def test_the_web_process_answers_while_it_runs(life, eventually):
    def ready():
        try:
            return httpx2.get(f"{life.running.dashboard}/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    eventually(ready, "readiness")
    assert httpx2.get(f"{life.running.dashboard}/healthz").status_code == 200
    eventually(lambda: GOOD in httpx2.get(life.running.dashboard).text, "the story on the page")
    metrics = httpx2.get(f"{life.running.dashboard}/metrics").text
    assert f'wirewatch_alerts_total{{reason="new_story"}} {len(life.told())}' in metrics


def test_a_second_up_and_a_taken_port_are_one_sentence_each(life, tmp_path):
    second = life.running.run("up")
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


def test_what_a_killed_deliverer_was_sending_arrives_soon_with_the_same_id(life, eventually):
    before, hold = len(life.receiver.requests), threading.Event()
    life.receiver.answer = lambda number: 200 if number > before + 1 or hold.wait(60) else 500
    life.publish("An orchard in this sample text")
    eventually(lambda: len(life.receiver.requests) == before + 1, "the first attempt")
    os.kill(life.running.pid_of("worker deliver"), signal.SIGKILL)
    eventually(lambda: len(life.receiver.requests) == before + 2, "the second attempt", seconds=30)
    hold.set()
    eventually(life.is_quiet, "an empty outbox")
    first, second = (headers["webhook-id"] for headers, _ in life.receiver.requests[before:])
    assert first == second


def test_a_dead_redis_comes_back_with_its_data(life, eventually):
    told = life.told()
    pids = descendants(life.running.process.pid)
    server = next(pid for pid in pids if "redis.sock" in command_line(pid))
    os.kill(server, signal.SIGKILL)
    eventually(lambda: not alive(server), "the end of the server")
    life.publish("Everyday sample news after the outage")

    def both_there():
        done = life.running.run("articles", "list", "--json")
        return done.returncode == 0 and len(done.stdout.splitlines()) == len(life.site.titles)

    eventually(both_there, "the next article")
    eventually(life.is_quiet, "an empty outbox")
    assert life.told() == told


def test_kill_9_of_the_supervisor_leaves_no_orphan_and_loses_nothing(life, eventually):
    told = life.told()
    pids = descendants(life.running.process.pid)
    life.running.kill()
    eventually(lambda: not [pid for pid in pids if alive(pid)], "the end of all children")
    life.publish("Everyday sample news after the restart")
    life.running.start()
    eventually(life.is_quiet, "the next article", seconds=120)
    assert life.told() == told


def test_kill_9_of_everything_at_once_loses_nothing(life, eventually):
    told, sent = life.told(), len(life.receiver.requests)
    life.running.kill(*descendants(life.running.process.pid))
    life.publish("A regatta in this sample text, after everything had ended")
    life.running.start()
    eventually(life.is_quiet, "the next article", seconds=120)
    assert life.told() == sorted([*told, life.site.titles[-1]])
    assert len(life.receiver.requests) == sent + 1


def test_a_valid_change_goes_live_and_an_invalid_one_is_refused(life, eventually):
    running = life.running
    good = running.config.read_text()
    running.config.write_text(good + '\n[[topics]]\nname = "broken"\nquery = "NOT nothing"\n')
    eventually(lambda: running.status()["config"]["refused"], "the refusal")
    assert "query" in running.status()["config"]["refused"]
    version, begun = running.status()["config"]["version"], running.log.read_text().count('"event": "config_live"')
    running.config.write_text(running.config.read_text().replace("NOT nothing", "lighthouse"))
    eventually(lambda: running.status()["config"]["version"] != version, "the new version")
    assert running.status()["config"]["refused"] is None
    eventually(
        lambda: running.log.read_text().count('"event": "config_live"') >= begun + 2, "the new topic in both workers"
    )
    before = len(life.receiver.requests)
    life.publish("A lighthouse in this sample text")
    eventually(lambda: len(life.receiver.requests) > before, "the alert of the new topic")
    assert life.receiver.payloads()[before]["data"]["alert"]["topic"] == "broken"


@pytest.mark.browser
def test_a_topic_saved_in_the_browser_is_live_and_tells(life, eventually):
    running, before = life.running, len(life.receiver.requests)
    written = f"# our desk\n{running.config.read_text()}# the end\n"
    running.config.write_text(written)
    begun = running.log.read_text().count('"event": "config_live"')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{running.dashboard}/topics/new")
        page.get_by_label("Name").fill("Windmills")
        page.get_by_label("Query").fill("windmill NEAR/5 (sample OR text)")
        expect(page.locator("#verdict")).to_contain_text("Articles with the word “windmill”")
        page.get_by_role("button", name="Add topic").click()
        saved = page.get_by_role("status").filter(has_text="Windmills is saved in wirewatch.toml")
        expect(saved).to_be_visible(timeout=60_000)
        browser.close()
    added = '[[topics]]\nname = "Windmills"\nquery = "windmill NEAR/5 (sample OR text)"\n'
    now = running.config.read_text()
    assert added in now
    assert [line for line in now.splitlines() if line not in added] == [
        line for line in written.splitlines() if line not in added
    ], "comments and every other line stay"

    def workers_know():
        lines = [json.loads(line) for line in running.log.read_text().splitlines()]
        live = [line for line in lines if line["event"] == "config_live"][begun:]
        return {line["process"] for line in live} >= {"worker-ingest", "worker-deliver"}

    eventually(workers_know, "the new topic in both workers")
    life.publish("A windmill in this sample text")
    eventually(lambda: len(life.receiver.requests) > before, "the alert of the new topic")
    told = life.receiver.payloads()[before]["data"]
    assert (told["alert"]["topic"], told["article"]["title"]) == ("Windmills", life.site.titles[-1])
    assert "windmill" in told["match"]["highlights"][0]["text"].casefold()


def test_sigterm_ends_everything_within_25_seconds(life):
    pids = descendants(life.running.process.pid)
    assert len(pids) >= 6
    before = len(life.running.log.read_text())
    assert life.running.stop() == 0
    assert [pid for pid in pids if alive(pid)] == []
    log = life.running.log.read_text()[before:]
    assert "Traceback" not in log
    assert "did not stop in time" not in log
