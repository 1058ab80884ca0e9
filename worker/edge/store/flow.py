"""How fast the whole is: from publication to being told, and how much passes through."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis

from worker.edge import keys

# Alerts looked at; the newest are meant.
_ALERTS = 500
# More than this between publication and being seen is no wait for a poll: an old report came up.
_NO_LAG = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The moments of an alert's way. `published` is None where no feed gave one."""

    published: datetime | None
    seen: datetime
    decided: datetime


def told_since(connection: redis.Redis, since: datetime) -> list[Told]:
    """The newest alerts decided since then that a report led to."""
    ids = connection.zrange(keys.ALERTS, "+inf", since.timestamp(), byscore=True, desc=True, offset=0, num=_ALERTS)
    found = connection.mget([keys.ALERT + raw.decode() for raw in ids]) if ids else []
    told = [_told(json.loads(data)) for data in found if data]
    return [one for one in told if one is not None]


def publication(published: datetime | None, seen: datetime) -> datetime | None:
    """When a report came out, as far as that tells how long it took to be seen."""
    return published if published is not None and timedelta(0) <= seen - published < _NO_LAG else None


def _told(alert: Mapping[str, object]) -> Told | None:
    article = alert["article"]
    if not isinstance(article, dict) or not article.get("seen_at") or alert.get("collected"):
        return None
    published, seen = article.get("published"), datetime.fromisoformat(article["seen_at"])
    return Told(
        published=publication(datetime.fromisoformat(published) if published else None, seen),
        seen=seen,
        decided=datetime.fromisoformat(str(alert["created"])),
    )


def per_minute(connection: redis.Redis, now: datetime, minutes: int) -> Mapping[str, Sequence[int]]:
    """How many events of each kind there were in each of the last minutes, as far back as events are kept."""
    start = int((now - timedelta(minutes=minutes)).timestamp() * 1000)
    counted: Counter[tuple[str, int]] = Counter()
    for raw_id, fields in connection.xrange(keys.EVENTS, min=start):
        at = datetime.fromtimestamp(int(raw_id.partition(b"-")[0]) / 1000, UTC)
        ago = int((now - at).total_seconds() // 60)
        if 0 <= ago < minutes:
            counted[fields[b"kind"].decode(), minutes - 1 - ago] += 1
    kinds = {kind for kind, _ in counted}
    return {kind: [counted[kind, minute] for minute in range(minutes)] for kind in kinds}
