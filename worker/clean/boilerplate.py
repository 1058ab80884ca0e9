"""Lines that stay between an article's paragraphs and are not part of it: teasers, sign-up, consent, comment forms.

A reader must not be alerted on the words of a teaser, and must not lose a sentence of the article either: a line goes
only when it is one of these as a whole, never because it contains such words. Rules are page-local and know no sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from worker.clean.phrases import FURNITURE, NOTICES, PLACES, SOURCES, TAGS, TEASER_HEADS, table
from worker.clean.text import key_of

_APOSTROPHES = str.maketrans("’‘ʼ`", "''''")
_BULLETS = "-–—•*·>»►▶■◆●[(【| "
# Accents, Arabic vowel signs and hamzas: pages leave them out as often as they write them.
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]+")
# a button's label, which is no quotation
_LABEL = re.compile(r"[“„«\"][^“”„«»\"]{1,20}[”“»\"]")
# A sentence ends before its agency's name in brackets, a headline does not.
_TAGGED = re.compile(rf"[^\s.。] *[\[【](?:[A-ZÀ-ÞА-ЯЁ][A-ZÀ-ÞА-ЯЁ ]{{2,20}}|{TAGS})[\]】]\Z")
_FOLLOW = re.compile(rf"(?:follow|join|like|find) [^.!?]{{1,60}} on (?:{PLACES})\b[^.!?]{{0,60}}[.!]?\Z")
_OPEN_END = re.compile(r"[:：…]\Z|\.\.\.\Z")
_QUOTED = re.compile(r"\A[\"“”„«‘'「『]")
_MARK = re.compile(r" ?(?:[:：|»►▶→\]】]|…|\.\.\.)")
_DASH = re.compile(r" ?[-–—] ")
_MAX_TEASER = 300
_SHORTEST_TEASER = 25
_MAX_NOTICE = 700
_MAX_SOURCE = 60
_MAX_SOURCE_NAME = 40


def _folded(text: str) -> str:
    text = " ".join(text.translate(_APOSTROPHES).casefold().split())
    return text if text.isascii() else normalize("NFC", _ACCENTS.sub("", normalize("NFD", text)))


_TEASER_SET = frozenset(map(_folded, table(TEASER_HEADS)))
_TEASER_LENGTHS = sorted({len(head) for head in _TEASER_SET}, reverse=True)
_FURNITURE_SET = frozenset(key_of(_folded(phrase)) for phrase in table(FURNITURE)) | frozenset(
    map(key_of, _TEASER_SET - {"related", "trending", "watch", "recommended"})
)
_NOTICE_STARTS = tuple(sorted(map(_folded, table(NOTICES))))
_SOURCE = re.compile(rf"(?:{SOURCES})(?: ?[:：]|/)", re.IGNORECASE)


def without_residue(text: str, *, link_lines: Iterable[str] = ()) -> str:
    """The text without residue lines. `link_lines` are the page's lines that are nothing but a link.

    Short ones of those stay: names and headings are links too.
    """
    teasers = {key for linked in link_lines if len(key := key_of(linked)) >= _SHORTEST_TEASER}
    lines = text.split("\n")
    kept: list[str] = []
    in_list = False
    for position, one in enumerate(lines):
        linked = key_of(one) in teasers
        in_list = _opens_list(one) or (in_list and (linked or _is_tagged(one)))
        is_last = position >= len(lines) - 3
        if not (in_list or linked or is_residue(one) or (is_last and _is_source(one)) or _is_source_name(one)):
            kept.append(one)
    return "\n".join(kept).strip()


def is_residue(line: str) -> bool:
    """Whether this line as a whole is a teaser, a notice or a piece of furniture, judged by itself."""
    if len(line) > _MAX_NOTICE:
        return False
    folded = _folded(line)
    if not folded or _QUOTED.match(folded):
        return False
    start = folded.lstrip(_BULLETS)
    if key_of(folded) in _FURNITURE_SET:
        return True
    if start.startswith(_NOTICE_STARTS) and _is_notice(folded):
        return True
    return len(line) <= _MAX_TEASER and (_is_tagged(line) or _is_teaser(start) or bool(_FOLLOW.match(start)))


def _is_teaser(start: str) -> bool:
    return any(
        (head := start[:length]) in _TEASER_SET
        # a single word before a dash can be prose ("Watch - it was all he had left")
        and (_MARK.match(start[length:]) or (" " in head and _DASH.match(start[length:])))
        for length in _TEASER_LENGTHS
    )


def _is_notice(folded: str) -> bool:
    """Notices address the reader; a paragraph that tells of somebody else's words quotes them."""
    folded = _LABEL.sub("", folded)
    return not any(mark in folded for mark in ("“", "”", "«", '"', "„"))


def _opens_list(line: str) -> bool:
    """A heading over teasers: "Don't miss…", "People also ask:"."""
    if len(line) > _MAX_TEASER or not _OPEN_END.search(line):
        return False
    return key_of(_folded(line)) in _FURNITURE_SET


def _is_tagged(line: str) -> bool:
    return len(line) <= _MAX_TEASER and bool(_TAGGED.search(line))


def _is_source(line: str) -> bool:
    return len(line) <= _MAX_SOURCE and bool(_SOURCE.match(line.strip()))


def _is_source_name(line: str) -> bool:
    """An attribution that is no sentence ("Source: Agency"), as it may stand under a picture or a part."""
    return _is_source(line) and len(line) <= _MAX_SOURCE_NAME and line[-1] not in ".!?。！？؟"
