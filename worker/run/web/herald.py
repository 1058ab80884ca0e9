"""Waking those who wait when something has happened: one thread follows Redis, however many they are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import redis

_AFTER_TROUBLE = 1.0
_ENDS_WITHIN = 5.0

_Listener = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Herald:
    """Sets the event of each listener when there is news, when the thread begins, and once `stop` is set.

    `wait` waits for a short time for news behind a position, and gives the position behind what there is; behind "" it
    gives that at once. The thread begins with the first listener. What happens within `pause` seconds is told once.
    """

    def __init__(self, wait: Callable[[str], str], stop: threading.Event, *, pause: float = 0.0) -> None:
        self._wait = wait
        self._stop = stop
        self._pause = pause
        self._listeners: set[_Listener] = set()
        self._changing = threading.Lock()
        self._follower: threading.Thread | None = None

    def __len__(self) -> int:
        """How many listen."""
        return len(self._listeners)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set when there is news; whoever hears of it clears it."""
        listener = asyncio.get_running_loop(), asyncio.Event()
        with self._changing:
            self._listeners.add(listener)
            if self._follower is None:
                self._follower = threading.Thread(target=self._follow, daemon=True)
                self._follower.start()
        try:
            yield listener[1]
        finally:
            with self._changing:
                self._listeners.discard(listener)

    def close(self) -> None:
        """Wait for the thread, which `stop` ends."""
        if self._follower is not None:
            self._follower.join(_ENDS_WITHIN)

    def _follow(self) -> None:
        position = ""
        while not self._stop.is_set():
            try:
                before, position = position, self._wait(position)
            except redis.RedisError:
                # Listeners look after a while without being told to.
                self._stop.wait(_AFTER_TROUBLE)
                continue
            if position != before:
                self._tell()
                self._stop.wait(self._pause)
        self._tell()

    def _tell(self) -> None:
        with self._changing:
            for loop, news in self._listeners:
                with suppress(RuntimeError):  # the server has ended meanwhile, and its loop with it
                    loop.call_soon_threadsafe(news.set)
