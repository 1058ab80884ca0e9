"""When silence is a blind spot: enough is missed, and failing feeds are to blame."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.edge.store.feed_record import health_of, write_state
from worker.edge.store.feed_view import FeedView
from worker.model import FeedState
from worker.poll.pace import after, first_pace, written
from worker.run.web.blind import blind_spots
from worker.run.web.feeds import host_of

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


def rhythm(gap):
    """Of a feed with an entry in every so many hours."""
    times = [(NOW - timedelta(hours=gap * n)).timestamp() for n in range(1, int(168 / gap))]
    return written(first_pace(times, now=NOW.timestamp()))


def feed(name, *, fails=False, gap=1, quiet=12, host=None):
    state = FeedState(
        last_poll=NOW,
        last_new=NOW - timedelta(hours=quiet),
        failing_since=NOW - timedelta(hours=quiet) if fails else None,
        rhythm=rhythm(gap),
    )
    url = f"https://{host or name}.example/"
    return FeedView(id=name, url=url, name=name, due=NOW, health=health_of(state), kept=write_state(state))


def spots(*feeds, heard=None):
    return [
        (spot.language or spot.publisher, spot.feed.name, spot.more)
        for spot in blind_spots(feeds, heard or {}, host_of, NOW)
    ]


def since(**hours):
    return {name: NOW - timedelta(hours=quiet) for name, quiet in hours.items()}


def test_a_language_is_missed_when_the_feeds_that_bring_it_fail():
    yonder, other = feed("yonder", fails=True), feed("other", fails=True, gap=4)
    assert spots(yonder, other, heard={"ko": since(yonder=12, other=13)}) == [("ko", "yonder", 1)]


@pytest.mark.parametrize(
    ("feeds", "heard"),
    [
        ([feed("a", fails=True), feed("b", quiet=0.1)], {"ko": since(a=12, b=0.1)}),  # another feed still brings it
        ([feed("a")], {"ko": since(a=12)}),  # silent without any failure
        ([feed("a", fails=True, quiet=0.2)], {"ko": since(a=0.2)}),  # not for long
        ([feed("a", fails=True, gap=24)], {"ko": since(a=12)}),  # nothing was to be expected yet
        ([feed("a", fails=True, gap=24), feed("b")], {"ko": since(a=12, b=12)}),  # the failing one brings little of it
        ([], {"ko": since(gone=12)}),  # a feed that is configured no more
    ],
)
def test_silence_that_is_no_wonder_is_not_told(feeds, heard):
    assert [spot for spot in spots(*feeds, heard=heard) if spot[0] == "ko"] == []


def by_day(name, awake):
    """Fails, and for four weeks had four entries in each of these hours of the day (UTC) and none in others."""
    begin, end = NOW - timedelta(days=28), NOW.replace(hour=0)
    times = [begin + timedelta(minutes=15 * n) for n in range(4 * 24 * 28)]
    pace = first_pace([], now=begin.timestamp())
    for moment in times:
        dates = [moment.timestamp()] if moment.hour in awake and moment < end else []
        pace = after(pace, dates, now=moment.timestamp())
    one = feed(name, fails=True, quiet=1)
    return replace(one, kept=write_state(replace(one.state, rhythm=written(pace))))


def test_a_night_in_which_nothing_ever_comes_is_no_silence():
    daily = by_day("daily", range(6, 18))
    evening, morning = NOW.replace(hour=18), NOW.replace(hour=8) + timedelta(days=1)
    found = {
        hours: blind_spots([daily], {"ko": {"daily": evening}}, host_of, evening + timedelta(hours=hours))
        for hours in (6, 11, 14)
    }
    assert evening + timedelta(hours=14) == morning
    assert [bool(found[hours]) for hours in (6, 11, 14)] == [False, False, True], "48 a day, all of them in daytime"


def test_a_long_silence_is_told_whatever_the_hour():
    assert spots(by_day("daily", range(6, 18)), heard={"ko": since(daily=24 * 9)}) == [("ko", "daily", 0)]
    assert spots(feed("unknown", fails=True, gap=24), heard={"ko": since(unknown=24 * 9)}) == [("ko", "unknown", 0)]


def test_a_publisher_is_missed_once_all_its_feeds_are_silent():
    world, sport = feed("world", fails=True, host="paper"), feed("sport", fails=True, host="paper", gap=2)
    assert spots(world, sport) == [("paper.example", "world", 1)]
    assert spots(world, feed("local", host="paper", quiet=0)) == []
    assert spots(world, heard={"ko": since(world=12)}) == [("ko", "world", 0)]


def test_what_is_missed_most_comes_first():
    found = spots(
        feed("weekly", fails=True, gap=3), feed("wire", fails=True), feed("x", fails=True), heard={"ko": since(x=9)}
    )
    assert [place for place, *_ in found] == ["ko", "wire.example", "weekly.example"]
