"""Where the terms of several articles stand, as rows of bits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from worker.match.checks import Part
from worker.match.reading import Reading
from worker.match.runs import Indexes
from worker.match.vocabulary import Held

# Bit n of a row is bit n % 64 of its number n // 64.
_WIDTH = 64
_NUMBER = np.dtype("<u8")
_BIT = np.left_shift(np.uint64(1), np.arange(_WIDTH, dtype=np.uint64)).astype(_NUMBER)

Bits: TypeAlias = NDArray[np.uint64]
"""Rows of bits, one below the other."""

GAP = _WIDTH
"""So many bits are left free between title and text: what is checked reaches no farther."""


class Standing:
    """The places of the terms that articles hold.

    The bit of a token in the title is its number in the line of the article, in the text that and `GAP`.
    """

    def __init__(self, readings: Sequence[Reading], held: Held) -> None:
        self.held = held
        self._readings = readings
        self._article = held.keys // held.stride
        sizes = np.array([len(reading.line.folded) for reading in readings])
        self._starts = sizes.cumsum() - sizes
        self._texts = np.array([reading.text_start for reading in readings])
        self._width = int(sizes.max()) + GAP

    def rows(self, keys: Indexes) -> Bits:
        """Where the terms stand that these keys, which are held, are of."""
        wanted, row = np.unique(keys, return_inverse=True)
        at, drawn = self._drawn(wanted)
        article = self._article[at]
        tokens = self.held.at[at] - self._starts[article]
        places = tokens + GAP * (tokens >= self._texts[article])
        return _bits(drawn, places, len(wanted), self._width)[row]

    def in_windows(self, windows: Windows, keys: Indexes) -> Bits:
        """In which windows the terms stand that these keys, which are held, are of."""
        wanted, row = np.unique(keys, return_inverse=True)
        at, drawn = self._drawn(wanted)
        return _bits(drawn, windows.numbers(self.held.at[at], self._article[at]), len(wanted), windows.most)[row]

    def _drawn(self, wanted: Indexes) -> tuple[Indexes, Indexes]:
        """The places (indexes of `held.keys`) of these keys, which are in order, each with the index of its key."""
        flags = np.zeros_like(self.held.flags)
        flags[wanted] = True
        at = np.flatnonzero(flags[self.held.keys])
        return at, wanted.searchsorted(self.held.keys[at])

    def part(self, part: Part, articles: Indexes) -> Bits:
        """All bits of a part, for each of `articles`."""
        wanted, row = np.unique(articles, return_inverse=True)
        return np.array([self._part(part, self._readings[article]) for article in wanted.tolist()])[row]

    def _part(self, part: Part, reading: Reading) -> Bits:
        start, size = reading.text_start, len(reading.line.folded)
        first, end = {
            Part.TITLE: (0, start - 1),
            Part.BODY: (start + GAP, size + GAP),
            Part.LEAD: (start + GAP, reading.lead_end + GAP),
        }[part]
        bits = ((1 << end) - (1 << first)).to_bytes(_across(self._width) * _NUMBER.itemsize, "little")
        return np.frombuffer(bits, _NUMBER)

    def windows(self, unit: str, articles: Indexes) -> Windows:
        """The sentences or paragraphs of these articles."""
        return Windows(unit, self._readings, set(articles.tolist()), self._starts, self._texts)


class Windows:
    """The sentences or paragraphs of some articles, each known by its number within the article."""

    def __init__(
        self, unit: str, readings: Sequence[Reading], wanted: set[int], starts: Indexes, texts: Indexes
    ) -> None:
        own = [reading.line.first_tokens(unit) if n in wanted else [0] for n, reading in enumerate(readings)]
        sizes = np.array(list(map(len, own)))
        self.most = int(sizes.max())
        self._starts, self._texts = starts, texts
        self._firsts = np.array(list(chain.from_iterable(own))) + starts.repeat(sizes)
        self._before = sizes.cumsum() - sizes

    def numbers(self, at: Indexes, articles: Indexes) -> Indexes:
        """The number of the window of each token, of the lines of all articles behind each other."""
        numbers: Indexes = self._firsts.searchsorted(at, "right") - 1 - self._before[articles]
        return numbers

    def whole(self, rows: Bits, sizes: Indexes, articles: Indexes) -> Bits:
        """In which windows something stands whole that starts at the bits of a row and has so many tokens."""
        bits = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little")
        row, places = bits.nonzero()
        of = articles[row]
        tokens = places - GAP * (places >= self._texts[of] + GAP) + self._starts[of]
        window = self.numbers(tokens, of)
        whole = window == self.numbers(tokens + sizes[row] - 1, of)
        return _bits(row[whole], window[whole], len(rows), self.most)


def _bits(rows: Indexes, places: Indexes, height: int, width: int) -> Bits:
    """`height` rows of `width` bits or some more, set where `rows` and `places` say."""
    across = _across(width)
    flat = np.zeros(height * across, _NUMBER)
    np.bitwise_or.at(flat, rows * across + (places >> 6), _BIT[places & 63])
    return flat.reshape(height, across)


def _across(width: int) -> int:
    """How many numbers hold so many bits, and one more where one could do."""
    return width // _WIDTH + 1


def earlier(rows: Bits, by: NDArray[np.uint64]) -> Bits:
    """Every bit moved down, in each row by what its line of `by` says: less than 64."""
    moved = rows >> by
    moved[:, :-1] |= rows[:, 1:] << np.uint64(_WIDTH) - by
    return moved


def later(rows: Bits, by: NDArray[np.uint64]) -> Bits:
    """Every bit moved up."""
    moved = rows << by
    moved[:, 1:] |= rows[:, :-1] >> np.uint64(_WIDTH) - by
    return moved


def reached(rows: Bits, distances: NDArray[np.uint64]) -> Bits:
    """The bits, and so many behind each as the line of `distances` says, twice as many in each step."""
    left, wide = distances, 1
    while left.any():
        step = np.minimum(left, np.uint64(wide))
        rows = rows | later(rows, step)
        left, wide = left - step, wide * 2
    return rows
