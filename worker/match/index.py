"""Which topics an article may concern, found without looking at the others.

Each topic is filed under the rarest of its clauses (see `needs`) and looked at only where an article holds one of its
terms and, as the second level, the rarest single term of the other clauses. This is how stored queries are selected in
Yan and Garcia-Molina, "Index structures for selective dissemination of information under the Boolean model" (ACM TODS
19:2, 1994), and in Lucene's Monitor. What is left then has to pass its other clauses, all topics at once (see
`clauses`). What clauses cannot tell (NEAR, SENTENCE, phrases, ...) is checked for all topics and articles at once (see
`checking`), or evaluated topic by topic where that is faster or the only way (see `evaluate`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from worker.match.background import Background
from worker.match.checking import Checks
from worker.match.checks import Check, checks_of
from worker.match.clauses import Clauses, Wanted
from worker.match.evaluate import all_hold
from worker.match.lexicon import Lexicon, Wild
from worker.match.needs import Clause, clause_cost, needs
from worker.match.nodes import And, Node, Not, children
from worker.match.reading import Reading
from worker.match.runs import Flags, Indexes, Numbers, Runs
from worker.match.standing import Standing
from worker.match.vocabulary import Vocabulary
from worker.model import Topic

# Up to so many topics that one article may satisfy are evaluated one by one faster than checked all at once.
_MANY = 120
# A longer article among others would make the rows of bits of all as wide as its own.
_LONGEST = 1000
# Where articles concern so many topics that the tables about them would fill memory, fewer articles are read at once.
_AT_ONCE = 1 << 18


@dataclass(slots=True, eq=False)
class Filed:
    """A topic as the index keeps it.

    `rest` is what is left to evaluate where its clauses hold, `unchecked` what of that is left where its checks do.
    """

    topic: Topic
    root: Node
    order: int
    slot: int
    anchor: tuple[int, ...]
    rest: tuple[Node, ...]
    unchecked: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    anchor: Clause
    second: str
    any_of: tuple[Clause, ...]
    none_of: tuple[Clause, ...]
    rest: tuple[Node, ...]
    checks: tuple[Check, ...]
    unchecked: tuple[Node, ...]


class Index:
    """Topics filed by what they need, under one lexicon.

    Who reads while another thread changes something may get any answer or an error: `Matcher` asks again then.
    """

    def __init__(self, lexicon: Lexicon, background: Background) -> None:
        self.lexicon = lexicon
        self._background = background
        self._by_name: dict[str, Filed] = {}
        self._vocabulary = Vocabulary(lexicon)
        self._clauses = Clauses()
        self._checks = Checks()
        self._by_slot: list[Filed | None] = []
        # The slots filed under each term, by its number.
        self._filed = Runs()

    def get(self, name: str) -> Filed | None:
        """The topic of that name."""
        return self._by_name.get(name)

    def filed(self) -> list[Filed]:
        """All topics, in no order."""
        return list(self._by_name.values())

    # --- filing -------------------------------------------------------------------------------------------------

    def put(self, topic: Topic, root: Node, order: int) -> None:
        """File a topic; one of the same name is replaced."""
        bound = self.lexicon.bound(root)
        plan = self._planned(bound)
        anchor = self._numbers(plan.anchor)
        wanted = Wanted(
            second=self._vocabulary.use(plan.second),
            any_of=[self._numbers(clause) for clause in plan.any_of],
            none_of=[self._numbers(clause) for clause in plan.none_of],
        )
        slot = self._clauses.add(wanted)
        self._checks.put(slot, plan.checks, self._vocabulary.use)
        self.drop(topic.name)
        for leaf in _wild(plan.rest):
            self.lexicon.wildcards.add(leaf)
        filed = Filed(topic, bound, order, slot, anchor, plan.rest, plan.unchecked)
        if slot == len(self._by_slot):
            self._by_slot.append(filed)
        else:
            self._by_slot[slot] = filed
        self._filed.reach(len(self._vocabulary))
        for number in anchor:
            self._filed.put(number, np.append(self._filed.of(number), slot))
        self._by_name[topic.name] = filed
        self._vocabulary.forget()

    def drop(self, name: str) -> bool:
        """Take a topic out; whether there was one of that name."""
        filed = self._by_name.pop(name, None)
        if filed is None:
            return False
        for number in filed.anchor:
            others = self._filed.of(number)
            self._filed.put(number, others[others != filed.slot])
        for number in (*filed.anchor, *self._clauses.numbers(filed.slot), *self._checks.numbers(filed.slot)):
            self._vocabulary.release(number)
        for leaf in _wild(filed.rest):
            self.lexicon.wildcards.discard(leaf)
        self._clauses.remove(filed.slot)
        self._checks.clear(filed.slot)
        self._by_slot[filed.slot] = None
        self._vocabulary.forget()
        return True

    def _planned(self, root: Node) -> _Plan:
        parts = root.parts if isinstance(root, And) else (root,)
        cost = self._background.cost
        clauses: dict[Clause, float] = {}
        none_of, rest = [], []
        for part in parts:
            need = needs(part, self.lexicon, cost)
            clauses.update((clause, clause_cost(clause, cost)) for clause in need.clauses)
            refused = self._refused(part)
            if refused:
                none_of.append(refused)
            elif not need.exact:
                rest.append(part)
        # "" is a term that every article holds, for a query that needs nothing
        anchor, *others = sorted(clauses, key=clauses.__getitem__) or [("",)]
        single = next((clause for clause in others if len(clause) == 1), ("",))
        checks = {part: found for part in rest if (found := checks_of(part, self.lexicon))}
        return _Plan(
            anchor=anchor,
            second=single[0],
            any_of=tuple(clause for clause in others if clause is not single),
            none_of=tuple(none_of),
            rest=tuple(rest),
            checks=tuple(chain.from_iterable(checks.values())),
            unchecked=tuple(part for part in rest if part not in checks),
        )

    def _refused(self, part: Node) -> Clause | None:
        """The terms none of which may be there, where a NOT says nothing else."""
        if not isinstance(part, Not):
            return None
        need = needs(part.part, self.lexicon, self._background.cost)
        return need.clauses[0] if need.exact and len(need.clauses) == 1 else None

    def _numbers(self, clause: Clause) -> tuple[int, ...]:
        return tuple(map(self._vocabulary.use, clause))

    # --- finding ------------------------------------------------------------------------------------------------

    def hits(self, readings: Sequence[Reading]) -> list[list[Filed]]:
        """The topics that each of the articles satisfies, in no order."""
        if len(readings) == 1 and (found := self._hits_of_one(readings[0])) is not None:
            return [found]
        held = self._vocabulary.held(readings)
        slots, under = self._filed.gathered(held.distinct % held.stride)
        if len(slots) > _AT_ONCE and len(readings) > 1:
            half = len(readings) // 2
            return [*self.hits(readings[:half]), *self.hits(readings[half:])]
        articles = (held.distinct // held.stride)[under]
        passing = self._clauses.passing(slots, articles * held.stride, held.flags)
        # A topic comes as often as the article holds terms that it is filed under.
        pairs = np.unique(articles[passing] * len(self._by_slot) + slots[passing])
        articles, slots = pairs // len(self._by_slot), (pairs % len(self._by_slot)).astype(np.int32)
        fits = np.array([reading.line.spaced and len(reading.line.folded) <= _LONGEST for reading in readings])
        told = fits[articles]
        kept = ~told
        kept[told], told[told] = self._checks.passing(slots[told], articles[told], Standing(readings, held))
        return self._evaluated(readings, articles[kept], slots[kept], told[kept])

    def _hits_of_one(self, reading: Reading) -> list[Filed] | None:
        """The same for one article, each topic evaluated by itself; None where it concerns too many for that."""
        held = self._vocabulary.flags(reading)
        slots, _ = self._filed.gathered(held.nonzero()[0])
        passing = self._clauses.passing(slots, np.zeros(len(slots), np.intp), held)
        if len(passing) > _MANY:
            return None
        found = map(self._by_slot.__getitem__, dict.fromkeys(slots[passing].tolist()))
        return [filed for filed in found if filed and (not filed.rest or all_hold(filed.rest, reading))]

    def _evaluated(
        self, readings: Sequence[Reading], articles: Indexes, slots: Numbers, told: Flags
    ) -> list[list[Filed]]:
        """The topics that hold of those whose clauses do and, where `told`, all that checks can tell."""
        found: list[list[Filed]] = [[] for _ in readings]
        by_slot = self._by_slot
        for article, slot, is_told in zip(articles.tolist(), slots.tolist(), told.tolist(), strict=True):
            filed = by_slot[slot]
            if filed:
                left = filed.unchecked if is_told else filed.rest
                if not left or all_hold(left, readings[article]):
                    found[article].append(filed)
        return found


def _wild(nodes: Iterable[Node]) -> Iterator[str]:
    """The words with * or ? that are looked for where `nodes` are evaluated."""
    for node in nodes:
        if isinstance(node, Wild):
            yield node.words[0]
        yield from _wild(children(node))
