"""Where terms stand in a stretch of an article's line of tokens."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain

from worker.match.folding import surface
from worker.match.lexicon import Lexicon, Pattern
from worker.match.line import Line, Pair, Span
from worker.match.nodes import Leaf, Near, Within
from worker.match.wildcards import is_wildcard, literal, wildcard


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
            found = [
                spans
                for pattern in self._lexicon.patterns(leaf)
                if (not pattern.is_plain or pattern.tokens[0] in self.positions) and (spans := self.matches(pattern))
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
        size = len(pattern.tokens)
        if pattern.spelled:
            starts = self._folded_places(pattern.tokens[0])
        else:
            positions = self.positions
            places = [
                self.wildcard_places(token) if is_wildcard(token) else positions.get(token, ())
                for token in pattern.tokens
            ]
            if size == 1:
                return [(place, place + 1) for place in places[0]]
            anchor, fewest = _rarest(places)
            starts = [place - anchor for place in fewest if place - anchor >= self._first]
        return [
            (first, first + size) for first in starts if first + size <= self._end and self._stands_at(pattern, first)
        ]

    def _folded_places(self, token: str) -> list[int]:
        """Where a folded token stands, found without looking where all others do."""
        folded, end, found = self.line.folded, self._end, []
        try:
            place = folded.index(token, self._first, end)
            while True:
                found.append(place)
                place = folded.index(token, place + 1, end)
        except ValueError:
            return found

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
