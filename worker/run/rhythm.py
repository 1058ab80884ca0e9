"""When a chore of a loop is due again, by a clock that nobody sets."""

from __future__ import annotations

import time


class Rhythm:
    """Chores by name; each is due at first, and then whenever its time has gone by."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def is_time(self, chore: str, every: float) -> bool:
        """Whether `every` seconds have gone by since this was last true of `chore`."""
        at = time.monotonic()
        if at - self._last.get(chore, float("-inf")) < every:
            return False
        self._last[chore] = at
        return True
