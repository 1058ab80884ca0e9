"""The fields of an article as lines of tokens, and where terms stand in them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import TypeAlias

from worker.match.folding import surface
from worker.match.lexicon import Lexicon, Pattern
from worker.match.mends import MAX_DISTANCE
from worker.match.nodes import Leaf, Near, Within
from worker.match.text import Passage
from worker.match.wildcards import is_wildcard, literal, wildcard
from worker.model import Highlight

Span: TypeAlias = tuple[int, int]
Pair: TypeAlias = tuple[Span, Span]

LONGEST_IN_BITS = 4096
"""Up to so many tokens it is faster to tell by bits than by spans whether something holds (see `bits`)."""


class Line:
    """Fields of an article, one behind the other, as one line of tokens.

    Between two fields stands a token that no term is like, and more words than NEAR can bridge: so nothing is ever
    found across fields. Spans are (first, end) in tokens of the line, in order of their starts.
    """

    def __init__(self, fields: Sequence[tuple[str, Passage]], lexicon: Lexicon, order: int = 0) -> None:
        self._fields = fields
        self.order = order
        """Which line of the article comes first: the one with title and text, author, url."""
        self._lexicon = lexicon
        self._starts = [0]
        for _, passage in fields:
            self._starts.append(self._starts[-1] + len(passage.words) + 1)
        self.folded = tuple(chain.from_iterable((*passage.words, "") for _, passage in fields))
        """The folded tokens."""
        self.spaced = all(passage.spaced for _, passage in fields)
        """Whether no word is of a script that is matched inside words."""
        self.fits_bits = self.spaced and len(self.folded) <= LONGEST_IN_BITS
        """Whether `bits` can be asked."""
        self._highlights: dict[Span, Highlight] = {}
        self._windows: dict[str, list[int]] = {}
        self._last_tokens: dict[str, int] = {}

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The tokens that words of queries are compared with: folded, or stems."""
        stem = self._lexicon.stem
        return tuple(map(stem, self.folded)) if stem else self.folded

    @cached_property
    def numbers(self) -> Sequence[int]:
        """The word number of each token, by which distances are counted (see `Passage.numbers`)."""
        numbers: list[int] = []
        after = 0
        for _, passage in self._fields:
            own = passage.numbers
            last = after + (own[-1] if own else 0)
            numbers.extend(range(after, after + len(own)) if passage.spaced else (after + number for number in own))
            numbers.append(last)
            after = last + MAX_DISTANCE + 2
        return numbers

    def windows(self, unit: str) -> Sequence[int]:
        """The number of the "sentence" or "paragraph" of each token; a field's end is the end of both."""
        known = self._windows.get(unit)
        if known is None:
            marks = [0] * len(self.folded)
            for start, own in zip(self._starts, self._firsts(unit), strict=False):
                for first in own:
                    marks[start + first] = 1
            known = self._windows[unit] = list(accumulate(marks))
        return known

    @cached_property
    def before_second(self) -> int:
        """All tokens of the first of two fields, as bits; none where there is one field."""
        return (1 << self._starts[1]) - 1 if len(self._fields) > 1 else 0

    def last_tokens(self, unit: str) -> int:
        """The last token of each sentence or paragraph, as bits."""
        known = self._last_tokens.get(unit)
        if known is None:
            firsts = 0
            for start, own in zip(self._starts, self._firsts(unit), strict=False):
                for first in own:
                    firsts |= 1 << start + first
            known = self._last_tokens[unit] = firsts >> 1 | 1 << len(self.folded) - 1
        return known

    def _firsts(self, unit: str) -> list[Sequence[int]]:
        passages = [passage for _, passage in self._fields]
        return [passage.sentences if unit == "sentence" else passage.paragraphs for passage in passages]

    def glued(self, token: int) -> bool:
        """Whether nothing stands between this token and the one before it."""
        start, (_, passage) = self._field_of(token)
        return passage.glued(token - start)

    def original(self, span: Span) -> str:
        """The text of a span as it was written."""
        start, (_, passage) = self._field_of(span[0])
        return passage.original(span[0] - start, span[1] - start)

    def highlight(self, span: Span) -> Highlight:
        """The passage of the article that a span is."""
        known = self._highlights.get(span)
        if known is None:
            known = self._highlights[span] = self._passage(span)
        return known

    def _passage(self, span: Span) -> Highlight:
        start, (field, passage) = self._field_of(span[0])
        begin, end = passage.offsets(span[0] - start, span[1] - start)
        return Highlight(field=field, start=begin, end=end, text=passage.source[begin:end])

    def _field_of(self, token: int) -> tuple[int, tuple[str, Passage]]:
        number = 0
        while token >= self._starts[number + 1]:
            number += 1
        return self._starts[number], self._fields[number]


