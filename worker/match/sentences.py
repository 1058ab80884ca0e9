"""Where sentences and paragraphs start, by rules that suit news: initials, titles and numbers end no sentence."""

from __future__ import annotations

import re
import unicodedata

# Stops that need no space behind them: CJK, Devanagari, Arabic, Urdu, Armenian, Ethiopic, Myanmar, Khmer.
_WIDE = "\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4\u0589\u1362\u104b\u17d4"
_STOPS = rf"[.!?\u2026{_WIDE}]"
_CLOSING = "[\"'\u2019\u201d\u00bb)\\]]"
_LONGEST_ABBREVIATION = 12
_LONGEST_GAP = 20

_TITLES = (
    " adm approx brig capt cmdr co col corp dept dr etc gen gov hon inc jr lt ltd maj messrs mr mrs ms mt pres prof "
    "rep rev sen sgt sr st supt vs bzw ca dra ee hr mio mln mrd sra srta tys акад им млн млрд проф св тыс ул "
)
# "No. 5" and "Dec. 5", but "he said no. Then" and "since Dec. Then"
_BEFORE_NUMBERS = " abs apr art aug dec est feb fig jan no nov nr oct pp sep sept vol рис стр "
_LONG = "|".join(sorted({word[-4:] for word in (_TITLES + _BEFORE_NUMBERS).split() if len(word) > 3}))
# Most full stops are decided at the speed of the search, which is for one character. Nothing ends within a word or
# before a small letter, and at a blank line a paragraph ends anyway. After four small letters or more that end no word
# of the lists, and before a capital letter, a number or a quote, a sentence ends for sure: then what is found ends with
# the space.
_FULL_STOP = re.compile(
    rf"\.(?![A-Za-z0-9]| [a-z]|\n\n)(?<!\.\.)\.*+{_CLOSING}*+(?=\s(?![a-z]))(?!\n\n)"
    rf"(?:(?<=[a-z]{{4}}\.)(?<!(?:{_LONG})\.)\s(?=[A-Z0-9\"'\u2018\u201c])|)"
)
_ANY_STOP = re.compile(rf"{_STOPS}++{_CLOSING}*+")
# In UTF-8, as which most texts are searched fastest for what they do not hold.
_WIDE_BYTES = frozenset(char.encode()[0] for char in _WIDE)
_BLANK_LINE = re.compile(r"\n[^\S\n]*+\n\s*+")
_LINE = re.compile(r"\n\s*+")
_ANY_LINE = re.compile(r"[\n\r\u2028\u2029]\s*+")
_OTHER_LINES = "\r\u2028\u2029"
_BEFORE_INITIALS = ".-(\"'\u2018\u201c\u201e\u00ab\u00a0"
_DAY = re.compile(r"(?<![0-9])[0-9]{1,2}\Z")
_GERMAN_MONTH = re.compile(
    r"(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)


def paragraph_offsets(text: str) -> list[int]:
    """Where a new paragraph starts: after a blank line or, in a text without any, after each line break."""
    if not any(map(text.__contains__, _OTHER_LINES)):
        blank = _BLANK_LINE.finditer(text)
        return [found.end() for found in blank] or [found.end() for found in _LINE.finditer(text)]
    lines = [(found.end(), _is_blank_line(found[0])) for found in _ANY_LINE.finditer(text)]
    has_blank = any(blank for _, blank in lines)
    return [end for end, blank in lines if blank or not has_blank]


def _is_blank_line(gap: str) -> bool:
    if len(gap) == 1:
        return gap == "\u2029"
    return "\u2029" in gap or gap.replace("\r\n", "\n").replace("\r", "\n").count("\n") > 1


def sentence_offsets(text: str) -> list[int]:
    """Where sentences end, but for the last one, in order; a paragraph's end is one too.

    Takes time linear in the length of `text`.
    """
    if _has_wide_stops(text):
        found = _ANY_STOP.finditer(text)
    else:
        found = _FULL_STOP.finditer(text.replace("!", ".").replace("?", ".").replace("\u2026", "."))
    ends = [end for stop in found if text[(end := stop.end()) - 1].isspace() or _ends_sentence(text, stop.start(), end)]
    return sorted([*ends, *paragraph_offsets(text)])


def _has_wide_stops(text: str) -> bool:
    encoded = text.encode("utf-8", "surrogatepass")
    return any(map(encoded.__contains__, _WIDE_BYTES)) and any(map(text.__contains__, _WIDE))


def _ends_sentence(text: str, start: int, end: int) -> bool:
    """Whether the stop at text[start:end] ends a sentence: not in 3.5, U.S. Navy, Mr. Smith or "Really?" he said."""
    if text[start] in _WIDE:
        return True
    gap = text[end : end + _LONGEST_GAP]
    following = gap.lstrip()
    if following[:1].islower() or (following == gap != ""):
        return False
    return end - start > 1 or text[start] != "." or not _abbreviates(text, start, following)


def _abbreviates(text: str, stop: int, following: str) -> bool:
    """Whether the full stop at `stop` belongs to the word or number before it."""
    lowest = max(0, stop - _LONGEST_ABBREVIATION)
    first = stop
    while first > lowest and text[first - 1].isalpha():
        first -= 1
    word, before = text[first:stop], text[first - 1 : first]
    if not word:
        return before.isdecimal() and bool(_GERMAN_MONTH.match(following) and _DAY.search(text, lowest, stop))
    if len(word) == 1:
        alone = not before or before.isspace() or before in _BEFORE_INITIALS
        # "z. B.", but "plan b. Then"
        return alone and (not word.islower() or following[1:2] == ".")
    word = f" {word.casefold()} "
    known = word in _TITLES or (word in _BEFORE_NUMBERS and following[:1].isdecimal())
    return known and not (before and unicodedata.category(before).startswith("M"))
