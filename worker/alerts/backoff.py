"""When a delivery that failed is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

# Standard Webhooks' recommended schedule, in seconds; it ends after a bit more than three days.
SCHEDULE = (5.0, 30.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
# The pause grows by up to this share, so that a receiver that comes back is not met by everybody at once.
JITTER_SHARE = 0.1
# A receiver may ask for more patience, but not hold an alert for ever.
LONGEST_PAUSE = 86_400.0


def next_attempt(attempts: int, *, now: datetime, jitter: float, retry_after: float | None = None) -> datetime | None:
    """When to try again after `attempts` failures (1 after the first); None when it is time to give up.

    `jitter` is a random number in 0..1. `retry_after` is the receiver's own wish in seconds: never earlier than that,
    up to a day.
    """
    if attempts > len(SCHEDULE):
        return None
    pause = SCHEDULE[max(attempts, 1) - 1] * (1.0 + JITTER_SHARE * jitter)
    if retry_after is not None:
        pause = max(pause, min(retry_after, LONGEST_PAUSE))
    return now + timedelta(seconds=pause)
