"""What is wrong with a query and what to write instead, also for what other search tools would understand.

The forms come from the manuals of Lucene, Meltwater, Brandwatch, Talkwalker, Factiva, LexisNexis, ProQuest, dtSearch,
AlphaSense and Google. Where two of them mean different things by one form (w/5 is in this order in Factiva, in any
order in LexisNexis), both mends are given.
"""

from __future__ import annotations

import difflib
import unicodedata
from itertools import pairwise

import regex

from worker.match.fields import known_field

LOGIC = ("AND", "OR", "NOT")
CLOSE_TO = ("NEAR", "ONEAR")
OPERATORS = frozenset((*LOGIC, *CLOSE_TO, "SENTENCE", "PARAGRAPH"))
"""Words that are operators where they are written in capitals and stand alone."""
MAX_DISTANCE = 9999
_LONGEST_SHOWN = 40


UNDEFINED = (
    'define it under [[entities]], where file = "bundled:world" brings names of the world; '
    "or leave out the @ for the word itself"
)
"""For an entity that is like none that is known."""
IN_FIELD_MENDS = {
    "NOT": "write {0} in front of the field: {0} {1}:putin",
    "ATLEAST": "write {0} in front of the field: {0} {1}:putin",
    "FIELD": "a place is in one field only: join the two with AND, {1}:kim AND {0}:putin",
}
"""By the kind of the token right behind a field: it stands for {0}, the field for {1}."""


