"""The examples of the README are run, so that they cannot rot."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from worker.config import load
from worker.run.supervisor import command

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_configuration_loads(tmp_path):
    (text,) = blocks("toml")
    path = tmp_path / "wirewatch.toml"
    path.write_text(text, "utf-8")
    settings = load(path, env={})
    assert len([line for line in text.splitlines() if line.strip()]) <= 10
    assert settings.topics[0].sources == (1, 3)


def test_the_query_example_matches():
    (example,) = [block for block in blocks("sh") if "wirewatch match" in block]
    script = example.replace("wirewatch match", " ".join(f"'{part}'" for part in [*command(), "match"]))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["topics"][0]["highlights"][0]["text"] == "Kim Jong-un to meet Putin"


@pytest.mark.parametrize(
    "word", ["demo", "init", "check", "up", "status", "doctor", "parse", "clean", "match", "group"]
)
def test_every_command_it_names_exists(word):
    assert f"wirewatch {word}" in README or f"`{word}`" in README
    done = subprocess.run([*command(), word, "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_two_commands_install_with_constraints_and_end_in_what_they_promise():
    demo, tests = (block.strip() for block in blocks("sh")[:2])
    assert demo.endswith("wirewatch demo")
    assert tests.endswith(".venv/bin/pytest -n auto")
    assert all("-c constraints.txt" in line for line in (demo, tests))


def test_constraints_hold_versions_and_no_address():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"#.*|[\w.-]+==[\w.]+", line) for line in lines)


def test_it_can_be_read_in_five_minutes():
    assert len(README.split()) < 1_000
