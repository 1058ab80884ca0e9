"""Folding: the one form that all spellings of a word share, with the way back to the original text.

NFKC and full case folding (Unicode 3.13), without characters nobody sees (Default_Ignorable_Code_Point: soft hyphen,
zero width space, bidi marks) and without the marks of Latin, Greek, Cyrillic, Arabic and Hebrew. Marks of other
scripts stay: without them Hindi or Thai is unreadable. Each character folds by itself, but for a base and the marks
that compose with it.

Cyrillic: й stays, because no writer leaves its breve out and it tells words apart (мой, мои). ё becomes е, as Russian
prints it, ґ becomes г, as much Ukrainian does, ў becomes у, of which it is the form after a vowel, and ї becomes і, in
which Ukrainian and Belarusian spell the same name differently.

Arabic script, after Lucene's ArabicNormalizer and PersianNormalizer: no vowel marks and no tatweel, one alef, ى ی ے
are ي, ة ۀ ہ ۂ ۃ are ه, ک is ك. Decimal digits of every script become 0 to 9 (Lucene's DecimalDigitFilter).

Traditional and simplified Han are not merged, nor are small and large Kana. ™ and ℠ end a word and a fraction is
a word of its own: OpenAI™ is no openaitm.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

import regex

# The Arabic tatweel stretches a word and is never one of its letters.
_UNSEEN = regex.compile(r"[\p{DI}\u0640]+")
# Marks that turn one letter into another (й; hamza on و and ي) can go only after composition.
_LATE = "\u0306\u0653\u0654\u0655"
_ACCENTS = (
    r"[[\p{M}&&[\p{Zinh}\p{Zyyy}\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}]]--[\u3099\u309A\u0653-\u0655]]"
)
_ACCENT = regex.compile(rf"(?V1){_ACCENTS}")
_ACCENTS_BEHIND = regex.compile(rf"(?V1)(?:[\p{{DI}}\u0640]{{0,4}}[{_ACCENTS}{_LATE}]){{0,30}}+")
_NO_LETTER = regex.compile(r"[^\p{L}\p{N}\p{M}']")
# What composes: a base with its marks, conjoining Hangul, vowels of Kirat Rai. Marks are put into order at most 30 at a
# time, as Unicode's stream-safe format (UAX 15) does, because ordering n of them takes n squared steps.
_VOWEL, _FINAL, _KIRAT = "\u1161-\u1175", "\u11a8-\u11c2", "\U00016d63-\U00016d67"
_BASE = rf"[^\p{{M}}{_VOWEL}{_FINAL}{_KIRAT}]?"
_CLUSTER = regex.compile(rf"{_BASE}(?:\p{{M}}{{1,30}}+|[{_VOWEL}]?[{_FINAL}]|[{_VOWEL}])|[{_KIRAT}]{{2,4}}+")
_CROWD = regex.compile(r"\p{M}{31}")

_APOSTROPHES = "`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u055a\u1ffd\u2018\u2019\u201b\u2032\u2035"
_TABLE = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ı": "i",
        "ĸ": "k",
        "ƶ": "z",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        "ґ": "г",
        **dict.fromkeys("آأإٱٲٳ", "ا"),
        **dict.fromkeys("ىیے", "ي"),
        # ے with a hamza is ي with a hamza
        "\u06d3": "\u0626",
        **dict.fromkeys("ةۀہۂۃ", "ه"),
        "ک": "ك",
        # Malayalam chillus and Bengali khanda ta, which older text writes as a letter with a virama
        "\u0d7a": "\u0d23\u0d4d",
        "\u0d7b": "\u0d28\u0d4d",
        "\u0d7c": "\u0d30\u0d4d",
        "\u0d7d": "\u0d32\u0d4d",
        "\u0d7e": "\u0d33\u0d4d",
        "\u0d7f": "\u0d15\u0d4d",
        "\u09ce": "\u09a4\u09cd",
        **dict.fromkeys((*_APOSTROPHES, "\ua78b", "\ua78c"), "'"),
        **dict.fromkeys("\u02ba\u02ee\u201c\u201d\u201e\u201f", '"'),
    }
)
# ™ and ℠, whose compatibility forms would run into the word before them
_SIGNS = "\u2122\u2120"

_LEARNT_AT_MOST = 1 << 16


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def _folded(char: str) -> str:
    """One character folded; what may yet compose with its neighbour stays."""
    if char in _LATE:
        return char
    if char in _APOSTROPHES:
        return "'"
    if char in _SIGNS:
        return " "
    lead = " " if unicodedata.decomposition(char).startswith("<fraction>") else ""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold()))
    apart = unicodedata.normalize("NFD", seen).replace("\u0438\u0306", "й")
    bare = unicodedata.normalize("NFC", _ACCENT.sub("", apart))
    return lead + "".join(map(_digit, bare.translate(_TABLE)))


class Spelling(dict[int, str]):
    """A `str.translate` table that learns each character once, and starts anew before it grows without end.

    `words_only` puts one space for what is neither letter, digit, mark nor apostrophe. `last` drops the marks that had
    to wait for composition.
    """

    def __init__(self, *, words_only: bool, last: bool) -> None:
        super().__init__()
        self._words_only = words_only
        self._last = last

    def __missing__(self, point: int) -> str:
        char = chr(point)
        folded = "" if self._last and char in _LATE else _folded(char)
        if self._words_only:
            folded = _NO_LETTER.sub(" ", folded)
            folded = " " if folded.isspace() else folded
        if len(self) >= _LEARNT_AT_MOST:
            self.clear()
        self[point] = folded
        return folded


_KEEPING = (Spelling(words_only=False, last=False), Spelling(words_only=False, last=True))
WORDS = (Spelling(words_only=True, last=False), Spelling(words_only=True, last=True))


def composed(spelled: str, last: Spelling) -> str:
    """`spelled` with bases and marks composed, and folded again where that may have made new letters."""
    waited = _waited(spelled)
    if not unicodedata.is_normalized("NFC", spelled):
        spelled = _in_order(spelled)
    return spelled.translate(last) if waited else spelled


def _waited(spelled: str) -> bool:
    return not spelled.isascii() and any(mark in spelled for mark in _LATE)


def _in_order(text: str) -> str:
    if _CROWD.search(text):
        return str(_CLUSTER.sub(lambda found: unicodedata.normalize("NFC", found[0]), text))
    return unicodedata.normalize("NFC", text)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text, punctuation kept."""

    text: str


