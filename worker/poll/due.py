"""When a feed is due next, decided from what the last poll brought. Pure: the clock and the dice come as arguments.

The pause is the larger of what we want and what the publisher asks for:

    we want     what its rhythm makes worth while (see `pace`), within the operator's bounds
    Retry-After       seconds or date, on any status      RFC 9110, section 10.2.3
    ttl               minutes a feed may be cached        RSS 2.0, <ttl>
    sy:updatePeriod   and updateFrequency                 RDF Site Summary 1.0, syndication module
    max-age, Expires  freshness of the response           RFC 9111, section 4.2
    skipHours, skipDays                                   RSS 2.0

A feed that says none of these is asked once an hour at most, unless the operator has set less: that is what publishers
expect of a reader they know nothing of. An operator who sets an interval for a feed overrules all but Retry-After,
which also speaks of the server's health.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from worker.model import FeedState
from worker.poll.pace import Pace, after, first_pace, next_pause, read_pace, written
from worker.poll.skips import bits, past_skipped

HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY

_SPREAD = 0.1
# Content networks put their own default of days on everything, so freshness delays us by an hour at most.
_LONGEST_FRESHNESS = HOUR
_PATIENCE = timedelta(days=14)
_FIRST_SPREAD = 5.0
# The weight of an entry in the average of how late entries are seen; older ones were not published late but dated so.
_NEWEST_LAG, _OLDEST_LAG = 0.1, DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """How often a feed may be polled, in seconds. `fixed` means the operator gave this feed its own interval.

    `courtesy` is the least interval for a feed that does not say how often it may be asked. `hot` feeds, in which a
    topic matched lately, are polled as often as they may be; `pushed` ones, whose hub tells us what is new, as seldom.
    """

    interval: float
    min_interval: float
    max_interval: float
    courtesy: float = 0.0
    fixed: bool = False
    hot: bool = False
    pushed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The feed says what it said before: status 304, or the same body; then `whole`, and with that answer's validators.

    `max_age` and `retry_after` are in seconds (see `conditional`).
    """

    whole: bool = False
    etag: str | None = None
    last_modified: str | None = None
    max_age: float | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A body was parsed: `new` of its `total` entries are new, `updated` ones have other words than before.

    `published` are the dates of the new entries that have one. `ttl`, `max_age` and `retry_after` are in seconds,
    `skip_hours` and `skip_days` as in ParsedFeed. Validators are those of this answer; None forgets the old ones,
    because they belong to another body.
    """

    new: int
    total: int
    updated: int = 0
    published: tuple[datetime, ...] = ()
    title: str = ""
    etag: str | None = None
    last_modified: str | None = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    max_age: float | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No entries came. `error` says why in words, `status` is the HTTP status if there was one."""

    error: str
    status: int | None = None
    retry_after: float | None = None


Outcome: TypeAlias = Unchanged | Parsed | Failed


def first_due(policy: PollPolicy, *, now: datetime, jitter: float) -> datetime:
    """When a feed that was never polled is due: at once, but many new feeds spread over some seconds.

    `jitter` is a random number in [0, 1).
    """
    return now + timedelta(seconds=jitter * min(_FIRST_SPREAD, policy.min_interval))


def after_poll(
    state: FeedState, outcome: Outcome, policy: PollPolicy, *, now: datetime, jitter: float, whole: bool = False
) -> FeedState:
    """What to remember of the feed after a poll, with the time of the next one. `jitter` is a random number in [0, 1).

    `whole` says that the poll asked for the document whatever we had of it. `next_due` is None for a feed that is gone
    (410): it is not polled again until an operator asks.
    """
    polled: dict[str, Any] = {"polls": state.polls + 1, "last_poll": now}
    if isinstance(outcome, Failed):
        state = replace(state, whole_at=now if whole else state.whole_at, **polled)
        return _failed(state, outcome, policy, now=now, jitter=jitter)
    pace = _pace(state, outcome, now)
    interval = _interval(state, pace, policy)
    state = replace(state, interval=interval, rhythm=written(pace), **polled, **_told(state, outcome, now, whole=whole))
    return _planned(state, _wanted(interval, policy), _asked(state, outcome, policy), policy, now=now, jitter=jitter)


def after_push(state: FeedState, *, new: int, published: tuple[datetime, ...], now: datetime) -> FeedState:
    """What to remember of a feed after a hub pushed `new` entries nobody had seen, of which some have a date.

    They teach its rhythm as those of a poll do. Nothing that belongs to polls moves: not the validators, which are
    those of another body, nor the next poll, which finds what hubs miss.
    """
    if not new:
        return state
    pace = _pace(state, Parsed(new=new, total=new, published=published), now)
    return replace(
        state,
        rhythm=written(pace),
        lag=_lag(state.lag, published, now),
        entries=state.entries + new,
        last_new=now,
        pushed_at=now,
    )


