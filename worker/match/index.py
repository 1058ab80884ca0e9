"""Which topics an article may concern, found without looking at the others.

Each topic is filed under the rarest of its clauses (see `needs`) and looked at only where an article holds one of its
terms and, as the second level, the rarest single term of the other clauses. This is how stored queries are selected in
Yan and Garcia-Molina, "Index structures for selective dissemination of information under the Boolean model" (ACM TODS
19:2, 1994), and in Lucene's Monitor. What is left then has to pass its other clauses, all topics at once (see
`clauses`), and only what no clause can tell (NEAR, phrases, ...) is evaluated.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import add

import numpy as np

from worker.match.background import Background
from worker.match.clauses import Clauses, Flags, Wanted
from worker.match.evaluate import all_hold
from worker.match.lexicon import Lexicon, Wild
from worker.match.needs import Clause, clause_cost, needs
from worker.match.nodes import And, Node, Not, children
from worker.match.numbering import Numbering
from worker.match.reading import Reading
from worker.match.view import View
from worker.match.wildcards import HEAD, MAX_WORDS_KEPT, Wildcards, is_wildcard
from worker.model import Topic

_WORD_FIELDS = ("title:", "author:", "url:")
_ABOUT_FIELDS = ("source:", "lang:", "feed:", "tag:")
_STEM = "~"
_GLUED = "+"
_NOTHING = b""


@dataclass(slots=True, eq=False)
class Filed:
    """A topic as the index keeps it: `rest` is what is left to evaluate where its clauses hold."""

    topic: Topic
    root: Node
    order: int
    slot: int
    anchor: tuple[int, ...]
    rest: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    anchor: Clause
    second: str
    any_of: tuple[Clause, ...]
    none_of: tuple[Clause, ...]
    rest: tuple[Node, ...]


class Index:
    """Topics filed by what they need, under one lexicon.

    Who reads while another thread changes something may get any answer or an error: `Matcher` asks again then.
    """

    def __init__(self, lexicon: Lexicon, background: Background) -> None:
        self.lexicon = lexicon
        self._background = background
        self._by_name: dict[str, Filed] = {}
        self._terms = Numbering()
        self._fields: Counter[str] = Counter()
        self._wildcards = lexicon.wildcards
        self._clauses = Clauses()
        self._by_slot: list[Filed | None] = []
        # The slots filed under each term, by its number, as the bytes of 32-bit numbers.
        self._filed = [_NOTHING]
        self._forget()

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
            second=self._use(plan.second),
            any_of=[self._numbers(clause) for clause in plan.any_of],
            none_of=[self._numbers(clause) for clause in plan.none_of],
        )
        slot = self._clauses.add(wanted)
        self.drop(topic.name)
        for leaf in _wild(plan.rest):
            self._wildcards.add(leaf)
        filed = Filed(topic, bound, order, slot, anchor, plan.rest)
        if slot == len(self._by_slot):
            self._by_slot.append(filed)
        else:
            self._by_slot[slot] = filed
        for number in anchor:
            self._filed[number] += array("i", (slot,)).tobytes()
        self._by_name[topic.name] = filed
        self._forget()

    def drop(self, name: str) -> bool:
        """Take a topic out; whether there was one of that name."""
        filed = self._by_name.pop(name, None)
        if filed is None:
            return False
        for number in filed.anchor:
            left = array("i", self._filed[number])
            left.remove(filed.slot)
            self._filed[number] = left.tobytes()
        for number in (*filed.anchor, *self._clauses.numbers(filed.slot)):
            self._release(number)
        for leaf in _wild(filed.rest):
            self._wildcards.discard(leaf)
        self._clauses.remove(filed.slot)
        self._by_slot[filed.slot] = None
        self._forget()
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
        return _Plan(
            anchor=anchor,
            second=single[0],
            any_of=tuple(clause for clause in others if clause is not single),
            none_of=tuple(none_of),
            rest=tuple(rest),
        )

    def _refused(self, part: Node) -> Clause | None:
        """The terms none of which may be there, where a NOT says nothing else."""
        if not isinstance(part, Not):
            return None
        need = needs(part.part, self.lexicon, self._background.cost)
        return need.clauses[0] if need.exact and len(need.clauses) == 1 else None

    def _numbers(self, clause: Clause) -> tuple[int, ...]:
        return tuple(map(self._use, clause))

    def _use(self, term: str) -> int:
        number, is_new = self._terms.use(term)
        if is_new:
            if number == len(self._filed):
                self._filed.append(_NOTHING)
            self._fields[_field(term)] += 1
            if _has_wildcard(term):
                self._wildcards.add(_word(term))
        return number

    def _release(self, number: int) -> None:
        if self._terms.release(number):
            term = self._terms.term(number)
            self._fields[_field(term)] -= 1
            if _has_wildcard(term):
                self._wildcards.discard(_word(term))

    def _forget(self) -> None:
        """Starts to learn anew which terms the words of articles are."""
        fields = ("", *_WORD_FIELDS)
        self._telling = {field: _Telling(field, self._terms, self._wildcards) for field in fields}

    # --- finding ------------------------------------------------------------------------------------------------

    def hits(self, reading: Reading) -> list[Filed]:
        """The topics that the article satisfies, in no order."""
        held = self._held(reading)
        under = self._filed
        concerned = b"".join([under[number] for number in held.nonzero()[0].tolist()])
        passing = self._clauses.passing(np.frombuffer(concerned, np.int32), held)
        found = map(self._by_slot.__getitem__, dict.fromkeys(passing.tolist()))
        return [filed for filed in found if filed and (not filed.rest or all_hold(filed.rest, reading))]

    def _held(self, reading: Reading) -> Flags:
        """By its number whether the article holds a term."""
        whole = reading.whole
        told = list(map(self._telling[""].__getitem__, whole.folded_positions))
        told.append(_numbered(self._kinds_of_words("", whole), self._terms))
        for field in _WORD_FIELDS:
            if self._fields[field]:
                view = reading.view(field[:-1])
                told += map(self._telling[field].__getitem__, view.folded)
                told.append(_numbered(self._kinds_of_words(field, view), self._terms))
        if any(map(self._fields.__getitem__, _ABOUT_FIELDS)):
            told.append(_numbered(reading.about, self._terms))
        held = np.zeros(len(self._terms), np.bool_)
        held[np.frombuffer(b"".join(told), np.int32)] = True
        held[0] = True
        return held

    def _kinds_of_words(self, field: str, view: View) -> Iterator[str]:
        """Stems, and letters that follow each other in scripts that are matched inside words."""
        if self.lexicon.stem:
            yield from map(f"{field}{_STEM}".__add__, view.positions)
        if not view.line.spaced:
            words = view.folded
            yield from map(f"{field}{_GLUED}".__add__, map(add, words, islice(words, 1, None)))


class _Telling(dict[str, bytes]):
    """The numbers of the terms that a word is in a field, kept: most words of an article were in others before."""

    def __init__(self, field: str, terms: Numbering, wildcards: Wildcards) -> None:
        super().__init__()
        self._field, self._terms, self._wildcards = field, terms, wildcards

    def __missing__(self, word: str) -> bytes:
        if len(self) >= MAX_WORDS_KEPT:
            self.clear()
        field = self._field
        told = _NOTHING
        if word[:HEAD] in self._wildcards.heads:
            told = _numbered([field + word, *map(field.__add__, self._wildcards.describing[word])], self._terms)
        elif number := self._terms.get(field + word):
            told = array("i", (number,)).tobytes()
        self[word] = told
        return told


def _numbered(terms: Iterable[str], numbering: Numbering) -> bytes:
    numbers = [number for number in map(numbering.get, terms) if number]
    return array("i", numbers).tobytes() if numbers else _NOTHING


def _wild(nodes: Iterable[Node]) -> Iterator[str]:
    """The words with * or ? that are looked for where `nodes` are evaluated."""
    for node in nodes:
        if isinstance(node, Wild):
            yield node.words[0]
        yield from _wild(children(node))


def _field(term: str) -> str:
    """The prefix of a term, "" without one."""
    at = term.find(":")
    return term[: at + 1]


def _word(term: str) -> str:
    return term[len(_field(term)) :]


def _has_wildcard(term: str) -> bool:
    return _field(term) not in _ABOUT_FIELDS and is_wildcard(_word(term))
