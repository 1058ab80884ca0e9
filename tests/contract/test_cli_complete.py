"""What a shell is offered after a Tab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from worker.run.cli import main
from worker.run.supervisor import command

CONFIG = """
[[feeds]]
url = "https://a.example/rss"
[[feeds]]
url = "https://b.example:8443/rss"
[[feeds]]
opml = "list.opml"
[[topics]]
name = "Harbour bridge"
query = "NOT valid"
[[topics]]
name = "Ferries"
query = "ferry"
[[destinations]]
name = "desk"
type = "console"
"""


@pytest.fixture
def offered(tmp_path, monkeypatch, capsys):
    """What is offered for words, of which the last is being typed, in the words of a shell."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WIREWATCH_CONFIG", raising=False)
    (tmp_path / "wirewatch.toml").write_text(CONFIG, "utf-8")

    def ask(*words, asked_by="fish"):
        monkeypatch.setenv("_WIREWATCH_COMPLETE", f"complete_{asked_by}")
        if asked_by == "bash":
            monkeypatch.setenv("COMP_WORDS", "\n".join(["wirewatch", *words]))
            monkeypatch.setenv("COMP_CWORD", str(len(words)))
        else:
            monkeypatch.setenv("_TYPER_COMPLETE_ARGS", " ".join(["wirewatch", *words]))
            monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        with pytest.raises(SystemExit):
            main([])
        return [line for line in capsys.readouterr().out.splitlines() if line]

    return ask


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("topics", "mute", "F"), ["Ferries"]),
        (("topics", "remove", "H"), ["Harbour bridge"]),
        (("articles", "explain", "some-id", "F"), ["Ferries"]),
        (("feeds", "remove", "https://a"), ["https://a.example/rss"]),
        (("feeds", "poll", "https://b"), ["https://b.example:8443/rss"]),
        (("alerts", "test", "d"), ["desk"]),
        (("destinations", "resume", "d"), ["desk"]),
        (("topics", "mute", "--config", "nosuch.toml", "F"), []),
        (("topics", "add", "F"), []),
    ],
    ids=" ".join,
)
def test_names_come_from_the_configuration_file_even_from_a_broken_one(words, expected, offered):
    assert [line.partition("\t")[0] for line in offered(*words)] == expected


def test_a_broken_file_is_no_news_for_a_shell(offered, tmp_path):
    (tmp_path / "wirewatch.toml").write_text("[[topics\n", "utf-8")
    assert offered("topics", "mute", "F") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("topics", "mute", "Harb"), ["'Harbour bridge'"]),
        (("topics", "mute", "Harbour\\ b"), ["'Harbour bridge'"]),
        (("feeds", "remove", "https", ":", "//a"), ["//a.example/rss"]),
        (("feeds", "remove", "https", ":"), ["//a.example/rss", "//b.example:8443/rss"]),
        (("feeds", "remove", "https", ":", "//b.example", ":"), ["8443/rss"]),
    ],
    ids=" ".join,
)
def test_bash_gets_names_that_it_can_insert(words, expected, offered):
    """It ends words at colons, and inserts what it gets as it is."""
    assert offered(*words, asked_by="bash") == expected


ASK_BASH = r"""
eval "$(cat script)"
COMP_WORDS=(wirewatch topics mute F) COMP_CWORD=3
_wirewatch_completion wirewatch
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_itself_gets_a_name(tmp_path):
    """The script that --show-completion prints, in a real bash."""
    (tmp_path / "wirewatch.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "wirewatch"
    program.write_text(f'#!/bin/sh\nexec {" ".join(map(json.dumps, command()))} "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "WIREWATCH_CONFIG"},
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }

    def run(*words):
        return subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    (tmp_path / "script").write_text(run("wirewatch", "--show-completion", "bash"), "utf-8")
    assert run("bash", "--norc", "-c", ASK_BASH) == "Ferries\n"
