"""Checks of many topics made at once on several articles, in tables that are gone through at the speed of memory.

Where a term stands is a row of bits, 64 tokens in each number. A group is the union of its rows, a row of several terms
the intersection of theirs, each shifted by its place in the row; NEAR widens one side and intersects the other. Of
lines without scripts that match inside words only: there words are as far apart as their tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.match.checks import Check, Group, Kind, Part
from worker.match.runs import Flags, Indexes, Numbers, Runs
from worker.match.standing import Bits, Standing, earlier, later, reached

# In the run of a topic each check is a head, which says what is wanted, and the terms of its groups. The first term of
# a row is marked, of a group twice.
_HEAD = 1 << 30
_GROUP = 1 << 29
_ROW = 1 << 28
_NOT = 1 << 27
_TERM = _NOT - 1
# Of a head: kind, part, whether it is negated, number.
_PART, _NEGATED, _NUMBER = 4, 8, 9
_FIELD = 15
_SCOPES = (Part.TITLE, Part.BODY, Part.LEAD)
_UNITS = {Kind.SENTENCE: "sentence", Kind.PARAGRAPH: "paragraph"}


class Checks:
    """The checks of many topics, by the slots that `Clauses` gave them."""

    def __init__(self) -> None:
        self._runs = Runs()

    def put(self, slot: int, checks: Iterable[Check], use: Callable[[str], int]) -> None:
        """The checks of a topic; `use` gives the number of a term."""
        self._runs.put(slot, [code for check in checks for code in _codes(check, use)])

    def clear(self, slot: int) -> None:
        """Forget those of a topic."""
        self._runs.clear(slot)

    def numbers(self, slot: int) -> list[int]:
        """The numbers of all terms of a topic, each as often as it is there."""
        run = self._runs.of(slot)
        terms: list[int] = (run[run < _HEAD] & _TERM).tolist()
        return terms

    def passing(self, slots: Numbers, articles: Indexes, standing: Standing) -> tuple[Flags, Flags]:
        """Whether all checks of each of `slots` hold, or may, for the article of that index beside it; and if for sure.

        Only ATLEAST of phrases that overlap is not sure.
        """
        codes, owners = self._runs.gathered(slots)
        passes, sure = np.ones(len(slots), np.bool_), np.ones(len(slots), np.bool_)
        if len(codes):
            heads = np.flatnonzero(codes >= _HEAD)
            found = _holding(_Codes(codes, heads, articles[owners]), standing)
            passes[owners[heads[~found.holds]]] = False
            sure[owners[heads[~found.sure]]] = False
        return passes, sure


def _codes(check: Check, use: Callable[[str], int]) -> Iterator[int]:
    number = check.number << _NUMBER
    yield _HEAD | check.kind | check.part << _PART | check.negated << _NEGATED | number
    for group in check.groups:
        yield from _codes_of_group(group, use)


def _codes_of_group(group: Group, use: Callable[[str], int]) -> Iterator[int]:
    mark = _GROUP | _NOT if group.negated else _GROUP
    for row in group.rows:
        mark |= _ROW
        for term in row:
            yield mark | use(term)
            mark = 0


@dataclass(frozen=True, slots=True)
class _Codes:
    """Checks to make: their codes, where each begins, and for each code the index of the article."""

    all: Numbers
    heads: Indexes
    articles: Indexes


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that are there of checks that may hold: whose they are, by the index of check and group, and what.

    `first` is where each row has its first term in `keys`, `size` how many it has.
    """

    keys: Indexes
    first: Indexes
    size: Indexes
    article: Indexes
    check: Indexes
    group: Indexes
    negated: Flags

    def only(self, wanted: Indexes) -> _Rows:
        """The rows at these indexes."""
        return _Rows(
            self.keys,
            self.first[wanted],
            self.size[wanted],
            self.article[wanted],
            self.check[wanted],
            self.group[wanted],
            self.negated[wanted],
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """Which checks hold; those that are not sure may, and count as if they did."""

    holds: Flags
    sure: Flags


def _holding(codes: _Codes, standing: Standing) -> _Found:
    """Whether each of the checks holds."""
    head = codes.all[codes.heads] ^ _HEAD
    opposite: Flags = (head >> _NEGATED & 1).astype(np.bool_)
    found = _found(codes, head, standing)
    return _Found((opposite ^ found.holds) | ~found.sure, found.sure)


def _found(codes: _Codes, head: Numbers, standing: Standing) -> _Found:
    """Whether what each of the checks looks for is there."""
    found = _Found(np.zeros(len(head), np.bool_), np.ones(len(head), np.bool_))
    rows = _there(codes, standing)
    if not len(rows.first):
        return found
    first = _firsts(rows, head, standing)
    kind = (head & _FIELD)[rows.check]
    for unit, name in _UNITS.items():
        inside = np.flatnonzero(kind == unit)
        if len(inside):
            _find_within(rows.only(inside), first[inside], name, standing, found.holds)
    outside = np.flatnonzero(kind < Kind.SENTENCE)
    if len(outside):
        _find_anywhere(rows.only(outside), first[outside], head, found)
    return found


def _there(codes: _Codes, standing: Standing) -> _Rows:
    """The rows all terms of which are held, of checks that miss no group."""
    in_check = np.zeros(len(codes.all), np.intp)
    in_check[codes.heads] = 1
    inner = np.flatnonzero(codes.all < _HEAD)
    check_of, terms, articles = in_check.cumsum()[inner] - 1, codes.all[inner], codes.articles[inner]
    keys = articles * standing.held.stride + (terms & _TERM)
    firsts = np.flatnonzero(terms & _ROW)
    size = np.append(firsts[1:], len(terms)) - firsts
    check = check_of[firsts]
    there = np.logical_and.reduceat(standing.held.flags[keys], firsts)
    opens = (terms[firsts] & _GROUP) != 0
    opening = np.flatnonzero(opens)
    group = opens.cumsum() - 1
    negated = (terms[firsts[opening]] & _NOT) != 0
    missing = ~(np.logical_or.reduceat(there, opening) | negated)
    possible = np.ones(len(codes.heads), np.bool_)
    possible[check[opening[missing]]] = False
    kept = np.flatnonzero(there & possible[check])
    return _Rows(keys, firsts, size, articles[firsts], check, group, negated[group]).only(kept)


def _firsts(rows: _Rows, head: Numbers, standing: Standing) -> Bits:
    """Where each of the rows starts."""
    ends = rows.size.cumsum()
    behind = np.arange(ends[-1]) - (ends - rows.size).repeat(rows.size)
    stand = standing.rows(rows.keys[rows.first.repeat(rows.size) + behind])
    first = np.bitwise_and.reduceat(earlier(stand, _line(behind)), ends - rows.size, axis=0)
    part = (head >> _PART & _FIELD)[rows.check]
    for scope in _SCOPES if part.any() else ():
        there = np.flatnonzero(part == scope)
        if len(there):
            bits = standing.part(scope, rows.article[there])
            first[there] &= bits & earlier(bits, _line(rows.size[there] - 1))
    return first


def _find_within(rows: _Rows, first: Bits, unit: str, standing: Standing, found: Flags) -> None:
    """Whether a sentence or paragraph holds all groups of a check but for those that it must not hold."""
    windows = standing.windows(unit, rows.article)
    marks = standing.in_windows(windows, rows.keys[rows.first])
    long = np.flatnonzero(rows.size > 1)
    if len(long):
        marks[long] = windows.whole(first[long], rows.size[long], rows.article[long])
    groups = _changes(rows.group)
    marks = np.bitwise_or.reduceat(marks, groups, axis=0)
    negated = rows.negated[groups]
    marks[negated] = ~marks[negated]
    check = rows.check[groups]
    checks = _changes(check)
    found[check[checks]] = np.bitwise_and.reduceat(marks, checks, axis=0).any(axis=1)


def _find_anywhere(rows: _Rows, first: Bits, head: Numbers, found: _Found) -> None:
    """Whether what the other checks look for is there."""
    groups = _changes(rows.group)
    check = rows.check[groups]
    starts = np.bitwise_or.reduceat(first, groups, axis=0)
    kind = (head & _FIELD)[check]
    some = np.flatnonzero(kind == Kind.SOME)
    found.holds[check[some]] = starts[some].any(axis=1)
    long = np.flatnonzero(rows.size > 1)
    often = np.flatnonzero(kind == Kind.AT_LEAST)
    if len(often):
        inner = np.zeros_like(first)
        inner[long] = reached(later(first[long], _line(np.ones(len(long)))), _line(rows.size[long] - 2))
        inside: Bits = np.bitwise_or.reduceat(inner, groups, axis=0)
        _find_often(check[often], starts[often], starts[often] & ~inside[often], head, found)
    sides = np.flatnonzero(kind >= Kind.NEAR)
    if len(sides):
        last = first.copy()
        last[long] = later(first[long], _line(rows.size[long] - 1))
        ends = np.bitwise_or.reduceat(last, groups, axis=0)
        left, right = sides[0::2], sides[1::2]
        found.holds[check[left]] = _near(starts, ends, left, right, head[check[left]])


def _find_often(check: Indexes, starts: Bits, alone: Bits, head: Numbers, found: _Found) -> None:
    """Whether there is enough: not more than starts, and not less than starts that lie inside nothing else."""
    wanted = head[check] >> _NUMBER
    most, least = (np.bitwise_count(rows).sum(axis=1) for rows in (starts, alone))
    found.holds[check] = most >= wanted
    found.sure[check] = (least >= wanted) | (most < wanted)


def _near(first: Bits, last: Bits, left: Indexes, right: Indexes, head: Numbers) -> Flags:
    """Whether a group of `right` starts near behind one of `left`, or the other way round if not ordered."""
    either = np.flatnonzero(head & _FIELD == Kind.NEAR)
    before = np.concatenate((last[left], last[right[either]]))
    behind = np.concatenate((first[right], first[left[either]]))
    distance = head >> _NUMBER
    reach = reached(later(before, _line(np.ones(len(before)))), _line(np.concatenate((distance, distance[either]))))
    meets: Flags = np.any(reach & behind, axis=1)
    near = meets[: len(left)]
    near[either] |= meets[len(left) :]
    return near


def _line(numbers: NDArray[Any]) -> NDArray[np.uint64]:
    """One number for each row of bits."""
    return numbers.astype(np.uint64)[:, np.newaxis]


def _changes(numbers: Indexes) -> Indexes:
    """Where another number begins."""
    return np.flatnonzero(np.diff(numbers, prepend=-1))
