"""Pages that answer "200 OK" and hold no article: not found after all, a request for consent, a check for robots."""

from __future__ import annotations

import re
from collections.abc import Iterable

from worker.clean.phrases import CONSENT, NOT_FOUND, ROBOT_CHECKS, table
from worker.clean.text import key_of

# Characters. No wall is longer, and a longer article may well be about cookies.
_LONGEST_WALL = 1500
_CONSENT = re.compile(CONSENT, re.IGNORECASE)
_NOT_FOUND = frozenset(map(key_of, table(NOT_FOUND)))
_ROBOT_CHECKS = frozenset(map(key_of, table(ROBOT_CHECKS)))


def why_no_article(text: str, titles: Iterable[str]) -> str:
    """Why this page, with this text and these titles (headings, too), is not the article; "" where it may be."""
    if len(text) > _LONGEST_WALL:
        return ""
    named = [folded for title in titles for one in (title, title.partition("|")[0]) if (folded := key_of(one))]
    for one in named:
        if one in _NOT_FOUND or one.removeprefix("error ").removeprefix("404 ") in _NOT_FOUND:
            return "the page says that the article is not there"
        if one in _ROBOT_CHECKS:
            return "the page is a check for robots"
    if _asks_for_consent(text) and not any(_CONSENT.search(one) for one in named):
        return "the page only asks for consent to cookies"
    return ""


def _asks_for_consent(text: str) -> bool:
    lines = text.split("\n")
    asking = sum(len(line) for line in lines if _CONSENT.search(line))
    return 2 * asking > len(text)
