"""Where sentences and paragraphs start, by rules that suit news: initials, titles and numbers end no sentence."""

from __future__ import annotations

import re

import regex

_STOP = regex.compile(r"[.!?\u2026]++[\"'\u2019\u201d\u00bb)\]]*+|[\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4]++")
_WIDE_STOPS = "\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4"
_LINE = re.compile(r"[\n\r\u2028\u2029][\s\u2028\u2029]*")
_INITIAL = regex.compile(r"\p{Lu}")
_ABBREVIATIONS = regex.compile(
    "adm|approx|apr|aug|brig|capt|cmdr|co|col|corp|dec|dept|dr|est|etc|feb|fig|gen|gov|hon|inc|jan|jr|lt|ltd|maj|messrs|"
    "mr|mrs|ms|mt|no|nov|oct|pres|prof|rep|rev|sen|sep|sept|sgt|sr|st|supt|vs",
    regex.IGNORECASE,
)


def paragraph_offsets(text: str) -> list[int]:
    """Where a new paragraph starts: after a blank line or, in a text without any, after each line break."""
    lines = [(found.end(), _is_blank_line(found[0])) for found in _LINE.finditer(text)]
    has_blank = any(blank for _, blank in lines)
    return [end for end, blank in lines if blank or not has_blank]


def _is_blank_line(gap: str) -> bool:
    return "\u2029" in gap or gap.replace("\r\n", "\n").replace("\r", "\n").count("\n") > 1


def _ends_sentence(text: str, start: int, end: int) -> bool:
    """Whether the stop at text[start:end] ends a sentence: not in 3.5, U.S. Navy, Mr. Smith or "Really?" he said."""
    if text[start] in _WIDE_STOPS:
        return True
    if end < len(text) and not text[end].isspace():
        return False
    following = text[end : end + 20].lstrip()
    if following[:1].islower():
        return False
    if text[start:end] != ".":
        return True
    before = regex.search(r"\p{L}+$", text[max(0, start - 12) : start])
    return before is None or (not _INITIAL.fullmatch(before[0]) and not _ABBREVIATIONS.fullmatch(before[0]))


def sentence_offsets(text: str) -> list[int]:
    """Where a sentence ends; a paragraph's end is one too."""
    stops = [found.end() for found in _STOP.finditer(text) if _ends_sentence(text, found.start(), found.end())]
    return [*stops, *paragraph_offsets(text)]
