"""An article made ready for many queries: its fields cut into words once, and where each term stands."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import TypeAlias

from worker.match.folding import fold, surface
from worker.match.lexicon import Lexicon, Pattern, is_wildcard, literal, wildcard
from worker.match.mends import MAX_DISTANCE
from worker.match.nodes import Leaf, Near, Within
from worker.match.text import Passage
from worker.model import Article, Highlight

LEAD_WORDS = 60

Span: TypeAlias = tuple[int, int]
Pair: TypeAlias = tuple[Span, Span]

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
_PAST_EVERY_LETTER = "\U0010ffff"


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
        self._highlights: dict[Span, Highlight] = {}

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

    def bounds(self, unit: str) -> list[int]:
        """The first token of each "sentence" or "paragraph"; a field's end is the end of both."""
        return self._sentences if unit == "sentence" else self._paragraphs

    @cached_property
    def _sentences(self) -> list[int]:
        return [start + first for start, (_, passage) in self._numbered() for first in passage.sentences]

    @cached_property
    def _paragraphs(self) -> list[int]:
        return [start + first for start, (_, passage) in self._numbered() for first in passage.paragraphs]

    def _numbered(self) -> Sequence[tuple[int, tuple[str, Passage]]]:
        return list(zip(self._starts, self._fields, strict=False))

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
    for token, word in enumerate(words, start):
        if word in index:
            index[word].append(token)
        else:
            index[word] = [token]
    index.pop("", None)
    return index


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
        self.pairs: dict[int, tuple[Near, list[Pair]]] = {}
        """What was found for NEAR."""
        self.windows: dict[int, tuple[Within, list[Span]]] = {}
        """What was found for SENTENCE and PARAGRAPH."""

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
    def vocabulary(self) -> list[str]:
        """The different folded tokens in order, for prefixes."""
        return sorted(self.folded_positions)

    def spans(self, leaf: Leaf) -> list[Span]:
        """Where `leaf` stands."""
        known = self._spans.get(id(leaf))
        if known is None:
            found = [spans for pattern in self._lexicon.patterns(leaf) if (spans := self._matches(pattern))]
            known = self._spans[id(leaf)] = (leaf, union(found) if found else [])
        return known[1]

    def row(self, tokens: tuple[str, ...]) -> list[Span]:
        """Where these tokens stand one behind the other, looking only where the rarest of them does."""
        get = self.positions.get
        anchor, fewest = _rarest([get(token, ()) for token in tokens])
        size, words, end = len(tokens), self.line.words, self._end
        starts = [place - anchor for place in fewest if place >= anchor]
        return [
            (first, first + size) for first in starts if words[first : first + size] == tokens and first + size <= end
        ]

    def _matches(self, pattern: Pattern) -> list[Span]:
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
        start = literal(token)
        first = bisect_left(self.vocabulary, start)
        last = bisect_left(self.vocabulary, start + _PAST_EVERY_LETTER)
        words = self.vocabulary[first:last]
        if token != f"{start}*":
            words = [word for word in words if wildcard(token).fullmatch(word)]
        return sorted(place for word in words for place in self.folded_positions[word])


def _rarest(places: Sequence[Sequence[int]]) -> tuple[int, Sequence[int]]:
    """Which of several tokens stands at the fewest places, and these."""
    fewest = min(places, key=len)
    return places.index(fewest), fewest


class Reading:
    """One article under the eyes of all queries of a lexicon.

    `whole` is what queries look at, title and text. The fields that they may name are title, body (the text, or the
    summary where there is no text), lead (the first 60 words of the body), author and url (the canonical one
    too). `other` is a reading of the same article under another lexicon, whose words need not be cut again.
    """

    def __init__(self, article: Article, lexicon: Lexicon, other: Reading | None = None) -> None:
        self.article = article
        self._lexicon = lexicon
        self.body_field = "text" if article.text and not article.text.isspace() else "summary"
        """The field of the article that the body is."""
        self.title: Passage = other.title if other else Passage(article.title)
        self.body: Passage = other.body if other else Passage(getattr(article, self.body_field))
        self.text_start = len(self.title.words) + 1
        """The first token of the line that belongs to the text."""
        self.line = Line((("title", self.title), (self.body_field, self.body)), lexicon)
        self.whole = View(self.line, lexicon)
        self._views: dict[str, View] = {}

    def view(self, field: str) -> View:
        """What a field that queries may name is; the same at each call."""
        view = self._views.get(field)
        if view is None:
            view = self._views[field] = self._made(field)
        return view

    def _made(self, field: str) -> View:
        start = self.text_start
        match field:
            case "title":
                return View(self.line, self._lexicon, 0, start - 1)
            case "body":
                return View(self.line, self._lexicon, start, start + len(self.body.words))
            case "lead":
                return View(self.line, self._lexicon, start, self.lead_end)
            case _:
                return View(self._aside(field), self._lexicon)

    def _aside(self, field: str) -> Line:
        article = self.article
        if field == "author":
            return Line((("author", Passage(article.author)),), self._lexicon, order=1)
        # Feeds often link through a redirect; the words are in the canonical address then.
        names = ("url",) if article.canonical_url in {"", article.url} else ("url", "canonical_url")
        return Line([(name, Passage(getattr(article, name))) for name in names], self._lexicon, order=2)

    @cached_property
    def lead_end(self) -> int:
        """The token of the line behind the lead."""
        return self.text_start + self.body.before_word(LEAD_WORDS)

    @cached_property
    def words_of_text(self) -> int:
        """How many words the text has."""
        numbers = self.body.numbers
        return numbers[-1] + 1 if numbers else 0

    @cached_property
    def about(self) -> frozenset[str]:
        """What source:, lang:, feed: and tag: are answered by, as "source:bbc.co.uk"."""
        article = self.article
        hosts = tuple(found[1] for url in (article.canonical_url, article.url) if (found := _HOST.match(url)))
        return _about(article.source.domain, hosts, article.feed, language_of(article), article.tags)


@lru_cache(maxsize=1 << 12)
def _about(domain: str, hosts: tuple[str, ...], feed: str, language: str, tags: tuple[str, ...]) -> frozenset[str]:
    said = {f"feed:{plain(feed)}", f"lang:{language}", *(f"tag:{plain(tag)}" for tag in tags)}
    names = _domains(plain(domain), [plain(host) for host in hosts])
    labels = [name.split(".") for name in names]
    return frozenset(said).union(f"source:{'.'.join(own[start:])}" for own in labels for start in range(len(own)))


def _domains(domain: str, hosts: Sequence[str]) -> list[str]:
    """The publisher's domain, and the hosts of the article where they are its own or nothing else is known."""
    return [domain, *(host for host in hosts if host.endswith(f".{domain}"))] if domain else list(hosts)


def language_of(article: Article) -> str:
    """The language as ISO 639-1 has it, "" where it is not known: "en" for en-GB."""
    return re.split(r"[-_]", (article.language or "").lower(), maxsplit=1)[0]


def union(lists: Sequence[list[Span]]) -> list[Span]:
    """All spans of all lists, each once, in order."""
    return lists[0] if len(lists) == 1 else sorted({span for spans in lists for span in spans})


def plain(name: str) -> str:
    """A name as queries write it after feed: or tag:, folded and with single spaces."""
    return " ".join(fold(name).text.split())
