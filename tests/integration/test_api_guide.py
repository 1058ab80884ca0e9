"""The commands of deploy/api.md are run, so that they cannot rot."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from support.newsroom import NOW, TOPIC, Newsroom, alert_id, make_story
from support.webs import a_web

from worker.edge.redis_client import connect
from worker.edge.scope import Scope
from worker.edge.store.tokens import Tokens

GUIDE = (Path(__file__).resolve().parents[2] / "deploy" / "api.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]


@pytest.fixture(scope="module")
def shell(redis_server):
    """A client, and what the commands call by name."""
    connection = connect(redis_server.url)
    connection.flushdb()
    newsroom = Newsroom(connection)
    newsroom.publish()
    newsroom.commit(make_story(), {})
    token = Tokens(connection).create("my-script", Scope.WRITE, NOW)
    with a_web(connection, password="sample") as client:
        names = {"WIREWATCH": str(client.base_url).rstrip("/"), "TOKEN": token}
        yield client, names | {"STORY": "story1", "ALERT": alert_id(make_story())}
    connection.close()


def request(command, names):
    """What curl would send: method, address, parameters, header fields and body."""
    words = iter(shlex.split(re.sub(r"\$([A-Z]+)", lambda name: names[name[1]], command)))
    assert next(words) == "curl"
    sent = {"method": "GET", "url": "", "headers": {}, "params": {}, "json": None}
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            sent["headers"][name] = value
        elif word == "--data-urlencode":
            name, _, value = next(words).partition("=")
            sent["params"][name] = value
        elif word == "--json":
            sent |= {"method": "POST", "content": next(words)}
            sent["headers"]["Content-Type"] = "application/json"
        elif word not in {"-N", "-G"}:
            assert not sent["url"]
            sent["url"] = word
    return {name: value for name, value in sent.items() if value}


def test_there_are_commands_to_run():
    assert len(COMMANDS) >= 8
    assert TOPIC.name in GUIDE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_does_what_the_guide_says(shell, command):
    client, names = shell
    with client.stream(**request(command, names)) as answer:
        assert answer.status_code == 200
        if "/stream" in command:
            assert next(answer.iter_lines()) == "retry: 2000"
        else:
            answer.read()
            assert answer.json()
