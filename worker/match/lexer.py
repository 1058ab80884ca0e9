"""Query text -> tokens, each with its column. Everything that is not understood is refused here, with the mend.

`_COMMON` reads what queries mostly hold at once; what it leaves is read step by step, and there every doubtful form is
looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

import regex
from lark.common import LexerConf
from lark.lexer import Lexer

from worker.match import mends
from worker.match.about import about
from worker.match.fields import ABOUT_FIELDS, WORD_FIELDS, field_mend
from worker.match.mends import CLOSE_TO, LOGIC, OPERATORS, FaultError, shown
from worker.match.nodes import About, Alias, Exact, Leaf, Phrase
from worker.match.terms import phrase_units, spelled_units, word_units
from worker.match.tokens import ABBREVIATES, CLOSING, OPENING, QUOTES, Token, quoted

MAX_NESTING = 100
MAX_LENGTH = 200_000
DEFAULT_DISTANCE = 10
_COUNTED = (*CLOSE_TO, "ATLEAST")

_COMMON = re.compile(
    rf"""[ \t\r\n]*(?:
      ([^\W_\uff00-\uffef]+\*?)(?=[ \t\r\n)]|\Z)
    | (\()
    | (\))
    | "([^{QUOTES}]*)"(?=[ \t\r\n)]|\Z)
    | @([^\W_]+(?:-[^\W_]+)*)(?=[ \t\r\n)]|\Z)
    | (O?NEAR/[0-9]{{1,4}})(?=[ \t\r\n(])
    )""",
    flags=re.VERBOSE,
)
_WORD, _OPEN, _CLOSE, _QUOTE, _NAME, _CLOSENESS = range(1, 7)

_BLANK = regex.compile(r"[\s\p{DI}]++")
_COMMENT = regex.compile(r"#[^\n]*+")
_LETTERS = r"[\p{L}\p{N}\p{M}\p{DI}*?\uff0a\uff1f]++"
_JOINER = rf"(?:[\p{{Pd}}.'\u2019\u2018\u02bc\u05f3\u05f4&_\u00b7\u30fb]|{ABBREVIATES})"
_CHUNK = regex.compile(rf"{_LETTERS}(?:{_JOINER}{_LETTERS})*+(?:\.|['\u2019](?=[\s)]|$))?")
_ENTITY = regex.compile(r"[\p{L}\p{N}\p{M}_]++(?:[-.][\p{L}\p{N}\p{M}_]++)*+")
_TAIL = regex.compile(r"[^\s()\uff08\uff09]*+")
_NUMBER = regex.compile(r"[0-9]{1,4}")
_OPEN_NEXT = regex.compile(rf"[\s\p{{DI}}]*+[{OPENING}]")
_NUMBER_NEXT = regex.compile(r"[\s\p{DI}]++([0-9]{1,9})(?![\p{L}\p{N}\p{M}:/*?])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSEEN = regex.compile(r"\p{DI}+")
_SIGNS = frozenset("~^!@+$%\\")


class TokenLexer(Lexer):
    """Hands lark's parser tokens that are there already."""

    def __init__(self, lexer_conf: LexerConf) -> None:
        """Lark hands its configuration over; the language has none."""

    def lex(self, data: Sequence[Token]) -> Iterator[Token]:  # type: ignore[override]  # lark's interface for own lexers
        return iter(data)


def tokenise(text: str) -> list[Token]:
    """All tokens of a query, parentheses balanced. Raises FaultError."""
    if len(text) > MAX_LENGTH:
        raise FaultError(
            f"a query has at most {MAX_LENGTH:,} characters",
            MAX_LENGTH,
            "split it into several topics, or use @entities",
        )
    control = _CONTROL.search(text)
    if control:
        raise FaultError(
            f"the query holds a character that cannot be typed, U+{ord(control[0]):04X}", control.start(), "remove it"
        )
    scan = _Scan(text)
    scan.run()
    if scan.opened:
        raise FaultError("this parenthesis is never closed", scan.opened[-1], "close it with )")
    return scan.tokens


