"""What is remembered of a document, so that the next poll reads only what it has not seen: four bytes an entry."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from worker.model import Entry
from worker.poll.blocks import Blocks

# A feed may change something in its old entries at every poll: a count of comments, the address of a picture. After so
# many polls in a row that brought so many old entries back, they are told by id, link and title alone.
_RESTLESS_POLLS = 3
_RESTLESS_ENTRIES = 3
# After so many readings in parts comes one of the whole, which starts anew and tells what stands outside of entries.
_PARTS_IN_A_ROW = 200
_HEAD = struct.Struct("<BB")
_BY_NAME, _AS_READ = 128, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The entries of the last document: their checksums or, with `by_name`, what their ids, links and titles make.

    `parts` counts readings since that of a whole document, `restless` those in a row that found old entries changed.
    Of a document that cannot be cut they are checksums of what its entries said `as_read`.
    """

    keys: frozenset[int]
    by_name: bool = False
    as_read: bool = False
    parts: int = 0
    restless: int = 0

    @classmethod
    def whole(cls, blocks: Blocks) -> Known:
        """What to remember of a document that was read as a whole."""
        return cls(keys=frozenset(blocks.checksums()))

    @classmethod
    def read(cls, entries: Iterable[Entry]) -> Known:
        """What to remember of a document that cannot be cut."""
        return cls(keys=frozenset(map(_said, entries)), as_read=True)

    def changed(self, entries: Iterable[Entry]) -> int:
        """How many of these entries of a document that cannot be cut said something else before, or nothing."""
        return sum(_said(entry) not in self.keys for entry in entries) if self.as_read else 0

    def unseen(self, blocks: Blocks) -> list[int] | None:
        """The places of the entries that the last document had not; None where it is time to read the whole again."""
        if self.as_read or self.parts >= _PARTS_IN_A_ROW:
            return None
        return [place for place, key in enumerate(self._keys(blocks, self.by_name)) if key not in self.keys]

    def after(self, blocks: Blocks, *, back: int) -> Known:
        """What to remember of a document whose unseen entries were read; `back` of them had been seen with other words.

        The feed's own order of change decides: one that is restless is looked at less closely from then on.
        """
        restless = self.restless + 1 if back >= _RESTLESS_ENTRIES else 0
        by_name = self.by_name or restless >= _RESTLESS_POLLS
        return Known(
            keys=frozenset(self._keys(blocks, by_name)),
            by_name=by_name,
            parts=self.parts + 1,
            restless=0 if by_name else restless,
        )

    def dump(self) -> bytes:
        """All of it in 2 + 4 bytes an entry."""
        flags = self.restless | (_BY_NAME if self.by_name else 0) | (_AS_READ if self.as_read else 0)
        return _HEAD.pack(flags, self.parts) + struct.pack(f"<{len(self.keys)}I", *self.keys)

    @staticmethod
    def _keys(blocks: Blocks, by_name: bool) -> tuple[int, ...]:
        return blocks.names() if by_name else blocks.checksums()


def _said(entry: Entry) -> int:
    return zlib.crc32(f"{entry.key}\x1f{entry.title}\x1f{entry.summary}".encode("utf-8", "surrogatepass"))


def load_known(data: bytes) -> Known | None:
    """What `Known.dump` wrote; None for b"" and for anything else."""
    try:
        flags, parts = _HEAD.unpack_from(data)
        keys = frozenset(struct.unpack(f"<{(len(data) - _HEAD.size) // 4}I", data[_HEAD.size :]))
    except struct.error:
        return None
    if not keys:
        return None
    by_name, as_read, restless = bool(flags & _BY_NAME), bool(flags & _AS_READ), flags & ~(_BY_NAME | _AS_READ)
    return Known(keys=keys, by_name=by_name, as_read=as_read, parts=parts, restless=restless)