def fold(text: str) -> Folded:
    """Folds `text`; takes time linear in its length, whatever it holds."""
    if text.isascii():
        return Folded(text.lower().replace("`", "'"))
    first, last = _KEEPING
    return Folded(composed(text.translate(first), last))


def surface(text: str) -> str:
    """`text` with case and accents kept: what counts for `=NATO`."""
    if text.isascii():
        return text
    return _in_order(_UNSEEN.sub("", text))


# --- the way back ---------------------------------------------------------------------------------------------------


class _Step:
    """One rewriting of a text: the pieces whose length changed, as offsets after and before it."""

    __slots__ = ("new_end", "new_start", "old_end", "old_start")

    def __init__(self, pieces: Iterable[tuple[int, int, int]]) -> None:
        self.new_start: list[int] = []
        self.new_end: list[int] = []
        self.old_start: list[int] = []
        self.old_end: list[int] = []
        grown = 0
        for start, end, size in pieces:
            self.new_start.append(start + grown)
            self.new_end.append(start + grown + size)
            self.old_start.append(start)
            self.old_end.append(end)
            grown += size - (end - start)

    def start(self, offset: int) -> int:
        """Where the character at `offset` came from."""
        piece = bisect_right(self.new_start, offset) - 1
        if piece < 0:
            return offset
        if offset < self.new_end[piece]:
            return self.old_start[piece]
        return offset - self.new_end[piece] + self.old_end[piece]

    def end(self, offset: int) -> int:
        """Where what the character before `offset` came from ends."""
        piece = bisect_right(self.new_start, offset - 1) - 1
        if piece >= 0 and offset - 1 < self.new_end[piece]:
            return self.old_end[piece]
        return self.start(offset - 1) + 1

    def forward(self, offset: int) -> int:
        """Where the character at `offset` before the rewriting went."""
        piece = bisect_right(self.old_start, offset) - 1
        if piece < 0:
            return offset
        if offset < self.old_end[piece]:
            return self.new_start[piece]
        return offset - self.old_end[piece] + self.new_end[piece]


def _changes(text: str, uneven: str, spelling: Spelling) -> Iterator[tuple[int, int, int]]:
    if uneven:
        for found in re.finditer(f"[{re.escape(uneven)}]", text):
            yield found.start(), found.end(), len(spelling[ord(found[0])])


def _uneven(text: str, spelling: Spelling) -> str:
    return "".join(char for char in set(text) if len(spelling[ord(char)]) != 1)


def _clusters(text: str) -> Iterator[tuple[int, int, int]]:
    for found in _CLUSTER.finditer(text):
        before, after = found[0], unicodedata.normalize("NFC", found[0])
        if before != after:
            pairs = zip(reversed(before), reversed(after), strict=False)
            alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            yield found.start(), found.end() - alike, len(after) - alike


class WayBack:
    """From offsets in the folded words of `source` to offsets in `source`, and forward.

    `uneven` are the characters of `source` that fold to more or less than one, `recomposed` tells that folding went on
    with `composed`.
    """

    __slots__ = ("_source", "_steps")

    def __init__(self, source: str, uneven: str, *, recomposed: bool) -> None:
        first, last = WORDS
        self._source = source
        self._steps = [_Step(_changes(source, uneven, first))]
        if recomposed:
            spelled = source.translate(first)
            waited = _waited(spelled)
            self._steps.append(_Step(_clusters(spelled)))
            spelled = _in_order(spelled)
            if waited:
                self._steps.append(_Step(_changes(spelled, _uneven(spelled, last), last)))

    def start(self, offset: int) -> int:
        """Where the character at `offset` came from."""
        for step in reversed(self._steps):
            offset = step.start(offset)
        return offset

    def end(self, offset: int) -> int:
        """Where the letter before `offset` ends in the source, with the marks that folding took off it."""
        for step in reversed(self._steps):
            offset = step.end(offset)
        found = _ACCENTS_BEHIND.match(self._source, offset)
        return found.end() if found else offset

    def forward(self, offset: int) -> int:
        """Where the character at `offset` in the source went."""
        for step in self._steps:
            offset = step.forward(offset)
        return offset
