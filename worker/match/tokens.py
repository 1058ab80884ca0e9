"""What the parser is given, and the small readings that several forms share."""

from __future__ import annotations

import regex

from worker.match.mends import FaultError
from worker.match.nodes import About, Leaf

QUOTES = '"\u201c\u201d\u201e\u201f\uff02\u00ab\u00bb\u300c\u300d\u300e\u300f\u301d\u301e\u301f'
OPENING, CLOSING = "(\uff08", ")\uff09"
# In Hebrew a " between letters marks an abbreviation.
ABBREVIATES = r'(?<=\p{Hebrew})"(?=\p{Hebrew})'
_QUOTED = regex.compile(rf"[^{QUOTES}]*+(?:{ABBREVIATES}[^{QUOTES}]*+)*+")
_BLANK = regex.compile(r"[\s\p{DI}]*+")


class Token:
    """A piece of a query. `value` is the node of a TERM, else the text that counts."""

    __slots__ = ("column", "end", "type", "value")
    # lark copies these from the last token to the mark of the end
    start_pos = end_pos = line = end_line = end_column = None

    def __init__(self, kind: str, value: Leaf | About | str, column: int, end: int) -> None:
        self.type = kind
        self.value = value
        self.column = column
        self.end = end


def after_blank(text: str, at: int) -> int:
    """Where the next character that is seen stands, `at` or behind it."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


def quoted(text: str, start: int) -> tuple[str, int]:
    """The text between the quote at `start` and the next one, and where that ends. Raises FaultError."""
    found = _QUOTED.match(text, start + 1)
    end = found.end() if found else len(text)
    if end >= len(text):
        raise FaultError("this quote is never closed", start, 'close it with "')
    return text[start + 1 : end], end + 1
