"""The latest pages of each host, of which is learned what the host repeats; bounded per host and in hosts.

A page is a field of its host's hash, by its article's id: telling it again, by a retry or another worker, changes
nothing. At most 60 pages are kept a host, and 4,000 hosts. A full one takes 15 KB on real news sites and 35 KB at the
most, so all of them 60 MB and 140 MB.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime

import redis

from worker.clean.learned import MAX_AGE, MAX_PAGES, latest
from worker.edge import keys
from worker.ports import SeenPage

MAX_HOSTS = 4_000
# So many more pages than count are kept before the oldest are dropped together.
SLACK = 12
_FORMAT = 1
_HEAD = struct.Struct(">BIB")

_REMEMBER = """
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], 'GT', ARGV[4], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4] - ARGV[5])
for _ = 1, redis.call('ZCARD', KEYS[2]) - ARGV[6] do
  redis.call('DEL', ARGV[7] .. redis.call('ZPOPMIN', KEYS[2])[1])
end
return redis.call('HGETALL', KEYS[1])
"""


class HostPages:
    """Implements ports.HostMemory; with `max_hosts`, the host that has been silent for longest is forgotten first."""

    def __init__(self, connection: redis.Redis, *, max_hosts: int = MAX_HOSTS) -> None:
        self._redis = connection
        self._max_hosts = max_hosts
        self._remember = connection.register_script(_REMEMBER)

    def remember(self, host: str, page: SeenPage) -> Sequence[SeenPage]:
        """See ports.HostMemory."""
        flat = self._remember(
            keys=[keys.LEARNED + host, keys.LEARNED_HOSTS],
            args=[
                host,
                page.article_id,
                _pack(page),
                int(page.seen_at.timestamp()),
                int(MAX_AGE),
                self._max_hosts,
                keys.LEARNED,
            ],
        )
        ids, records = flat[::2], flat[1::2]
        pages = [_unpack(raw.decode(), data) for raw, data in zip(ids, records, strict=True) if data[0] == _FORMAT]
        if len(ids) <= MAX_PAGES + SLACK:
            return pages
        kept = latest(pages)
        # The newest stay whoever trims, so two workers at once drop nothing that counts.
        self._redis.hdel(keys.LEARNED + host, *({raw.decode() for raw in ids} - {page.article_id for page in kept}))
        return kept


def _pack(page: SeenPage) -> bytes:
    counted = _HEAD.pack(_FORMAT, int(page.seen_at.timestamp()), len(page.words))
    return counted + struct.pack(f">{len(page.words)}H{len(page.marks)}I", *page.words, *page.marks)


def _unpack(article_id: str, data: bytes) -> SeenPage:
    _, seen, words = _HEAD.unpack_from(data)
    values = struct.unpack_from(f">{words}H{(len(data) - _HEAD.size - 2 * words) // 4}I", data, _HEAD.size)
    return SeenPage(
        article_id=article_id, seen_at=datetime.fromtimestamp(seen, UTC), marks=values[words:], words=values[:words]
    )
