"""The recorded day in Slack, with the real commands: the summit is one thread whose first message is right."""

from __future__ import annotations

import json
from datetime import UTC, datetime

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


def words(message):
    return "\n".join(
        text["text"]
        for block in message["blocks"]
        for text in [block.get("text"), *block.get("elements", [])]
        if text is not None
    )


def test_the_summit_is_one_thread_that_is_kept_up_to_date(up, receiver, eventually):
    with slack() as workspace, Newswire(speed=1500.0, clock=SystemClock()) as newswire:
        running = up(newswire.outlets, TOPIC + SLACK.format(url=workspace.url, token=TOKEN))
        eventually(lambda: running.status()["articles"] > 0, "the first articles")
        newswire.begin(datetime.now(UTC))
        everything = len(load().items)
        eventually(lambda: running.status()["articles"] == everything, f"{everything} articles", seconds=120)
        eventually(lambda: running.status()["outbox"] == 0, "an empty outbox")
        ((first, replies),) = [
            (message, [reply for reply in workspace.messages if reply.thread == message.ts])
            for message in workspace.messages
            if message.thread is None
        ]
        told = receiver.by_id()
        assert {message.alert for message in (first, *replies)} == set(told)
        stories = {payload["data"]["story"]["id"] for payload in told.values()}
        assert {message.sent["metadata"]["event_payload"]["story_id"] for message in workspace.messages} == stories
        assert told[first.alert]["type"] == "alert.new_story"
        (story,) = (one for one in json.loads(running.run("stories", "list", "--json").stdout) if one["id"] in stories)
        now = f"{story['sources']} independent sources"
        eventually(lambda: now in words(first.shown), f"a first message that tells of {now}")
        assert "Latest: Confirmed" in words(first.shown)
        assert f"{running.dashboard}/stories/{stories.pop()}" in words(first.shown)
