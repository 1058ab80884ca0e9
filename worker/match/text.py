"""Words, with exact offsets back to the original text.

A word is a run of letters, digits and marks. Han, Kana, Hangul and Thai are cut into single characters, so that a term
is found inside a longer run, as these scripts need. A possessive 's is no word.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property, lru_cache

import regex

from worker.match.folding import fold, surface
from worker.match.sentences import paragraph_offsets, sentence_offsets

_WORD = r"[\p{L}\p{N}\p{M}]"
_INSIDE = r"[[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\u30FC]&&[\p{L}\p{N}\p{M}]]"
_TOKEN = regex.compile(rf"(?V1){_INSIDE}[\p{{M}}--{_INSIDE}]*+|[{_WORD}--{_INSIDE}]++")
_ASCII_TOKEN = re.compile(r"[a-z0-9]+")
_UNIT = regex.compile(rf"{_WORD}++")
_PATTERN_UNIT = regex.compile(r"[\p{L}\p{N}\p{M}*?]++")
# Scripts that match inside words need no space behind it: "Kim's金".
_POSSESSIVE = regex.compile(rf"(?V1)(?<={_WORD})'s(?![{_WORD}--{_INSIDE}])")
_INSIDE_CHAR = regex.compile(rf"(?V1){_INSIDE}")
_HANGUL_CHAR = regex.compile(r"\p{Hangul}")
_THAI_CHAR = regex.compile(r"\p{Thai}")


def _without_possessives(folded: str) -> str:
    return _POSSESSIVE.sub("  ", folded) if "'s" in folded else folded


def units(text: str, *, wildcards: bool = False) -> tuple[str, ...]:
    """The folded runs of letters in `text`, as a query holds them; `wildcards` keeps * and ? in them."""
    pattern = _PATTERN_UNIT if wildcards else _UNIT
    return tuple(pattern.findall(_without_possessives(fold(text).text)))


def exact_units(text: str) -> tuple[str, ...]:
    """The runs of letters in `text` with case and accents kept."""
    passage = Passage(text)
    runs: list[list[int]] = []
    for token in range(len(passage.words)):
        if runs and passage.glued(token):
            runs[-1][1] = token + 1
        else:
            runs.append([token, token + 1])
    return tuple(surface(passage.original(first, end)) for first, end in runs)


def tokens(unit: str) -> tuple[str, ...]:
    """The tokens of one folded unit: one word, or single characters where a script is matched inside words."""
    return tuple(_TOKEN.findall(unit))


def matched_inside(text: str) -> bool:
    """Whether `text` holds Han, Kana, Hangul or Thai, which match inside words."""
    return bool(_INSIDE_CHAR.search(text))


class Passage:
    """The words of one field of an article.

    `words[i]` is the folded token i. A span of tokens is (first, end) with the end not included, and maps to exact
    offsets of the original. `glued(i)` tells that nothing stands between token i - 1 and token i.
    """

    def __init__(self, text: str) -> None:
        self.source = text
        self._folded = fold(text)
        body = _without_possessives(self._folded.text)
        ascii_only = body.isascii()
        found = [(m[0], m.start(), m.end()) for m in (_ASCII_TOKEN if ascii_only else _TOKEN).finditer(body)]
        self.words = [word for word, _, _ in found]
        self._starts = [start for _, start, _ in found]
        self._ends = [end for _, _, end in found]
        self._spaced = ascii_only or not _INSIDE_CHAR.search(body)

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Where each word stands."""
        index: dict[str, list[int]] = {}
        for token, word in enumerate(self.words):
            index.setdefault(word, []).append(token)
        return index

    @cached_property
    def vocabulary(self) -> list[str]:
        """The different words in order, for prefixes."""
        return sorted(self.positions)

    @cached_property
    def numbers(self) -> list[int] | range:
        """The word number of each token, by which distances are counted.

        Hangul counts by its spaces. Han, Kana and Thai have none, so there two characters (Thai: four) make a word,
        about their average length.
        """
        if self._spaced:
            return range(len(self.words))
        numbers: list[int] = []
        number, run, kind = -1, 0, ""
        for token, word in enumerate(self.words):
            this = _kind(word)
            run = run + 1 if this and this == kind and self.glued(token) else 0
            kind = this
            if run == 0 or (kind == "other" and run % 2 == 0) or (kind == "thai" and run % 4 == 0):
                number += 1
            numbers.append(number)
        return numbers

    def glued(self, token: int) -> bool:
        return token > 0 and self._starts[token] == self._ends[token - 1]

    def offsets(self, first: int, end: int) -> tuple[int, int]:
        """Start and end in the original of the tokens first..end-1."""
        return self._folded.start(self._starts[first]), self._folded.end(self._ends[end - 1])

    def original(self, first: int, end: int) -> str:
        start, stop = self.offsets(first, end)
        return self.source[start:stop]

    def before_word(self, number: int) -> int:
        """How many tokens lie before the word of that number."""
        return bisect_left(self.numbers, number)

    @cached_property
    def sentences(self) -> list[int]:
        """The first token of each sentence; a paragraph's end is a sentence's end."""
        return self._first_tokens(sentence_offsets(self.source))

    @cached_property
    def paragraphs(self) -> list[int]:
        """The first token of each paragraph."""
        return self._first_tokens(paragraph_offsets(self.source))

    def _first_tokens(self, offsets: list[int]) -> list[int]:
        starts = [self._folded.start(start) for start in self._starts]
        return sorted({0, *(bisect_left(starts, offset) for offset in offsets)})


@lru_cache(maxsize=1 << 16)
def _kind(word: str) -> str:
    """How a token counts towards word numbers: a word of its own (""), hangul, thai, or other (Han and Kana)."""
    if not _INSIDE_CHAR.match(word):
        return ""
    if _HANGUL_CHAR.match(word):
        return "hangul"
    return "thai" if _THAI_CHAR.match(word) else "other"
