"""An article made ready for many queries: its fields cut into words once, and where each term stands."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from worker.match.folding import surface
from worker.match.nodes import Alias, Exact, Leaf, Phrase
from worker.match.text import Passage, tokens, units
from worker.model import Article

LEAD_WORDS = 60
SEARCHED = ("title", "body")

Span: TypeAlias = tuple[int, int]
_PAST_EVERY_LETTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Tokens in a row.

    `glued[i]` wants nothing between token i - 1 and i; `spelled` is set where case and accents count.

    A token that ends in * or holds ? is a wildcard; no folded token holds these characters.
    """

    tokens: tuple[str, ...]
    glued: tuple[bool, ...]
    spelled: tuple[str, ...] = ()


def _phrase_pattern(words: Sequence[str]) -> Pattern:
    parts: list[str] = []
    glued: list[bool] = []
    for word in words:
        cut = (word,) if is_wildcard(word) else tokens(word)
        parts.extend(cut)
        glued.extend(position > 0 for position in range(len(cut)))
    return Pattern(tuple(parts), tuple(glued))


def _exact_pattern(words: Sequence[str]) -> Pattern:
    passage = Passage(" ".join(words))
    count = range(len(passage.words))
    spelled = tuple(surface(passage.original(token, token + 1)) for token in count)
    return Pattern(tuple(passage.words), tuple(passage.glued(token) for token in count), spelled)


class Lexicon:
    """The terms of queries as patterns, and what entities are called. Built once, read by all articles."""

    def __init__(self, aliases: Mapping[str, Sequence[str]]) -> None:
        self._known: dict[Leaf, tuple[Pattern, ...]] = {
            Alias(name): tuple(dict.fromkeys(_phrase_pattern(units(alias)) for alias in names))
            for name, names in aliases.items()
        }

    def patterns(self, leaf: Leaf) -> tuple[Pattern, ...]:
        """What to look for. Raises KeyError for an entity that is not known."""
        match leaf:
            case Phrase() if leaf not in self._known:
                self._known[leaf] = (_phrase_pattern(leaf.words),)
            case Exact() if leaf not in self._known:
                self._known[leaf] = (_exact_pattern(leaf.words),)
            case _:
                pass
        return self._known[leaf]


def is_wildcard(token: str) -> bool:
    return token.endswith("*") or "?" in token


class Reading:
    """One article under the eyes of all queries.

    Views are title, body (the text, or the summary where there is no text), lead (the first 60 words of the body),
    author and url. Spans are (first, end) in tokens of their view, in order of their starts.
    """

    def __init__(self, article: Article, lexicon: Lexicon) -> None:
        self.article = article
        self._lexicon = lexicon
        self._spans: dict[tuple[Leaf, str], list[Span]] = {}
        self._passages: dict[str, Passage] = {}
        self.pairs: dict[tuple[int, str], list[tuple[Span, Span]]] = {}

    @cached_property
    def fields(self) -> dict[str, str]:
        """The article's own field that each view shows."""
        body = "text" if self.article.text.strip() else "summary"
        return {"title": "title", "body": body, "lead": body, "author": "author", "url": "url"}

    def passage(self, view: str) -> Passage:
        field = self.fields[view]
        passage = self._passages.get(field)
        if passage is None:
            passage = self._passages[field] = Passage(getattr(self.article, field))
        return passage

    @cached_property
    def lead_end(self) -> int:
        """How many tokens of the body belong to its lead."""
        return self.passage("body").before_word(LEAD_WORDS)

    def spans(self, leaf: Leaf, view: str) -> list[Span]:
        """Where `leaf` stands in `view`."""
        known = self._spans.get((leaf, view))
        if known is not None:
            return known
        if view == "lead":
            found = [span for span in self.spans(leaf, "body") if span[1] <= self.lead_end]
        else:
            passage = self.passage(view)
            found = union([find(pattern, passage) for pattern in self._lexicon.patterns(leaf)])
        self._spans[leaf, view] = found
        return found


def union(lists: Sequence[list[Span]]) -> list[Span]:
    """All spans of all lists, each once, in order."""
    return lists[0] if len(lists) == 1 else sorted({span for spans in lists for span in spans})


def find(pattern: Pattern, passage: Passage) -> list[Span]:
    """Where the pattern stands, looking only where its rarest token does."""
    places = [_token_places(token, passage) for token in pattern.tokens]
    anchor = min(range(len(places)), key=lambda index: len(places[index]))
    size = len(pattern.tokens)
    found = []
    for place in places[anchor]:
        first = place - anchor
        if first >= 0 and first + size <= len(passage.words) and _stands_at(pattern, passage, first):
            found.append((first, first + size))
    return found


def _token_places(token: str, passage: Passage) -> list[int]:
    if not is_wildcard(token):
        return passage.positions.get(token, [])
    literal = re.split(r"[*?]", token, maxsplit=1)[0]
    start = bisect_left(passage.vocabulary, literal)
    end = bisect_left(passage.vocabulary, literal + _PAST_EVERY_LETTER)
    fits = _wildcard(token)
    words = [word for word in passage.vocabulary[start:end] if fits.fullmatch(word)]
    return sorted(place for word in words for place in passage.positions[word])


def _wildcard(token: str) -> re.Pattern[str]:
    letters = "".join("." if char == "?" else re.escape(char) for char in token.rstrip("*"))
    return re.compile(letters + (".*" if token.endswith("*") else ""), re.DOTALL)


def _stands_at(pattern: Pattern, passage: Passage, first: int) -> bool:
    for index, token in enumerate(pattern.tokens):
        place = first + index
        word = passage.words[place]
        if word != token and not (is_wildcard(token) and _wildcard(token).fullmatch(word)):
            return False
        if pattern.glued[index] and not passage.glued(place):
            return False
        if pattern.spelled and surface(passage.original(place, place + 1)) != pattern.spelled[index]:
            return False
    return True
