"""A value that is dear to compute and need not be of this very moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")

YOUNGEST = 2.0
# Computing it takes no more than this share of the time.
_SHARE = 1 / 20


class Remembered(Generic[T]):
    """Gives the last value at once, and has a thread compute the next one where that is old.

    The first is waited for. A value is old after two seconds, and later where it took long to compute. When computing
    fails the value before goes on, and the next request tries again.
    """

    def __init__(self, compute: Callable[[], T]) -> None:
        self._compute = compute
        self._value: T | None = None
        self._old_at = float("-inf")
        self._busy = threading.Lock()

    def get(self) -> T:
        """The value; raises what computing it raises, the first time only."""
        value = self._value
        if value is None:
            return self._renew()
        if time.monotonic() > self._old_at and self._busy.acquire(blocking=False):
            threading.Thread(target=self._renew_and_release, daemon=True).start()
        return value

    def _renew(self) -> T:
        began = time.monotonic()
        value = self._compute()
        took = time.monotonic() - began
        self._value, self._old_at = value, began + max(YOUNGEST, took / _SHARE)
        return value

    def _renew_and_release(self) -> None:
        try:
            self._renew()
        except Exception as error:  # noqa: BLE001  a thread's end: whoever asks next has the value before
            log.warning("not_renewed", error=str(error))
        finally:
            self._busy.release()
