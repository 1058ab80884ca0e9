"""One life of the system for many faults, each at a seeded random moment."""

from __future__ import annotations

import contextlib
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("support.atrest", "support.faultlab", "support.strikes")

from support.faultlab import Lab, lab_in  # noqa: E402  its checks are asserts of the tests


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
def fault(lives, round_, recovered):
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
        for told in (*this.parts, (title, promise, seconds)):
            recovered(*told)

    return trial
