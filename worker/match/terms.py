"""The words of one term as a query holds them: folded, wildcards checked. Each spelling is worked out once."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import regex

from worker.match.mends import OPERATORS, FaultError, alone_mend, shown, suspicious
from worker.match.text import exact_units, matched_inside, units

MAX_PHRASE = 64
MAX_WORD = 200
MIN_LITERAL = 3
WANTS = 'a word, a "phrase" or an @entity'

_LONGEST = MAX_PHRASE * MAX_WORD
_SIMPLE = re.compile(r"[A-Za-z0-9]+")
_SIMPLE_ROW = re.compile(r"[A-Za-z0-9]{1,99}(?: [A-Za-z0-9]{1,99}){0,9}")
_WILD = regex.compile(r"[*?]")
_LITERAL = regex.compile(r"[\p{L}\p{N}]")
_ANY_WILD = regex.compile(r"[*?\uff0a\uff1f]")
# In quotes a ? is one letter only before a letter: "Who is Kim?" asks.
_ASKING = regex.compile(r"[?\uff1f]++(?![\p{L}\p{N}\p{M}])")
_ANY_WORD = regex.compile(r"(?:^|[\s\p{P}--[?*]])\*++(?=$|[\s\p{P}--[?*]])", flags=regex.VERSION1)


@lru_cache(maxsize=1 << 8)
def word_units(text: str) -> tuple[str, ...]:
    """The words of a term written without quotes; kim-jong-un is three in a row. Raises FaultError.

    Operators are in capitals and words in small letters; what lies between is refused, and so is what other tools take
    for an operator.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if plain != plain.lower() and plain.upper() in OPERATORS:
        mend = f"write {plain.upper()} for the operator, '{plain.lower()}' for the word"
        raise FaultError(f"{text} is neither an operator nor a plain word", 0, mend)
    if suspicious(plain):
        raise FaultError(f"{shown(text)} is not an operator", 0, alone_mend(plain))
    return (text.lower(),) if len(text) <= MAX_WORD and _SIMPLE.fullmatch(text) else _checked_units(text)


@lru_cache(maxsize=1 << 8)
def phrase_units(text: str) -> tuple[str, ...]:
    """The words between quotes. Raises FaultError."""
    if _SIMPLE_ROW.fullmatch(text):
        return tuple(text.lower().split())
    lone = _ANY_WORD.search(text)
    if lone:
        mend = 'for any one word between write "state" ONEAR/1 "war"; else leave it out'
        raise FaultError("* alone stands for no word in a phrase", 0, mend)
    return _checked_units(_ASKING.sub(" ", text))


@lru_cache(maxsize=1 << 8)
def spelled_units(text: str) -> tuple[str, ...]:
    """The words of a term whose case and accents count. Raises FaultError."""
    wild = _ANY_WILD.search(text)
    if wild:
        raise FaultError(
            f"{wild[0]} cannot stand in an exact spelling", wild.start(), "leave out either = or the wildcard"
        )
    words = exact_units(text) if len(text) <= _LONGEST else ()
    if not 0 < len(words) <= MAX_PHRASE:
        mend = f'write =NATO or ="Red Cross", at most {MAX_PHRASE} words'
        raise FaultError("= wants a word or a phrase", 0, mend)
    if exact_units(" ".join(words)) != words:  # ¼ is one letter that is searched as two words
        raise FaultError(f"{shown(text)} has no exact spelling", 0, "leave out =")
    return words


def _checked_units(text: str) -> tuple[str, ...]:
    found = units(text, wildcards=True) if len(text) <= _LONGEST else ()
    if not found and len(text) <= _LONGEST:
        raise FaultError("there is no word in it", 0, f"write {WANTS}: letters or digits")
    if not 0 < len(found) <= MAX_PHRASE:
        raise FaultError(f"a phrase has at most {MAX_PHRASE} words", 0, "write a shorter one")
    if max(map(len, found)) > MAX_WORD:
        raise FaultError(f"a word has at most {MAX_WORD} letters", 0, "write a shorter one")
    return tuple(map(_checked, found))


def _checked(unit: str) -> str:
    wild = _WILD.search(unit)
    if not wild:
        return unit
    literal = len(_LITERAL.findall(unit, 0, wild.start()))
    if literal < MIN_LITERAL:
        mend = f"write at least {MIN_LITERAL} letters before {wild[0]}"
        what = "is too short" if wild.start() else f"begins with {wild[0]}"
        if not unit.strip("*?"):
            what = "alone is no word"
        raise FaultError(f"{shown(unit)} {what}", 0, mend)
    if "*" in unit[:-1]:
        raise FaultError("* stands only at the end of a word", 0, "write ? for one letter inside a word")
    if not matched_inside(unit):
        return unit
    if "?" in unit or not matched_inside(unit[-2]):
        mend = "leave it out: Han, Kana, Hangul and Thai are found inside longer words anyway"
        raise FaultError(f"{wild[0]} is for scripts that put spaces between words", 0, mend)
    return unit.removesuffix("*")
