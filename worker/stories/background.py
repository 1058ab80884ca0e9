"""How often each term is in the news of a topic, as one packed record that whoever takes an article can read.

Counted as `rarities` does, and told anew from time to time only: between two tellings every worker decides by the same
figures, however many there are, and nobody has to count what others count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import compress, crc32, decompress

import numpy as np
import numpy.typing as npt

# Reports that may come before the figures are told anew: a sixteenth of those counted before, and at most so many.
_MOST_WAITING = 500
_SHARE_WAITING = 16
# After so many stories all that was counted is halved, and what came once is forgotten: it follows the news of late,
# and takes some 30 kB in the busiest topic.
_REMEMBERED = 2_000
_FORGOTTEN = 0.6
_HEAD = struct.Struct("<dII")
_REPORT = struct.Struct("<HH")
_BYTES = 3
_NUMBERS = 1 << 8 * _BYTES
# A count is kept as its logarithm, to 3.5 %: a term's rarity changes by a two-hundredth of that of a new one.
_STEPS = 20


def number_of(term: str) -> int:
    """The number of three bytes by which a term is counted and looked up; of 10,000 three pairs have the same one."""
    return crc32(term.encode("utf-8", "surrogatepass")) % _NUMBERS


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """In how many of so many stories each term was: `numbers` of terms, sorted, and beside them their `counts`."""

    stories: float
    numbers: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.float64]

    def of(self, terms: Sequence[str]) -> dict[str, float]:
        """In how many stories each of these terms was; those in none are left out."""
        if not terms or not len(self.numbers):
            return {}
        asked = np.fromiter(map(number_of, terms), dtype=np.uint32, count=len(terms))
        places = np.minimum(np.searchsorted(self.numbers, asked), len(self.numbers) - 1)
        known = np.flatnonzero(self.numbers[places] == asked)
        return {terms[at]: count for at, count in zip(known.tolist(), self.counts[places[known]].tolist(), strict=True)}

    def with_reports(self, reports: bytes) -> Background:
        """These figures after some more reports, each packed by `packed_report`."""
        stories, numbers, counts = self.stories, [self.numbers], [self.counts]
        at = 0
        while at < len(reports):
            place, size = _REPORT.unpack_from(reports, at)
            at += _REPORT.size
            stories += 1 / place
            numbers.append(_numbers(reports[at : at + size * _BYTES]))
            counts.append(np.full(size, 1 / place))
            at += size * _BYTES
        known, where = np.unique(np.concatenate(numbers), return_inverse=True)
        summed = np.zeros(len(known))
        np.add.at(summed, where, np.concatenate(counts))
        if stories <= _REMEMBERED:
            return Background(stories, known, summed)
        kept = summed / 2 >= _FORGOTTEN
        return Background(stories / 2, known[kept], summed[kept] / 2)

    def packed(self) -> bytes:
        """The figures in two to three bytes a term: gaps between numbers byte by byte, then counts.

        What is alike is compressed together: the lowest bytes of gaps not at all, the highest, most of them 0, with the
        counts.
        """
        gaps = np.diff(self.numbers, prepend=np.uint32(0))
        counts = np.rint(np.log2(1 + self.counts) * _STEPS).astype(np.uint8)
        low, middle, high = (column.tobytes() for column in _bytes(gaps).reshape(-1, _BYTES).T)
        packed = compress(middle, 9)
        head = _HEAD.pack(self.stories, len(gaps), len(packed))
        return head + low + packed + compress(high + counts.tobytes(), 9)


NOTHING = Background(0.0, np.array([], dtype=np.uint32), np.array([], dtype=np.float64))


def unpacked(data: bytes) -> Background:
    """The figures from `Background.packed`."""
    stories, size, packed = _HEAD.unpack_from(data)
    middle = _HEAD.size + size
    end = middle + packed
    whole = data[_HEAD.size : middle] + decompress(data[middle:end]) + decompress(data[end:])
    columns = np.frombuffer(whole, np.uint8).reshape(_BYTES + 1, size)
    numbers = np.cumsum(_numbers(columns[:_BYTES].T.tobytes()), dtype=np.uint32)
    return Background(stories, numbers, np.exp2(columns[_BYTES] / _STEPS) - 1)


def packed_report(vocabulary: Iterable[str], place: int) -> bytes:
    """What is to be counted of a report that is so manieth of its story."""
    numbers = np.array(sorted({number_of(term) for term in vocabulary}), dtype=np.uint32)
    return _REPORT.pack(place, len(numbers)) + _bytes(numbers).tobytes()


def _bytes(numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """The lower bytes of each, the lowest first."""
    return np.ascontiguousarray(numbers.astype("<u4")).view(np.uint8).reshape(-1, 4)[:, :_BYTES]


def _numbers(data: bytes) -> npt.NDArray[np.uint32]:
    whole = np.zeros((len(data) // _BYTES, 4), dtype=np.uint8)
    whole[:, :_BYTES] = np.frombuffer(data, np.uint8).reshape(-1, _BYTES)
    return whole.view("<u4").ravel().astype(np.uint32)


def is_due(waiting: int, counted: int) -> bool:
    """Whether the figures of so many reports are to be told anew with those that wait."""
    return waiting >= min(_MOST_WAITING, max(1, counted // _SHARE_WAITING))
