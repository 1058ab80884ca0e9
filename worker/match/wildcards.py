"""The wildcards that topics use, and what a word tells of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache

HEAD = 3
"""Every wildcard starts with at least so many letters: most words are told apart by them."""

MAX_WORDS_KEPT = 1 << 17
"""Of how many words what was found for them is kept."""


class Wildcards:
    """Tokens with * or ?, each as often as it is used."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()
        # By their first letters: of those with nothing but a * at the end the letters before it, and the others.
        self._prefixes: dict[str, frozenset[str]] = {}
        self._others: dict[str, frozenset[str]] = {}
        self.heads: set[str] = set()
        """What wildcards start with, `HEAD` letters of each: most words start like none."""
        self._forget()

    def __contains__(self, token: str) -> bool:
        return token in self._uses

    def add(self, token: str) -> None:
        """A use more."""
        self._uses[token] += 1
        if self._uses[token] == 1:
            by_head, kept = self._kept(token)
            by_head[kept[:HEAD]] = by_head.get(kept[:HEAD], frozenset()) | {kept}
            self.heads.add(kept[:HEAD])
            self._forget()

    def discard(self, token: str) -> None:
        """A use less."""
        self._uses[token] -= 1
        if self._uses[token]:
            return
        del self._uses[token]
        by_head, kept = self._kept(token)
        left = by_head[kept[:HEAD]] - {kept}
        if left:
            by_head[kept[:HEAD]] = left
        else:
            del by_head[kept[:HEAD]]
            self.heads = {*self._prefixes, *self._others}
        self._forget()

    def _forget(self) -> None:
        self.describing: Mapping[str, tuple[str, ...]] = _Learned(self._found)
        """Those that describe a word."""

    def _kept(self, token: str) -> tuple[dict[str, frozenset[str]], str]:
        if token.endswith("*") and literal(token) == token[:-1]:
            return self._prefixes, token[:-1]
        return self._others, token

    def _found(self, word: str) -> tuple[str, ...]:
        head = word[:HEAD]
        found = [f"{letters}*" for letters in self._prefixes.get(head, ()) if word.startswith(letters)]
        others = self._others.get(head)
        return (*found, *(token for token in others if wildcard(token).fullmatch(word))) if others else tuple(found)


def is_wildcard(token: str) -> bool:
    return token.endswith("*") or "?" in token


@lru_cache(maxsize=1 << 12)
def wildcard(token: str) -> re.Pattern[str]:
    """The whole words that a token with * or ? describes."""
    letters = "".join("." if char == "?" else re.escape(char) for char in token.rstrip("*"))
    return re.compile(letters + (".*" if token.endswith("*") else ""), re.DOTALL)


@lru_cache(maxsize=1 << 12)
def literal(token: str) -> str:
    """The letters before the first wildcard."""
    return re.split(r"[*?]", token, maxsplit=1)[0]


class _Learned(dict[str, tuple[str, ...]]):
    """What `find` gave for each word so far: most words of an article were in others before."""

    def __init__(self, find: Callable[[str], tuple[str, ...]]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= MAX_WORDS_KEPT:
            self.clear()
        found = self[word] = self._find(word)
        return found
