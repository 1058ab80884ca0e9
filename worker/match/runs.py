"""A run of whole numbers for each of many slots, in one table that is gone through at the speed of memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int32]
Indexes: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]

_START = 64


class Runs:
    """One run for each slot, a number from 0; empty until it is put.

    Who reads while another thread changes something may get any answer or an IndexError.
    """

    def __init__(self) -> None:
        self._starts = np.zeros(_START, np.int32)
        self._sizes = np.zeros(_START, np.int32)
        self._numbers = np.zeros(_START, np.int32)
        self._used = 0
        self._unused = 0

    @property
    def room(self) -> int:
        """For how many numbers memory is taken."""
        return len(self._numbers)

    def reach(self, count: int) -> None:
        """Let there be so many slots or more."""
        while count > len(self._starts):
            self._starts, self._sizes = doubled(self._starts), doubled(self._sizes)

    def put(self, slot: int, run: Sequence[int] | Numbers) -> None:
        """The run of a slot, in place of the former one."""
        self.reach(slot + 1)
        self.clear(slot)
        self._make_room(len(run))
        self._numbers[self._used : self._used + len(run)] = run
        self._starts[slot], self._sizes[slot] = self._used, len(run)
        self._used += len(run)

    def clear(self, slot: int) -> None:
        """Leave a slot without a run."""
        self._unused += int(self._sizes[slot])
        self._sizes[slot] = 0

    def of(self, slot: int) -> Numbers:
        """The run of a slot."""
        start = self._starts[slot]
        return self._numbers[start : start + self._sizes[slot]]

    def gathered(self, slots: Numbers | Indexes) -> tuple[Numbers, Indexes]:
        """The runs of `slots`, one behind the other, and for each number whose it is, as an index of `slots`."""
        sizes = self._sizes[slots]
        ends = sizes.cumsum()
        owners = np.arange(len(slots)).repeat(sizes)
        shift = self._starts[slots] - ends + sizes
        return self._numbers[np.arange(len(owners)) + shift[owners]], owners

    def _make_room(self, size: int) -> None:
        if self._used + size <= len(self._numbers):
            return
        if self._unused > self._used // 2:
            self._close_gaps()
        while self._used + size > len(self._numbers):
            self._numbers = doubled(self._numbers)

    def _close_gaps(self) -> None:
        numbers, _ = self.gathered(np.arange(len(self._sizes), dtype=np.int32))
        kept = np.zeros_like(self._numbers)
        kept[: len(numbers)] = numbers
        self._starts = (self._sizes.cumsum() - self._sizes).astype(np.int32)
        self._numbers, self._used, self._unused = kept, len(numbers), 0


def doubled(numbers: Numbers) -> Numbers:
    """The same table with as much room again, of zeros."""
    return np.concatenate((numbers, np.zeros_like(numbers)))
