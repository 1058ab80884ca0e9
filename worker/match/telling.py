"""Which terms the words of articles are, by their numbers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable
from itertools import count

import numpy as np

from worker.match.numbering import Numbering
from worker.match.runs import Flags, Indexes, Numbers
from worker.match.wildcards import HEAD, MAX_WORDS_KEPT, Wildcards


class Telling(dict[str, int]):
    """The terms that a word is, kept: most words of an article were in others before.

    A word that is one term has its number, a word that is none 0, one that is several a code below 0. Terms are words
    behind `prefix`; without `wildcards` no word is compared with any.
    """

    def __init__(self, prefix: str, terms: Numbering, wildcards: Wildcards | None) -> None:
        super().__init__()
        self._prefix = prefix
        self._number = terms.get
        self._wildcards = wildcards
        self._heads: Collection[str] = wildcards.heads if wildcards else ()
        # As many as topics have terms in common with a word: kept for good, for others may be reading by them.
        self._several: dict[int, bytes] = {}
        self._codes: dict[bytes, int] = {}
        self._free = count(-1, -1)

    def __missing__(self, word: str) -> int:
        code = self._compared(word) if word[:HEAD] in self._heads else self._number(self._prefix + word) or 0
        if len(self) >= MAX_WORDS_KEPT:
            self.clear()
        self[word] = code
        return code

    def _compared(self, word: str) -> int:
        wildcards = self._wildcards.describing[word] if self._wildcards else ()
        numbers = numbered([self._prefix + term for term in (word, *wildcards)], self._number)
        if len(numbers) < 2:
            return numbers[0] if numbers else 0
        several = numbers.tobytes()
        # In this order, for another thread may meet the same terms or others at any step.
        code = next(self._free)
        self._several[code] = several
        return self._codes.setdefault(several, code)

    def mark(self, words: Collection[str], flags: Flags) -> None:
        """Set the flags of the terms that `words` are, by number."""
        codes = np.fromiter(map(self.__getitem__, words), np.int32, len(words))
        flags[np.maximum(codes, 0)] = True
        several = map(self._several.__getitem__, codes[codes < 0].tolist())
        flags[np.frombuffer(b"".join(several), np.int32)] = True

    def terms(self, words: Iterable[str], size: int) -> tuple[Numbers, Indexes]:
        """The numbers of the terms that `size` words are, each with the index of the word; in no order."""
        codes = np.fromiter(map(self.__getitem__, words), np.int32, size)
        single, joined = np.flatnonzero(codes > 0), np.flatnonzero(codes < 0)
        several = list(map(self._several.__getitem__, codes[joined].tolist()))
        numbers = np.frombuffer(b"".join(several), np.int32)
        sizes = [len(own) // numbers.itemsize for own in several]
        return np.concatenate((codes[single], numbers)), np.concatenate((single, joined.repeat(sizes)))


def numbered(terms: Iterable[str], number: Callable[[str], int | None]) -> array[int]:
    """The numbers of those of `terms` that have one, as 32 bits each."""
    return array("i", [known for known in map(number, terms) if known])
