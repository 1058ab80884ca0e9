"""`wirewatch replay`: the recorded day as article lines, and what would have been sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from support.topics import TOPIC

from worker.run.cli import main
from worker.run.newswire.content import load

DAY = datetime(2026, 9, 11, tzinfo=UTC)
DESTINATION = '\n[[destinations]]\nname = "desk"\ntype = "console"\n[[destinations]]\nname = "hook"\ntype = "console"\n'


def lines():
    for item in load().items:
        at = DAY + timedelta(minutes=item.minute)
        yield {
            "id": item.key,
            "url": f"http://{item.outlet}.localhost{item.path}",
            "title": item.title,
            "text": "\n\n".join(item.paragraphs),
            "summary": item.summary,
            "published": (item.archived or at).isoformat(),
            "seen_at": at.isoformat(),
            "source": {"domain": f"{item.outlet}.localhost", "name": None},
        }


@pytest.fixture
def replay(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, articles=None, config=TOPIC + DESTINATION):
        (tmp_path / "wirewatch.toml").write_text(config, "utf-8")
        text = "\n".join(json.dumps(line) for line in (lines() if articles is None else articles))
        (tmp_path / "articles.jsonl").write_text(text, "utf-8")
        with pytest.raises(SystemExit) as ended:
            main(["replay", "articles.jsonl", *arguments])
        output = capsys.readouterr()
        return ended.value.code, output.out, output.err

    return run


def test_the_day_gives_three_alerts_in_order_as_webhook_payloads(replay):
    status, output, errors = replay("--json")
    assert (status, errors) == (0, "")
    payloads = [json.loads(line) for line in output.splitlines()]
    assert [payload["type"] for payload in payloads] == ["alert.new_story", "alert.confirmed", "alert.confirmed"]
    assert [payload["timestamp"] for payload in payloads] == [
        "2026-09-11T08:49:00Z",
        "2026-09-11T11:12:00Z",
        "2026-09-11T13:05:00Z",
    ]
    assert len({payload["data"]["story"]["id"] for payload in payloads}) == 1
    assert payloads[0]["data"]["story"]["independent_sources"] == 1


def test_a_person_reads_each_alert_why_and_how_many_messages(replay):
    status, output, errors = replay()
    assert (status, errors) == (0, "")
    assert "2026-09-11 08:49Z  new_story  Kim-Putin summit: Armoured train leaves Pyongyang" in output
    assert '    first report of this story: "' in output
    assert f"3 alerts, 6 messages, from 12 matched articles of {len(load().items)}\n" in output
    assert "a copy 4" in output
    assert "stale 1" in output


def test_it_is_deterministic_and_the_same_article_twice_changes_nothing(replay):
    twice = [line for line in lines() for _ in range(2)]
    assert replay("--json")[1] == replay("--json", articles=twice)[1]


def test_quiet_hours_hold_the_moment_back(replay):
    quiet = TOPIC.replace("sources = [1, 3]", 'sources = [1, 3]\nquiet = "08:00-12:00 UTC"')
    _, output, _ = replay("--json", config=quiet + DESTINATION)
    stamps = [json.loads(line)["timestamp"] for line in output.splitlines()]
    assert stamps == ["2026-09-11T12:00:00Z", "2026-09-11T12:00:00Z", "2026-09-11T13:05:00Z"]


def test_only_those_named_in_notify_are_counted(replay):
    one = TOPIC.replace("sources = [1, 3]", 'sources = [1, 3]\nnotify = ["desk"]')
    assert "3 alerts, 3 messages" in replay(config=one + DESTINATION)[1]


def test_a_bad_line_costs_itself_only(replay):
    status, output, errors = replay("--json", articles=[{"id": "x"}, *lines(), {"id": "y", "title": 5}])
    assert status == 1
    assert len(output.splitlines()) == 3
    assert [line.split(": ")[1] for line in errors.splitlines()] == ["line 1", f"line {len(load().items) + 2}"]


def test_secrets_that_are_not_at_hand_do_not_matter(replay):
    hook = '\n[[destinations]]\nname = "h"\ntype = "webhook"\nurl = "https://example.org/h"\nsecret = "env:NOT_SET"\n'
    assert replay("--json", config=TOPIC + hook)[0] == 0
