"""Whose fault it is that a host cannot be reached: its own, or that of our line. Pure.

One host that is away says nothing of the line, all of them at once say nothing of the hosts. So a host that cannot be
reached is asked again soon, before anything is held against its feeds: by then another host has answered, and it is
the host that is away; or others cannot be reached either, and it is our line for as long as nobody answers. Only where
there is nobody to compare with is the host taken to be away after some tries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

# So many hosts that cannot be reached, and none that answered since, make an outage of ours.
_OUTAGE = 3
# With nobody to compare with, so many tries are made before the host is taken to be away.
_TRIES = 3
# Hosts beyond these tell nothing new.
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is known of our line to the world. Times are in seconds on any clock that only goes forward.

    `answered_at` is when a host last gave a usable answer. `unreached` are hosts that could not be reached, each with
    when that was first seen and how often it was.
    """

    answered_at: float = float("-inf")
    unreached: Mapping[str, tuple[float, int]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_cut(self) -> bool:
        """Whether this is an outage of ours."""
        return sum(first > self.answered_at for first, _ in self.unreached.values()) >= _OUTAGE


def answered(line: Line, host: str, *, now: float) -> Line:
    """`host` gave a usable answer."""
    known = {name: seen for name, seen in line.unreached.items() if name != host}
    return Line(answered_at=now, unreached=known)


def unreached(line: Line, host: str, *, now: float) -> tuple[Line, bool]:
    """`host` could not be reached; whether that is held against it, after which it is forgotten here."""
    first, tries = line.unreached.get(host, (now, 0))
    is_away = line.answered_at > first or (tries + 1 >= _TRIES and len(line.unreached) <= 1)
    known = {name: seen for name, seen in line.unreached.items() if name != host}
    if not is_away and len(known) < _MOST:
        known[host] = (first, tries + 1)
    return replace(line, unreached=known), is_away
