"""The webhook payload and its signature, as a receiver gets them from the real command."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime

import pytest
from support.servers import SECRET

from worker.run.supervisor import command

DATA = {"alert", "story", "article", "match"}
ALERT = {"id", "reason", "topic", "sent_because"}
STORY = {"id", "headline", "first_seen", "independent_sources", "articles", "url", "reports"}
REPORT = {"source", "title", "url", "published", "seen_at", "copy_of"}
ARTICLE = {"id", "title", "url", "canonical_url", "source", "published", "language", "summary"}
MATCH = {"query", "score", "highlights"}
RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def send_test(tmp_path, receiver):
    config = tmp_path / "wirewatch.toml"
    config.write_text(
        f'[[destinations]]\nname = "hook"\ntype = "webhook"\nurl = "{receiver.url}"\nsecret = "env:HOOK_SECRET"\n'
        '[[destinations]]\nname = "desk"\ntype = "console"\n',
        "utf-8",
    )

    def send(destination):
        clean = {k: v for k, v in os.environ.items() if k not in {"WIREWATCH_CONFIG", "REDIS_URL"}}
        return subprocess.run(
            [*command(), "alerts", "test", destination, "--config", str(config)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**clean, "HOOK_SECRET": SECRET},
        )

    return send


def test_a_test_alert_is_signed_and_holds_every_key_of_the_payload(send_test, receiver):
    before = datetime.now(UTC).timestamp()
    done = send_test("hook")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hook took the test alert\n", "")
    ((headers, body),) = receiver.requests
    assert headers["content-type"].startswith("application/json")
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= set(headers)
    assert before - 1 <= int(headers["webhook-timestamp"]) <= datetime.now(UTC).timestamp() + 1
    (payload,) = receiver.payloads()
    assert json.loads(body) == payload
    assert set(payload) == {"type", "timestamp", "data"}
    assert payload["type"] == "alert.test"
    data = payload["data"]
    assert set(data) >= DATA
    assert set(data["alert"]) >= ALERT
    assert data["alert"]["id"] == headers["webhook-id"]
    assert data["alert"]["reason"] == "test"
    assert set(data["story"]) >= STORY
    assert all(set(report) >= REPORT for report in data["story"]["reports"])
    assert len(data["story"]["reports"]) == data["story"]["articles"] == 1
    assert set(data["article"]) >= ARTICLE
    assert set(data["article"]["source"]) >= {"domain", "name"}
    assert set(data["match"]) >= MATCH
    times = [payload["timestamp"], data["story"]["first_seen"], data["article"]["published"]]
    assert [time for time in times if not RFC_3339_UTC.fullmatch(time)] == []


def test_two_test_alerts_are_two_alerts(send_test, receiver):
    assert [send_test("hook").returncode for _ in range(2)] == [0, 0]
    assert len(receiver.by_id()) == 2


def test_a_receiver_that_refuses_is_one_sentence_without_the_address(send_test, receiver):
    receiver.answer = lambda _number: 500
    done = send_test("hook")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("wirewatch: ")
    assert done.stderr.count("\n") == 1
    assert "500" in done.stderr
    assert SECRET not in done.stderr
    assert receiver.url not in done.stderr
    assert len(receiver.requests) == 1, "a test is sent once, whoever asks can ask again"


def test_the_console_takes_a_test_alert_too(send_test):
    done = send_test("desk")
    assert (done.returncode, done.stderr) == (0, "")
    assert "This is a test alert from wirewatch" in done.stdout
    assert done.stdout.endswith("desk took the test alert\n")
