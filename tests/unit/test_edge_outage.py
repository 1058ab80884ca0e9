"""What is told of a Redis that is away."""

from __future__ import annotations

import pytest
import redis
from structlog.testing import capture_logs

from worker.edge.outage import Outage

GONE = redis.ConnectionError("sample: nobody listens")


@pytest.fixture
def told():
    with capture_logs() as lines:
        yield lines


def play(outage, clock, times):
    for at in times:
        clock[0] = at
        outage.met(GONE)


def test_an_outage_is_told_when_it_begins_once_a_minute_and_when_it_is_over(told):
    clock = [100.0]
    outage = Outage(lambda: clock[0])
    play(outage, clock, [100.0, 100.2, 105.0, 159.9, 160.0, 165.0, 220.5])
    clock[0] = 230.0
    outage.over()
    outage.over()
    assert [(line["event"], line.get("for_s"), line.get("after_s")) for line in told] == [
        ("redis_unavailable", 0, None),
        ("redis_unavailable", 60, None),
        ("redis_unavailable", 120, None),
        ("redis_back", None, 130.0),
    ]
    assert told[0]["error"] == str(GONE)


def test_the_next_outage_is_told_at_once(told):
    clock = [100.0]
    outage = Outage(lambda: clock[0])
    play(outage, clock, [100.0])
    outage.over()
    play(outage, clock, [101.0])
    assert [line["event"] for line in told] == ["redis_unavailable", "redis_back", "redis_unavailable"]


def test_who_never_met_one_says_nothing(told):
    Outage().over()
    assert told == []
