"""Feeds that a process of this machine was polling when it ended: nobody need wait for the end of their leases."""

from __future__ import annotations

from datetime import datetime

import redis
import structlog

from worker.edge import keys
from worker.edge.process import has_ended
from worker.edge.store.claims import Claim
from worker.edge.store.feed_record import read_record
from worker.edge.store.feeds import FeedStore, owner_of
from worker.model import FeedState

log = structlog.get_logger()


def take_back(connection: redis.Redis, feeds: FeedStore, now: datetime) -> int:
    """Make them due; how many there were."""
    claims = {raw_id.decode(): raw.decode() for raw_id, raw in connection.hgetall(keys.FEED_CLAIMS).items()}
    ended = {owner for owner in map(owner_of, claims.values()) if has_ended(owner)}
    left = {feed_id: token for feed_id, token in claims.items() if owner_of(token) in ended}
    for feed_id, token in left.items():
        raw = connection.get(keys.FEED_RECORD + feed_id)
        host = read_record(raw).host if raw else ""
        feeds.release(Claim(feed_id=feed_id, token=token, state=FeedState(), host=host), now)
    if left:
        log.warning("feeds_taken_back", feeds=len(left), reason="the scheduler that polled them has ended")
    return len(left)
