"""skipHours and skipDays of RSS 2.0."""

from datetime import UTC, datetime

from worker.poll.skips import bits, past_skipped

FRIDAY = datetime(2024, 5, 31, 22, 30, 5, tzinfo=UTC)


def test_a_time_that_is_not_skipped_stays():
    assert past_skipped(FRIDAY, 1 << 3, 1 << 6, jitter=0.5) == FRIDAY
    assert past_skipped(FRIDAY, 0, 0, jitter=0.5) == FRIDAY


def test_a_skipped_time_becomes_one_soon_after():
    late = 1 << 22 | 1 << 23
    assert past_skipped(FRIDAY, late, 0, jitter=0.0) == datetime(2024, 6, 1, tzinfo=UTC)
    assert past_skipped(FRIDAY, late, 1 << 5, jitter=0.0) == datetime(2024, 6, 2, tzinfo=UTC)
    spread = past_skipped(FRIDAY, late, 0, jitter=0.999)
    assert datetime(2024, 6, 1, tzinfo=UTC) < spread < datetime(2024, 6, 1, 0, 10, tzinfo=UTC)


def test_hours_and_days_that_leave_nothing_are_ignored():
    assert past_skipped(FRIDAY, 2**24 - 1, 0, jitter=0.0) == FRIDAY


def test_places_as_bits():
    assert (bits(()), bits((0, 5)), bits((6, 6))) == (0, 33, 64)