def _told(state: FeedState, outcome: Unchanged | Parsed, now: datetime, *, whole: bool) -> dict[str, Any]:
    """What the answer changes. A 304 says nothing but that: validators come with a body that was read, and only so."""
    well: dict[str, Any] = {"last_success": now, "errors": 0, "error": None, "failing_since": None, "gone": False}
    if isinstance(outcome, Unchanged):
        well["unchanged"] = state.unchanged + 1
        if not outcome.whole:
            return {**well, "whole_at": now if whole else state.whole_at}
        return {**well, "whole_at": now, "etag": outcome.etag, "last_modified": outcome.last_modified}
    return {
        **well,
        "whole_at": now,
        "etag": outcome.etag,
        "last_modified": outcome.last_modified,
        "body_hash": None,
        "title": outcome.title or state.title,
        "entries": state.entries + outcome.new,
        "updated": state.updated + outcome.updated,
        "last_new": now if outcome.new else state.last_new,
        "lag": state.lag if state.rhythm == b"" else _lag(state.lag, outcome.published, now),
        "ttl": outcome.ttl,
        "skip_hours": bits(outcome.skip_hours),
        "skip_days": bits(outcome.skip_days),
    }


def _lag(lag: float | None, published: tuple[datetime, ...], now: datetime) -> float | None:
    for date in published:
        late = (now - date).total_seconds()
        if 0 <= late <= _OLDEST_LAG:
            lag = late if lag is None else lag + _NEWEST_LAG * (late - lag)
    return lag


def _pace(state: FeedState, outcome: Unchanged | Parsed, now: datetime) -> Pace:
    dates = [date.timestamp() for date in outcome.published] if isinstance(outcome, Parsed) else []
    new = outcome.new if isinstance(outcome, Parsed) else 0
    # Without a date an entry came when it was seen; those of a first document came at any time before.
    undated = [now.timestamp()] * (new - len(dates))
    pace = read_pace(state.rhythm)
    if pace is None:
        return first_pace(dates, now=now.timestamp())
    return after(pace, [*dates, *undated], now=now.timestamp())


def _interval(state: FeedState, pace: Pace, policy: PollPolicy) -> float:
    """What the feed's rhythm makes worth while. A feed that is new starts from the policy's interval, or sooner."""
    if policy.fixed:
        return policy.interval
    longest = policy.interval if state.last_success is None else policy.max_interval
    return next_pause(pace, interval=policy.interval, shortest=policy.min_interval, longest=longest)


def _wanted(interval: float, policy: PollPolicy) -> float:
    if policy.fixed:
        return policy.interval
    if policy.hot:
        return policy.min_interval
    # Once a day every feed is asked for all it has (conditional.is_whole), also those that are pushed.
    return max(interval, min(policy.max_interval, DAY)) if policy.pushed else interval


def _asked(state: FeedState, outcome: Unchanged | Parsed, policy: PollPolicy) -> float:
    """The least pause that the publisher and the operator allow, in seconds. `state` is that after the answer."""
    told = min(outcome.retry_after or 0.0, WEEK)  # a mistaken date must not silence a feed for good
    if policy.fixed:
        return max(told, policy.interval)
    said = max(state.ttl or 0.0, min(outcome.max_age or 0.0, _LONGEST_FRESHNESS))
    return max(told, _floor(policy, said=said), min(said, policy.max_interval))


def _floor(policy: PollPolicy, *, said: float) -> float:
    return policy.min_interval if said else max(policy.min_interval, policy.courtesy)


def _planned(
    state: FeedState, wanted: float, least: float, policy: PollPolicy, *, now: datetime, jitter: float
) -> FeedState:
    """The state with its next poll. Ours is spread by 10 % both ways, what others set only upwards."""
    not_before = now + timedelta(seconds=least)
    ours = min(wanted * (1 - _SPREAD + 2 * _SPREAD * jitter), max(policy.max_interval, wanted))
    due = now + timedelta(seconds=max(ours, least * (1 + _SPREAD * jitter)))
    if not policy.fixed:
        not_before = past_skipped(not_before, state.skip_hours, state.skip_days, jitter=jitter)
        due = past_skipped(due, state.skip_hours, state.skip_days, jitter=jitter)
    return replace(state, not_before=not_before, next_due=due)


def _failed(state: FeedState, outcome: Failed, policy: PollPolicy, *, now: datetime, jitter: float) -> FeedState:
    """Doubling pauses up to a day, weekly after 14 days; never given up but for 410 (RFC 9110, section 15.5.11).

    The learned rhythm is kept, so that the first success is followed by the usual pace.
    """
    since = state.failing_since or now
    errors = state.errors + 1
    gone = outcome.status == 410
    state = replace(state, errors=errors, error=outcome.error, failing_since=since, gone=gone)
    told = min(outcome.retry_after or 0.0, WEEK)
    wanted = WEEK if now - since >= _PATIENCE else _backoff(state, outcome, policy)
    planned = _planned(state, wanted, max(told, wanted), policy, now=now, jitter=jitter)
    return replace(planned, next_due=None) if gone else planned


def _backoff(state: FeedState, outcome: Failed, policy: PollPolicy) -> float:
    known = policy.interval if policy.fixed or state.last_success is None else state.interval
    first = max(known, policy.interval if policy.fixed else _floor(policy, said=state.ttl or 0.0))
    # Too many requests: the pace before was too quick, whatever it was. The exponent is bounded because a float is;
    # 2 ** 30 seconds are far beyond a day.
    doublings = min(state.errors - (outcome.status != 429), 30)
    return min(first * 2.0**doublings, max(DAY, first))
