"""What topics need beyond the term they were found by, in tables that are gone through at the speed of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from worker.match.runs import Flags, Indexes, Numbers, Runs, doubled

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
        self._runs = Runs()
        self._slots = 0
        self._free: list[int] = []

    @property
    def room(self) -> int:
        """For how many terms memory is taken."""
        return self._runs.room

    def add(self, wanted: Wanted) -> int:
        """The slot of a new topic."""
        slot = self._free.pop() if self._free else self._new_slot()
        self._runs.put(slot, [*_marked(wanted.any_of, _FIRST), *_marked(wanted.none_of, _FIRST | _NOT)])
        self._second[slot] = wanted.second
        return slot

    def remove(self, slot: int) -> None:
        """Forget a topic."""
        self._runs.clear(slot)
        self._second[slot] = 0
        self._free.append(slot)

    def numbers(self, slot: int) -> list[int]:
        """The numbers of all terms of a topic."""
        terms: list[int] = (self._runs.of(slot) & _NUMBER).tolist()
        return [int(self._second[slot]), *terms]

    def passing(self, slots: Numbers, keys: Indexes, held: Flags) -> Indexes:
        """The indexes of those of `slots` all clauses of which hold.

        `held` tells by key whether a term is there: its number and what `keys` adds for that slot.
        """
        kept = np.flatnonzero(held[self._second[slots] + keys])
        terms, owners = self._runs.gathered(slots[kept])
        if not len(terms):
            return kept
        firsts = np.flatnonzero(terms & _FIRST)
        any_held = np.logical_or.reduceat(held[(terms & _NUMBER) + keys[kept][owners]], firsts)
        fails = any_held == ((terms[firsts] & _NOT) != 0)
        passes = np.ones(len(kept), np.bool_)
        passes[owners[firsts[fails]]] = False
        return kept[passes]

    def _new_slot(self) -> int:
        if self._slots == len(self._second):
            self._second = doubled(self._second)
        self._slots += 1
        return self._slots - 1


def _marked(clauses: Iterable[Sequence[int]], mark: int) -> Iterable[int]:
    for first, *others in clauses:
        yield first | mark
        yield from others
