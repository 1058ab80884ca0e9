"""Every command that shows something: for programs JSON alone on standard output; no colour where none is wanted."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import typer.main
from support.newsroom import HOOK, TOPIC, Newsroom, alert_id, make_story
from support.servers import Quiet, serving

from worker.edge.redis_client import connect
from worker.edge.scope import Scope
from worker.edge.store.destinations import Destinations
from worker.edge.store.mutes import TOPIC as OF_TOPIC
from worker.edge.store.mutes import Mute, Mutes
from worker.edge.store.tokens import Tokens
from worker.model import Feed, FeedState
from worker.run.cli import app
from worker.run.supervisor import command

FEED = (
    '<rss version="2.0"><channel><title>Sample</title><item><title>A sample</title>'
    "<link>https://coast.example/1</link></item></channel></rss>"
)
ARTICLE = {"id": "article1", "title": "The harbour bridge closes", "text": "The harbour bridge closes for repairs."}
# Which of what is stored, and which address, is told when the test runs.
SHOWN: dict[tuple[str, ...], tuple[str, ...]] = {
    ("check",): (),
    ("status",): (),
    ("doctor",): (),
    ("replay",): ("articles.jsonl",),
    ("feeds", "list"): (),
    ("feeds", "discover"): ("SITE",),
    ("feeds", "poll"): ("SITE",),
    ("topics", "list"): (),
    ("topics", "test"): ("harbour", "articles.jsonl"),
    ("topics", "suggest"): ("articles.jsonl",),
    ("stories", "list"): (),
    ("stories", "show"): ("story1",),
    ("articles", "list"): ("--since", "30d"),
    ("articles", "show"): ("article3",),
    ("articles", "explain"): ("article3", TOPIC.name),
    ("alerts", "list"): (),
    ("alerts", "show"): (alert_id(make_story()),),
    ("destinations", "list"): (),
    ("tokens", "list"): (),
}
# One document a line, as the filters read and write them.
LINES = {("articles", "list"), ("replay",)}


class Site(Quiet):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(FEED)))
        self.end_headers()
        self.wfile.write(FEED.encode())


@pytest.fixture(scope="module")
def site():
    with serving(Site) as url:
        yield url


@pytest.fixture(scope="module")
def filled(redis_server):
    """Something of everything that is listed."""
    connection, now = connect(redis_server.url), datetime.now(UTC)
    connection.flushdb()
    newsroom = Newsroom(connection)
    newsroom.publish()
    newsroom.commit(make_story(), {}, seen_at=now)
    failing = FeedState(error="it answers 503", errors=2, failing_since=now - timedelta(hours=1), last_poll=now)
    newsroom.poll({Feed(url="https://a.example/", name="A"): replace(failing, next_due=now)})
    Destinations(connection).configured([HOOK], now)
    Mutes(connection).add(Mute(kind=OF_TOPIC, of=TOPIC.name, until=now + timedelta(hours=1)))
    Tokens(connection).create("reader", Scope.READ, now)
    yield connection
    connection.close()


@pytest.fixture
def folder(tmp_path, redis_server, filled):
    text = f'[redis]\nurl = "{redis_server.url}"\n[network]\nallow = ["127.0.0.0/8"]\n'
    topic = f'[[topics]]\nname = "{TOPIC.name}"\nquery = "{TOPIC.query}"\nnotify = []\n'
    (tmp_path / "wirewatch.toml").write_text(text + topic, "utf-8")
    (tmp_path / "articles.jsonl").write_text(json.dumps(ARTICLE) + "\n", "utf-8")
    return tmp_path


def commands_with_json(group=None, path=()):
    group = group or typer.main.get_command(app)
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands_with_json(one, (*path, name))
        elif any("--json" in parameter.opts for parameter in one.params):
            yield (*path, name)


def test_every_command_that_shows_something_is_in_the_table():
    assert set(commands_with_json()) == set(SHOWN)


@pytest.mark.parametrize("path", SHOWN, ids=" ".join)
def test_json_is_all_that_stands_on_standard_output(path, cli, folder, site):
    arguments = [site if argument == "SITE" else argument for argument in SHOWN[path]]
    status, output, errors = cli(*path, *arguments, "--json")
    assert status in ({0, 1} if path == ("doctor",) else {0}), errors
    documents = [json.loads(line) for line in output.splitlines()] if path in LINES else [json.loads(output)]
    assert documents, "there is something to show"
    assert documents[0]
    assert "\x1b" not in output


def test_no_colour_where_none_is_wanted_and_none_but_on_a_terminal(folder):
    """https://no-color.org: bold and the like are no colour."""

    def seen(**more):
        ours, theirs = pty.openpty()
        try:
            environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
            subprocess.run(
                [*command(), "status"],
                stdout=theirs,
                stderr=theirs,
                cwd=folder,
                env={**environment, "TERM": "xterm-256color", **more},
                check=True,
                timeout=120,
            )
            return os.read(ours, 100_000)
        finally:
            os.close(ours)
            os.close(theirs)

    red = b"\x1b[31m"
    assert red in seen(), "a feed fails"
    plain = seen(NO_COLOR="1")
    assert b"it answers 503" in plain
    assert b"\x1b[3" not in plain
    assert b"\x1b[1;3" not in plain
