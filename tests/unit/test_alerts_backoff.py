"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.backoff import next_attempt

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE, HOUR = 60.0, 3600.0


def pause(attempts, *, jitter=0.0, retry_after=None):
    again = next_attempt(attempts, now=NOW, jitter=jitter, retry_after=retry_after)
    return None if again is None else (again - NOW).total_seconds()


def test_the_schedule():
    assert [pause(attempts) for attempts in range(1, 12)] == [
        5.0,
        30.0,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
        None,
    ]


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_jitter_only_adds_and_at_most_a_tenth(jitter):
    assert pause(3, jitter=jitter) == pytest.approx(300.0 + 30.0 * jitter)


def test_a_receiver_that_asks_for_more_gets_it():
    assert pause(1, retry_after=120.0) == 120.0


def test_a_receiver_that_asks_for_less_does_not_hurry_us():
    assert pause(4, retry_after=1.0) == 30 * MINUTE


def test_nobody_holds_an_alert_for_more_than_a_day():
    assert pause(1, retry_after=1e12) == 24 * HOUR


def test_asking_does_not_bring_the_dead_back():
    assert pause(11, retry_after=5.0) is None


def test_the_answer_is_in_the_future_of_now():
    assert next_attempt(1, now=NOW, jitter=0.0) == NOW + timedelta(seconds=5)
