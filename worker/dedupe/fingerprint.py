"""MinHash fingerprints of texts: syndicated and lightly edited wire copy is recognised across sources.

A text becomes the set of its word 3-grams; two texts whose sets overlap enough are copies. MinHash (Broder 1997) keeps
64 numbers per text from which that overlap (Jaccard) is estimated with a standard error of at most 0.0625. Of each
number the lowest 16 bits are kept (b-bit MinHash, Li and Koenig 2010): by chance they agree once in 65,536 times. Where
many are stored 4 bits are enough: they agree once in 16 times, and knowing that the estimate has an error of 0.066.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from operator import eq

import regex
from rensa import RMinHash

from worker.model import PRINT_EVERY
from worker.words import is_spaced, words_of

PERMUTATIONS = 64
_KEPT_BITS = 0xFFFF
# What stays of each number where many signatures are stored.
_MASKS = tuple([0xF if at % PRINT_EVERY else _KEPT_BITS for at in range(PERMUTATIONS)])
# The share of those that two texts with nothing in common have in common.
_BY_CHANCE = sum(1 / (mask + 1) for mask in _MASKS) / PERMUTATIONS
# Part of every stored signature: changing it makes old and new signatures incomparable.
SEED = 20230911
MIN_WORDS = 20
# Some 15,000 words: more than any wire report has, and a bound on the work a hostile page can cause.
MAX_CHARACTERS = 100_000
# Independent reports of one event share about 2 % of their 3-grams, wire copy with a new headline, a cut tail and a few
# changed words keeps a third and more.
COPY_THRESHOLD = 0.3

# Scripts written without spaces between words; U+30FC is the Kana length mark, which belongs to no single script.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\u30fc\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_UNSPACED_CHARACTER = regex.compile(rf"[{_UNSPACED}]")
_SPLIT = regex.compile(rf"[{_UNSPACED}]|[^{_UNSPACED}]+")
_WORDS_PER_SHINGLE = 3
_CHARACTERS_PER_SHINGLE = 6
_CHARACTERS_PER_WORD = 2


def signature(text: str) -> tuple[int, ...]:
    """The text's MinHash: 64 numbers of 16 bits, the same on every machine.

    () where the text has fewer than 20 words (40 characters in scripts without spaces): too little to call it a copy.
    """
    tokens, characters = _tokens(unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold())
    words = len(tokens) - characters
    if words + characters / _CHARACTERS_PER_WORD < MIN_WORDS:
        return ()
    size = _CHARACTERS_PER_SHINGLE if characters > words else _WORDS_PER_SHINGLE
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(list(map(" ".join, zip(*(tokens[at:] for at in range(size)), strict=False))))
    return tuple([value & _KEPT_BITS for value in sketch.digest()])


def reduced(numbers: Iterable[int]) -> tuple[int, ...]:
    """A signature as it is stored with a report (Report.signature); of one that was reduced before it is the same."""
    return tuple([number & mask for number, mask in zip(numbers, _MASKS, strict=False)])


def similarity(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Estimated share of 3-grams two texts have in common, 0..1; 0 where one of them was too short to judge."""
    if not a or len(a) != len(b):
        return 0.0
    equal: int = sum(map(eq, a, b))
    return equal / len(a)


def is_copy(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether one text is syndicated or lightly edited from the other."""
    return similarity(a, b) >= COPY_THRESHOLD


def is_stored_copy(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """The same of two signatures that were reduced."""
    return (similarity(a, b) - _BY_CHANCE) / (1 - _BY_CHANCE) >= COPY_THRESHOLD


def _tokens(text: str) -> tuple[list[str], int]:
    """Words, and single characters where a script has no spaces; how many of them are such characters."""
    words = words_of(text)
    if is_spaced(text):
        return words, 0
    characters = len(_UNSPACED_CHARACTER.findall(text))
    if not characters:
        return words, 0
    return [token for word in words for token in _SPLIT.findall(word)], characters
