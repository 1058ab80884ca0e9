"""What grouping says of an article, as far as alerts look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.model import Story


@dataclass(frozen=True)
class Put:
    """An article put into a story."""

    story: Story
    copy_of: str | None = None
    alike: Mapping[str, float] = field(default_factory=dict)
    absorbed: tuple[Story, ...] = ()
