"""Addresses written by the words of their title, which most of them repeat (a slug): there and back, exactly.

    https://news.example/2026/11/armoured-train-leaves-pyongyang     Armoured train leaves Pyongyang overnight
    https://news.example/2026/11/<0>-<0>-<0>-<0>

A word of the title becomes one character that says how many words of it are passed over since the last; they are the
same along most slugs, which is what compressors look for: addresses of real feeds take half as much room then. Only
words of ASCII letters and digits count, which every version of Python and of Unicode reads alike.
"""

from __future__ import annotations

import re

# Of Unicode's private use area, which addresses do without: for words in lower case, for words as the title has them,
# and what an address begins with that has such characters itself.
_LOWER, _SAME, _AS_IT_IS = 0xE000, 0xE010, "\ue020"
_AHEAD = 6
_WORD = re.compile(r"[A-Za-z0-9]+")
# Slugs leave apostrophes out, and what they held apart becomes one word.
_APOSTROPHE = re.compile("['\u2019\u2018]")
_MARK = re.compile("[\ue000-\ue020]")


def shorten(url: str, title: str) -> str:
    """The address by the words of the title, for `lengthen`."""
    if _MARK.search(url):
        return _AS_IT_IS + url
    words, parts, at, end = _words(title), [], 0, 0
    for found in _WORD.finditer(url):
        for ahead, word in enumerate(words[at : at + _AHEAD]):
            if found.group() in (word, word.lower()):
                mark = _LOWER if found.group() == word.lower() else _SAME
                parts += [url[end : found.start()], chr(mark + ahead)]
                at, end = at + ahead + 1, found.end()
                break
    return "".join([*parts, url[end:]])


def lengthen(short: str, title: str) -> str:
    """The address from `shorten`'s text and the same title."""
    if short.startswith(_AS_IT_IS):
        return short.removeprefix(_AS_IT_IS)
    words, at, parts, end = _words(title), 0, [], 0
    for found in _MARK.finditer(short):
        mark = ord(found.group())
        at += mark - (_LOWER if mark < _SAME else _SAME)
        parts += [short[end : found.start()], words[at].lower() if mark < _SAME else words[at]]
        at, end = at + 1, found.end()
    return "".join([*parts, short[end:]])


def _words(title: str) -> list[str]:
    return _WORD.findall(_APOSTROPHE.sub("", title))
