"""The wildcards that topics use, and what a word tells of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from worker.match.lexicon import literal, wildcard

# Every wildcard starts with at least three letters: most words are told apart by their first three.
_HEAD = 3
_MAX_WORDS_KEPT = 1 << 17


class Wildcards:
    """Tokens with * or ?, each as often as it is used."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()
        self._by_literal: dict[str, tuple[str, ...]] = {}
        self._lengths: tuple[int, ...] = ()
        self._heads: set[str] = set()

    def add(self, token: str) -> None:
        """A use more."""
        self._uses[token] += 1
        if self._uses[token] == 1:
            start = literal(token)
            self._by_literal[start] = (*self._by_literal.get(start, ()), token)
            self._heads.add(start[:_HEAD])
            if len(start) not in self._lengths:
                self._lengths = (*self._lengths, len(start))

    def discard(self, token: str) -> None:
        """A use less."""
        self._uses[token] -= 1
        if not self._uses[token]:
            del self._uses[token]
            start = literal(token)
            left = tuple(other for other in self._by_literal[start] if other != token)
            if left:
                self._by_literal[start] = left
            else:
                del self._by_literal[start]

    def of(self, word: str) -> tuple[str, ...]:
        """Those that describe `word`."""
        if word[:_HEAD] not in self._heads:
            return ()
        return tuple(
            token
            for length in self._lengths
            if length <= len(word)
            for token in self._by_literal.get(word[:length], ())
            if token == f"{word[:length]}*" or wildcard(token).fullmatch(word)
        )


class Learned(dict[str, tuple[str, ...]]):
    """What `find` gave for each word so far: most words of an article were in others before."""

    def __init__(self, find: Callable[[str], tuple[str, ...]]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= _MAX_WORDS_KEPT:
            self.clear()
        found = self[word] = self._find(word)
        return found
