"""When a feed is due next, decided from what the last poll brought. Pure: the clock and the dice come as arguments.

The pause is the larger of what we want and what the publisher asks for:

    we want     an adaptive interval, halved by every poll that brings news and a quarter longer after every other one,
                so that it settles where about every fourth poll finds something
    Retry-After       seconds or date, on any status      RFC 9110, section 10.2.3
    ttl               minutes a feed may be cached        RSS 2.0, <ttl>
    sy:updatePeriod   and updateFrequency                 RDF Site Summary 1.0, syndication module
    max-age, Expires  freshness of the response           RFC 9111, section 4.2

An operator who sets an interval for a feed overrules all but Retry-After, which also speaks of the server's health.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from worker.model import FeedState

HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY

_SHRINK = 0.5
_GROW = 1.25
_SPREAD = 0.1
# Content networks put their own default of days on everything, so freshness delays us by an hour at most.
_LONGEST_FRESHNESS = HOUR
_PATIENCE = timedelta(days=14)
_FIRST_SPREAD = 5.0
# Of the newest dates of a document, how many tell the pace; older ones tell of another time.
_PACE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """How often a feed may be polled, in seconds. `fixed` means the operator gave this feed its own interval."""

    interval: float
    min_interval: float
    max_interval: float
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The feed says what it said before: status 304, or the same body. Validators only where the answer carried any.

    `max_age` and `retry_after` are in seconds (see `conditional`).
    """

    etag: str | None = None
    last_modified: str | None = None
    max_age: float | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A body was parsed: `new` of its `total` entries are new.

    `published` are the dates of its entries, new and old. `ttl`, `max_age` and `retry_after` are in seconds. Validators
    are those of this answer; None forgets the old ones, because they belong to another body.
    """

    new: int
    total: int
    published: tuple[datetime, ...] = ()
    title: str = ""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    ttl: float | None = None
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


def after_poll(state: FeedState, outcome: Outcome, policy: PollPolicy, *, now: datetime, jitter: float) -> FeedState:
    """What to remember of the feed after a poll, with the time of the next one. `jitter` is a random number in [0, 1).

    `next_due` is None for a feed that is gone (410): it is not polled again until an operator asks.
    """
    if isinstance(outcome, Failed):
        return _failed(state, outcome, policy, now=now, jitter=jitter)
    answered = replace(
        state,
        polls=state.polls + 1,
        last_poll=now,
        last_success=now,
        errors=0,
        error=None,
        failing_since=None,
        gone=False,
    )
    answered = _unchanged(answered, outcome) if isinstance(outcome, Unchanged) else _parsed(answered, outcome, now)
    interval = _interval(state, outcome, policy, now)
    pause = _pause(interval, _asked(outcome, policy), jitter)
    return replace(answered, interval=interval, next_due=now + timedelta(seconds=pause))


def _unchanged(state: FeedState, outcome: Unchanged) -> FeedState:
    """RFC 9110, section 15.4.5: a 304 updates the validators it carries and leaves the others."""
    return replace(
        state,
        unchanged=state.unchanged + 1,
        etag=outcome.etag or state.etag,
        last_modified=outcome.last_modified or state.last_modified,
    )


def _parsed(state: FeedState, outcome: Parsed, now: datetime) -> FeedState:
    return replace(
        state,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        body_hash=outcome.body_hash,
        title=outcome.title or state.title,
        entries=state.entries + outcome.new,
        last_new=now if outcome.new else state.last_new,
    )


def _interval(state: FeedState, outcome: Unchanged | Parsed, policy: PollPolicy, now: datetime) -> float:
    """The adaptive interval after this poll, between the policy's bounds.

    A first poll brings only old news, so it starts from the policy's interval. Dates can shorten the interval at once
    (a burst), never lengthen it.
    """
    if policy.fixed:
        return policy.interval
    if state.last_success is None:
        wanted = policy.interval
    elif isinstance(outcome, Parsed) and outcome.new:
        wanted = state.interval * _SHRINK
    else:
        wanted = state.interval * _GROW
    if isinstance(outcome, Parsed) and outcome.new:
        wanted = min(wanted, _pace(outcome.published, now, wanted))
    return _bounded(wanted, policy)


def _pace(published: tuple[datetime, ...], now: datetime, default: float) -> float:
    """Half the mean distance of the newest entries, up to now, in seconds; `default` for too few dates to tell."""
    recent = sorted((date for date in published if date <= now), reverse=True)[:_PACE]
    if len(recent) < 3:
        return default
    return (now - recent[-1]).total_seconds() / len(recent) / 2


def _bounded(interval: float, policy: PollPolicy) -> float:
    return max(policy.min_interval, min(interval, policy.max_interval))


def _asked(outcome: Unchanged | Parsed, policy: PollPolicy) -> float:
    """The pause the publisher asks for, in seconds, as far as we follow."""
    asked = _retry_after(outcome.retry_after)
    if policy.fixed:
        return asked
    ttl = outcome.ttl if isinstance(outcome, Parsed) else None
    fresh = min(outcome.max_age or 0.0, _LONGEST_FRESHNESS)
    return max(asked, min(max(ttl or 0.0, fresh), policy.max_interval))


def _retry_after(seconds: float | None) -> float:
    """A mistaken date must not silence a feed for good, so a week is the most."""
    return min(seconds or 0.0, WEEK)


def _pause(interval: float, asked: float, jitter: float) -> float:
    """Seconds until the next poll: ours spread by 10 % both ways, the publisher's only upwards."""
    return max(interval * (1 - _SPREAD + 2 * _SPREAD * jitter), asked * (1 + _SPREAD * jitter))


def _failed(state: FeedState, outcome: Failed, policy: PollPolicy, *, now: datetime, jitter: float) -> FeedState:
    """Doubling pauses up to a day, weekly after 14 days; never given up but for 410 (RFC 9110, section 15.5.11).

    The adaptive interval is kept, so that the first success is followed by the usual pace.
    """
    since = state.failing_since or now
    errors = state.errors + 1
    interval = _bounded(policy.interval if policy.fixed or state.last_success is None else state.interval, policy)
    # The exponent is bounded because a float is; 2 ** 30 seconds are far beyond a day.
    backoff = WEEK if now - since >= _PATIENCE else min(interval * 2.0 ** min(errors - 1, 30), max(DAY, interval))
    pause = _pause(backoff, _retry_after(outcome.retry_after), jitter)
    gone = outcome.status == 410
    return replace(
        state,
        polls=state.polls + 1,
        last_poll=now,
        errors=errors,
        error=outcome.error,
        failing_since=since,
        gone=gone,
        next_due=None if gone else now + timedelta(seconds=pause),
    )
