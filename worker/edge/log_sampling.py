"""Keeps noisy events from filling disks: of each, the first lines of every minute, and then how many were left out."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

import structlog

WINDOW = 60.0
# Lines of one event in a window, by level. What is not named here is never left out: errors are rare, or the log is
# the place where they are to be seen.
MOST: Mapping[str, int] = MappingProxyType({"info": 300, "warning": 1_000})


class Sampler:
    """A processor of structlog, the first in the line. `keep=True` in an event has it written whatever was before.

    Lines that are left out are told as `lines_left_out`, at their own level, with the first line that comes after their
    minute, or by `tell`.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._began = monotonic()
        self._seen: Counter[tuple[str, str]] = Counter()

    def __call__(self, _logger: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        kept = bool(event.pop("keep", False))
        if self._monotonic() - self._began >= WINDOW:
            self.tell()
        if level in MOST and not kept:
            with self._lock:
                self._seen[level, str(event.get("event"))] += 1
                is_noise = self._seen[level, str(event.get("event"))] > MOST[level]
            if is_noise:
                raise structlog.DropEvent
        return event

    def tell(self) -> None:
        """Say what was left out since the window began, and begin a new one."""
        with self._lock:
            now = self._monotonic()
            lasted, self._began = now - self._began, now
            seen, self._seen = self._seen, Counter()
        for (level, event), lines in seen.items():
            if lines > MOST[level]:
                say = getattr(structlog.get_logger(), level)
                say("lines_left_out", of=event, lines=lines - MOST[level], in_s=round(lasted), keep=True)
