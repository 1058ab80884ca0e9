"""What topics need beyond the term they were found by, in tables that are gone through at the speed of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int32]
Flags: TypeAlias = NDArray[np.bool_]

# The first term of a clause is marked; of a clause that must not hold twice.
_FIRST = 1 << 30
_NOT = 1 << 29
_NUMBER = _NOT - 1
_START = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """The clauses of one topic by the numbers of their terms, 0 for a term that is always there.

    `second` must be there, of each of `any_of` one or more, of each of `none_of` nothing.
    """

    second: int = 0
    any_of: Sequence[Sequence[int]] = ()
    none_of: Sequence[Sequence[int]] = ()


class Clauses:
    """The clauses of many topics, each known by its slot: a number from 0 that is given anew after `remove`.

    Who reads while another thread changes something may get any answer or an IndexError.
    """

    def __init__(self) -> None:
        self._second = np.zeros(_START, np.int32)
        self._starts = np.zeros(_START, np.int32)
        self._sizes = np.zeros(_START, np.int32)
        self._terms = np.zeros(_START, np.int32)
        self._slots = 0
        self._free: list[int] = []
        self._used = 0
        self._unused = 0

    @property
    def room(self) -> int:
        """For how many terms memory is taken."""
        return len(self._terms)

    def add(self, wanted: Wanted) -> int:
        """The slot of a new topic."""
        slot = self._free.pop() if self._free else self._new_slot()
        terms = [*_marked(wanted.any_of, _FIRST), *_marked(wanted.none_of, _FIRST | _NOT)]
        self._make_room(len(terms))
        self._terms[self._used : self._used + len(terms)] = terms
        self._second[slot], self._starts[slot], self._sizes[slot] = wanted.second, self._used, len(terms)
        self._used += len(terms)
        return slot

    def remove(self, slot: int) -> None:
        """Forget a topic."""
        self._unused += int(self._sizes[slot])
        self._second[slot] = self._sizes[slot] = 0
        self._free.append(slot)

    def numbers(self, slot: int) -> list[int]:
        """The numbers of all terms of a topic."""
        start, size = self._starts[slot], self._sizes[slot]
        terms: list[int] = (self._terms[start : start + size] & _NUMBER).tolist()
        return [int(self._second[slot]), *terms]

    def passing(self, slots: Numbers, held: Flags) -> Numbers:
        """Those of `slots` all clauses of which hold; `held` tells by its number whether a term is there."""
        slots = slots[held[self._second[slots]]]
        terms, owners = self._gathered(slots)
        if not len(terms):
            return slots
        firsts = np.flatnonzero(terms & _FIRST)
        any_held = np.logical_or.reduceat(held[terms & _NUMBER], firsts)
        fails = any_held == ((terms[firsts] & _NOT) != 0)
        passes = np.ones(len(slots), np.bool_)
        passes[owners[firsts[fails]]] = False
        return slots[passes]

    def _gathered(self, slots: Numbers) -> tuple[Numbers, NDArray[Any]]:
        """The terms of `slots`, one behind the other, and for each of them whose it is, as an index of `slots`."""
        sizes = self._sizes[slots]
        ends = sizes.cumsum()
        owners = np.arange(len(slots)).repeat(sizes)
        shift = self._starts[slots] - ends + sizes
        return self._terms[np.arange(len(owners)) + shift[owners]], owners

    def _new_slot(self) -> int:
        if self._slots == len(self._second):
            self._second, self._starts, self._sizes = map(_doubled, (self._second, self._starts, self._sizes))
        self._slots += 1
        return self._slots - 1

    def _make_room(self, size: int) -> None:
        if self._used + size <= len(self._terms):
            return
        if self._unused > self._used // 2:
            self._close_gaps()
        while self._used + size > len(self._terms):
            self._terms = _doubled(self._terms)

    def _close_gaps(self) -> None:
        terms, _ = self._gathered(np.arange(self._slots, dtype=np.int32))
        kept = np.zeros_like(self._terms)
        kept[: len(terms)] = terms
        self._starts[: self._slots] = self._sizes[: self._slots].cumsum() - self._sizes[: self._slots]
        self._terms, self._used, self._unused = kept, len(terms), 0


def _marked(clauses: Iterable[Sequence[int]], mark: int) -> Iterable[int]:
    for first, *others in clauses:
        yield first | mark
        yield from others


def _doubled(numbers: Numbers) -> Numbers:
    return np.concatenate((numbers, np.zeros_like(numbers)))
