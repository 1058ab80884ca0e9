"""Reading a sorted set from its highest score down, a page at a time, whatever is added meanwhile."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import redis

_NO_CURSOR = "this is no cursor that was given out"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where a member stands; of two with one score the greater member comes first, as Redis has it."""

    score: float
    member: str

    def cursor(self) -> str:
        """The place as text that fits into an address."""
        return base64.urlsafe_b64encode(f"{self.score!r} {self.member}".encode()).decode().rstrip("=")

    @classmethod
    def at(cls, cursor: str) -> Place:
        """The place that `cursor` made; ValueError where it did not."""
        try:
            told = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
            score, _, member = told.partition(" ")
            place = cls(score=float(score), member=member)
        except ValueError as error:
            raise ValueError(_NO_CURSOR) from error
        if not isfinite(place.score):
            raise ValueError(_NO_CURSOR)
        return place


def places_below(connection: redis.Redis, key: str, after: Place | None, limit: int) -> Sequence[Place]:
    """Up to `limit` members of a sorted set below a place, from the highest down; None begins at the top."""
    start: float | str = "+inf" if after is None else after.score
    found: list[Place] = []
    at = 0
    while len(found) < limit:
        raw = connection.zrange(key, start, "-inf", byscore=True, desc=True, withscores=True, offset=at, num=limit + 1)
        places = [Place(score=score, member=member.decode()) for member, score in raw]
        found += [place for place in places if after is None or place < after]
        if len(raw) <= limit:
            break
        at += len(raw)
    return found[:limit]
