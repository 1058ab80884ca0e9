"""Where nothing is heard because feeds fail: a language or a publisher that usually reports and has gone silent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.edge.store.feed_view import FeedView
from worker.poll.pace import HOUR, read_pace

SHOWN = 6
# So many reports would have come meanwhile: by chance none does once in twenty times (Poisson).
_MISSED = 3.0
# Of a feed of which nothing better is known.
_A_DAY = 1.0
_SOONEST = timedelta(minutes=30)
# Nights and weekends are told apart for so long; of a longer silence the rest counts by the mean.
_BY_THE_HOUR = timedelta(days=2)
_DAY = timedelta(days=1)
_BAD = frozenset({"failing", "gone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """Nothing came since then in a `language` (a code), or where that is "" from a `publisher` (a host).

    `feed` is the one that is missed most, `more` how many others of it fail.
    """

    language: str
    publisher: str
    since: datetime
    feed: FeedView
    more: int


def blind_spots(
    feeds: Sequence[FeedView],
    heard: Mapping[str, Mapping[str, datetime]],
    host_of: Callable[[FeedView], str],
    now: datetime,
) -> tuple[BlindSpot, ...]:
    """The languages, then the publishers without a language told of, those that are missed most first.

    `heard` tells by language when each feed reported in it last, by the feed's name.
    """
    by_name = {feed.name: feed for feed in feeds}
    found: list[tuple[float, BlindSpot]] = []
    told: set[str] = set()
    for language, last in heard.items():
        speakers = [by_name[name] for name in last if name in by_name]
        since = max((last[feed.name] for feed in speakers), default=now)
        if spot := _spot(speakers, since, now, language=language):
            found.append(spot)
            told |= {feed.id for feed in speakers}
    for host, own in _by_host(feeds, host_of).items():
        if told.isdisjoint(feed.id for feed in own):
            last_new = max((feed.state.last_new for feed in own if feed.state.last_new), default=now)
            if spot := _spot(own, last_new, now, publisher=host):
                found.append(spot)
    return tuple(spot for _, spot in sorted(found, key=lambda pair: (not pair[1].language, -pair[0])))


def _spot(
    feeds: Sequence[FeedView], since: datetime, now: datetime, *, language: str = "", publisher: str = ""
) -> tuple[float, BlindSpot] | None:
    """The spot with how many reports are missed; None where silence is no wonder, or no fault of failing feeds."""
    bad = sorted((feed for feed in feeds if feed.health in _BAD), key=_per_day, reverse=True)
    if not bad or now - since < _SOONEST or sum(map(_per_day, bad)) < sum(map(_per_day, feeds)) / 2:
        return None
    missed = sum(_expected(feed, since, now) for feed in feeds)
    if missed < _MISSED:
        return None
    return missed, BlindSpot(language=language, publisher=publisher, since=since, feed=bad[0], more=len(bad) - 1)


def _per_day(feed: FeedView) -> float:
    pace = read_pace(feed.state.rhythm)
    return pace.per_day if pace else _A_DAY


def _expected(feed: FeedView, since: datetime, now: datetime) -> float:
    """How many entries would have come by what is known of its hours and days, so that a quiet night is no loss."""
    pace = read_pace(feed.state.rhythm)
    by_hour = min(now, since + _BY_THE_HOUR)
    later = _per_day(feed) * ((now - by_hour) / _DAY)
    if pace is None:
        return _A_DAY * ((by_hour - since) / _DAY) + later
    begin, end = since.timestamp() / HOUR, by_hour.timestamp() / HOUR
    hours = range(int(begin), math.ceil(end))
    return later + sum(pace.rate(hour) * (min(end, hour + 1) - max(begin, hour)) for hour in hours)


def _by_host(feeds: Sequence[FeedView], host_of: Callable[[FeedView], str]) -> Mapping[str, list[FeedView]]:
    """The feeds of hosts where one fails; all of those have to be silent."""
    wanted = {host_of(feed) for feed in feeds if feed.health in _BAD}
    found: dict[str, list[FeedView]] = {}
    for feed in feeds if wanted else ():
        if (host := host_of(feed)) in wanted and host:
            found.setdefault(host, []).append(feed)
    return found
