"""Many topics, one article at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from operator import itemgetter
from threading import RLock
from typing import TypeAlias

from worker.errors import ConfigError, QueryError
from worker.match.background import NO_BACKGROUND, Background
from worker.match.index import Filed, Index
from worker.match.lexicon import Lexicon, lexicon_in
from worker.match.nodes import Node, Query
from worker.match.query import parse
from worker.match.reading import Reading, language_of
from worker.match.stems import has_stemmer
from worker.match.text import units
from worker.match.why import explain
from worker.model import Article, Entity, Match, Topic

Hit: TypeAlias = tuple[int, Filed, Reading]
"""The place of a topic among all, the topic, and the article that satisfies it."""

TOGETHER = 64
"""So many articles are read at once."""


class Matcher:
    """Topics compiled once; tells which of them an article satisfies.

    A topic costs only where an article holds its rarest words (see `index`). Topics can be added, replaced and removed
    one at a time, while other threads match: each article sees a topic as it was before or as it is after.

    `background` says which words are common in the news; without it only speed suffers. Raises QueryError for a query
    that is not understood, its message naming the topic, and ConfigError for an entity without a usable alias or a name
    used twice.
    """

    def __init__(
        self, topics: Iterable[Topic], entities: Iterable[Entity], background: Background = NO_BACKGROUND
    ) -> None:
        self._aliases = _aliases(entities)
        self._background = background
        self._plain = Index(Lexicon(self._aliases), background)
        # Topics that look at stems are filed once for each language that articles come in.
        self._stemming: dict[str, tuple[Topic, Node, int]] = {}
        self._stemmed: dict[str, Index] = {}
        self._orders = count()
        self._changing = RLock()
        self._changes = 0
        for topic in topics:
            self.add(topic)

    def add(self, topic: Topic) -> None:
        """Watch a topic; one of the same name is replaced and keeps its place."""
        self._put(topic, _understood(topic, self._aliases).root)

    def _put(self, topic: Topic, root: Node) -> None:
        with self._change():
            order = self._order(topic.name)
            if topic.stem:
                self._stemming[topic.name] = (topic, root, order)
                self._plain.drop(topic.name)
                for index in self._stemmed.values():
                    index.put(topic, root, order)
            else:
                self._plain.put(topic, root, order)
                self._unstem(topic.name)

    def remove(self, name: str) -> None:
        """Stop watching a topic; KeyError where there is none of that name."""
        with self._change():
            if not self._plain.drop(name) and not self._unstem(name):
                raise KeyError(name)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Tells readers that what they find meanwhile may be half of it: the count is odd, and another afterwards."""
        with self._changing:
            self._changes += 1
            try:
                yield
            finally:
                self._changes += 1

    def renewed(self, topics: Iterable[Topic], entities: Iterable[Entity]) -> Matcher:
        """A matcher of these topics: this one, changed where they differ, or another if the entities do.

        Nothing has changed when an error is raised.
        """
        if _aliases(entities := tuple(entities)) != self._aliases:
            return Matcher(topics, entities, self._background)
        wanted = {topic.name: topic for topic in topics}
        watched = {topic.name: topic for topic in self.topics()}
        new = [topic for name, topic in wanted.items() if watched.get(name) != topic]
        understood = [(topic, _understood(topic, self._aliases).root) for topic in new]
        for topic, root in understood:
            self._put(topic, root)
        for name in watched.keys() - wanted.keys():
            self.remove(name)
        return self

    def topics(self) -> list[Topic]:
        """What is watched, in the order it was added."""
        filed = [(filed.order, filed.topic) for filed in self._plain.filed()]
        stemming = [(order, topic) for topic, _, order in self._stemming.values()]
        return [topic for _, topic in sorted([*filed, *stemming], key=_ORDER)]

    def _order(self, name: str) -> int:
        """The place of a topic: its old one, or the last."""
        filed = self._plain.get(name)
        if filed:
            return filed.order
        return self._stemming[name][2] if name in self._stemming else next(self._orders)

    def _unstem(self, name: str) -> bool:
        for index in self._stemmed.values():
            index.drop(name)
        return self._stemming.pop(name, None) is not None

    def matching(self, article: Article) -> list[str]:
        """The names of the topics that `article` satisfies, in the order they were added."""
        return [filed.topic.name for _, filed, _ in self._hits((article,))[0]]

    def matching_each(self, articles: Iterable[Article]) -> Iterator[tuple[Article, list[str]]]:
        """The same for each of many articles, read `TOGETHER` at a time: that takes far less time."""
        for together in _batched(articles):
            for article, hits in zip(together, self._hits(together), strict=True):
                yield article, [filed.topic.name for _, filed, _ in hits]

    def match(self, article: Article) -> list[Match]:
        """The topics that `article` satisfies, in the order they were added, with score and highlights."""
        return [_matched(filed, reading) for _, filed, reading in self._hits((article,))[0]]

    def match_each(self, articles: Iterable[Article]) -> Iterator[tuple[Article, list[Match]]]:
        """The same for each of many articles, read `TOGETHER` at a time: that takes less time."""
        for together in _batched(articles):
            for article, hits in zip(together, self._hits(together), strict=True):
                yield article, [_matched(filed, reading) for _, filed, reading in hits]

    def _hits(self, articles: Sequence[Article]) -> list[list[Hit]]:
        changes = self._changes
        if changes % 2 == 0:
            try:
                found = self._found(articles)
            except Exception:
                if changes == self._changes:
                    raise
            else:
                if changes == self._changes:
                    return found
        with self._changing:
            return self._found(articles)

    def _found(self, articles: Sequence[Article]) -> list[list[Hit]]:
        readings = [Reading(article, self._plain.lexicon) for article in articles]
        found = [
            [(filed.order, filed, reading) for filed in hits]
            for reading, hits in zip(readings, self._plain.hits(readings), strict=True)
        ]
        for reading, hits in zip(readings, found, strict=True) if self._stemming else ():
            index = self._stemmed_index(language_of(reading.article))
            stems = Reading(reading.article, index.lexicon, reading)
            hits += [(filed.order, filed, stems) for filed in index.hits([stems])[0]]
        return [sorted(hits, key=_ORDER) for hits in found]

    def _stemmed_index(self, language: str) -> Index:
        # What an article calls its language is free text: all without stems share one index.
        known = language if has_stemmer(language) else ""
        if known not in self._stemmed:
            with self._changing:
                index = Index(lexicon_in(known, self._aliases), self._background)
                for topic, root, order in self._stemming.values():
                    index.put(topic, root, order)
                self._stemmed.setdefault(known, index)
        return self._stemmed[known]


_ORDER = itemgetter(0)


def _batched(articles: Iterable[Article]) -> Iterator[Sequence[Article]]:
    waiting = iter(articles)
    while together := tuple(islice(waiting, TOGETHER)):
        yield together


def _matched(filed: Filed, reading: Reading) -> Match:
    score, highlights = explain(filed.root, reading)
    return Match(topic=filed.topic.name, query=filed.topic.query, score=score, highlights=highlights)


def _understood(topic: Topic, names: Collection[str]) -> Query:
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
