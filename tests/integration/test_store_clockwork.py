"""Due times on a wall clock that is set back and forth."""

from __future__ import annotations

import pytest

from worker.edge import keys
from worker.edge.store.clockwork import LATE, TOLERANCE, WATCHED, Clockwork
from worker.edge.store.outbox import Address

NOW = 1_800_000_000.0
HOUR = 3600.0
ADDRESS = Address(alert_id="a", destination="hook")


@pytest.fixture
def due(store):
    """A feed due in a minute, a delivery that waits five, a digest in ten, a job put off by two."""
    store.zadd(keys.FEEDS_DUE, {"feed": NOW + 60, "gone": float("inf")})
    store.sadd(keys.OUTBOXES, "hook")
    store.zadd(keys.OUTBOX + "hook", {"a": NOW + 300})
    store.hset(keys.PILES_DUE + "hook", "pile", NOW + 600)
    store.hset(keys.DELIVERY + ADDRESS.member, "not_before", NOW + 300)
    store.zadd(keys.LATER, {"job": NOW + 120})

    def read():
        return {
            "feed": store.zscore(keys.FEEDS_DUE, "feed"),
            "delivery": store.zscore(keys.OUTBOX + "hook", "a"),
            "not before": float(store.hget(keys.DELIVERY + ADDRESS.member, "not_before")),
            "pile": float(store.hget(keys.PILES_DUE + "hook", "pile")),
            "job": store.zscore(keys.LATER, "job"),
        }

    return read


AS_SET = {"feed": NOW + 60, "delivery": NOW + 300, "not before": NOW + 300, "pile": NOW + 600, "job": NOW + 120}


def earlier(seconds):
    return {name: at - seconds for name, at in AS_SET.items()}


def test_a_clock_that_goes_on_moves_nothing(store, due):
    clockwork = Clockwork(store, "desk")
    assert [clockwork.note(NOW + seconds) for seconds in (0, 0.25, 30, HOUR, 30 * HOUR)] == [0.0] * 5
    assert due() == AS_SET


def test_a_small_correction_moves_nothing(store, due):
    clockwork = Clockwork(store, "desk")
    clockwork.note(NOW)
    assert clockwork.note(NOW - TOLERANCE) == 0
    assert due() == AS_SET


def test_a_clock_set_back_takes_everything_with_it_once_however_many_schedulers_there_are(store, due):
    first, second = Clockwork(store, "desk"), Clockwork(store, "desk")
    first.note(NOW)
    second.note(NOW)
    assert first.note(NOW - HOUR) == HOUR
    assert second.note(NOW - HOUR + 0.1) == 0
    assert due() == earlier(HOUR)


def test_what_is_written_by_the_former_time_just_after_is_moved_as_well(store, due):
    clockwork = Clockwork(store, "desk")
    clockwork.note(NOW)
    clockwork.note(NOW - HOUR)
    # The lease of a delivery, the claim of a feed and a pause, of somebody who had read the clock before it was set.
    store.zadd(keys.OUTBOX + "hook", {"a": NOW + 8})
    store.hset(keys.DELIVERY + ADDRESS.member, "not_before", NOW + 5)
    store.zadd(keys.FEEDS_DUE, {"feed": NOW + 12})
    store.zadd(keys.LATER, {"job": NOW + 2})
    assert clockwork.note(NOW - HOUR + 0.5) == 0
    assert clockwork.note(NOW - HOUR + 1.0) == 0
    moved = {"delivery": NOW + 8 - HOUR, "not before": NOW + 5 - HOUR, "feed": NOW + 12 - HOUR, "job": NOW + 2 - HOUR}
    assert due() == earlier(HOUR) | moved


def test_what_was_due_later_than_that_or_is_written_after_a_minute_stays(store, due):
    clockwork = Clockwork(store, "desk")
    clockwork.note(NOW)
    clockwork.note(NOW - HOUR)
    store.zadd(keys.FEEDS_DUE, {"feed": NOW + LATE + 1})
    clockwork.note(NOW - HOUR + 1)
    assert store.zscore(keys.FEEDS_DUE, "feed") == NOW + LATE + 1
    clockwork.note(NOW - HOUR + WATCHED + 1)
    store.zadd(keys.FEEDS_DUE, {"feed": NOW + 1})
    clockwork.note(NOW - HOUR + WATCHED + 2)
    assert store.zscore(keys.FEEDS_DUE, "feed") == NOW + 1


def test_a_scheduler_that_was_not_running_when_it_happened_sees_it_at_its_start(store, due):
    Clockwork(store, "desk").note(NOW)
    assert Clockwork(store, "desk").note(NOW - HOUR) == HOUR
    assert due() == earlier(HOUR)


def test_machines_whose_clocks_differ_do_not_pull_at_each_other(store, due):
    ahead, behind = Clockwork(store, "ahead"), Clockwork(store, "behind")
    for seconds in range(5):
        assert ahead.note(NOW + HOUR + seconds) == 0
        assert behind.note(NOW + seconds) == 0
    assert due() == AS_SET


def test_forth_and_back_again_loses_nothing(store, due):
    clockwork = Clockwork(store, "desk")
    clockwork.note(NOW)
    clockwork.note(NOW + HOUR)
    assert clockwork.note(NOW + 1) == HOUR - 1
    assert due() == earlier(HOUR - 1)
    assert store.zscore(keys.FEEDS_DUE, "gone") == float("inf")
