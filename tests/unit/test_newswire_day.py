"""How the recorded day runs against the real clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.run.newswire.content import load
from worker.run.newswire.day import DEMO_SPEED, RecordedDay

START = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
RECORDING = load()
LAST = RECORDING.items[-1].minute


def seconds(number):
    return timedelta(seconds=number)


@pytest.fixture
def fast():
    return RecordedDay(opened=START, start=START, speed=360, last=13 * 60 + 30)


@pytest.fixture
def still():
    return RecordedDay(opened=START, start=None, speed=360, last=13 * 60 + 30)


def test_a_day_that_was_not_started_stands_still(still):
    for now in (START, START + timedelta(days=1)):
        assert still.clock(now) == "08:30"
        assert not still.finished(now)
    assert still.shown_at(8 * 60 + 31) is None


def test_what_is_early_is_out_when_the_newswire_opens_and_keeps_its_date(still):
    started = replace(still, start=START + timedelta(hours=2))
    for item in RECORDING.items:
        if item.at <= "08:30":
            assert still.shown_at(item.minute) <= START
            assert started.shown_at(item.minute) == still.shown_at(item.minute)
        else:
            assert started.shown_at(item.minute) > started.start


def test_the_clock_waits_for_a_start_to_come(still):
    started = replace(still, start=START + seconds(10))
    assert started.clock(START + seconds(5)) == "08:30"
    assert started.clock(START + seconds(11)) == "08:36"


def test_the_day_starts_at_half_past_eight(fast):
    assert fast.clock(START) == "08:30"


def test_six_minutes_pass_in_a_second_at_speed_360(fast):
    assert fast.clock(START + seconds(1)) == "08:36"
    assert fast.clock(START + seconds(10)) == "09:30"


def test_an_item_comes_out_at_its_minute(fast):
    assert fast.shown_at(8 * 60 + 36) == START + seconds(1)
    assert fast.shown_at(8 * 60) == START - seconds(5)


def test_the_clock_stops_at_the_last_item(fast):
    assert not fast.finished(START + seconds(49.9))
    assert fast.finished(START + seconds(50))
    assert fast.clock(START + timedelta(days=1)) == "13:30"


def test_a_day_shown_at_once_ended_before_the_start():
    day = RecordedDay(opened=START, start=START, speed=None, last=LAST)
    assert day.finished(START)
    assert all(day.shown_at(item.minute) < START for item in RECORDING.items)
    assert day.shown_at(LAST) - day.shown_at(LAST - 90) == timedelta(minutes=90)


@pytest.mark.parametrize("speed", [0, -1.5])
def test_a_speed_that_is_not_positive_is_refused(speed):
    with pytest.raises(ValueError, match="above 0"):
        RecordedDay(opened=START, start=START, speed=speed, last=LAST)


def test_the_demo_tells_the_story_within_a_minute():
    day = RecordedDay(opened=START, start=START, speed=DEMO_SPEED, last=LAST)
    thread = [item for item in RECORDING.items if item.role == "summit"]
    assert seconds(3) <= day.shown_at(thread[0].minute) - START <= seconds(4)
    assert seconds(40) <= day.shown_at(thread[-1].minute) - START <= seconds(60)
