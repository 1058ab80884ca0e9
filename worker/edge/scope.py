"""What tokens of the API may do."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """Whoever may write may read."""

    READ = "read"
    WRITE = "write"
