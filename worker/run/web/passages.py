"""What matched, in its words: a text in pieces, those that matched marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.model import Highlight

# Code points of a passage, and of them before its first match.
_LONGEST = 320
_BEFORE = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some text; `marked` where it matched."""

    text: str
    marked: bool = False


def marked(text: str, field: str, highlights: Iterable[Highlight]) -> tuple[Piece, ...]:
    """The whole text. Highlights that do not fit it (it was cut, or is another one) are left out."""
    return _pieces(text, 0, len(text), _fitting(text, field, highlights))


def passage(text: str, field: str, highlights: Iterable[Highlight]) -> tuple[Piece, ...]:
    """The part of the text where most of it matched, cut between words; nothing where nothing did."""
    marks = _fitting(text, field, highlights)
    if not marks:
        return ()
    first = max(marks, key=lambda mark: sum(mark.start <= one.start < mark.start + _LONGEST - _BEFORE for one in marks))
    start = max(0, first.start - _BEFORE)
    end = min(len(text), max(start + _LONGEST, first.end))
    start = text.find(" ", start, first.start) + 1 or start if start else 0
    cut = text.rfind(" ", first.end, end)
    end = cut if end < len(text) and cut > 0 else end
    pieces = _pieces(text, start, end, marks)
    before = (Piece(text="… "),) if start else ()
    return (*before, *pieces, *((Piece(text=" …"),) if end < len(text) else ()))


def _fitting(text: str, field: str, highlights: Iterable[Highlight]) -> Sequence[Highlight]:
    fits = (one for one in highlights if one.field == field and one.text and text[one.start : one.end] == one.text)
    return sorted(fits, key=lambda one: (one.start, -one.end))


def _pieces(text: str, start: int, end: int, marks: Iterable[Highlight]) -> tuple[Piece, ...]:
    pieces = []
    at = start
    for mark in marks:
        if at <= mark.start < end:
            stop = min(mark.end, end)
            pieces += [Piece(text=text[at : mark.start]), Piece(text=text[mark.start : stop], marked=True)]
            at = stop
    pieces.append(Piece(text=text[at:end]))
    return tuple(piece for piece in pieces if piece.text)
