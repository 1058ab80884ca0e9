"""Faults are played in rounds, and a table tells how long it took to be well again; part of every run of the tests.

`pytest tests/faults tests/machines` plays every fault once; `--soak N` plays N rounds of each, with other moments
every time; `--table FILE` writes what was measured into the marked part of a document, where rows of what was not
played stay. With `--record FILE` rounds can be played in several lots (`--soak 5 --first 5`): the table is made of all
of them.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from support.faulttable import replaced, row


def pytest_addoption(parser):
    group = parser.getgroup("faults")
    group.addoption("--soak", type=int, default=1, metavar="N", help="rounds of every fault")
    group.addoption("--first", type=int, default=0, metavar="N", help="the number of the first round, where not 0")
    group.addoption("--table", type=Path, metavar="FILE", help="write the table of faults into this document")
    group.addoption("--record", type=Path, metavar="FILE", help="add to what this file holds of earlier lots of rounds")


def pytest_generate_tests(metafunc):
    if "round_" in metafunc.fixturenames:
        first = metafunc.config.getoption("--first", 0)
        rounds = range(first, first + metafunc.config.getoption("--soak", 1))
        metafunc.parametrize("round_", rounds, ids=lambda n: f"round{n}")


@pytest.fixture
def recovered(request):
    """Note what happened, what is promised, and after how many seconds all was at rest again."""

    def note(title: str, promise: str, seconds: float) -> None:
        # A report takes it along, also from one process of the tests to another.
        request.node.user_properties.append(("fault", [title, promise, seconds]))
        sys.stdout.write(f"{title}: {seconds:.1f} s\n")

    return note


def pytest_terminal_summary(terminalreporter, config):
    if hasattr(config, "workerinput"):
        return  # one of several processes, which know some of the trials each
    played = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "fault" and report.when == "call"
    ]
    if not played:
        return
    if record := config.getoption("--record", None):
        with record.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(one)}\n" for one in played)
        played = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    rows, promises = defaultdict(list), {}
    for title, promise, seconds in played:
        promises[title] = promise
        rows[title].append(seconds)
    terminalreporter.section("time to recover")
    for title, seconds in rows.items():
        line = f"{title:<70} {statistics.median(seconds):6.1f} s, longest {max(seconds):.1f}, n={len(seconds)}"
        terminalreporter.write_line(line)
    if path := config.getoption("--table", None):
        written = {title: row(title, promises[title], seconds) for title, seconds in rows.items()}
        path.write_text(replaced(path.read_text("utf-8"), written), "utf-8")
