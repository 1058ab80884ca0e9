"""Which stories a number leads to: that of a term, or of a part of a text's signature. Packed, and at the same cost
whatever the size.

A table of buckets that grows by one at a time (linear hashing, Litwin 1980), so that a look-up and a change touch no
more than the buckets of their numbers. Buckets are read through a function and changed ones are handed back: whoever
stores them decides where.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import regex

Read: TypeAlias = Callable[[Sequence[int]], Sequence[bytes | None]]
"""Numbers of buckets -> what was stored of each, None for nothing."""

_Entry: TypeAlias = tuple[int, bytes]

# A bucket of so many entries takes some 300 bytes, to which a store adds a fifth of that.
_ENTRIES_PER_BUCKET = 32
_SPARSE = 8
# A number that leads to more stories says little; those that were posted last stay.
_STORIES_PER_NUMBER = 60
_NUMBER_BYTES = 3
_SIZE = struct.Struct(">H")
# The ids that stories are given take half their length; others are kept as they are.
_HEX = regex.compile(r"[0-9a-f]{16}")
_AS_IT_IS = 0x80


class Postings:
    """The table while one report is placed, for numbers of three bytes. It begins with one empty bucket."""

    def __init__(self, read: Read, *, buckets: int = 1, entries: int = 0) -> None:
        self._read = read
        self.buckets, self.entries = buckets, entries
        self._stored: dict[int, bytes] = {}
        self._changed: dict[int, list[_Entry]] = {}

    def find(self, numbers: Iterable[int]) -> dict[int, list[str]]:
        """The ids of the stories that each number leads to, in the order in which they were posted."""
        wanted = [(number, self._at(number)) for number in numbers]
        self._load(at for _, at in wanted)
        found = {number: [_name(raw) for own, raw in self._look(number, at) if own == number] for number, at in wanted}
        return {number: ids for number, ids in found.items() if ids}

    def move(self, story_id: str, *, gone: Iterable[int] = (), new: Iterable[int] = ()) -> None:
        """Take a story out under some numbers, and post it under others where it is not yet."""
        out, into, raw = sorted(set(gone)), sorted(set(new)), _raw(story_id)
        self._load(self._at(number) for number in (*out, *into))
        for number in out:
            entries = self._open(self._at(number))
            if (number, raw) in entries:
                entries.remove((number, raw))
                self.entries -= 1
        for number in into:
            entries = self._open(self._at(number))
            same = [entry for entry in entries if entry[0] == number]
            if (number, raw) in same:
                continue
            if len(same) >= _STORIES_PER_NUMBER:
                entries.remove(same[0])
                self.entries -= 1
            entries.append((number, raw))
            self.entries += 1
        while self.entries > _ENTRIES_PER_BUCKET * self.buckets:
            self._grow()

    def settle(self) -> Mapping[int, bytes]:
        """The buckets to store, b"" for one that is empty, after a table that has become too large was made smaller."""
        while self.buckets > 1 and self.entries < _SPARSE * self.buckets:
            self._shrink()
        return {at: _packed(entries) for at, entries in self._changed.items()}

    def _grow(self) -> None:
        new = self.buckets
        self._load((_parent(new),))
        entries = self._open(_parent(new))
        self.buckets += 1
        self._stored[new] = b""
        self._changed[new] = [entry for entry in entries if self._at(entry[0]) == new]
        entries[:] = [entry for entry in entries if self._at(entry[0]) != new]

    def _shrink(self) -> None:
        last = self.buckets - 1
        self._load((last, _parent(last)))
        self._open(_parent(last)).extend(self._open(last))
        self._changed[last] = []
        self.buckets = last

    def _at(self, number: int) -> int:
        """The bucket of a number: by one bit more where that many buckets are there already."""
        level = _level(self.buckets)
        at = number % (2 * level)
        return at if at < self.buckets else at - level

    def _look(self, number: int, at: int) -> Iterable[_Entry]:
        """The entries of a bucket in which the number may be."""
        if at in self._changed:
            return self._changed[at]
        # Most numbers lead nowhere, which this tells without reading the entries.
        return _entries(self._stored[at]) if _bytes_of(number) in self._stored[at] else ()

    def _open(self, at: int) -> list[_Entry]:
        if at not in self._changed:
            self._changed[at] = list(_entries(self._stored[at]))
        return self._changed[at]

    def _load(self, buckets: Iterable[int]) -> None:
        missing = sorted(set(buckets) - self._stored.keys())
        if missing:
            self._stored.update((at, data or b"") for at, data in zip(missing, self._read(missing), strict=True))


def _level(buckets: int) -> int:
    return 1 << (buckets.bit_length() - 1)


def _parent(bucket: int) -> int:
    """The bucket from which this one was split off."""
    return bucket - _level(bucket)


def _packed(entries: Sequence[_Entry]) -> bytes:
    """A bucket: every story once, and behind them the numbers, each with the place of the story that it leads to."""
    if not entries:
        return b""
    places = {raw: at for at, raw in enumerate(dict.fromkeys(raw for _, raw in entries))}
    width = _width(len(places))
    packed = [_bytes_of(number) + places[raw].to_bytes(width) for number, raw in entries]
    return b"".join([_SIZE.pack(len(places)), *places, *packed])


def _entries(data: bytes) -> Iterator[_Entry]:
    if not data:
        return
    (size,) = _SIZE.unpack_from(data)
    stories, at = [], _SIZE.size
    for _ in range(size):
        end = at + 1 + (data[at] & ~_AS_IT_IS)
        stories.append(data[at:end])
        at = end
    step = _NUMBER_BYTES + _width(size)
    for one in range(at, len(data), step):
        middle = one + _NUMBER_BYTES
        yield int.from_bytes(data[one:middle]), stories[int.from_bytes(data[middle : one + step])]


def _bytes_of(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES)


def _width(stories: int) -> int:
    """Bytes that the places of so many stories take."""
    return 1 if stories <= 0x100 else 2


def _raw(story_id: str) -> bytes:
    """An id with its length before it."""
    if _HEX.fullmatch(story_id):
        raw = bytes.fromhex(story_id)
        return bytes((len(raw),)) + raw
    raw = story_id.encode()
    return bytes((len(raw) | _AS_IT_IS,)) + raw


def _name(raw: bytes) -> str:
    return raw[1:].decode() if raw[0] & _AS_IT_IS else raw[1:].hex()
