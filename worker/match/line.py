"""The fields of an article as lines of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import TypeAlias

from worker.match.lexicon import Lexicon
from worker.match.mends import MAX_DISTANCE
from worker.match.text import Passage
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
        self._first_tokens: dict[str, list[int]] = {}
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
            for first in self.first_tokens(unit):
                marks[first] = 1
            known = self._windows[unit] = list(accumulate(marks))
        return known

    @cached_property
    def before_second(self) -> int:
        """All tokens of the first of two fields, as bits; none where there is one field."""
        return (1 << self._starts[1]) - 1 if len(self._fields) > 1 else 0

    def first_tokens(self, unit: str) -> list[int]:
        """The first token of each sentence or paragraph."""
        known = self._first_tokens.get(unit)
        if known is None:
            known = self._first_tokens[unit] = [
                start + first
                for start, (_, passage) in zip(self._starts, self._fields, strict=False)
                for first in (passage.sentences if unit == "sentence" else passage.paragraphs)
            ]
        return known

    def last_tokens(self, unit: str) -> int:
        """The last token of each sentence or paragraph, as bits."""
        known = self._last_tokens.get(unit)
        if known is None:
            firsts = 0
            for first in self.first_tokens(unit):
                firsts |= 1 << first
            known = self._last_tokens[unit] = firsts >> 1 | 1 << len(self.folded) - 1
        return known

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
