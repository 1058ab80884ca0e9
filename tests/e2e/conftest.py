"""A local newswire, a receiver that records what arrives, and `wirewatch up` between them."""

from __future__ import annotations

import sys

import pytest
from support.processes import Running, alive, descendants
from support.topics import TOPIC


@pytest.fixture
def up(tmp_path, receiver):
    """Start `wirewatch up` with these feeds; it is stopped, and looked over for orphans, at the end."""
    started: list[Running] = []

    def start(feeds: list[tuple[str, str]], extra: str = TOPIC, **replace: str) -> Running:
        lists = "\n".join(f'[[feeds]]\nurl = "{url}"\nname = "{name}"' for name, url in feeds)
        config = f"""
[storage]
dir = "data"
[network]
allow = ["127.0.0.0/8"]
[polling]
interval = "1s"
min_interval = "1s"
max_interval = "2s"
[web]
listen = "127.0.0.1:0"
{lists}
{extra}
[[destinations]]
name = "hook"
type = "webhook"
url = "{receiver.url}"
secret = "env:HOOK_SECRET"
"""
        running = Running(tmp_path, config)
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        if running.process is not None and running.process.poll() is None:
            pids = descendants(running.process.pid)
            running.stop()
            assert [pid for pid in pids if alive(pid)] == []
        elif running.process is not None:
            running.process.stdout.close()


@pytest.fixture(autouse=True)
def on_linux():
    if sys.platform != "linux":
        pytest.skip("process trees are read from /proc")
