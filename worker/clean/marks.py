"""By what a line is known again on another page: its words, and the shape of lines that only look alike.

Teasers, credits and notices differ in their words from page to page ("Photo: A. Sample", "Rain expected [VIDEO]") and
share a shape. Whole sentences have none: prose that opens alike ("SEOUL: The ministry said …") is still news.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from itertools import islice

from worker.clean.text import key_of

# Beyond this a page is no article; what is left of it stays.
MAX_LINES = 1000
# Two lines that agree so far are the same; folding costs more than it is worth on lines without end.
_MAX_COMPARED = 2000
_MAX_SHAPED = 300
# A stop, what closes after it, and what may stand before it.
_ENDING = 8
_MAX_PREFIX = 40
_MAX_PREFIX_WORDS = 5
_OPENING_WORDS = 3
# An opening says little of a line that hardly goes on after it.
_LEAST_WORDS = 5
_OPENING_LETTERS = 8

_NUMBER = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"""(?<!\.\.)[.!?。！？؟।]["'”’»」』)\]）]{0,3}\Z""")
_PREFIX = re.compile(rf"[^:：]{{2,{_MAX_PREFIX}}}(?=[:：]\s*[^\s/])")
_TAG = re.compile(r"(?:\[[^\[\]]{2,20}\]|【[^【】]{2,20}】|(?<= )\| [^|]{2,20})\Z")
# Scripts without spaces between words; Hangul has them, with particles that a pair of syllables leaves out.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_PAIRED = rf"{_UNSPACED}\uac00-\ud7af"
_WORDS = re.compile(rf"[^\W\d_{_PAIRED}]{{4,}}|(?=([{_PAIRED}]{{2}}))")


class Shape(Enum):
    """What lines have in common; the value tells it to people."""

    WORDS = "the same line"
    PREFIX = "lines that begin with “{}:”"
    OPENING = "lines that begin with “{} …”"
    TAG = "lines that end with “{}”"
    LINK = "lines that are only a link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing a line is known by. `value` is 32 bits, the same on every machine; `shown` is what is alike."""

    shape: Shape
    value: int
    shown: str = ""

    def told(self) -> str:
        """What lines with this mark are, in words."""
        return self.shape.value.format(self.shown)


def marks_of(text: str, *, link_lines: Iterable[str] = ()) -> tuple[tuple[Mark, ...], ...]:
    """The marks of each line of the text; none for lines of figures.

    `link_lines` are the page's lines that are little but a link.
    """
    links = {_folded(line) for line in link_lines}
    return tuple(tuple(_marks(line, links)) for line in islice(text.split("\n"), MAX_LINES))


def is_sentence(line: str) -> bool:
    """Whether the line ends as prose does; headings, teasers and credits do not."""
    return bool(_SENTENCE_END.search(line[-_ENDING:]))


def word_marks(text: str, most: int) -> tuple[int, ...]:
    """16 bits for each of the first different words of a text, by which two texts on one event are known; sorted.

    Words of four letters and more, pairs of characters in scripts without spaces and in Hangul.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = dict.fromkeys(found[1] or found[0] for found in _WORDS.finditer(folded))
    words.pop("", None)
    return tuple(sorted({_hashed(word) & 0xFFFF for word in islice(words, most)}))


def _marks(line: str, links: set[str]) -> Iterator[Mark]:
    folded = _folded(line)
    if not folded and line.strip():
        yield _mark(Shape.WORDS, line.strip()[:_MAX_COMPARED])
    if not any(map(str.isalpha, folded)):
        return
    linked = folded in links
    if is_sentence(line) and not linked:
        # Figures are the news of templated prose: "The index closed at 7,421 points."
        yield _mark(Shape.WORDS, folded)
        return
    yield _mark(Shape.WORDS, _NUMBER.sub("0", folded))
    if linked:
        yield _mark(Shape.LINK, "")
    if len(line) <= _MAX_SHAPED:
        yield from _shapes(line, folded)


def _shapes(line: str, folded: str) -> Iterator[Mark]:
    if prefix := _PREFIX.match(line):
        head = _folded(prefix[0])
        if len(head.split()) <= _MAX_PREFIX_WORDS and head[-1:].isalpha():
            yield _mark(Shape.PREFIX, head, prefix[0])
    if tag := _TAG.search(line):
        yield _mark(Shape.TAG, _folded(tag[0]), tag[0])
    words = _NUMBER.sub("0", folded).split()
    opening = " ".join(words[:_OPENING_WORDS])
    if len(words) >= _LEAST_WORDS and len(opening) >= _OPENING_LETTERS and not _HAS_UNSPACED.search(opening):
        yield _mark(Shape.OPENING, opening, opening)


def _folded(line: str) -> str:
    return key_of(unicodedata.normalize("NFKC", line[:_MAX_COMPARED]))


def _mark(shape: Shape, text: str, shown: str = "") -> Mark:
    return Mark(shape=shape, value=_hashed(f"{shape.name} {text}"), shown=" ".join(shown.split()))


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=4).digest(), "big")
