"""The words of real text, by how often they occur: what topics are made from."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

# Bands by the share of articles that hold a word: names nobody writes about every day, names and things in the news,
# words of the news, and everyday words that only mean something beside another.
BANDS = {"rare": (0.001, 0.003), "known": (0.003, 0.015), "common": (0.015, 0.06), "everyday": (0.06, 0.25)}
# Operators, and words that only hold a sentence together.
_GRAMMAR_WORDS = """
    and or not near onear atleast sentence paragraph andnot xor about after again against all also any are
    because been before being both but can could did does doesn don down during each even for from had has
    have her here him his how however into its just like many may might more most much must off once one only
    other our out over own per same she should since some still such than that the their them then there these
    they this those through too two under until upon very was way well were what when where which while who
    whose why will with without would you your
"""
_NO_TERMS = frozenset(_GRAMMAR_WORDS.split())
# In how many places it is looked up what stands beside a word.
_PLACES = 8
_PIECE = regex.compile(r"[\p{L}\p{N}\p{M}]+|[.!?:;\n]+")
_POSSESSIVE = regex.compile(r"['\u2019]s\b")
_TERM = regex.compile(r"\p{L}{3,}")


@dataclass(frozen=True, slots=True)
class Document:
    """The words of an article as they are spelled, its title first, and in small letters.

    `sentences` holds the places at which a sentence starts, the first of them 0.
    """

    words: tuple[str, ...]
    small: tuple[str, ...]
    sentences: tuple[int, ...]
    title_end: int

    def sentence(self, place: int) -> tuple[int, int]:
        """First word and end of the sentence that holds `place`."""
        number = bisect_right(self.sentences, place)
        end = self.sentences[number] if number < len(self.sentences) else len(self.words)
        return self.sentences[number - 1], end


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a document."""

    document: Document
    place: int

    @property
    def word(self) -> str:
        return self.document.words[self.place]


def document(title: str, text: str) -> Document:
    words = [piece for piece in _pieces(title) if piece[0].isalnum()]
    title_end = len(words)
    starts = {0, title_end}
    for piece in _pieces(text):
        if piece[0].isalnum():
            words.append(piece)
        else:
            starts.add(len(words))
    small = tuple(word.lower() for word in words)
    return Document(tuple(words), small, tuple(sorted(starts - {len(words)} | {0})), title_end)


def _pieces(text: str) -> list[str]:
    """Words and what ends a sentence."""
    found: list[str] = _PIECE.findall(_POSSESSIVE.sub("", text))
    return found


class Vocabulary:
    """Documents, and which of their words make terms of which band."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = [found for found in documents if found.words]
        held: Counter[str] = Counter()
        for found in self.documents:
            held.update(set(found.small))
        self._share = {word: count / len(self.documents) for word, count in held.items()}
        self._band = {word: band for word in self._share if (band := self._band_of(word)) is not None}

    def _band_of(self, word: str) -> str | None:
        if word in _NO_TERMS or not _TERM.fullmatch(word):
            return None
        share = self._share[word]
        return next((name for name, (low, high) in BANDS.items() if low <= share < high), None)

    def band(self, word: str) -> str | None:
        return self._band.get(word.lower())

    def share(self, word: str) -> float:
        """The share of documents that hold the word."""
        return self._share.get(word.lower(), 0.0)

    @cached_property
    def _spots(self) -> dict[str, dict[str, list[Spot]]]:
        spots: dict[str, dict[str, list[Spot]]] = {name: {} for name in BANDS}
        for found in self.documents:
            for place, word in enumerate(found.small):
                band = self._band.get(word)
                if band:
                    spots[band].setdefault(word, []).append(Spot(found, place))
        return spots

    @cached_property
    def _words(self) -> dict[str, list[str]]:
        return {band: sorted(spots) for band, spots in self._spots.items()}

    @property
    def complete(self) -> bool:
        """Whether there are words of every band."""
        return all(self._words.values())

    def spot(self, band: str, rng: random.Random) -> Spot:
        """An occurrence of a word of that band; every word of the band is as likely as every other."""
        return rng.choice(self._spots[band][rng.choice(self._words[band])])

    def spot_of(self, word: str, rng: random.Random) -> Spot:
        """An occurrence of that word, which is in a band."""
        return rng.choice(self._occurrences(word))

    def _occurrences(self, word: str) -> list[Spot]:
        return self._spots[self._band[word.lower()]][word.lower()]

    def company(self, spot: Spot, before: int, after: int, rng: random.Random) -> dict[str, int]:
        """Terms that stand up to that many words before and after the word of `spot`, and how often in a few places."""
        known = self._occurrences(spot.word)
        counts: Counter[str] = Counter()
        for each in [spot, *rng.sample(known, min(len(known), _PLACES))]:
            small, place = each.document.small, each.place
            around = small[max(0, place - before) : max(0, place - 1)] + small[place + 2 : place + after + 1]
            counts.update(list(dict.fromkeys(around)))
        own = spot.word.lower()
        return {word: count for word, count in counts.items() if word in self._band and word != own}

    @cached_property
    def _beginnings(self) -> dict[str, float]:
        """An upper bound of the share of documents that hold a word with that beginning."""
        shares: defaultdict[str, float] = defaultdict(float)
        for word, share in self._share.items():
            for size in range(4, len(word) + 1):
                shares[word[:size]] += share
        return dict(shares)

    def beginning(self, word: str) -> str | None:
        """A beginning of the word that stands for about as few articles as it does itself; None where there is none."""
        limit = max(0.003, 2 * self.share(word))
        cuts = (word[:size].lower() for size in range(4, len(word)))
        return next((cut for cut in cuts if self._beginnings.get(cut, 1.0) <= limit), None)

    @cached_property
    def names(self) -> list[tuple[str, str]]:
        """Pairs of capitalised words that stand in a row inside a sentence in two documents, most usual first."""
        held: Counter[tuple[str, str]] = Counter()
        for found in self.documents:
            held.update(list(dict.fromkeys(self._names_in(found))))
        return [name for name, count in held.most_common() if count > 1]

    def _names_in(self, found: Document) -> Iterator[tuple[str, str]]:
        starts = set(found.sentences)
        for place in range(max(1, found.title_end), len(found.words) - 1):
            first, second = found.words[place : place + 2]
            inside = place not in starts and place + 1 not in starts
            if inside and first.istitle() and second.istitle() and self.band(first) and self.band(second):
                yield first, second


def read(texts: Sequence[tuple[str, str]]) -> Vocabulary:
    """The vocabulary of (title, text) pairs."""
    return Vocabulary(document(title, text) for title, text in texts)
