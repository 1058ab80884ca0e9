"""What to write instead: the help in the messages for queries that are not understood."""

from __future__ import annotations

import difflib
import unicodedata

import regex

MAX_DISTANCE = 9999
WORD_FIELDS = ("title", "lead", "body", "author", "url")
ABOUT_FIELDS = ("source", "lang", "feed", "tag")
_FIELDS = WORD_FIELDS + ABOUT_FIELDS

# what other search tools call it
_OTHER_NAMES = {
    "headline": "title", "hl": "title", "intitle": "title", "subject": "title", "text": "body", "content": "body",
    "intext": "body", "byline": "author", "by": "author", "link": "url", "inurl": "url", "site": "source",
    "domain": "source", "host": "source", "publisher": "source", "language": "lang", "tags": "tag", "rss": "feed",
    "http": "url", "https": "url",
}  # fmt: skip

_MENDS = {
    "-": "write NOT for what must be absent, quotes around what belongs together",
    "!": "write NOT for what must be absent",
    "+": "write AND, or nothing: words side by side must all be there",
    "&": "write AND",
    "|": "write OR",
    ",": "leave it out: words side by side are AND; write OR between alternatives",
    ";": "leave it out: words side by side are AND; write OR between alternatives",
    "~": 'write "a" NEAR/10 "b" for closeness',
    "^": "leave it out: there are no weights",
    "'": 'write double quotes around a phrase: "kim jong un"',
    "\u2018": 'write double quotes around a phrase: "kim jong un"',
    "\u2019": 'write double quotes around a phrase: "kim jong un"',
    "[": "write parentheses ( )",
    "]": "write parentheses ( )",
    "{": "write parentheses ( )",
    "}": "write parentheses ( )",
    "\uff08": "write plain parentheses ( )",
    "\uff09": "write plain parentheses ( )",
    ":": "write the field right before it: title:putin",
}
_ANY_OTHER = "leave it out, or write the words in quotes: only letters and digits are searched"


def character_mend(char: str) -> str:
    """For a character that means nothing outside quotes."""
    return _MENDS.get("-" if unicodedata.category(char) == "Pd" else char, _ANY_OTHER)


def numbered_mend(word: str) -> str:
    name = word.rstrip("0123456789")
    number = word[len(name) :]
    return f"write {'NEAR' if name == 'ADJ' else name}/{number}, or small letters for the word"


def number_mend(word: str, given: str) -> str:
    if regex.fullmatch(r"[0-9]{1,4}f", given) and word == "NEAR":
        return f"write ONEAR/{given[:-1]} for this order"
    if word == "ATLEAST":
        return "write a whole number from 1 to 9999, e.g. ATLEAST/3"
    return f"write a whole number from 0 to {MAX_DISTANCE}, e.g. {word}/10"


def field_mend(name: str) -> str:
    low = name.lower()
    near = [low] if low in _FIELDS else difflib.get_close_matches(low, _FIELDS, n=1)
    known = _OTHER_NAMES.get(low) or (near[0] if near else None)
    if known:
        return f"did you mean {known}: ?"
    return f"the fields are {' '.join(f'{field}:' for field in _FIELDS)}; write quotes around a word with a colon"
