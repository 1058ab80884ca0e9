"""What a process that waits for Redis says of it: enough to see what is wrong, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()

# An outage may last for hours, and every process has its own word on it.
AGAIN_EVERY = 60.0


class Outage:
    """Tells of an outage when it begins, then once a minute, and when it is over."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: float | None = None
        self._told = float("-inf")

    def met(self, error: Exception) -> None:
        """Redis did not answer, or takes no writes."""
        now = self._monotonic()
        if self._since is None:
            self._since, self._told = now, float("-inf")
        if now - self._told >= AGAIN_EVERY:
            log.warning("redis_unavailable", error=str(error), for_s=round(now - self._since), goes_on="trying")
            self._told = now

    def over(self) -> None:
        """Redis did what it was asked."""
        if self._since is not None:
            log.info("redis_back", after_s=round(self._monotonic() - self._since, 1))
            self._since = None
