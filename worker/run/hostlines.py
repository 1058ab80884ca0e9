"""The entries of one worker that wait behind others for the same host, each in its line."""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from types import TracebackType

from worker.errors import PostponedError

# How soon an entry comes back that stood in a line for too long.
_COME_BACK = 5.0


class HostLines:
    """A line for each host, of which the first `abreast` may go."""

    def __init__(self, abreast: int) -> None:
        self._abreast = abreast
        self._lines: dict[str, dict[Place, None]] = {}

    @property
    def waiting(self) -> int:
        """How many may not go yet, in all lines."""
        return sum(max(0, len(line) - self._abreast) for line in self._lines.values())

    def is_at_once(self, host: str) -> bool:
        """Whether who joins the line for `host` now may go."""
        return len(self._lines.get(host, {})) < self._abreast

    def join(self, host: str, *, is_urgent: bool = False) -> Place:
        """A place in the line for `host`, held until it is left: at its end, or before all that are not urgent."""
        place = Place(self, host, is_urgent=is_urgent)
        line = self._lines.setdefault(host, {})
        behind = [other for other in islice(line, self._abreast, None) if is_urgent and not other.is_urgent]
        for other in behind:
            del line[other]
        line |= dict.fromkeys([place, *behind])
        self._move_up(host)
        return place

    def leave(self, place: Place) -> None:
        """Those behind move up. Harmless where it was left before."""
        line = self._lines.get(place.host, {})
        line.pop(place, None)
        if line:
            self._move_up(place.host)
        else:
            self._lines.pop(place.host, None)

    def send_away(self, seconds: float) -> None:
        """Have those leave that have waited for `seconds` or longer."""
        latest = time.monotonic() - seconds
        for line in list(self._lines.values()):
            for place in list(islice(line, self._abreast, None)):
                if place.since <= latest:
                    place.send_away()

    def cut(self, length: int) -> None:
        """Have those leave who are not among the first `length` of their line; those who may go stay."""
        for line in list(self._lines.values()):
            for place in list(islice(line, max(length, self._abreast), None)):
                place.send_away()

    def _move_up(self, host: str) -> None:
        for place in islice(self._lines[host], self._abreast):
            place.may_go()


class Place:
    """A place in a line. As a context it waits for its turn, and is left at the end.

    PostponedError where it was sent away before.
    """

    def __init__(self, lines: HostLines, host: str, *, is_urgent: bool) -> None:
        self.host, self.since, self.is_urgent = host, time.monotonic(), is_urgent
        self._lines = lines
        self._called = asyncio.Event()
        self._is_sent_away = False

    def may_go(self) -> None:
        """It is among the first."""
        self._called.set()

    def send_away(self) -> None:
        """Leave without having had a turn."""
        self._is_sent_away = True
        self._called.set()
        self.leave()

    def leave(self) -> None:
        """See HostLines.leave."""
        self._lines.leave(self)

    async def __aenter__(self) -> None:
        try:
            await self._called.wait()
        except BaseException:
            self.leave()
            raise
        if self._is_sent_away:
            raise PostponedError(f"{self.host} is busy with pages asked of it before", seconds=_COME_BACK)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