def _positions(words: Sequence[str], start: int) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    places_of = index.setdefault
    for token, word in enumerate(words, start):
        places_of(word, []).append(token)
    index.pop("", None)
    return index


class _Marks(dict[str, int]):
    """Where words stand, as bits, worked out when first asked for."""

    def __init__(self, positions: Mapping[str, list[int]]) -> None:
        super().__init__()
        self._positions = positions

    def __missing__(self, word: str) -> int:
        found = self[word] = as_bits(self._positions.get(word, ()))
        return found


def as_bits(numbers: Iterable[int]) -> int:
    """A whole number in which these bits are set."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


class View:
    """A stretch of a line, and what was found there. Tokens keep their numbers in the line.

    What is remembered is known by the identity of its node, which is kept beside it lest its id be taken by another.
    """

    def __init__(self, line: Line, lexicon: Lexicon, first: int = 0, end: int | None = None) -> None:
        self.line = line
        self._lexicon = lexicon
        self._first = first
        self._end = len(line.folded) if end is None else end
        self._spans: dict[int, tuple[Leaf, list[Span]]] = {}
        self._wild: dict[str, list[Span]] = {}
        self.wild_marks: dict[str, int] = {}
        """What `bits` found for words with * or ?."""
        self.alias_marks: dict[str, tuple[int, int]] = {}
        """What `bits` found for entities."""
        self.pairs: dict[int, tuple[Near, list[Pair]]] = {}
        """What was found for NEAR."""
        self.windows: dict[int, tuple[Within, set[int]]] = {}
        """The numbers of the windows found for SENTENCE and PARAGRAPH."""

    @property
    def folded(self) -> tuple[str, ...]:
        """The folded tokens of the view."""
        return self.line.folded[self._first : self._end]

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens of the view that words of queries are compared with: folded, or stems."""
        return self.line.words[self._first : self._end]

    @cached_property
    def positions(self) -> Mapping[str, list[int]]:
        """Where each of the words stands."""
        return _positions(self.words, self._first)

    @cached_property
    def folded_positions(self) -> Mapping[str, list[int]]:
        """Where each of the folded tokens stands."""
        return self.positions if self._lexicon.stem is None else _positions(self.folded, self._first)

    @cached_property
    def marks(self) -> Mapping[str, int]:
        """Where each of the words stands, as bits."""
        return _Marks(self.positions)

    @cached_property
    def vocabulary(self) -> list[str]:
        """The different folded tokens in order, for prefixes."""
        return sorted(self.folded_positions)

    def spans(self, leaf: Leaf) -> list[Span]:
        """Where `leaf` stands."""
        known = self._spans.get(id(leaf))
        if known is None:
            positions = self.positions
            found = [
                spans
                for pattern in self._lexicon.patterns(leaf)
                if (not pattern.is_plain or pattern.tokens[0] in positions) and (spans := self.matches(pattern))
            ]
            known = self._spans[id(leaf)] = (leaf, union(found) if found else [])
        return known[1]

    def row(self, tokens: tuple[str, ...]) -> list[Span]:
        """Where these tokens stand one behind the other, looking only where the rarest of them does."""
        get = self.positions.get
        anchor, fewest = 0, get(tokens[0])
        if not fewest:
            return []
        for index in range(1, len(tokens)):
            places = get(tokens[index])
            if not places:
                return []
            if len(places) < len(fewest):
                anchor, fewest = index, places
        size, words, last = len(tokens), self.line.words, self._end - len(tokens)
        starts = [place - anchor for place in fewest] if anchor else fewest
        return [
            (first, first + size) for first in starts if 0 <= first <= last and words[first : first + size] == tokens
        ]

    def wild(self, token: str) -> list[Span]:
        """Where a word stands that `token`, one with * or ?, describes."""
        known = self._wild.get(token)
        if known is None:
            known = self._wild[token] = [(place, place + 1) for place in self.wildcard_places(token)]
        return known

    def patterns(self, leaf: Leaf) -> tuple[Pattern, ...]:
        """What `leaf` stands for."""
        return self._lexicon.patterns(leaf)

    def matches(self, pattern: Pattern) -> list[Span]:
        """Where a pattern stands."""
        if pattern.is_plain:
            return self.row(pattern.tokens)
        positions = self.folded_positions if pattern.spelled else self.positions
        places = [
            self.wildcard_places(token) if is_wildcard(token) else positions.get(token, ()) for token in pattern.tokens
        ]
        size = len(places)
        if size == 1 and not pattern.spelled:
            return [(place, place + 1) for place in places[0]]
        anchor, fewest = _rarest(places)
        starts = [place - anchor for place in fewest if place - anchor >= self._first]
        return [
            (first, first + size) for first in starts if first + size <= self._end and self._stands_at(pattern, first)
        ]

    def _stands_at(self, pattern: Pattern, first: int) -> bool:
        line = self.line
        words = line.folded if pattern.spelled else line.words
        for index, token in enumerate(pattern.tokens):
            place = first + index
            if words[place] != token and not (is_wildcard(token) and wildcard(token).fullmatch(line.folded[place])):
                return False
            if pattern.glued[index] and not line.glued(place):
                return False
            if pattern.spelled and surface(line.original((place, place + 1))) != pattern.spelled[index]:
                return False
        return True

    def wildcard_places(self, token: str) -> list[int]:
        """Where a word stands that `token`, one with * or ?, describes."""
        words = self._described.get(token, ()) if token in self._lexicon.wildcards else self._looked_for(token)
        found = [self.folded_positions[word] for word in words]
        return found[0] if len(found) == 1 else sorted(chain.from_iterable(found))

    @cached_property
    def _described(self) -> Mapping[str, list[str]]:
        """The words that the wildcards of the lexicon describe."""
        words = self.folded_positions
        found: dict[str, list[str]] = {}
        for word, tokens in zip(words, map(self._lexicon.wildcards.describing.__getitem__, words), strict=True):
            for token in tokens:
                found.setdefault(token, []).append(word)
        return found

    def _looked_for(self, token: str) -> list[str]:
        """The words that a wildcard no topic uses describes."""
        start = literal(token)
        vocabulary = self.vocabulary
        words = []
        for at in range(bisect_left(vocabulary, start), len(vocabulary)):
            if not vocabulary[at].startswith(start):
                break
            words.append(vocabulary[at])
        return [word for word in words if wildcard(token).fullmatch(word)]


def _rarest(places: Sequence[Sequence[int]]) -> tuple[int, Sequence[int]]:
    """Which of several tokens stands at the fewest places, and these."""
    fewest = min(places, key=len)
    return places.index(fewest), fewest


def union(lists: Sequence[list[Span]]) -> list[Span]:
    """All spans of all lists, each once, in order."""
    return lists[0] if len(lists) == 1 else sorted({span for spans in lists for span in spans})
