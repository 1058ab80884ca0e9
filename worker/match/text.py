"""Words, with exact offsets back to the original text.

A word is a run of letters, digits and marks. Han, Kana, Hangul and Thai are cut into single characters, so that a term
is found inside a longer run, as these scripts need. A possessive 's is no word.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
import regex
from numpy.typing import NDArray

from worker.match.folding import WayBack, fold, surface
from worker.match.pages import HAN_AND_KANA, HANGUL, INSIDE, THAI, Cut, cut
from worker.match.sentences import paragraph_offsets, sentence_offsets

# Voicing marks of Kana that did not compose belong to the letter before them.
_VOICING = "\u3099\u309a"
_TOKEN = re.compile(f"[{INSIDE}][{_VOICING}]*|[^ {INSIDE}]+")
_RUN = re.compile(
    f"([{HANGUL}][{HANGUL}{_VOICING}]*)|([{THAI}][{THAI}{_VOICING}]*)|([{HAN_AND_KANA}][{HAN_AND_KANA}{_VOICING}]*)"
    f"|[^ {INSIDE}]+"
)
_INSIDE_CHAR = re.compile(f"[{INSIDE}]")
# Where there is nothing but characters that are tokens and plain words, splitting is faster than finding each token.
_UNLIKE = re.compile(f"[^ a-z0-9{INSIDE}]")
_PLAIN = re.compile("([a-z0-9]+)")
# Starts with what it looks for, which is searched at the speed of memory. Scripts that match inside words need no space
# behind a possessive: "Kim's金".
_POSSESSIVE = re.compile(f"'s(?<=[^ ']'s)(?![^ '{INSIDE}])")
_PATTERN_UNIT = regex.compile(r"[\p{L}\p{N}\p{M}*?]++")
_WORD = r"[\p{L}\p{N}\p{M}]"
_FOLDED_POSSESSIVE = regex.compile(rf"(?V1)(?<={_WORD})'s(?![{_WORD}--[{INSIDE}]])")


def _words_only(text: str) -> Cut:
    """The folded words of `text` with nothing but spaces between."""
    found = cut(text)
    if "'" in found.words:
        return found._replace(words=_POSSESSIVE.sub("  ", found.words).replace("'", " "))
    return found


def units(text: str, *, wildcards: bool = False) -> tuple[str, ...]:
    """The folded runs of letters in `text`, as a query holds them; `wildcards` keeps * and ? in them."""
    if wildcards:
        return tuple(_PATTERN_UNIT.findall(_FOLDED_POSSESSIVE.sub("  ", fold(text).text)))
    return tuple(_words_only(text).words.split())


def exact_units(text: str) -> tuple[str, ...]:
    """The runs of letters in `text` with case and accents kept."""
    passage = Passage(text)
    runs: list[tuple[int, int]] = []
    for token in range(len(passage.words)):
        start, end = passage.offsets(token, token + 1)
        # one character may be two words: ½
        if runs and (passage.glued(token) or start < runs[-1][1]):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return tuple(surface(text[start:end]) for start, end in runs)


def tokens(unit: str) -> tuple[str, ...]:
    """The tokens of one folded unit: one word, or single characters where a script is matched inside words."""
    return (unit,) if unit.isascii() else tuple(_TOKEN.findall(unit))


def matched_inside(text: str) -> bool:
    """Whether `text` holds Han, Kana, Hangul or Thai, which match inside words."""
    return not text.isascii() and bool(_INSIDE_CHAR.search(text))


class Passage:
    """The words of one field of an article.

    `words[i]` is the folded token i. A span of tokens is (first, end) with the end not included, and maps to exact
    offsets of the original. `spaced` tells that there is no Han, Kana, Hangul or Thai: then nothing is glued and words
    are numbered as they are counted. All but the words is worked out when first asked for.
    """

    def __init__(self, text: str) -> None:
        self.source = text
        self._cut = found = _words_only(text)
        self.spaced = found.spaced
        self.words = found.words.split() if found.spaced else _characters(found.words)

    @cached_property
    def numbers(self) -> list[int] | range:
        """The word number of each token, by which distances are counted.

        Hangul counts by its spaces. Han, Kana and Thai have none, so there two characters (Thai: four) make a word,
        about their average length.
        """
        return range(len(self.words)) if self.spaced else _word_numbers(self._cut.words)

    def glued(self, token: int) -> bool:
        """Whether nothing stands between the token and the one before it."""
        if self.spaced or token == 0:
            return False
        return bool(self._starts[token] == self._starts[token - 1] + len(self.words[token - 1]))

    def offsets(self, first: int, end: int) -> tuple[int, int]:
        """Start and end in the original of the tokens first..end-1."""
        last = end - 1
        start = int(self._starts[first])
        stop = int(self._starts[last]) + len(self.words[last])
        return (self._way_back.start(start), self._way_back.end(stop)) if self._way_back else (start, stop)

    def original(self, first: int, end: int) -> str:
        """The tokens first..end-1 as they were written."""
        start, stop = self.offsets(first, end)
        return self.source[start:stop]

    def before_word(self, number: int) -> int:
        """How many tokens lie before the word of that number."""
        return min(number, len(self.words)) if self.spaced else bisect_left(self.numbers, number)

    @cached_property
    def sentences(self) -> list[int]:
        """The first token of each sentence; a paragraph's end is a sentence's end."""
        return self._first_tokens(sentence_offsets(self.source))

    @cached_property
    def paragraphs(self) -> list[int]:
        """The first token of each paragraph."""
        return self._first_tokens(paragraph_offsets(self.source))

    def _first_tokens(self, offsets: list[int]) -> list[int]:
        """The tokens that stand behind `offsets`, which are in order and at no word's middle."""
        if self._way_back:
            offsets = list(map(self._way_back.forward, offsets))
        before = self._starts.searchsorted(offsets).tolist() if self.spaced else self._counted(offsets)
        firsts = sorted({0, *before})
        return firsts[: bisect_left(firsts, len(self.words)) or 1]

    def _counted(self, offsets: Sequence[int]) -> Iterable[int]:
        """How many tokens start before each of `offsets`, without looking for where each starts."""
        text = self._cut.words
        return accumulate(len(_characters(text[start:end])) for start, end in pairwise((0, *offsets)))

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        """Where each token starts in the folded text."""
        if not self.spaced:
            return np.array([found.start() for found in _TOKEN.finditer(self._cut.words)], np.intp)
        letters = np.frombuffer(f" {self._cut.words}".encode("ascii", "replace"), np.uint8) != ord(" ")
        return np.flatnonzero(letters[1:] > letters[:-1])

    @cached_property
    def _way_back(self) -> WayBack | None:
        """None where each character stands where it stood."""
        _, uneven, recomposed, _ = self._cut
        return WayBack(self.source, uneven, recomposed=recomposed) if uneven or recomposed else None


def _characters(words: str) -> list[str]:
    """The tokens of a text with scripts that match inside words."""
    if _UNLIKE.search(words):
        return _TOKEN.findall(words)
    pieces = _PLAIN.split(words)
    found = list(pieces[0].replace(" ", ""))
    for plain, run in zip(pieces[1::2], pieces[2::2], strict=True):
        found.append(plain)
        found.extend(run.replace(" ", ""))
    return found


def _word_numbers(text: str) -> list[int]:
    numbers: list[int] = []
    number = 0
    for hangul, thai, other in _RUN.findall(text):
        run = hangul or thai or other
        size = len(run) - sum(map(run.count, _VOICING)) if run else 1
        width = 4 if thai else 2 if other else size
        numbers.extend([number + place // width for place in range(size)])
        number = numbers[-1] + 1
    return numbers
