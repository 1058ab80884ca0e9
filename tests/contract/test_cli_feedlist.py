"""`wirewatch feeds list`: for people on a terminal, and for programs."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support import processes
from support.answers import one_sentence

from worker.edge import keys
from worker.edge.clock import SystemClock
from worker.edge.store.feeds import FeedStore
from worker.edge.store.pauses import count_by_state
from worker.edge.store.subscriptions import Subscriptions
from worker.model import Feed, FeedState
from worker.poll import pace, websub
from worker.run.cli.feedlist import MANY
from worker.run.status import collect
from worker.run.supervisor import command
from worker.run.web.metrics import exposition

KEYS = {
    *("name", "url", "title", "state", "next_poll", "last_poll", "last_success", "last_new", "entries", "per_day"),
    *("lag", "polls", "unchanged", "error", "errors", "failing_since", "moved_to", "push", "push_error", "hub"),
    "pushed_at",
}
FAILING = FeedState(polls=4, errors=3, error="x.example answered 503", failing_since=datetime(2026, 5, 1, tzinfo=UTC))
LONG = "A paper whose name is too long for a line of some terminals"


def filled_with(store, states):
    now, feeds = datetime.now(UTC), FeedStore(store)
    named = {name: Feed(url=f"https://{name}.example/rss", name=name) for name in states}
    feeds.sync(named.values(), lambda _: now)
    for name, state in states.items():
        if state is not None:
            claim = feeds.claim_one(named[name].id, now, lease=60)
            due = None if state.gone else now + timedelta(minutes=10)
            feeds.commit(
                claim,
                replace(state, next_due=due),
                work=(),
                shown=(),
                queue_work=lambda _pipe, _work: None,
                outcome="parsed",
            )
    return now


@pytest.fixture
def config(tmp_path, redis_server, cli):
    path = tmp_path / "wirewatch.toml"
    path.write_text(f'[redis]\nurl = "{redis_server.url}"\n', "utf-8")
    return path


@pytest.fixture
def feeds(store, config):
    now = datetime.now(UTC)
    hourly = pace.written(pace.first_pace([now.timestamp() - 3600 * n for n in range(48)], now=now.timestamp()))
    ok = FeedState(polls=10, unchanged=9, entries=5, last_success=now, rhythm=hourly, lag=130.0)
    failing = FeedState(polls=4, errors=3, error="x.example answered 503", failing_since=now - timedelta(days=3))
    states = {
        "ok": ok,
        LONG.replace(" ", "-"): ok,
        "new": None,
        "later": FeedState(polls=1, errors=1, error="timed out", failing_since=now - timedelta(hours=1)),
        "failing": failing,
        "gone": FeedState(polls=1, gone=True, error="410 Gone", failing_since=now),
        "moved": FeedState(polls=1, last_success=now, moved=True, moved_to="https://moved.example/new"),
    }
    filled_with(store, states)
    return states


def on_terminal(columns, *arguments, cwd):
    master, terminal = pty.openpty()
    try:
        subprocess.run(
            [*command(), "feeds", "list", *arguments],
            cwd=cwd,
            stdout=terminal,
            stderr=terminal,
            check=True,
            timeout=120,
            env={**os.environ, "COLUMNS": str(columns)},
        )
        return os.read(master, 1_000_000).decode().replace("\r\n", "\n").splitlines()
    finally:
        os.close(terminal)
        os.close(master)


def test_very_many_feeds_are_read_behind_a_bar_that_leaves_the_list_as_it_is(cli, store, config, tmp_path):
    now = datetime.now(UTC)
    FeedStore(store).sync([Feed(url=f"https://f{n}.example/", name=f"f{n}") for n in range(MANY)], lambda _: now)
    plain = cli("feeds", "list")[1]
    with (tmp_path / "list").open("wb") as answers:
        _, shown = processes.on_terminal("feeds", "list", stdout=answers, cwd=tmp_path)
    assert (tmp_path / "list").read_text() == plain
    assert plain.count("\n") == MANY + 1
    assert b"reading" in shown
    assert f"{MANY:,} feeds".encode() in shown


def test_programs_get_a_line_a_feed_with_those_in_trouble_first(cli, feeds):
    status, output, errors = cli("feeds", "list")
    assert (status, errors) == (0, "")
    head, *lines = output.splitlines()
    assert head.split("  ")[0] == "name"
    assert [line.split()[0] for line in lines[:4]] == ["failing", "later", "gone", "new"]
    assert lines[0].endswith("failing for 3 days (3 polls): x.example answered 503")
    assert len(lines) == len(feeds)
    (ok,) = [line.split() for line in lines if line.startswith("ok ")]
    assert ok[1] == "ok"
    assert ok[-3:] == ["2", "min", "90%"]


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_lines_of_feeds_fit(feeds, tmp_path, columns):
    lines = on_terminal(columns, cwd=tmp_path)
    table = [line for line in lines if not line.startswith("    ")]
    assert all(len(line) <= columns for line in table)
    assert any("…" in line for line in table) is (columns == 80)
    place = next(number for number, line in enumerate(lines) if line.startswith("failing"))
    assert lines[place + 1] == "    failing for 3 days (3 polls): x.example answered 503"
    assert "    moved to https://moved.example/new, which is polled; write that into the configuration" in lines
    assert any("remove it with wirewatch feeds remove https://gone.example/rss" in line for line in lines)
    assert lines[-1] == "7 feeds: 3 ok, 2 failing, 1 gone, 1 new"


def test_only_those_that_fail(cli, feeds):
    rows = json.loads(cli("feeds", "list", "--failing", "--json")[1])
    assert sorted(row["name"] for row in rows) == ["failing", "gone", "later"]


def test_none_that_fails_and_none_at_all(cli, store, config):
    assert "feeds add" in cli("feeds", "list")[2]
    filled_with(store, {"ok": None})
    assert cli("feeds", "list", "--failing") == (0, "", "none of 1 feed fails\n")
    assert json.loads(cli("feeds", "list", "--failing", "--json")[1]) == []


def test_json_has_everything_and_its_keys_stay(cli, feeds):
    rows = {row["name"]: row for row in json.loads(cli("feeds", "list", "--json")[1])}
    assert all(set(row) == KEYS for row in rows.values())
    assert rows["ok"]["per_day"] == pytest.approx(24, rel=0.2)
    assert (rows["ok"]["lag"], rows["ok"]["polls"], rows["ok"]["unchanged"]) == (130.0, 10, 9)
    assert rows["new"]["per_day"] is None
    assert rows["failing"]["failing_since"].endswith("Z")
    assert rows["moved"]["moved_to"] == "https://moved.example/new"


def test_what_is_pushed_is_told_and_why_not(cli, store, config):
    now = filled_with(store, {"pushed": None, "denied": None, "asked": None, "polled": None})
    subscriptions = Subscriptions(store)
    query = {"hub.topic": "t", "hub.challenge": "c", "hub.mode": "subscribe"}
    for name in ("pushed", "denied", "asked"):
        feed = Feed(url=f"https://{name}.example/rss", name=name)
        one = websub.Subscription(
            token=name, feed_id=feed.id, hub="https://hub.example/", topic="t", callback="c", secret="s", due=now
        )
        one = websub.asking(one, now)
        mode = {"denied": "denied", "pushed": "subscribe"}.get(name)
        given = {**query, "hub.mode": mode, "hub.reason": "no\x1b[31m"} if mode else {}
        subscriptions.add(websub.verdict(one, given, now=now, jitter=0.0).after)
    rows = {row["name"]: row for row in json.loads(cli("feeds", "list", "--json")[1])}
    assert {name: row["push"] for name, row in rows.items()} == {
        "pushed": "active",
        "denied": "denied",
        "asked": "asked",
        "polled": None,
    }
    output = cli("feeds", "list")[1]
    assert "not pushed: the hub denied the subscription: no" in output
    assert "\x1b" not in output


def test_a_list_on_the_web_that_fails_is_told(cli, store, config):
    state = {"due": 0.0, "feeds": 12, "error": "lists.example answered 404", "failing_since": 0.0}
    store.hset(keys.OPML_STATE, "https://lists.example/world.opml", json.dumps(state))
    errors = cli("feeds", "list")[2]
    assert "the list https://lists.example/world.opml has failed for" in errors
    assert "answered 404; its last good reading holds (12 feeds)" in errors
    assert "the list https://lists.example/world.opml" in cli("status")[1]
    (found,) = json.loads(cli("status", "--json")[1])["lists"]
    assert (found["feeds"], found["error"]) == (12, "lists.example answered 404")


def test_ten_thousand_feeds_are_listed(cli, store, config):
    filled_with(store, {f"feed-{n}": None for n in range(10_000)})
    output = cli("feeds", "list")[1]
    assert output.count("\n") == 10_001


def test_a_feed_is_paused_by_its_address_or_name_and_resumed(cli, store, config):
    filled_with(store, {"ok": FeedState(polls=1, last_success=datetime.now(UTC)), "bad": FAILING})
    assert cli("feeds", "pause", "bad")[0] == 0
    assert "feeds resume https://ok.example/rss" in cli("feeds", "pause", "HTTPS://ok.example:443/rss")[1]
    rows = {row["name"]: row for row in json.loads(cli("feeds", "list", "--json")[1])}
    assert [(row["state"], row["next_poll"]) for row in rows.values()] == [("paused", None)] * 2
    assert json.loads(cli("feeds", "list", "--failing", "--json")[1]) == [], "what is paused needs nobody"
    status = collect(store)["feeds"]
    assert (status["paused"], status["ok"], status["failing"], status["failing_list"]) == (2, 0, 0, [])
    assert 'wirewatch_feeds{state="paused"} 2.0' in exposition(store, SystemClock(), "").body.decode()
    assert "2 paused" in cli("status")[1]
    lines = cli("feeds", "list")[1].splitlines()
    assert "go on with it: wirewatch feeds resume https://bad.example/rss" in next(x for x in lines if x[:3] == "bad")
    assert "asked again" in cli("feeds", "resume", "https://bad.example/rss")[1]
    assert (
        FeedStore(store).claim_one(Feed(url="https://bad.example/rss", name="bad").id, datetime.now(UTC), lease=60)
        is not None
    )
    assert count_by_state(store) == {"ok": 0, "failing": 1, "gone": 0, "new": 0, "paused": 1}
    assert "is not paused" in one_sentence(cli("feeds", "resume", "bad"))
    assert "see `wirewatch feeds list`" in one_sentence(cli("feeds", "pause", "https://nowhere.example/"))


def test_of_two_feeds_with_one_name_the_address_is_asked_for(cli, store, config):
    feeds = [Feed(url=f"https://{place}.example/rss", name="News") for place in ("east", "west")]
    FeedStore(store).sync(feeds, lambda _: datetime.now(UTC))
    sentence = one_sentence(cli("feeds", "pause", "News"))
    assert "https://east.example/rss, https://west.example/rss" in sentence
