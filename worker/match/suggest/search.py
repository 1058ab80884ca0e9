"""The search for a short query that finds what is likely meant and little else.

A query is groups joined by AND, each one or more terms joined by OR. Its worth is the F1 to be expected of it, less a
little for every term, because a person has to read it. A beam search grows queries from single terms, one step at a
time: another term in a group, another group, a term less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TypeAlias

from worker.match.suggest import usual
from worker.match.suggest.corpus import bits

MOST_TERMS, MOST_GROUPS, MOST_IN_GROUP = 10, 3, 5
_LEVELS = 8
# What is worth a query is reported at least this often; examples stand for the reports still to come.
_USUAL_SIZE = 20
_TERM_COST = 0.01
# How many reports without a term are expected besides those counted, and how many false matches it has unseen.
_UNSEEN_MISSES, _UNSEEN_MATCHES = 0.25, 1.0
_MISSED_EXAMPLE = 0.5
_BEAM, _STARTS = 8, 25

State: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What a group may hold: the articles it finds, and what is known beyond them.

    `evidence` is the number of articles meant that are likely to hold it, `share` its usual share of all articles,
    `cost` what it takes to read it, in words.
    """

    found: int
    evidence: float
    share: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What queries are judged by: examples, counter-examples, and the chances of all other articles."""

    examples: int
    others: int
    levels: tuple[int, ...]
    likely: float
    size: int

    def mass(self, found: int) -> float:
        """How many of the articles found are meant, as far as chances tell; the examples are not counted."""
        return sum((found & level).bit_count() for level in self.levels) / _LEVELS

    def worth(self, found: int, *, kept: float = 1.0, false: float = 0.0) -> float:
        """The F1 to be expected of a query that finds these articles.

        `kept` is the part of later reports that hold its terms as these do, `false` the matches expected unseen.
        """
        count = self.examples.bit_count()
        weight = max(1.0, (_USUAL_SIZE - self.likely) / count)
        covered, caught = (found & self.examples).bit_count(), (found & self.others).bit_count()
        right = weight * covered + self.mass(found)
        others = (found & ~(self.examples | self.others)).bit_count()
        every = weight * (covered + caught) + others + false
        fit = 2 * right / (every + weight * count + self.likely)
        return fit * kept - _MISSED_EXAMPLE * (1 - covered / count)


def aim_at(examples: Sequence[int], others: Sequence[int], chances: Mapping[int, float], size: int) -> Aim:
    """The aim from the numbers of the examples and counter-examples and the chances of other articles."""
    steps = [(level + 0.5) / _LEVELS for level in range(_LEVELS)]
    levels = tuple(bits((number for number, chance in chances.items() if chance > step), size) for step in steps)
    likely = sum(level.bit_count() for level in levels) / _LEVELS
    return Aim(examples=bits(examples, size), others=bits(others, size), levels=levels, likely=likely, size=size)


def found_by(groups: Iterable[Iterable[Term]]) -> int:
    """The articles a query finds."""
    return reduce(and_, (reduce(or_, (term.found for term in group)) for group in groups))


def value(groups: Sequence[Sequence[Term]], aim: Aim) -> float:
    """What a query is worth to a person."""
    kept, false = 1.0, float(usual.missing(aim.size))
    for group in groups:
        evidence = sum(term.evidence for term in group) + 1
        kept *= evidence / (evidence + _UNSEEN_MISSES)
        false *= min(1.0, sum(term.share for term in group))
    false += _UNSEEN_MATCHES * sum(map(len, groups))
    cost = sum(term.cost for group in groups for term in group)
    return aim.worth(found_by(groups), kept=kept, false=false) - _TERM_COST * cost


def search(aim: Aim, terms: Sequence[Term], clashes: Sequence[frozenset[int]]) -> State:
    """The best query, as numbers of terms; terms that clash do not stand in one query."""

    def judged(state: State) -> float:
        return value([[terms[number] for number in group] for group in state], aim)

    scored: dict[State, float] = {((number,),): judged(((number,),)) for number in range(len(terms))}
    beam = sorted(scored, key=lambda state: (-scored[state], state))[:_STARTS]
    while True:
        fresh = {new for state in beam for new in _steps(state, clashes) if new not in scored}
        scored.update((state, judged(state)) for state in fresh)
        best = sorted({*beam, *fresh}, key=lambda state: (-scored[state], state))[:_BEAM]
        if best == beam[:_BEAM]:
            return best[0]
        beam = best


def _steps(state: State, clashes: Sequence[frozenset[int]]) -> Iterator[State]:
    used = {number for group in state for number in group}
    closed = used.union(*(clashes[number] for number in used))
    free = [number for number in range(len(clashes)) if number not in closed] if len(used) < MOST_TERMS else []
    for index, group in enumerate(state):
        rest = state[:index] + state[index + 1 :]
        for number in group if len(used) > 1 else ():
            less = tuple(other for other in group if other != number)
            yield _ordered((*rest, less) if less else rest)
        for number in free if len(group) < MOST_IN_GROUP else ():
            yield _ordered((*rest, tuple(sorted((*group, number)))))
    for number in free if len(state) < MOST_GROUPS else ():
        yield _ordered((*state, (number,)))


def _ordered(state: State) -> State:
    return tuple(sorted(state))
