"""One life of the system for many faults, each at a seeded random moment; a table of what became of them.

`pytest tests/faults` plays every fault once; `--soak N` plays N rounds of each, with other moments every time;
`--table FILE` writes what was measured into the marked part of a document, where rows of what was not played stay. With
`--record FILE` rounds can be played in several lots (`--soak 5 --first 5`): the table is made of all of them.
"""

from __future__ import annotations

import contextlib
import json
import random
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("support.atrest", "support.faultlab", "support.strikes")

from support.faultlab import Lab, lab_in  # noqa: E402  its checks are asserts of the tests
from support.faulttable import replaced, row  # noqa: E402  as above


def pytest_addoption(parser):
    group = parser.getgroup("faults")
    group.addoption("--soak", type=int, default=1, metavar="N", help="rounds of every fault")
    group.addoption("--first", type=int, default=0, metavar="N", help="the number of the first round, where not 0")
    group.addoption("--table", type=Path, metavar="FILE", help="write the table of faults into this document")
    group.addoption("--record", type=Path, metavar="FILE", help="add to what this file holds of earlier lots of rounds")


def pytest_generate_tests(metafunc):
    if "fault" in metafunc.fixturenames:
        first = metafunc.config.getoption("--first", 0)
        rounds = range(first, first + metafunc.config.getoption("--soak", 1))
        metafunc.parametrize("round_", rounds, ids=lambda n: f"round{n}")


@pytest.fixture(autouse=True)
def on_linux():
    if sys.platform != "linux":
        pytest.skip("process trees are read from /proc")


class Lives:
    """The lab that is alive; one in which a fault went wrong is not used again."""

    def __init__(self, folder: Path, **how: Any) -> None:
        self._folder, self._how, self._count = folder, how, 0
        self._open = contextlib.ExitStack()
        self.lab: Lab | None = None

    def get(self) -> Lab:
        if self.lab is None:
            self._count += 1
            self.lab = self._open.enter_context(
                lab_in(self._folder / f"life{self._count}", seed=self._count, **self._how)
            )
        return self.lab

    def end(self) -> None:
        self.lab = None
        self._open.close()


@pytest.fixture(scope="session")
def lives_in():
    """Lives in a folder, on a machine of their own where more is said of it."""
    return Lives


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    found = Lives(tmp_path_factory.mktemp("faults"))
    yield found
    found.end()


@pytest.fixture
def lives(sound):
    """Where the labs of a test come from: here, a machine with which nothing is wrong."""
    return sound


@pytest.fixture
def lab(lives):
    return lives.get()


class Fault:
    """One trial: `over` is the moment from which recovery is measured.

    Outages last until they are felt, and `longer` seconds more in all rounds but the first: up to a minute.
    """

    def __init__(self, title: str, round_: int) -> None:
        self.random = random.Random(f"{title} {round_}")
        self.longer = self.random.uniform(0, 60) if round_ else 0.0
        self.began = self._over = time.monotonic()
        self.parts: list[tuple[str, str, float]] = []

    def over(self, at: float | None = None) -> None:
        self._over = time.monotonic() if at is None else at

    def part(self, title: str, promise: str, seconds: float) -> None:
        """Something that was over sooner than all of it."""
        self.parts.append((title, promise, seconds))

    def lasted(self) -> float:
        """Seconds since the trial began."""
        return time.monotonic() - self.began

    def seconds(self) -> float:
        return time.monotonic() - self._over


@pytest.fixture
def fault(request, lives, round_):
    """Start a trial from what happens and what is promised; when its context ends, all is at rest again."""

    @contextlib.contextmanager
    def trial(title: str, promise: str):
        of, this = lives.get(), Fault(title, round_)
        try:
            yield this
            of.settle()
        except BaseException:
            lives.end()
            raise
        finally:
            of.calm()
        seconds = this.seconds()
        # A report takes it along, also from one process of the tests to another.
        for told in (*this.parts, (title, promise, seconds)):
            request.node.user_properties.append(("fault", list(told)))
            sys.stdout.write(f"{told[0]}: {told[-1]:.1f} s\n")

    return trial


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
