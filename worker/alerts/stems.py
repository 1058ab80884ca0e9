"""Words as alerts compare them: by their first letters, so that the forms of one word meet."""

from __future__ import annotations

import regex

# "Morocco" and "Moroccan", "arrested" and "arrests", Путин and Путина are one word by their first letters.
_LETTERS = 5
WORD = regex.compile(r"\p{L}[\p{L}\p{M}]{3,}")


def stem(word: str) -> str:
    """The first letters of `word`, folded."""
    return word.casefold()[:_LETTERS]
