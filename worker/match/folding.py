"""Folding: the one form that all spellings of a word share, with the way back to the original text.

NFKC and full case folding (Unicode 3.13), accents off Latin, Greek and Cyrillic letters (й stays, it is a letter of its
own), letters without a decomposition by table (ł, ø, đ, æ), Arabic without vowel marks and with one alef, and without
characters nobody sees (Default_Ignorable_Code_Point: soft hyphen, zero width space, bidi marks). Marks of other scripts
stay: without them Hindi or Thai is unreadable.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

import regex

# What has to be normalised together: conjoining Hangul jamo, and a base with its marks (halfwidth kana voicing marks
# are letters that compose). Marks are taken at most 30 at a time, as Unicode's stream-safe format (UAX 15) does,
# because putting n marks into canonical order takes n squared steps. U+0640 is the Arabic tatweel, which vanishes.
_CLUSTER = regex.compile(
    r"[\u1100-\u1112][\u1161-\u1175][\u11A8-\u11C2]?"
    r"|\P{M}?(?:[\p{DI}\u0640]{0,4}[\p{M}\uFF9E\uFF9F]){1,30}+"
    r"|[\p{DI}\u0640]{1,30}+"
)
_UNSEEN = regex.compile(r"[\p{DI}\u0640]+")
_MARK = regex.compile(r"\p{M}")
_KEEPS_MARKS = regex.compile(r"(?V1)[\p{L}--[\p{Latin}\p{Greek}\p{Cyrillic}]]")
_GENERAL_MARK = regex.compile(r"[\u0300-\u036F\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF]")
_HARAKAT = regex.compile(
    r"[\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E8\u06EA-\u06ED\u08D3-\u08E1\u08E3-\u08FF]+"
)
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
        "آ": "ا",
        "أ": "ا",
        "إ": "ا",
        "ٱ": "ا",
        "ٲ": "ا",
        "ٳ": "ا",
        "\u2018": "'",
        "\u2019": "'",
        "\u201b": "'",
        "\u02bc": "'",
        "\u2032": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u201f": '"',
    }
)


def _without_accents(decomposed: str) -> str:
    kept: list[str] = []
    base = ""
    for char in decomposed:
        if not _MARK.match(char):
            base = char
        elif base == "и" and char == "\u0306":
            pass
        elif not _KEEPS_MARKS.match(base) if base else _GENERAL_MARK.match(char):
            continue
        kept.append(char)
    return "".join(kept)


@lru_cache(maxsize=1 << 16)
def _fold_cluster(cluster: str) -> str:
    seen = _UNSEEN.sub("", cluster).replace("\u00b4", "'")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    bare = unicodedata.normalize("NFC", _without_accents(unicodedata.normalize("NFD", folded)))
    seen = _UNSEEN.sub("", _HARAKAT.sub("", bare))
    return str(seen).translate(_TABLE)


class _FoldTable(dict[int, str]):
    """`str.translate` table that learns each character once."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = _fold_cluster(chr(point))
        return folded


_CHARACTERS = _FoldTable()


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and where its pieces came from.

    Between two breaks, text and original run in step; at a break starts a piece whose length changed. Each break is
    (offset in text, offset in the original, length in the original or -1 for a piece in step).
    """

    text: str
    at: tuple[int, ...]
    origin: tuple[int, ...]
    length: tuple[int, ...]

    def start(self, offset: int) -> int:
        """Where in the original the character at `offset` begins."""
        piece = bisect_right(self.at, offset) - 1
        inside = offset - self.at[piece] if self.length[piece] < 0 else 0
        return self.origin[piece] + inside

    def end(self, offset: int) -> int:
        """Where in the original the text before `offset` ends."""
        piece = bisect_right(self.at, offset - 1) - 1
        inside = offset - self.at[piece] if self.length[piece] < 0 else self.length[piece]
        return self.origin[piece] + inside


class _Folder:
    """Collects folded pieces; neighbouring pieces in step become one."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0
        self.breaks: list[tuple[int, int, int]] = []

    def add(self, piece: str, origin: int, length: int) -> None:
        in_step = len(piece) == length
        if not self.breaks or not in_step or self.breaks[-1][2] >= 0:
            self.breaks.append((self.size, origin, -1 if in_step else length))
        if piece:
            self.parts.append(piece)
            self.size += len(piece)

    def add_plain(self, piece: str, origin: int) -> None:
        folded = piece.translate(_CHARACTERS)
        if len(folded) == len(piece):
            self.add(folded, origin, len(piece))
            return
        for offset, char in enumerate(piece):
            self.add(_CHARACTERS[ord(char)], origin + offset, 1)


def fold(text: str) -> Folded:
    """Folds `text`; takes time linear in its length, whatever it holds."""
    if text.isascii():
        return Folded(text.lower(), (0,), (0,), (-1,))
    folder = _Folder()
    done = 0
    for found in _CLUSTER.finditer(text):
        if found.start() > done:
            folder.add_plain(text[done : found.start()], done)
        folder.add(_fold_cluster(found[0]), found.start(), len(found[0]))
        done = found.end()
    if done < len(text):
        folder.add_plain(text[done:], done)
    at, origin, length = zip(*folder.breaks, strict=True)
    return Folded("".join(folder.parts), at, origin, length)


def surface(text: str) -> str:
    """`text` with case and accents kept: what counts for `=NATO`."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))
