"""`wirewatch status`: what scripts rely on, and the screen that is followed."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from rich.console import Console
from support.newsroom import HOOK, NOW, Newsroom, ago, make_story

from worker.edge import keys
from worker.edge.clock import SystemClock
from worker.edge.metrics import COUNTERS
from worker.edge.store import dead_pages
from worker.edge.store.destinations import Destinations
from worker.edge.store.mutes import TOPIC, Mute, Mutes
from worker.edge.store.published import Processes
from worker.model import Feed, FeedState
from worker.run.cli.watch import Screen
from worker.run.status import collect
from worker.run.supervisor import command

DOCUMENT = Path(__file__).resolve().parents[2] / "deploy" / "observability.md"


@pytest.fixture
def eventful(store):
    """A Redis in which every list of the status has something."""
    newsroom, now = Newsroom(store), SystemClock().now()
    newsroom.publish()
    newsroom.commit(make_story(), {"number": 1})
    failing = FeedState(error="it answers 503", errors=2, failing_since=ago(hours=1), last_poll=NOW)
    moved = FeedState(last_poll=NOW, moved=True, moved_to="https://new.example/")
    newsroom.poll({Feed(url="https://a.example/", name="A"): failing, Feed(url="https://b.example/", name="B"): moved})
    Destinations(store).configured([HOOK], NOW)
    Mutes(store).add(Mute(kind=TOPIC, of="Harbour bridge", until=now + timedelta(hours=1)))
    Processes(store).beat("scheduler-desk-7", {"role": "scheduler", "lag_p50": 0.1, "lag_p99": 0.4}, now)
    store.zadd(keys.HOSTS_WAITING, {"a.example": 1})
    store.zadd(keys.FEEDS_WAITING + "a.example", {"id": 1})
    store.hset(
        keys.OPML_STATE, "https://l.example/", json.dumps({"error": "404", "failing_since": 1.0, "read_at": 1.0})
    )
    store.hset(keys.TRIMMED, mapping={"count": 2, "at": now.timestamp(), "before": NOW.timestamp()})
    with store.pipeline() as pipe:
        letter = {"id": "e", "url": "https://a.example/1", "title": "T", "feed": "A", "given_up": "the page"}
        dead_pages.put(pipe, [letter], reason="it ended three workers", tries=3)
        pipe.execute()
    return store


def paths(value, path=""):
    """Where in a JSON document something stands; lists are looked into, and have to hold something."""
    if isinstance(value, dict):
        return {found for key, inner in value.items() for found in paths(inner, f"{path}.{key}".lstrip("."))}
    if isinstance(value, list):
        assert value, f"nothing in {path}"
        return {found for inner in value for found in paths(inner, f"{path}[]")}
    return {path}


def test_every_key_that_is_promised_is_there_and_every_key_is_promised(eventful):
    chapter = DOCUMENT.read_text("utf-8").partition("## `wirewatch status --json`")[2].partition("\n## ")[0]
    promised = re.findall(r"^\| `([^`]+)` \|", chapter, re.MULTILINE)
    assert len(promised) == len(set(promised))
    assert paths(collect(eventful)) == set(promised)


def test_the_example_for_scripts_says_whether_somebody_is_to_be_woken(eventful):
    (example,) = re.findall(
        r"```sh\nwirewatch status --json \| (python3 .*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL
    )

    def status_of(found):
        return subprocess.run(
            ["sh", "-c", example], input=json.dumps(found), text=True, timeout=60, check=False
        ).returncode

    well = collect(eventful)
    assert status_of(well) == 0
    assert status_of({**well, "workers": []}) == 1
    Destinations(eventful).switch_off(HOOK.name, "gone", "410", NOW, lambda *_: None)
    assert status_of(collect(eventful)) == 1


# --- the screen ---------------------------------------------------------------------------------------------------


class Seconds:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def screen(seconds):
    return Screen(seconds)


def counted(**numbers):
    return dict.fromkeys((counter.name for counter in COUNTERS), 0) | {
        f"wirewatch_{name}_total": number for name, number in numbers.items()
    }


def shown(screen, width=80, height=24):
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(screen, height=height, end="")
    return console.file.getvalue().splitlines()


def test_it_tells_what_passed_in_the_last_minute(eventful, screen, seconds):
    screen.saw(collect(eventful), counted(polls=100, entries=7))
    assert shown(screen)[1].strip() == "counting what passes through"
    seconds.at = 40.0
    screen.saw(collect(eventful), counted(polls=130, entries=8))
    assert "in the last 40 s: 30 polls, 1 entry, 0 articles, 0 matches, 0 alerts" in shown(screen)[1]
    seconds.at = 90.0
    screen.saw(collect(eventful), counted(polls=131, entries=8))
    assert "in the last 50 s: 1 poll, 0 entries" in shown(screen)[1]


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 12), (40, 6), (20, 3)])
def test_it_fits_a_terminal_of_any_size(eventful, screen, width, height):
    screen.saw(collect(eventful), counted())
    lines = shown(screen, width, height)
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    if height < 20:
        assert "more lines" in lines[-1]


def test_it_says_when_redis_is_away_and_keeps_what_was_seen(eventful, screen, seconds):
    screen.saw(collect(eventful), counted(polls=5))
    screen.missed(redis.ConnectionError("refused"))
    seconds.at = 30.0
    screen.missed(redis.ConnectionError("refused"))
    words = " ".join(" ".join(shown(screen)).split())
    assert "Redis does not answer, for 30 s now (refused); below is what was seen last" in words
    assert "it answers 503" in words
    screen.saw(collect(eventful), counted(polls=9))
    assert "counting what passes through" in shown(screen)[1]


def test_it_needs_a_terminal(cli):
    for arguments in (("status", "--watch"), ("status", "--watch", "--json")):
        status, output, errors = cli(*arguments)
        assert (status, output) == (2, "")
        assert "scripts read `wirewatch status --json`" in " ".join(errors.split())


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_the_terminal_is_given_back(eventful, redis_server, tmp_path, number, expected):
    """In a terminal: its other screen is shown until the end (xterm's control sequence 1049), the cursor is back."""
    ours, theirs = pty.openpty()
    seen = bytearray()
    environment = {name: value for name, value in os.environ.items() if name not in {"WIREWATCH_CONFIG", "NO_COLOR"}}
    process = subprocess.Popen(
        [*command(), "status", "--watch"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        env={**environment, "REDIS_URL": redis_server.url, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
    )
    os.close(theirs)
    limit, asked = threading.Timer(60, process.kill), False
    limit.start()
    try:
        while chunk := read(ours):
            seen += chunk
            if b"it answers 503" in seen and not asked:
                asked = True
                process.send_signal(number)
        assert process.wait(60) == expected
    finally:
        limit.cancel()
        process.kill()
        process.wait()
        os.close(ours)
    assert seen.count(b"\x1b[?1049h") == seen.count(b"\x1b[?1049l") == 1
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")
    assert b"Traceback" not in seen


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux tells that the last writer is gone
        return b""