class FaultError(Exception):
    """What is wrong with a query and where; `parse` makes a QueryError of it."""

    def __init__(self, message: str, column: int, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.mend = mend

    def moved(self, columns: int) -> FaultError:
        """The same fault, that many columns to the right."""
        return FaultError(self.message, self.column + columns, self.mend)


def shown(text: str) -> str:
    """`text` as a message quotes it: in one line, and not for ever."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"


# --- single characters --------------------------------------------------------------------------------------------

_BETWEEN = "leave it out: words side by side are AND; write OR between alternatives"
_QUOTE = 'write double quotes around a phrase: "kim jong un"'
_COMPARE = "leave it out: there are no comparisons; a comment is written # to the end of the line"
_MENDS = {
    "+": "write AND, or nothing: words side by side must all be there",
    "&": "write AND",
    "|": "write OR",
    ",": _BETWEEN,
    ";": _BETWEEN,
    "\u3001": _BETWEEN,
    "\uff0c": _BETWEEN,
    "^": "leave it out: there are no weights",
    "~": "leave it out: there is no fuzzy search; write the spellings with OR, and NEAR/5 for closeness",
    "[": "write parentheses ( ); there are no ranges",
    "]": "write parentheses ( ); there are no ranges",
    "{": "write =NATO for exactly this spelling, parentheses ( ) for a group",
    "}": "write =NATO for exactly this spelling, parentheses ( ) for a group",
    ":": "write the field right before it: title:putin",
    "\uff1a": "write the field right before it: title:putin",
    "<": _COMPARE,
    ">": _COMPARE,
    "\\": "leave it out: nothing needs a backslash; quotes make operators and fields words",
    "$": 'leave it out: only letters and digits are searched; write meet* for any ending, "5 dollars" for money',
    "%": 'write "5 percent" OR "5%" in quotes; write ONEAR/1 where it stands for any word between',
    **dict.fromkeys("'`\u00b4\u2018\u2019\u201a\u201b\u2039\u203a", _QUOTE),
}
_ANY_OTHER = "leave it out, or write the words in quotes: only letters and digits are searched"


_WORD_NEXT = regex.compile(r"[\p{L}\p{N}\p{M}*?_]++")
_IN_BRACES = regex.compile(r"\{([^{}\"]{1,40})\}")
_THOUSANDS = regex.compile(r"(?<=[0-9])[,\uff0c](?=[0-9])")
_BEFORE = regex.compile(r"[^\s()\"]{0,20}$")
_TAIL = regex.compile(r"[^\s()\"]{0,40}")


def character_mend(text: str, at: int) -> str:
    """For the character at `at`, which means nothing outside quotes."""
    char = text[at]
    following = _WORD_NEXT.match(text, at + 1)
    if unicodedata.category(char) == "Pd" or char == "!":
        return _absent_mend(text[at + 1 : at + 2], following[0] if following else "")
    if char == "~" and following and text[at - 1 : at] in {")", '"'}:
        return f"write kim NEAR/{shown(following[0])} putin; words, phrases or (a OR b) on both sides"
    braces = _IN_BRACES.match(text, at)
    if braces:
        words = shown(braces[1])
        return f"write ={words} for exactly this spelling" if words.isalnum() else f'write ="{words}" for this spelling'
    if _THOUSANDS.match(text, at):
        return f'write it in quotes: "{_around(text, at)}"'
    if char in "/\uff0f":
        return _slash_mend(text, at)
    return _MENDS.get(char, _ANY_OTHER)


def _absent_mend(following: str, word: str) -> str:
    if word:
        return f"write NOT {shown(word)} for what must be absent"
    if following and following in '("\u201c':
        return f"write NOT {following}…"
    return "write NOT putin for what must be absent, quotes around what belongs together"


def _around(text: str, at: int) -> str:
    """What stands around `at` without a blank."""
    before, after = _BEFORE.search(text, max(0, at - 20), at), _TAIL.match(text, at)
    return (before[0] if before else "") + (after[0] if after else "")


def slop_mend(words: tuple[str, ...], number: str) -> str:
    """For "a b"~5, which is closeness in any order in Lucene and Brandwatch."""
    distance = number if regex.fullmatch("[0-9]{1,4}", number) else "5"
    pairs = [f"{first} NEAR/{distance} {second}" for first, second in pairwise(words)]
    if len(pairs) == 1:
        return f"write {shown(pairs[0])}"
    return f"write ({') AND ('.join(map(shown, pairs[:3]))})" if pairs else "leave it out: there is no fuzzy search"


def _slash_mend(text: str, at: int) -> str:
    word = regex.compile(r"[^\s()/]*+").match(text, at + 1)
    return _unit_mend(word[0].lower() if word else "") or (
        "leave it out: there are no regular expressions; write meet* for any ending, colo?r for one letter"
    )


def _unit_mend(unit: str) -> str:
    """For what stands behind a slash in other tools: /s, /p, /seg, /5, /n5/, /f50/."""
    if unit in {"s", "sent", "sentence"}:
        return "write SENTENCE(kim putin)"
    if unit in {"p", "para", "paragraph"}:
        return "write PARAGRAPH(kim putin)"
    if unit in {"seg", "doc", "section"}:
        return "write AND, or title:(kim putin) for one field"
    number = regex.fullmatch(r"([nf]?)([0-9]{1,4})", unit)
    if not number:
        return ""
    return "write lead:kim, in the first 60 words" if number[1] == "f" else f"write kim NEAR/{number[2]} putin"


# --- what follows a word without a space --------------------------------------------------------------------------

_NUMBERED = regex.compile(r"(?i)(o?near|adj|atleast|atl|within|notnear)([0-9]++)")
_ALONE = {
    "ANDNOT": "write AND NOT",
    "BUTNOT": "write AND NOT",
    "XOR": "write (a OR b) NOT (a AND b)",
    "ATLEAST": "write ATLEAST/3 putin",
    "ADJ": 'write "kim putin" for words in a row, ONEAR/5 for this order',
    "SAME": "write PARAGRAPH(kim putin)",
    "WITHIN": "write NEAR/10",
    "NOTNEAR": "write NOT (kim NEAR/10 putin)",
    "NOTIN": 'write kim NOT "kim park"',
    "ONSENTENCE": "write SENTENCE(kim putin)",
}
_SPELLED = {"caps", "allcaps", "nocaps", "exact", "case"}


def suspicious(word: str) -> bool:
    """Whether other tools read the word as an operator: such a word is never searched unless it is in quotes."""
    return word in _ALONE or (word[-1:].isdigit() and _NUMBERED.fullmatch(word) is not None)


def alone_mend(word: str) -> str:
    """For a suspicious word."""
    instead = _ALONE.get(word)
    if instead is None:
        instead = numbered_mend(word)
    return f'{instead}; in quotes it is a word: "{shown(word.lower())}"'


def numbered_mend(word: str) -> str:
    """For near5, adj5, ATLEAST3."""
    found = _NUMBERED.fullmatch(word)
    name, number = (found[1].upper(), found[2][:4]) if found else (word, "10")
    match name:
        case "ADJ":
            return f"write ONEAR/{number}"
        case "ATL" | "ATLEAST":
            return f"write ATLEAST/{number} putin"
        case "NOTNEAR":
            return f"write NOT (kim NEAR/{number} putin)"
        case "WITHIN":
            return f"write NEAR/{number}"
        case _:
            return f"write {name}/{number}"


def called_mend(word: str, inside: str) -> str:
    """For word(inside...: a field, an operator or a function of another tool."""
    low = word.lower()
    if low in _SPELLED:
        return "write =NATO for exactly this spelling"
    if low.rstrip("0123456789") in {"near", "around", "phrase"}:
        number = regex.search(r"[0-9]{1,4}+$", low) or regex.match(r"\s*+[0-9]{1,4}+(?=\s*+\))", inside)
        operator = "ONEAR" if low.startswith("phrase") else "NEAR"
        return f"write kim {operator}/{number[0].strip() if number else 10} putin"
    if suspicious(word) or suspicious(word.upper()):
        return alone_mend(word.upper())
    field = known_field(low)
    if field:
        return f"did you mean {field}:( ?"
    near = difflib.get_close_matches(word.upper()[:100], sorted(OPERATORS), n=1)
    return (f"did you mean {near[0]}( ? " if near else "") + "put a space before ( for AND"


def slashed_mend(word: str, given: str) -> str:
    """For word/given that is no operator here: w/5, pre/5, w/s, and/or, 24/7."""
    low, unit = word.lower(), given.lower()
    if low in {"and", "or"} and unit in {"and", "or"}:
        return "write OR"
    if low in {"w", "within", "n", "near"} and regex.fullmatch("[0-9]{1,4}f?", unit):
        return f"write NEAR/{unit.rstrip('f')}, or ONEAR/{unit.rstrip('f')} for this order"
    if low in {"pre", "p", "adj", "next", "onear", "phrase"} and regex.fullmatch("[0-9]{1,4}", unit):
        return f"write ONEAR/{unit}"
    if low in {"not", "notnear", "notw"} and regex.fullmatch("[0-9]{1,4}", unit):
        return f"write NOT (kim NEAR/{unit} putin)"
    mend = _unit_mend(unit) if low in {"w", "within", "near"} else ""
    return mend or f'write it in quotes: "{shown(f"{word}/{given}")}"'


def number_mend(word: str, given: str) -> str:
    """For NEAR/x, where x is no number that can be."""
    directed = regex.fullmatch(r"([0-9]{1,4})f", given)
    if directed and word == "NEAR":
        return f"write ONEAR/{directed[1]} for this order"
    if word == "ATLEAST":
        return "write a whole number from 1 to 9999, e.g. ATLEAST/3"
    return _unit_mend(given.lower()) or f"write a whole number from 0 to {MAX_DISTANCE}, e.g. {word}/10"


def glued_mend(word: str, text: str, at: int) -> tuple[str, str]:
    """Message and mend for a word with a sign right behind it, at `at`, that has no meaning there."""
    known, char = shown(word), text[at]
    if char == "~":
        mend = "leave out ~: there is no fuzzy search; write the spellings with OR, ? for one letter: colo?r"
    elif char == "^":
        mend = "leave it out: there are no weights"
    elif char in "!$":
        mend = f'write {known}* for any ending, "{known}" for the word'
    else:
        mend = f'write it in quotes: "{_around(text, at)}"; signs in it count as spaces'
    return f"{char} means nothing after {known}", mend
