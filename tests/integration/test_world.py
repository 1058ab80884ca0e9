"""A tiny world of the benchmark from end to end: what its figures rest on, not how quick they are."""

from __future__ import annotations

import pytest
from bench.world.press import Scale
from bench.world.run import Plan, run

# What other programs read of `python -m tests.bench.world --json`.
KEYS = {
    "articles",
    "seconds",
    "cpu_ms_per_article",
    "alert_p99_s",
    "alerts_expected",
    "alerts_delivered",
    "duplicates",
    "redis_bytes_per_feed",
    "redis_bytes_per_article",
}
SCALE = Scale(feeds=16, articles=32, topics=12, seed=3)


# Seven processes start, on a crowded machine one after the other.
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def found():
    return run(Plan(scale=SCALE, workers=1, speed=6_000.0))


def test_every_alert_that_is_due_is_delivered_once_and_no_other(found):
    assert found["alerts_expected"] >= 6
    assert found["alerts_delivered"] == found["alerts_expected"]
    assert (found["alerts_lost"], found["alerts_unexpected"], found["duplicates"]) == ([], [], 0)


def test_every_article_that_a_poll_was_shown_is_stored(found):
    """What a host that fails shows only after the run has ended was nobody's to store."""
    assert found["articles"] == found["articles_shown"] >= SCALE.articles // 2


def test_the_keys_others_read_are_there(found):
    assert set(found) >= KEYS
    assert all(found[key] is not None for key in KEYS)


def test_the_time_of_ingest_workers_is_told_by_stage(found):
    shares = found["ingest_shares"]
    assert {"fetch", "match", "stories, alerts, commit"} <= set(shares)
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)
