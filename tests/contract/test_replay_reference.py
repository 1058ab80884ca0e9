"""deploy/replay.md: every command line in it is run, and the configuration it shows loads."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.clean.lines import from_line
from worker.config import load
from worker.edge import keys
from worker.edge.store.shorthand import Shorthand
from worker.run.cli import main

TEXT = (Path(__file__).resolve().parents[2] / "deploy" / "replay.md").read_text("utf-8")
CONFIG = '[[topics]]\nname = "Ferries"\nquery = "ferry"\n[[destinations]]\nname = "desk"\ntype = "console"\n'


def commands():
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)).splitlines()
    inline = re.findall(r"`(wirewatch (?:group|replay) [a-z]+\.jsonl[^`]*)`", TEXT)
    return [tuple(shlex.split(line, comments=True)) for line in [*lines, *inline]]


@pytest.fixture
def at_hand(tmp_path, monkeypatch, store, redis_server):
    """The files that the commands name, and one article stored."""
    line = {"id": "1", "title": "Sample ferry aground", "seen_at": datetime.now(UTC).isoformat()}
    for name in ("wirewatch.toml", "other.toml"):
        (tmp_path / name).write_text(CONFIG, "utf-8")
    (tmp_path / "articles.jsonl").write_text(json.dumps(line), "utf-8")
    article = from_line(line)
    store.set(keys.ARTICLE + article.id, Shorthand().pack(store, article, article.seen_at))
    store.zadd(keys.ARTICLES, {article.id: article.seen_at.timestamp()})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_server.url)


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_it_shows_works(command, at_hand, capsys):
    with pytest.raises(SystemExit) as ended:
        main(command[1:])
    output = capsys.readouterr()
    assert (ended.value.code, output.err) == (0, "")
    assert output.out


def test_there_are_commands_to_try():
    assert len(commands()) >= 6
    assert all(command[0] == "wirewatch" for command in commands())


def test_the_configuration_it_shows_loads(tmp_path):
    (text,) = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "wirewatch.toml").write_text(text, "utf-8")
    assert load(tmp_path / "wirewatch.toml", env={}).story_model == str(tmp_path / "models" / "all-MiniLM-L6-v2")
