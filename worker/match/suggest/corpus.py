"""The articles a query is sought among: which of them hold a word, a phrase, a prefix or an entity.

Sets of articles are Python integers, one bit an article, so that judging a candidate query takes microseconds.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, reduce
from operator import and_, or_

from worker.match.text import Passage, matched_inside, tokens, units
from worker.model import Article

LEAD_TOKENS = 150
LEAD, TITLE = 1, 2
PLACE_BITS = 2
PLACES = 3
_APART, _GLUED, _FIELD_END = "\x00", "\x01", "\x02"
_EDGE = f"[{_APART}{_GLUED}]"
_PAST_EVERY_LETTER = "\U0010ffff"


class Corpus:
    """Articles by number, in the order given.

    A feature is a word or, where a script is matched inside words, two characters in a row. `postings` has for each
    feature one number an article: the article's number and, in the last two bits, whether it stands in TITLE or LEAD.
    """

    def __init__(self, articles: Iterable[Article]) -> None:
        self.articles: list[Article] = []
        self.postings: dict[str, array[int]] = {}
        self._rows: list[str] = []
        for number, article in enumerate(articles):
            self.articles.append(article)
            both = passages(article)
            self._rows.append(_FIELD_END.join(map(_row, both)))
            for feature, place in _places(both).items():
                self.postings.setdefault(feature, array("I")).append(number << PLACE_BITS | place)
        self.size = len(self.articles)

    def places(self, number: int) -> dict[str, int]:
        """The features of an article, with where they stand."""
        return _places(passages(self.articles[number]))

    def with_feature(self, feature: str) -> int:
        """The articles that hold the feature."""
        return bits((entry >> PLACE_BITS for entry in self.postings.get(feature, ())), self.size)

    def with_prefix(self, prefix: str) -> int:
        """The articles that hold a word which starts with `prefix`."""
        start = bisect_left(self._vocabulary, prefix)
        end = bisect_left(self._vocabulary, prefix + _PAST_EVERY_LETTER)
        return reduce(or_, map(self.with_feature, self._vocabulary[start:end]), 0)

    def with_phrase(self, words: Sequence[str]) -> int:
        """The articles that hold the folded words in a row, as the query language finds them."""
        parts = [tokens(word) for word in words]
        needed = [feature for part in parts for feature in _needed(part)]
        if len(parts) == 1 and needed == [words[0]] and not matched_inside(words[0]):
            return self.with_feature(words[0])
        found = reduce(and_, map(self.with_feature, needed), (1 << self.size) - 1)
        inner = _EDGE.join(_GLUED.join(map(re.escape, part)) for part in parts)
        search = re.compile(f"{_EDGE}{inner}{_EDGE}").search
        return bits((number for number in numbers(found) if search(self._rows[number])), self.size)

    def with_any_name(self, aliases: Iterable[str]) -> int:
        """The articles that hold one of the aliases of an entity."""
        return reduce(or_, (self.with_phrase(units(alias)) for alias in aliases if units(alias)), 0)

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(self.postings)


def passages(article: Article) -> tuple[Passage, Passage]:
    """Title, and text or what stands for it: what is searched."""
    return Passage(article.title), Passage(article.text if article.text.strip() else article.summary)


def features(passage: Passage) -> Iterator[tuple[int, str]]:
    """Each feature with the number of its first token."""
    words = passage.words
    if passage.spaced:
        yield from enumerate(words)
        return
    inside = [matched_inside(word) for word in words]
    for index, word in enumerate(words):
        if not inside[index]:
            yield index, word
        elif index + 1 < len(words) and inside[index + 1] and passage.glued(index + 1):
            yield index, word + words[index + 1]


def _places(both: Sequence[Passage]) -> dict[str, int]:
    title, body = both
    places = dict.fromkeys((feature for _, feature in features(title)), TITLE)
    for index, feature in features(body):
        if index < LEAD_TOKENS:
            places[feature] = places.get(feature, 0) | LEAD
        else:
            places.setdefault(feature, 0)
    return places


def _needed(part: Sequence[str]) -> list[str]:
    """The features an article must hold to hold the tokens glued together."""
    inside = [matched_inside(token) for token in part]
    pairs = [a + b for a, b, x, y in zip(part, part[1:], inside, inside[1:], strict=False) if x and y]
    return pairs + [token for token, within in zip(part, inside, strict=True) if not within]


def _row(passage: Passage) -> str:
    """All tokens with a mark before each and at the end, which tells whether it is glued to the one before."""
    if passage.spaced:
        return _APART + _APART.join(passage.words) + _APART
    glued = passage.glued
    return "".join((_GLUED if glued(index) else _APART) + word for index, word in enumerate(passage.words)) + _APART


def bits(articles: Iterable[int], size: int) -> int:
    """The set of these articles."""
    flags = bytearray(size // 8 + 1)
    for number in articles:
        flags[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(flags, "little")


def numbers(articles: int) -> Iterator[int]:
    """The articles of a set, in order."""
    for index, byte in enumerate(articles.to_bytes(articles.bit_length() // 8 + 1, "little")):
        if byte:
            yield from (index * 8 + bit for bit in range(8) if byte >> bit & 1)
