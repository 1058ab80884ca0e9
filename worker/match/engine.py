"""Many topics, one article at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.errors import ConfigError, QueryError
from worker.match.evaluate import holds
from worker.match.nodes import And, AtLeast, Leaf, Near, Node, Or, Query, Scope, Within, children, walk
from worker.match.query import parse
from worker.match.reading import Lexicon, Pattern, Reading, is_wildcard
from worker.match.text import units
from worker.match.why import explain
from worker.model import Article, Entity, Match, Topic


@dataclass(frozen=True, slots=True)
class _Watched:
    """A topic ready to be tried."""

    topic: Topic
    root: Node


class Matcher:
    """Topics compiled once; `match` tells which of them an article satisfies.

    A topic is tried only on articles that hold one of its required words, so that most topics cost nothing.
    Raises QueryError for a query that is not understood, its message naming the topic, and ConfigError for an entity
    without a usable alias or a name used twice.
    """

    def __init__(self, topics: Sequence[Topic], entities: Sequence[Entity]) -> None:
        self._lexicon = Lexicon(_aliases(entities))
        names = {entity.name for entity in entities}
        self._watched = [_Watched(topic, _understood(topic, names).root) for topic in topics]
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        for number, watched in enumerate(self._watched):
            self._file(number, watched.root)

    def _file(self, number: int, root: Node) -> None:
        for node, _ in walk(root):
            if isinstance(node, Leaf):
                self._lexicon.patterns(node)
        words = _required(root, self._lexicon)
        if words is None:
            self._always.append(number)
        for word in words or ():
            self._by_word.setdefault(word, []).append(number)

    def match(self, article: Article) -> list[Match]:
        """The topics that `article` satisfies, in the order they were given, with score and highlights."""
        reading = Reading(article, self._lexicon)
        return [
            _matched(self._watched[number], reading)
            for number in self._candidates(reading)
            if holds(self._watched[number].root, reading)
        ]

    def _candidates(self, reading: Reading) -> list[int]:
        numbers = set(self._always)
        for view in ("title", "body"):
            for word in reading.passage(view).positions.keys() & self._by_word.keys():
                numbers.update(self._by_word[word])
        return sorted(numbers)


def _matched(watched: _Watched, reading: Reading) -> Match:
    score, highlights = explain(watched.root, reading)
    return Match(topic=watched.topic.name, query=watched.topic.query, score=score, highlights=highlights)


def _understood(topic: Topic, names: set[str]) -> Query:
    try:
        return parse(topic.query, entities=names)
    except QueryError as error:
        message = f"topic {topic.name}: {error.message}"
        raise QueryError(message, query=error.query, column=error.column, mend=error.mend) from None


def _aliases(entities: Iterable[Entity]) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for entity in entities:
        if entity.name in known:
            raise ConfigError(f"entity {entity.name} is defined twice; merge the two", where="entities")
        empty = [alias for alias in entity.aliases if not units(alias)]
        if empty or not entity.aliases:
            what = f"alias {empty[0]!r} holds no letter" if empty else "there are no aliases"
            raise ConfigError(f"entity {entity.name}: {what}; write names to be found", where="entities")
        known[entity.name] = entity.aliases
    return known


# --- required words -----------------------------------------------------------------------------------------------


def _required(node: Node, lexicon: Lexicon) -> frozenset[str] | None:
    """Words of which title or text must hold at least one for `node` to be possible; None where none can be named."""
    match node:
        case And() | Near():
            return _fewest([_required(part, lexicon) for part in children(node)])
        case Or():
            return _any_of([_required(part, lexicon) for part in node.parts])
        case Scope() if node.field in {"author", "url"}:
            return None
        case Scope() | AtLeast() | Within():
            return _required(node.part, lexicon)
        case _ if isinstance(node, Leaf):
            return _any_of([_longest(pattern) for pattern in lexicon.patterns(node)])
        case _:
            return None


def _longest(pattern: Pattern) -> frozenset[str] | None:
    whole = [token for token in pattern.tokens if not is_wildcard(token)]
    return frozenset({max(whole, key=len)}) if whole else None


def _fewest(sets: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    return min((words for words in sets if words is not None), key=len, default=None)


def _any_of(sets: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    named = [words for words in sets if words is not None]
    return frozenset().union(*named) if len(named) == len(sets) else None
