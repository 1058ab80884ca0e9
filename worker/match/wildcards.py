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
        # By their first letters: each as the letters before the first wildcard, and whether these are all.
        self._by_head: dict[str, tuple[tuple[str, str, bool], ...]] = {}

    def add(self, token: str) -> None:
        """A use more."""
        self._uses[token] += 1
        if self._uses[token] == 1:
            start = literal(token)
            same = self._by_head.get(start[:_HEAD], ())
            self._by_head[start[:_HEAD]] = (*same, (token, start, token == f"{start}*"))

    def discard(self, token: str) -> None:
        """A use less."""
        self._uses[token] -= 1
        if not self._uses[token]:
            del self._uses[token]
            head = token[:_HEAD]
            left = tuple(entry for entry in self._by_head[head] if entry[0] != token)
            if left:
                self._by_head[head] = left
            else:
                del self._by_head[head]

    def of(self, word: str) -> tuple[str, ...]:
        """Those that describe `word`."""
        near = self._by_head.get(word[:_HEAD])
        if near is None:
            return ()
        return tuple(
            [
                token
                for token, start, is_prefix in near
                if word.startswith(start) and (is_prefix or wildcard(token).fullmatch(word))
            ]
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