class _Scan:
    """Where the lexer stands and what it has read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []
        self.opened: list[int] = []

    def run(self) -> None:
        size, common = len(self.text), _COMMON.match
        while self.at < size:
            found = common(self.text, self.at)
            if found:
                self.common(found)
            else:
                self.step()

    def common(self, found: re.Match[str]) -> None:
        """What `_COMMON` has found."""
        kind = found.lastindex or 0
        self.at = found.start(kind)
        value, end = found[kind], found.end()
        if kind == _WORD:
            if value in OPERATORS:
                self.operator(value, end)
            else:
                self.word(value, end)
        elif kind == _OPEN:
            self.open()
        elif kind == _CLOSE:
            self.close()
        elif kind == _CLOSENESS:
            self.emit("NEAR", value, end)
        else:
            self.at -= 1
            if kind == _QUOTE:
                self.phrase(value, end)
            else:
                self.emit("TERM", Alias(value, self.at), end)

    def step(self) -> None:
        """What `_COMMON` does not read."""
        blank = _BLANK.match(self.text, self.at)
        if blank:
            self.at = blank.end()
            return
        reader = _READERS.get(self.text[self.at])
        if reader:
            reader(self)
        elif _CHUNK.match(self.text, self.at):
            self.chunk()
        else:
            self.refuse_character()

    def refuse_character(self) -> None:
        char, before = self.text[self.at], self.tokens[-1] if self.tokens else None
        mend = ""
        if char == "~" and before and before.end == self.at and isinstance(before.value, Phrase):
            tail = _TAIL.match(self.text, self.at + 1)
            mend = mends.slop_mend(before.value.words, tail[0] if tail else "")
        raise FaultError(f"{char} means nothing here", self.at, mend or mends.character_mend(self.text, self.at))

    def emit(self, kind: str, value: Leaf | About | str, end: int) -> None:
        if self.tokens and self.tokens[-1].end == self.at:
            before = self.tokens[-1].type
            if (before == "TERM" and kind != "RPAR") or (before == "RPAR" and kind not in {"RPAR", "LPAR"}):
                mend = "put a space (that is AND) or an operator between them"
                raise FaultError("a space is missing here", self.at, mend)
        self.tokens.append(Token(kind, value, self.at, end))
        self.at = end

    def comment(self) -> None:
        line = self.text.rfind("\n", 0, self.at) + 1
        if self.tokens and self.tokens[-1].end == self.at and self.tokens[-1].type == "TERM":
            raise FaultError("# starts a comment", self.at, "put a space before the comment, or quotes around the word")
        word = _CHUNK.match(self.text, self.at + 1)
        if word and not self.text[line : self.at].isspace() and line != self.at:
            mend = f"put a space after # for a comment; for a hashtag write its word: {shown(word[0])}"
            raise FaultError("# starts a comment, not a hashtag", self.at, mend)
        found = _COMMENT.match(self.text, self.at)
        self.at = found.end() if found else len(self.text)

    def open(self) -> None:
        self.opened.append(self.at)
        if len(self.opened) > MAX_NESTING:
            raise FaultError(f"parentheses are nested deeper than {MAX_NESTING}", self.at, "write the query flatter")
        self.emit("LPAR", "(", self.at + 1)

    def close(self) -> None:
        if not self.opened:
            raise FaultError("this parenthesis was never opened", self.at, "remove it, or open one before it")
        self.opened.pop()
        self.emit("RPAR", ")", self.at + 1)

    def quote(self) -> None:
        self.phrase(*quoted(self.text, self.at))

    def phrase(self, inner: str, end: int) -> None:
        self.emit("TERM", Phrase(self.read(phrase_units, inner), self.at), end)

    def read(self, units: Callable[[str], tuple[str, ...]], text: str, start: int | None = None) -> tuple[str, ...]:
        try:
            return units(text)
        except FaultError as fault:
            raise fault.moved(self.at if start is None or not fault.column else start) from None

    def exact(self) -> None:
        start = self.at + 1
        if self.text[start : start + 1] and self.text[start] in QUOTES:
            inner, end = quoted(self.text, start)
            start += 1
        else:
            found = _CHUNK.match(self.text, start)
            if not found:
                raise FaultError("= wants a word or a phrase right after it", self.at, 'write =NATO or ="Red Cross"')
            inner, end = found[0], found.end()
        self.emit("TERM", Exact(self.read(spelled_units, inner, start), self.at), end)

    def entity(self) -> None:
        found = _ENTITY.match(self.text, self.at + 1)
        if not found:
            raise FaultError("@ wants the name of an entity right after it", self.at, "write e.g. @putin")
        self.emit("TERM", Alias(unicodedata.normalize("NFC", found[0]), self.at), found.end())

    def chunk(self) -> None:
        found = _CHUNK.match(self.text, self.at)
        word = _UNSEEN.sub("", found[0]) if found else ""
        end = found.end() if found else self.at
        following = self.text[end : end + 1]
        plain = unicodedata.normalize("NFKC", word)
        if following in {":", "\uff1a"}:
            self.field(plain, end + 1)
        elif following == "=":
            raise FaultError(f"{shown(word)}= is not a field", self.at, field_mend(plain))
        elif following in {"/", "\uff0f"}:
            self.counted(plain, end + 1)
        elif plain in OPERATORS:
            self.operator(plain, end)
        elif following in {"(", "\uff08"}:
            raise FaultError(
                f"{shown(word)}( is not known", self.at, mends.called_mend(plain, self.text[end + 1 : end + 20])
            )
        elif following in _SIGNS:
            message, mend = mends.glued_mend(word, self.text, end)
            raise FaultError(message, end, mend)
        else:
            self.word(word, end)

    def word(self, word: str, end: int) -> None:
        self.emit("TERM", Phrase(self.read(word_units, word), self.at), end)

    def operator(self, word: str, end: int) -> None:
        if word in LOGIC:
            self.emit(word, word, end)
        elif word in CLOSE_TO:
            self.emit("NEAR", f"{word}/{self.default_distance(word, end)}", end)
        elif _OPEN_NEXT.match(self.text, end):
            self.emit("WITHIN", word.lower(), end)
        else:
            raise FaultError(f"{word} wants parentheses", self.at, f"write {word}(putin kim)")

    def default_distance(self, word: str, end: int) -> int:
        number = _NUMBER_NEXT.match(self.text, end)
        if number:
            mend = f"write {word}/{number[1]}, or quotes around the number"
            raise FaultError(f"{word} takes its number after a slash", self.at, mend)
        return DEFAULT_DISTANCE

    def counted(self, word: str, number_at: int) -> None:
        tail = _TAIL.match(self.text, number_at)
        raw = tail[0] if tail else ""
        given = unicodedata.normalize("NFKC", _UNSEEN.sub("", raw))
        if word in _COUNTED:
            if not _NUMBER.fullmatch(given) or (word == "ATLEAST" and int(given) == 0):
                mend = mends.number_mend(word, given)
                raise FaultError(f"{word}/{shown(given)}: a number is wanted", self.at, mend)
            self.emit("ATLEAST" if word == "ATLEAST" else "NEAR", f"{word}/{int(given)}", number_at + len(raw))
        elif word.upper() in _COUNTED:
            mend = f"write {word.upper()}/{shown(given) or 10}"
            raise FaultError("operators are written in capitals", self.at, mend)
        else:
            mend = mends.slashed_mend(word, given)
            raise FaultError(f"{shown(f'{word}/{given}')} is not known", self.at, mend)

    def field(self, name: str, start: int) -> None:
        if name in WORD_FIELDS:
            self.emit("FIELD", name, start)
        elif name in ABOUT_FIELDS:
            for token in about(self.text, name, self.at, start):
                self.at = token.column
                self.emit(token.type, token.value, token.end)
        else:
            raise FaultError(f"{shown(name)}: is not a field", self.at, field_mend(name))


_READERS: dict[str, Callable[[_Scan], None]] = {
    "#": _Scan.comment,
    "\uff03": _Scan.comment,
    "=": _Scan.exact,
    "\uff1d": _Scan.exact,
    "@": _Scan.entity,
    "\uff20": _Scan.entity,
    **dict.fromkeys(OPENING, _Scan.open),
    **dict.fromkeys(CLOSING, _Scan.close),
    **dict.fromkeys(QUOTES, _Scan.quote),
}
