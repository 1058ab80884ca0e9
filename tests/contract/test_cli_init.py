"""`wirewatch init` where somebody is at the terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import tomllib

import pytest

from worker.config import load, problems
from worker.config.starting import starting_text
from worker.run.supervisor import command

URL = "https://hooks.slack.com/services/T0SAMPLE/B0SAMPLE/sampleSampleSample"


def answered(folder, *lines):
    """The command, with these lines typed beforehand; gives its status, its output, and what the terminal shows."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, "".join(f"{line}\n" for line in lines).encode())
        done = subprocess.run(
            [*command(), "init"],
            cwd=folder,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=False,
            timeout=60,
            env={name: value for name, value in os.environ.items() if name != "WIREWATCH_CONFIG"},
        )
        return done.returncode, done.stdout.decode(), os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)


def test_two_answers_make_a_file_that_works(tmp_path):
    """What cannot be understood is asked again, and the address of the webhook stands in no file that others read."""
    status, output, shown = answered(
        tmp_path, "ferry AND (harbour OR", 'ferry AND (harbour OR "sea port")', "http://example.org/hook", URL
    )
    assert status == 0, shown
    assert "this parenthesis is never closed" in shown
    assert "That means: " in shown
    assert "This is no Slack webhook" in shown
    path, secret = tmp_path / "wirewatch.toml", tmp_path / "slack-webhook-url"
    assert problems(path) == []
    settings = load(path, env={})
    assert [(topic.name, topic.query) for topic in settings.topics] == [('ferry AND (harbour OR "sea port")',) * 2]
    assert [(spec.name, spec.type) for spec in settings.destinations] == [("terminal", "console"), ("desk", "slack")]
    assert settings.destinations[1].url.get_secret_value() == URL
    assert URL not in path.read_text("utf-8")
    assert URL not in output
    assert secret.stat().st_mode & 0o777 == 0o600
    assert "alerts test desk" in output


def test_ctrl_d_writes_nothing(tmp_path):
    status, output, _ = answered(tmp_path, "\x04")
    assert (status, output) == (1, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("query", ["it's \"odd\" '''", "back\\slash", 'a "b c" NEAR/5 d'])
def test_whatever_is_asked_for_is_written_so_that_it_can_be_read(query):
    found = tomllib.loads(starting_text(topic=query, query=query, slack="file:x"))
    assert [(topic["name"], topic["query"]) for topic in found["topics"]] == [(query, query)]
    assert "parties" not in found["topics"][0]
    assert found["destinations"][1] == {"name": "desk", "type": "slack", "url": "file:x"}


def test_without_answers_it_is_the_template():
    found = tomllib.loads(starting_text(topic="", query="", slack=""))
    assert [topic["name"] for topic in found["topics"]] == ["Kim-Putin summit"]
    assert [destination["name"] for destination in found["destinations"]] == ["terminal"]
