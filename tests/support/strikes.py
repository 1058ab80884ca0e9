"""Faults that strike when something happens, not when a time has gone by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# How long a test waits for what must happen; no promise, the machine may be busy.
PATIENCE = 150.0


class Strike:
    """Something done at the nth event of a kind; the action is given the port of who asked, 0 where nobody did."""

    def __init__(self, nth: int, action: Callable[[int], object]) -> None:
        self._left, self._action = nth, action
        self._lock = threading.Lock()
        self._done = threading.Event()
        self.at = 0.0

    def event(self, port: int = 0) -> None:
        with self._lock:
            self._left -= 1
            if self._left != 0:
                return
        self._action(port)
        self.at = time.monotonic()
        self._done.set()

    @property
    def struck(self) -> bool:
        return self._done.is_set()

    def wait(self) -> None:
        assert self._done.wait(PATIENCE), "the moment of the fault did not come"
