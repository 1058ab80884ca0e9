"""Names that lead to stories, forgotten when their story has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime


class Pointers:
    """Which story each name leads to. Looked through bit by bit, each name once in the time that they are kept."""

    def __init__(self) -> None:
        self._story_of: dict[str, str] = {}
        self._looked_at: deque[tuple[datetime, str]] = deque()

    def __len__(self) -> int:
        """Names that are known."""
        return len(self._story_of)

    def get(self, name: str) -> str | None:
        """The story that a name leads to, None for one that is not known (any more)."""
        return self._story_of.get(name)

    def set(self, name: str, story_id: str, now: datetime) -> None:
        """From now on the name leads to this story."""
        if name not in self._story_of:
            self._looked_at.append((now, name))
        self._story_of[name] = story_id

    def forget(self, before: datetime, now: datetime, is_live: Callable[[str], bool]) -> None:
        """Of the names last looked at before that moment, forget those whose story is not live."""
        while self._looked_at and self._looked_at[0][0] < before:
            _, name = self._looked_at.popleft()
            if is_live(self._story_of[name]):
                self._looked_at.append((now, name))
            else:
                del self._story_of[name]
