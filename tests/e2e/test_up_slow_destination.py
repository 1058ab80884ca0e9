"""A destination that hangs, among the real commands: it delays neither the others nor the reading of feeds."""

from __future__ import annotations

import threading

import pytest
from support.recorder import GOOD, Recorder, Reply, recording
from support.wire import TOPICS, Wire, serving_wire

# An attempt that hangs is given up after fifteen seconds, and the last ones come half a minute later.
pytestmark = pytest.mark.timeout(600)

# More stories than attempts at a destination may be under way at a time, twice.
STORIES = 10
OTHER = """
[[destinations]]
name = "slow"
type = "webhook"
url = "http://127.0.0.1:{port}/hook"
secret = "env:HOOK_SECRET"
"""


def test_a_destination_that_hangs_delays_neither_another_nor_the_reading_of_feeds(up, receiver, eventually):
    go_on = threading.Event()
    slow = Recorder()
    slow.behave = lambda _id, _attempt: Reply(status=503, hold=go_on)
    wire = Wire("slow")
    with serving_wire(wire), recording(slow):
        running = up([(name, url) for name, url in wire.feeds()], TOPICS + OTHER.format(port=slow.port))
        for _ in range(2):
            wire.publish(2 * STORIES, stories=STORIES)
            eventually(lambda: running.status()["articles"] == len(wire.ledger), "every article", seconds=90)
            eventually(lambda: len(receiver.by_id()) == len(wire.expected()), "every alert at the one that is well")
        assert slow.attempts
        assert slow.told() == []
        assert running.status()["outbox"] == 2 * STORIES
        slow.behave = lambda _id, _attempt: GOOD
        go_on.set()
        eventually(lambda: set(slow.told()) == wire.expected(), "every alert at the one that hung", seconds=150)
        assert len(slow.told()) == 2 * STORIES
        assert len(receiver.by_id()) == 2 * STORIES
