"""What grouping says of an article, as far as alerts look at it."""

from __future__ import annotations

from dataclasses import dataclass

from worker.model import Story


@dataclass(frozen=True)
class Put:
    """An article put into a story."""

    story: Story
    is_new: bool = False
    copy_of: str | None = None
    similarity: float = 0.0
    nearest: str = ""
    absorbed: tuple[Story, ...] = ()
