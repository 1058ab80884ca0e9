"""A feed in the hands of one scheduler."""

from __future__ import annotations

from dataclasses import dataclass

from worker.model import FeedState


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A feed this scheduler may poll until its lease ends.

    It was due at `due` (seconds since the epoch), and has `waited` for its host since then, or not. `has_turn` says
    whether a turn at `host` is held as well.
    """

    feed_id: str
    token: str
    state: FeedState
    due: float = 0.0
    waited: bool = False
    host: str = ""
    name: str = ""
    has_turn: bool = False

    @property
    def turn(self) -> tuple[str, str] | None:
        """The host, and the token of the turn there, if one is held."""
        return (self.host, self.token + self.feed_id) if self.has_turn else None
