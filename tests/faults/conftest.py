"""One life of the system for many faults, each at a seeded random moment; a table of what became of them.

`pytest tests/faults` plays every fault once; `--soak N` plays N rounds of each, with other moments every time;
`--table FILE` writes what was measured into the marked part of a document.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

pytest.register_assert_rewrite("support.atrest", "support.faultlab", "support.strikes")

from support.faultlab import Lab, lab_in  # noqa: E402  its checks are asserts of the tests

# Where `--table` writes.
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"


def pytest_addoption(parser):
    group = parser.getgroup("faults")
    group.addoption("--soak", type=int, default=1, metavar="N", help="rounds of every fault")
    group.addoption("--table", type=Path, metavar="FILE", help="write the table of faults into this document")


def pytest_generate_tests(metafunc):
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("round_", range(metafunc.config.getoption("--soak", 1)), ids=lambda n: f"round{n}")


@pytest.fixture(autouse=True)
def on_linux():
    if sys.platform != "linux":
        pytest.skip("process trees are read from /proc")


class _Lives:
    """The lab that is alive; one in which a fault went wrong is not used again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        self._open = contextlib.ExitStack()
        self.lab: Lab | None = None

    def get(self) -> Lab:
        if self.lab is None:
            self._count += 1
            self.lab = self._open.enter_context(lab_in(self._folder / f"life{self._count}", seed=self._count))
        return self.lab

    def end(self) -> None:
        self.lab = None
        self._open.close()


@pytest.fixture(scope="session")
def lives(tmp_path_factory):
    found = _Lives(tmp_path_factory.mktemp("faults"))
    yield found
    found.end()


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

    def over(self, at: float | None = None) -> None:
        self._over = time.monotonic() if at is None else at

    def lasted(self) -> float:
        """Seconds since the trial began."""
        return time.monotonic() - self.began

    def seconds(self) -> float:
        return time.monotonic() - self._over


@pytest.fixture
def fault(request, lives, round_):
    """Start a trial from what happens and what is promised; when its context ends, all is at rest again."""

    @contextlib.contextmanager
    def trial(title: str, promise: str, *, lab: Lab | None = None):
        of = lab or lives.get()
        this = Fault(title, round_)
        try:
            yield this
            of.settle()
        except BaseException:
            if of is lives.lab:
                lives.end()
            raise
        finally:
            of.calm()
        seconds = this.seconds()
        # A report takes it along, also from one process of the tests to another.
        request.node.user_properties.append(("fault", [title, promise, seconds]))
        sys.stdout.write(f"{title}: at rest after {seconds:.1f} s\n")

    return trial


def pytest_terminal_summary(terminalreporter, config):
    rows, promises = defaultdict(list), {}
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "fault" and report.when == "call":
                title, promise, seconds = value
                promises[title] = promise
                rows[title].append(seconds)
    if not rows:
        return
    terminalreporter.section("time to recover")
    for title, seconds in rows.items():
        line = f"{title:<70} {_median(seconds):6.1f} s, longest {max(seconds):.1f}, n={len(seconds)}"
        terminalreporter.write_line(line)
    if path := config.getoption("--table", None):
        _write(path, rows, promises)


def _write(path, rows, promises):
    lines = ["| fault | what is promised | rounds | at rest after (median, longest) |", "|---|---|---|---|"]
    lines += [
        f"| {title} | {promises[title]} | {len(seconds)} | {_median(seconds):.1f} s, {max(seconds):.1f} s |"
        for title, seconds in rows.items()
    ]
    head, _, rest = path.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    path.write_text("\n".join([head + BEGIN, *lines, END + tail]), "utf-8")


def _median(seconds):
    return statistics.median(seconds)
