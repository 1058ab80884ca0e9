"""Our line to the world as the polls of this process find it, told once when it is cut and once when it is back."""

from __future__ import annotations

import time

import structlog

from worker.poll.outage import Line, answered, unreached

log = structlog.get_logger()

# A host that was not reached does not notice how soon it is asked again, in seconds.
LOOK_AGAIN = 60.0


class OwnLine:
    """Follows which hosts answer."""

    def __init__(self) -> None:
        self._line = Line()

    @property
    def is_cut(self) -> bool:
        """Whether no host can be reached just now, which is nobody's fault but ours."""
        return self._line.is_cut

    def answered(self, host: str) -> None:
        """A host gave a usable answer."""
        was_cut = self._line.is_cut
        self._line = answered(self._line, host, now=time.monotonic())
        if was_cut:
            log.info("network_back", goes_on="with everything that is due")

    def is_away(self, host: str) -> bool:
        """A host could not be reached: whether it is the host that is away, as far as can be told by now."""
        was_cut = self._line.is_cut
        self._line, is_away = unreached(self._line, host, now=time.monotonic())
        if self._line.is_cut and not was_cut:
            log.warning("network_down", reason="no host can be reached", goes_on="asking a few feeds until one answers")
        return is_away
