"""A local newswire, a receiver that records what arrives, and `wirewatch up` between them."""

from __future__ import annotations

import sys

import pytest
from support.processes import Running
from support.quick import configuration
from support.topics import TOPIC


@pytest.fixture(scope="session")
def configured():
    """The configuration with these feeds, more tables, and the address of a receiver."""
    return configuration


@pytest.fixture
def up(tmp_path, receiver):
    """Start `wirewatch up` with these feeds; it is stopped, and looked over for orphans, at the end."""
    started: list[Running] = []

    def start(feeds: list[tuple[str, str]], extra: str = TOPIC) -> Running:
        running = Running(tmp_path, configuration(feeds, extra, receiver.url))
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        if not running.ended():
            running.stop()


@pytest.fixture(autouse=True)
def on_linux():
    if sys.platform != "linux":
        pytest.skip("process trees are read from /proc")
