"""The learned rhythm of a feed, on made-up publishing times."""

import math

import pytest

from worker.poll.pace import DAY, HOUR, after, first_pace, next_pause, read_pace, written

# A Monday, 00:00 UTC.
MONDAY = 1_717_372_800
BOUNDS = {"interval": 900.0, "shortest": 60.0, "longest": 6 * HOUR}


def lived(dates, until, *, every=HOUR):
    """The pace after polls at fixed intervals from Monday on, kept as bytes in between."""
    dates = sorted(dates)
    kept, now, taken = written(first_pace([], now=MONDAY)), MONDAY, 0
    while now < until:
        now += every
        new = [date for date in dates[taken:] if date <= now]
        taken += len(new)
        kept = written(after(read_pace(kept), new, now=now))
    return read_pace(kept)


def at_rest(pace):
    """Without the latest hours' say."""
    return next_pause(pace, **BOUNDS)


def test_it_is_small_and_survives_being_written():
    pace = lived([MONDAY + 1800 * n for n in range(48 * 7)], MONDAY + 7 * DAY)
    assert len(written(pace)) <= 44
    assert read_pace(written(pace)) == pace


@pytest.mark.parametrize("kept", [b"", b"x", b"~" * 43, b"~" * 45])
def test_what_cannot_be_read_is_no_pace(kept):
    assert read_pace(kept) is None


def test_a_rate_is_learned_as_it_is():
    for gap in (300, 3600, 4 * 3600):
        pace = lived([MONDAY + gap * n for n in range(int(21 * DAY / gap))], MONDAY + 21 * DAY)
        assert pace.per_day == pytest.approx(DAY / gap, rel=0.15)


def test_the_pause_goes_with_the_square_root_of_the_rate():
    hourly = lived([MONDAY + HOUR * n for n in range(24 * 21)], MONDAY + 21 * DAY)
    often = lived([MONDAY + HOUR / 16 * n for n in range(16 * 24 * 21)], MONDAY + 21 * DAY)
    assert next_pause(hourly, **BOUNDS) == pytest.approx(900, rel=0.15)
    assert next_pause(often, **BOUNDS) == pytest.approx(225, rel=0.15)


def test_the_hours_of_the_day_are_told_apart():
    offices = [
        MONDAY + DAY * day + HOUR * hour + 600 * n for day in range(14) for hour in range(8, 16) for n in range(6)
    ]
    pace = lived(offices, MONDAY + 14 * DAY)
    noon, night = MONDAY // 3600 + 12, MONDAY // 3600 + 24 + 2
    assert pace.rate(noon) == pytest.approx(6, rel=0.35)
    assert pace.rate(night) < 0.4


def test_the_days_of_the_week_are_told_apart():
    weekdays = [MONDAY + DAY * day + HOUR * n for day in range(56) if day % 7 < 5 for n in range(24)]
    pace = lived(weekdays, MONDAY + 56 * DAY)
    friday, saturday = MONDAY // 3600 + 4 * 24 + 12, MONDAY // 3600 + 5 * 24 + 12
    assert pace.rate(friday) > 2.5 * pace.rate(saturday)


def test_the_next_poll_does_not_sleep_through_the_start_of_the_day():
    offices = [
        MONDAY + DAY * day + HOUR * hour + 120 * n for day in range(14) for hour in range(8, 16) for n in range(30)
    ]
    pace = lived(offices, MONDAY + 14 * DAY + 5 * HOUR)
    slow = next_pause(pace, interval=2 * HOUR, shortest=60.0, longest=DAY)
    by_the_night_alone = 2 * HOUR / math.sqrt(pace.rate(MONDAY // 3600 + 5))
    assert by_the_night_alone > 3.4 * HOUR
    assert HOUR < slow < 3 * HOUR


def test_a_burst_is_followed_at_once_and_forgotten_soon():
    quiet = [MONDAY + 12 * HOUR * n for n in range(28)]
    now = MONDAY + 14 * DAY
    before = lived(quiet, now)
    burst = after(before, [now + 60 * n for n in range(30)], now=now + 1800)
    assert next_pause(burst, **BOUNDS) < at_rest(before) / 3
    over = burst
    for hour in range(1, 13):
        over = after(over, [], now=now + 1800 + hour * HOUR)
    assert next_pause(over, **BOUNDS) > at_rest(before) / 2


def test_silence_lengthens_the_pause():
    busy = lived([MONDAY + 300 * n for n in range(288 * 7)], MONDAY + 7 * DAY)
    silent = after(busy, [], now=MONDAY + 7 * DAY + 3 * HOUR)
    assert next_pause(silent, **BOUNDS) > 1.5 * next_pause(busy, **BOUNDS)
    gone = after(busy, [], now=MONDAY + 90 * DAY)
    assert next_pause(gone, **BOUNDS) > 10 * next_pause(busy, **BOUNDS)


def test_a_first_document_tells_the_rate():
    now = MONDAY + 30 * DAY
    assert first_pace([now - 600 * n for n in range(1, 31)], now=now).per_day == pytest.approx(144, rel=0.15)
    assert first_pace([now - DAY * n for n in range(1, 31)], now=now).per_day == pytest.approx(1, rel=0.35)


@pytest.mark.parametrize("dates", [[], [MONDAY + 10 * DAY], [0.0, -5.0], [MONDAY] * 30])
def test_odd_dates_make_a_pace_all_the_same(dates):
    first = first_pace(dates, now=MONDAY)
    again = after(first, dates, now=MONDAY + HOUR)
    assert 60.0 <= next_pause(again, **BOUNDS) <= 6 * HOUR
    assert math.isfinite(again.per_day)


def test_a_clock_that_was_set_back_changes_nothing_but_the_time():
    pace = lived([MONDAY + HOUR * n for n in range(48)], MONDAY + 2 * DAY)
    back = after(pace, [], now=MONDAY + DAY)
    assert (back.hours, back.days, back.at) == (pace.hours, pace.days, MONDAY + DAY)


def test_equal_bounds_leave_no_choice():
    pace = first_pace([], now=MONDAY)
    assert next_pause(pace, interval=5.0, shortest=7.0, longest=7.0) == 7.0


def test_a_bound_of_years_is_no_endless_search():
    assert (
        next_pause(first_pace([], now=MONDAY), interval=10 * 365 * DAY, shortest=60.0, longest=10 * 365 * DAY)
        <= 10 * 365 * DAY
    )
