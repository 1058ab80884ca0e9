"""How common a word is in news when there are too few articles to count it.

No word list of any language: short words are common ones and long ones are rare (Zipf, 1935), and what is written with
a capital inside a sentence is a name.
"""

from __future__ import annotations

# Below this many articles, counts are eked out by as many articles as are missing, with the usual shares.
ENOUGH = 1000
_NAME, _LONG, _MIDDLE, _SHORT = 0.003, 0.01, 0.05, 0.2
_LONG_FROM, _SHORT_TO = 6, 3


def missing(articles: int) -> int:
    """How many articles are wanting for counts to be trusted."""
    return max(0, ENOUGH - articles)


def share(feature: str, *, is_name: bool = False, inside: bool = False) -> float:
    """The usual share of articles that hold the feature; `inside` is for pairs of characters."""
    if is_name:
        return _NAME
    if inside or len(feature) >= _LONG_FROM:
        return _LONG
    return _SHORT if len(feature) <= _SHORT_TO else _MIDDLE
