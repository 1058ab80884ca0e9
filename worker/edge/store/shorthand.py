"""Articles as they are kept: compressed by what the articles of the same days have in common.

Of each article alone zlib saves half. Zstandard with a dictionary (RFC 8878, section 5) that was trained on a few
hundred articles of this very installation saves two thirds, whatever its languages. A scheduler trains one a day
(`learn`); until there is one, articles are kept as releases before wrote them. A frame names its dictionary, and a
dictionary stays for as long as an article written with it may.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

import redis
import zstandard

from worker.edge import codec, keys
from worker.model import Article

SAMPLES = 600
"""Articles that a dictionary is trained on; more make it hardly better."""

ENOUGH = 300
SIZE = 768 << 10
"""Bytes of a dictionary. A third of it costs 4 to 6 % more for each article, two thirds 1 %."""

LEVEL = 16
"""The first that looks for the best way through a text: 4 to 7 % less than 15 or 9, for half a millisecond more."""

EVERY = 86_400
"""Seconds between two dictionaries; names in the news change."""

# A Redis that fails over may lose the last seconds: what was lost has not been used yet.
SETTLES = 300
# A dictionary is named by the minute it was made in, which fits the four bytes that a frame has for it.
_MINUTE = 60
_LOOK_EVERY = 10.0
# A worker may write with the former dictionary until it looks again, and clocks differ.
_MARGIN = 3_600
_ZSTD = zstandard.FRAME_HEADER
_ZLIB_LEVEL = 6
_AT_HAND = 10
_TURN = 60


class Shorthand:
    """Writes and reads articles; knows the dictionaries it met."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, zstandard.ZstdCompressionDict] = OrderedDict()
        self._newest: int | None = None
        self._looked: float | None = None

    def pack(self, connection: redis.Redis, article: Article, now: datetime) -> bytes:
        """The article's bytes, by the newest dictionary that has settled."""
        name = self._in_use(connection, now.timestamp())
        found = None if name is None else self._dictionary(connection, name)
        raw = codec.dump(article)
        if found is None:
            return zlib.compress(raw, _ZLIB_LEVEL)
        # Neither holds on to anything: what is shared between threads are the dictionaries, which are only read.
        return zstandard.ZstdCompressor(level=LEVEL, dict_data=found, write_content_size=True).compress(raw)

    def raw(self, connection: redis.Redis, data: bytes) -> bytes | None:
        """The article's JSON (codec.dump); None where its dictionary is lost."""
        if not data.startswith(_ZSTD):
            return zlib.decompress(data)
        found = self._dictionary(connection, zstandard.get_frame_parameters(data).dict_id)
        return None if found is None else zstandard.ZstdDecompressor(dict_data=found).decompress(data)

    def unpack(self, connection: redis.Redis, data: bytes) -> Article | None:
        """The article from `pack`'s bytes; None where its dictionary is lost."""
        raw = self.raw(connection, data)
        return None if raw is None else codec.load(Article, raw)

    def _in_use(self, connection: redis.Redis, at: float) -> int | None:
        if self._looked is None or abs(at - self._looked) >= _LOOK_EVERY:
            self._newest = max(_settled(names(connection), at), default=None)
            self._looked = at
        return self._newest

    def _dictionary(self, connection: redis.Redis, name: int) -> zstandard.ZstdCompressionDict | None:
        if name in self._known:
            self._known.move_to_end(name)
            return self._known[name]
        data = connection.get(f"{keys.DICTIONARY}{name}")
        if data is None:
            return None
        found = zstandard.ZstdCompressionDict(data)
        found.precompute_compress(level=LEVEL)
        self._known[name] = found
        while len(self._known) > _AT_HAND:
            self._known.popitem(last=False)
        return found


def names(connection: redis.Redis) -> list[int]:
    """The dictionaries that are kept."""
    return [int(raw) for raw in connection.zrange(keys.DICTIONARIES, 0, -1)]


def learn(connection: redis.Redis, now: datetime) -> int | None:
    """Train a dictionary where one is due, which takes a second or two of a core; its name.

    None where there is nothing to do, or another process does it.
    """
    if not connection.set(keys.DICTIONARY_TURN, 1, nx=True, ex=_TURN):
        return None
    try:
        newest = max(names(connection), default=0) * _MINUTE
        if now.timestamp() - newest < EVERY or len(samples := _samples(connection)) < ENOUGH:
            return None
        name = int(now.timestamp()) // _MINUTE
        trained = zstandard.train_dictionary(SIZE, samples, dict_id=name).as_bytes()
        with connection.pipeline() as pipe:
            pipe.multi()
            # Should this have taken so long that another had its turn, theirs is in use.
            pipe.set(f"{keys.DICTIONARY}{name}", trained, nx=True)
            pipe.zadd(keys.DICTIONARIES, {str(name): now.timestamp() + EVERY})
            pipe.execute()
    finally:
        connection.delete(keys.DICTIONARY_TURN)
    return name


def _samples(connection: redis.Redis) -> list[bytes | bytearray | memoryview[int]]:
    ids = connection.zrange(keys.ARTICLES, -SAMPLES, -1)
    found = connection.mget([keys.ARTICLE + raw.decode() for raw in ids]) if ids else []
    shorthand = Shorthand()
    return [raw for data in found if data and (raw := shorthand.raw(connection, data)) is not None]


def keep(connection: redis.Redis, now: datetime, *, articles_ttl: float) -> None:
    """Note until when the newest dictionary is needed, and forget those that are needed no more."""
    at = now.timestamp()
    kept = names(connection)
    # Until the newest has settled, the one before is written with.
    in_use = {max(some) for some in (kept, _settled(kept, at)) if some}
    # One that was replaced is needed by articles from before; they may be kept for longer now than when they came.
    needed = {name: next_ * _MINUTE + SETTLES for name, next_ in pairwise(sorted(kept))} | dict.fromkeys(in_use, at)
    if needed:
        until = {str(name): last + articles_ttl + _MARGIN for name, last in needed.items()}
        connection.zadd(keys.DICTIONARIES, until, gt=True)
    over = connection.zrange(keys.DICTIONARIES, "-inf", at, byscore=True)
    if over:
        connection.unlink(*(keys.DICTIONARY + raw.decode() for raw in over))
        connection.zrem(keys.DICTIONARIES, *over)


def _settled(kept: Iterable[int], at: float) -> list[int]:
    return [name for name in kept if name * _MINUTE <= at - SETTLES]
