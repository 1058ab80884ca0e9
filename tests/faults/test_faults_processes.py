"""Processes that are killed, stopped and asked to end, in the middle of their work."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(600)


def test_nothing_happens(lab, fault):
    with fault("none, for comparison", "entries are processed and told") as trial:
        lab.wire.publish(12)
        trial.over()


@pytest.mark.parametrize(
    ("words", "at", "promise"),
    [
        ("scheduler", "poll", "its feeds are taken over"),
        ("worker ingest", "page", "its batch runs again within 10 s"),
        ("worker deliver", "alert", "what it was sending is sent again with the same id"),
        ("web", "page", "the dashboard is back"),
    ],
)
def test_kill_9(lab, fault, words, at, promise):
    with fault(f"kill -9 of `{words}`", promise) as trial:
        struck = lab.strike(at, trial.random.randint(1, 2 if at == "alert" else 8), lambda: lab.kill(words))
        lab.wire.publish(12)
        struck.wait()
        trial.over(struck.at)
