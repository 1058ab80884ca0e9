"""The main job, with the real commands: the summit is told once, the decoys never, also when processes are killed.

In Slack the summit is one thread whose first message is kept up to date.
"""

from __future__ import annotations

import json
import os
import signal
from datetime import timedelta

import pytest
from support.fake_slack import TOKEN, slack
from support.topics import TOPIC

from worker.edge.clock import SystemClock
from worker.run.newswire.content import load
from worker.run.newswire.server import Newswire

SLACK = """
[[destinations]]
name = "newsroom"
type = "slack"
url = "{url}"
token = "{token}"
channel = "#newsroom"
"""
# The five hours of the recorded thread in about twelve seconds.
SPEED = 1500.0


# The day in parts, each of which brings new items; four are not all of it.
PART = timedelta(seconds=2.4)


class DayClock:
    """The real time, and at `end` it stands still: what comes out later waits for the test."""

    def __init__(self):
        self.end = None

    def now(self):
        now = SystemClock().now()
        return now if self.end is None else min(now, self.end)


@pytest.fixture
def clock():
    return DayClock()


@pytest.fixture
def newswire(clock):
    with Newswire(speed=SPEED, clock=clock) as newswire:
        yield newswire


def decoys_and_everyday():
    return {item.title for item in load().items if item.role != "summit"}


def play(newswire, clock, running, eventually):
    """Play the day, or what is left of it, until every item has become an article and every delivery is made."""
    clock.end = None
    newswire.begin(clock.now())
    everything = len(load().items)
    eventually(lambda: newswire.finished(clock.now()), "the end of the day")
    eventually(lambda: running.status()["articles"] == everything, f"{everything} articles", seconds=90)
    eventually(lambda: running.status()["outbox"] == 0, "an empty outbox")


def check_told_right(receiver):
    alerts = receiver.by_id()
    assert receiver.types()["alert.new_story"] == 1
    assert receiver.types()["alert.confirmed"] == 2
    stories = {payload["data"]["story"]["id"] for payload in alerts.values()}
    assert len(stories) == 1
    assert {payload["data"]["article"]["title"] for payload in alerts.values()} & decoys_and_everyday() == set()
    assert len(receiver.payloads()) >= len(alerts)  # every signature is right


def test_the_summit_is_told_once_and_the_decoys_never(newswire, clock, up, receiver, eventually):
    with slack() as workspace:
        running = up(newswire.outlets, TOPIC + SLACK.format(url=workspace.url, token=TOKEN))
        eventually(lambda: running.status()["articles"] > 0, "the first articles")
        play(newswire, clock, running, eventually)
        check_told_right(receiver)
        first = receiver.payloads()[0]
        assert first["type"] == "alert.new_story"
        assert first["data"]["alert"]["sent_because"].startswith('first report of this story: "')
        assert first["data"]["article"]["source"]["domain"].endswith(".localhost")
        assert "train" in " ".join(h["text"].casefold() for h in first["data"]["match"]["highlights"])
        assert first["data"]["story"]["url"].startswith(running.dashboard)
        assert len(receiver.requests) == len(receiver.by_id())
        check_one_trace(running, first["data"]["alert"]["id"])
        check_thread(workspace, running, receiver.by_id(), eventually)


def check_thread(workspace, running, told, eventually):
    """One message with replies, whose first one tells of what became known last."""
    (first,) = (message for message in workspace.messages if message.thread is None)
    replies = [message for message in workspace.messages if message.thread == first.ts]
    assert {message.alert for message in (first, *replies)} == set(told)
    stories = {payload["data"]["story"]["id"] for payload in told.values()}
    assert {message.sent["metadata"]["event_payload"]["story_id"] for message in workspace.messages} == stories
    assert told[first.alert]["type"] == "alert.new_story"
    (story,) = (one for one in json.loads(running.run("stories", "list", "--json").stdout) if one["id"] in stories)
    now = f"{story['sources']} independent sources"
    eventually(lambda: now in words(first.shown), f"a first message that tells of {now}")
    assert "Latest: Confirmed" in words(first.shown)
    assert f"{running.dashboard}/stories/{stories.pop()}" in words(first.shown)


def words(message):
    return "\n".join(
        text["text"]
        for block in message["blocks"]
        for text in [block.get("text"), *block.get("elements", [])]
        if text is not None
    )


def check_one_trace(running, alert_id):
    """Every log line is one JSON object, and an entry's id runs through every process that touched it."""
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    delivered = next(line for line in lines if line["event"] == "delivered" and line["alert"] == alert_id)
    trace = delivered["trace"]
    on_the_way = {line["process"] for line in lines if trace in {line.get("trace"), *line.get("traces", ())}}
    assert on_the_way == {"scheduler", "worker-ingest", "worker-deliver"}


def test_killing_workers_in_the_middle_changes_nothing(newswire, clock, up, receiver, eventually):
    running = up(newswire.outlets)
    eventually(lambda: running.status()["articles"] > 0, "the first articles")
    clock.end = clock.now()
    newswire.begin(clock.end)
    after = "the start"
    for words in ("worker ingest", "worker deliver", "worker ingest", "scheduler"):
        before = running.status()["articles"]
        # Only now does more come out, so that there is work to see however slowly this test looks.
        clock.end += PART
        eventually(lambda before=before: running.status()["articles"] > before, f"work after {after}")
        eventually(lambda words=words: running.pid_of(words), f"a running {words}")
        os.kill(running.pid_of(words), signal.SIGKILL)
        after = f"killing {words}"
    play(newswire, clock, running, eventually)
    check_told_right(receiver)
