"""The folded words of whole texts at the speed of C: 256 characters at a time.

A page is the 256 characters that texts of one script are made of. Encoding a text by its page and decoding it by what
each character folds to is a table look-up a character. The few that are not on the page, or whose folding is longer or
shorter than one character, are replaced throughout beforehand.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Any, NamedTuple

from worker.match.folding import WORDS, composed

# The letters, digits and marks of the scripts that match inside words, by Unicode's Script property.
HANGUL = "\u1100-\u11ff\u302e\u302f\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7c6\ud7cb-\ud7fb"
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
HAN_AND_KANA = (
    "\u3005\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufa6d\ufa70-\ufad9\U00016fe3\U00016ff0-\U00016ff6"
    "\U0001aff0-\U0001aff3\U0001aff5-\U0001affb\U0001affd\U0001affe\U0001b000-\U0001b128\U0001b132"
    "\U0001b150-\U0001b152\U0001b155\U0001b164-\U0001b168\U00020000-\U0003fffd"
)
INSIDE = HANGUL + THAI + HAN_AND_KANA
_INSIDE_CHAR = re.compile(f"[{INSIDE}]")
# What stands for itself among the scripts with too many letters for a page.
_TO_REPLACE = re.compile("[^\x00-\x7f\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")

_ODD_AT_MOST = 24
_REPLACED_AT_MOST = 48
_ENDLESS = range(0x2E80, 0xD800)

_ASCII_WORDS = bytes(ord(WORDS[0][code]) for code in range(128)) + bytes(range(128, 256))
_ASCII = "\x00\t\n\r" + "".join(map(chr, range(0x20, 0x7F)))
_SIGNS = "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u2022\u20ac\u00a0\u00ab\u00bb\u00b7\u00b0\u00a3\u00a9"
_WESTERN = (
    "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿðª®º¡¿§²³¼½¾´\u2011\u2039\u203a\u2032\u2033\u202f\u2009"
    "ĀāăąĆćČčĐđĒēĖėęĚěĞğīİıŁłńŇňŌōőřŚśŞşŠšŢţūůŰűźŻżŽžșț"
)
_EASTERN = (
    "ÁÂÄÅÇÉËÍÎÓÔÕÖØÚÜÝáâäåçéëíîóôõöøúüýèêàñ"
    "ĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĻļĽľŁłŃńŅņŇňŌōŐőŔŕŘřŚśŞşŠšŢţŤťŪūŮůŰűŲųŹźŻżŽžȘșȚț"
)
_VIETNAMESE = "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư" + "".join(map(chr, range(0x1EA0, 0x1EFA)))
_CYRILLIC = "".join(map(chr, range(0x400, 0x460))) + "ҐґӘәҒғҚқҢңӨөҰұҮүҺһ№"
_ARABIC = (
    "".join(map(chr, (*range(0x621, 0x63B), *range(0x641, 0x64B), *range(0x660, 0x66E), *range(0x6F0, 0x6FA))))
    + "\u060c\u061b\u061f\u06d4پچژکگیٹڈڑںھہۂۃےۓۀڤڭۇۆۈۋې"
)
_LATIN = (2, 3, 4, 0x3D)
# Blocks of 128 characters; the others have a page of their own letters.
_OWN = {
    **dict.fromkeys(_LATIN, _EASTERN),
    0x3D: _VIETNAMESE,
    **dict.fromkeys((8, 9), _CYRILLIC),
    **dict.fromkeys((12, 13), _ARABIC),
}


class _Page(NamedTuple):
    """`codes` encode the page's letters, `words` is what each of them folds to."""

    codes: Any
    words: str
    inside: bool


@lru_cache(maxsize=512)
def _page(own: str) -> _Page:
    spelling = WORDS[0]
    letters = [char for char in dict.fromkeys(_ASCII + _SIGNS + own) if len(spelling[ord(char)]) == 1][:256]
    unused = "\ufffe" * (256 - len(letters))
    words = "".join(spelling[ord(char)] for char in letters)
    return _Page(codecs.charmap_build("".join(letters) + unused), words + unused, bool(_INSIDE_CHAR.search(words)))


@lru_cache(maxsize=512)
def _page_of(block: int) -> _Page | None:
    """The page for texts with letters of that block; None for scripts of too many letters and beyond U+FFFF."""
    if block in _OWN:
        return _page(_OWN[block])
    points = range(block << 7, (block + 1) << 7)
    return None if points[0] in _ENDLESS or points[0] > 0xFFFF else _page("".join(map(chr, points)))


class Cut(NamedTuple):
    """`words` holds folded words and spaces, and apostrophes where the source has some.

    `uneven` are the characters of the source that folded to more or less than one, `recomposed` tells that marks were
    composed: without both, each character stands where it stood in the source. `spaced` tells that no word matches
    inside another: there is no Han, Kana, Hangul or Thai.
    """

    words: str
    uneven: str
    recomposed: bool
    spaced: bool


def cut(source: str) -> Cut:
    """The folded words of `source`; takes time linear in its length, whatever it holds."""
    if source.isascii():
        return Cut(source.encode().translate(_ASCII_WORDS).decode(), "", recomposed=False, spaced=True)
    found = _by_page(source) or _by_character(source)
    if found.words.isascii():
        return found
    words = composed(found.words, WORDS[1])
    return found if words == found.words else found._replace(words=words, recomposed=True)


def _by_page(source: str) -> Cut | None:
    """None where no page holds nearly all characters of `source`."""
    page = _page(_WESTERN)
    text, uneven, tried = source, "", [page]
    for _ in range(_ODD_AT_MOST):
        try:
            codes, _size = codecs.charmap_encode(text, "strict", page.codes)
        except UnicodeEncodeError as error:
            odd = text[error.start]
        else:
            words = codecs.charmap_decode(codes, "strict", page.words)[0]
            return Cut(words, uneven, recomposed=False, spaced=not (page.inside and _INSIDE_CHAR.search(words)))
        folded = WORDS[0][ord(odd)]
        better = _better(page, odd, folded)
        if better and better not in tried:
            page = better
            tried.append(page)
        elif all(char in page.words for char in folded):
            text = text.replace(odd, folded)
            uneven += odd if len(folded) != 1 else ""
        else:
            return None
    return None


def _better(page: _Page, odd: str, folded: str) -> _Page | None:
    """The page to change to because of a character that is not on `page`."""
    block = ord(odd) >> 7
    fits = all(char in page.words for char in folded)
    if fits and not (block in _LATIN and page in (_page(_WESTERN), _page(_EASTERN))):
        return None
    return _page_of(block)


def _by_character(source: str) -> Cut:
    spelling = WORDS[0]
    folded = {char: spelling[ord(char)] for char in set(_TO_REPLACE.findall(source))}
    if len(folded) > _REPLACED_AT_MOST:
        text = source.translate(spelling)
    else:
        text = source
        for char, words in folded.items():
            text = text.replace(char, words)
    text = text.encode().translate(_ASCII_WORDS).decode()
    uneven = "".join(char for char, words in folded.items() if len(words) != 1)
    return Cut(text, uneven, recomposed=False, spaced=not _INSIDE_CHAR.search(text))
