"""Which topics an article may concern, found without looking at the others.

Each topic is filed under the rarest of its clauses (see `needs`) and looked at only where an article holds one of its
terms and, as the second level, the rarest single term of the other clauses. This is how stored queries are selected in
Yan and Garcia-Molina, "Index structures for selective dissemination of information under the Boolean model" (ACM TODS
19:2, 1994), and in Lucene's Monitor. What is left then passes plain set tests for its other clauses, and only what no
set can tell (NEAR, phrases, NOT, ...) is evaluated.

Topics may be filed and removed while other threads read: a reader sees a topic wholly or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import add
from typing import TypeAlias

from worker.match.background import Background
from worker.match.evaluate import all_hold
from worker.match.lexicon import Lexicon, is_wildcard
from worker.match.line import View
from worker.match.needs import Clause, clause_cost, needs
from worker.match.nodes import And, Node
from worker.match.reading import Reading
from worker.match.wildcards import Learned, Wildcards
from worker.model import Topic

# More alternatives than an article has different words are tested faster the other way round.
_MANY = 64
_WORD_FIELDS = ("title:", "author:", "url:")
_ABOUT_FIELDS = ("source:", "lang:", "feed:", "tag:")

Group: TypeAlias = Clause | frozenset[str]


@dataclass(slots=True, eq=False)
class Filed:
    """A topic as the index keeps it: an article concerns it if, beyond the anchor, all of the rest is so."""

    topic: Topic
    root: Node
    order: int
    anchor: Clause
    second: str
    all_of: Clause
    any_of: tuple[Group, ...]
    rest: tuple[Node, ...]


class Index:
    """Topics filed by what they need, under one lexicon."""

    def __init__(self, lexicon: Lexicon, background: Background) -> None:
        self.lexicon = lexicon
        self._background = background
        self._by_name: dict[str, Filed] = {}
        self._filed: dict[str, list[Filed]] = {}
        self._wildcards = Wildcards()
        self._telling = Learned(self._found_telling)
        self._fields: Counter[str] = Counter()

    def get(self, name: str) -> Filed | None:
        """The topic of that name."""
        return self._by_name.get(name)

    def filed(self) -> list[Filed]:
        """All topics, in no order."""
        return list(self._by_name.values())

    def put(self, topic: Topic, root: Node, order: int) -> None:
        """File a topic; one of the same name is replaced."""
        filed = self._planned(topic, self.lexicon.bound(root), order)
        for term in _terms(filed):
            self._fields[_field(term)] += 1
            if _has_wildcard(term):
                self._wildcards.add(_word(term))
        for term in filed.anchor:
            self._filed.setdefault(term, []).append(filed)
        self.drop(topic.name)
        self._by_name[topic.name] = filed
        # another one, for readers may just be adding to it what was true before
        self._telling = Learned(self._found_telling)

    def drop(self, name: str) -> bool:
        """Take a topic out; whether there was one of that name."""
        filed = self._by_name.pop(name, None)
        if filed is None:
            return False
        for term in filed.anchor:
            # a new list, for readers may be going through the old one
            left = [other for other in self._filed[term] if other is not filed]
            if left:
                self._filed[term] = left
            else:
                del self._filed[term]
        for term in _terms(filed):
            self._fields[_field(term)] -= 1
            if _has_wildcard(term):
                self._wildcards.discard(_word(term))
        self._telling = Learned(self._found_telling)
        return True

    def _planned(self, topic: Topic, root: Node, order: int) -> Filed:
        cost = self._background.cost
        wanted = [
            (part, needs(part, self.lexicon, cost)) for part in (root.parts if isinstance(root, And) else (root,))
        ]
        clauses = {clause: clause_cost(clause, cost) for _, need in wanted for clause in need.clauses}
        # "" is a term that every article holds, for a query that needs nothing
        anchor, *others = sorted(clauses, key=clauses.__getitem__) or [("",)]
        single = [clause[0] for clause in others if len(clause) == 1]
        return Filed(
            topic=topic,
            root=root,
            order=order,
            anchor=anchor,
            second=single[0] if single else "",
            all_of=tuple(single[1:]),
            any_of=tuple(_group(clause) for clause in others if len(clause) > 1),
            rest=tuple(part for part, need in wanted if not need.exact),
        )

    def hits(self, reading: Reading) -> list[Filed]:
        """The topics that the article satisfies, in no order."""
        words = reading.whole.folded_positions
        telling = set().union(*self._telling_of(words))
        others = self._other_terms(reading)
        terms = telling.union(words, others)
        all_in, none_in = terms.issuperset, terms.isdisjoint
        found = [
            filed
            for term in telling | (self._filed.keys() & others)
            for filed in self._filed.get(term, ())
            if filed.second in terms and (not filed.all_of or all_in(filed.all_of))
        ]
        return [
            filed
            for filed in dict.fromkeys(found)
            if not (filed.any_of and any(map(none_in, filed.any_of)))
            and not (filed.rest and not all_hold(filed.rest, reading))
        ]

    def _telling_of(self, words: Iterable[str]) -> Iterable[tuple[str, ...]]:
        """The terms under which topics are filed, and the wildcards, that the words are."""
        return filter(None, map(self._telling.__getitem__, words))

    def _found_telling(self, word: str) -> tuple[str, ...]:
        wildcards = self._wildcards.of(word)
        return (word, *wildcards) if word in self._filed else wildcards

    def _other_terms(self, reading: Reading) -> set[str]:
        """The terms of the article that are not plain words, as far as topics were filed with such."""
        held = {"", *self._kinds_of_words(reading.whole)}
        for field in _WORD_FIELDS:
            if self._fields[field]:
                view = reading.view(field[:-1])
                words = view.folded
                held.update(map(field.__add__, {*words}.union(*self._telling_of(words), self._kinds_of_words(view))))
        if any(map(self._fields.__getitem__, _ABOUT_FIELDS)):
            held |= reading.about
        return held

    def _kinds_of_words(self, view: View) -> Iterator[str]:
        """Stems, and letters that follow each other in scripts that are matched inside words."""
        if self.lexicon.stem:
            yield from map("~".__add__, view.positions)
        if not view.line.spaced:
            words = view.folded
            yield from map("+".__add__, map(add, words, islice(words, 1, None)))


def _group(clause: Clause) -> Group:
    return clause if len(clause) <= _MANY else frozenset(clause)


def _terms(filed: Filed) -> Iterator[str]:
    yield from filed.anchor
    yield filed.second
    yield from filed.all_of
    for group in filed.any_of:
        yield from group


def _field(term: str) -> str:
    """The prefix of a term, "" without one."""
    at = term.find(":")
    return term[: at + 1]


def _word(term: str) -> str:
    return term[len(_field(term)) :]


def _has_wildcard(term: str) -> bool:
    return _field(term) not in _ABOUT_FIELDS and is_wildcard(_word(term))
