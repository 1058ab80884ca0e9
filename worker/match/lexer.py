"""Query text -> tokens, each with its column. Everything that is not understood is refused here, with the mend."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterator

import regex
from lark import Token
from lark.common import LexerConf
from lark.lexer import Lexer

from worker.match.folding import fold
from worker.match.mends import (
    ABOUT_FIELDS,
    WORD_FIELDS,
    character_mend,
    field_mend,
    number_mend,
    numbered_mend,
)

MAX_NESTING = 100
DEFAULT_DISTANCE = 10
_OPERATORS = {"AND": "_AND", "OR": "_OR", "NOT": "NOT", "NEAR": "NEAR", "ONEAR": "NEAR"}
_WITHIN = ("SENTENCE", "PARAGRAPH")
_COUNTED = ("NEAR", "ONEAR", "ATLEAST")
_TERMS = frozenset({"WORD", "PHRASE", "EXACT", "ENTITY", "ABOUT"})

_FOREIGN_NEAR = regex.compile(r"(?i)(?:w|n|pre|adj|within|near|onear|next)/?[0-9]*f?")
_NUMBERED = regex.compile(r"(NEAR|ONEAR|ATLEAST|ADJ)[0-9]+")

_BLANK = regex.compile(r"[\s\p{DI}]++")
_COMMENT = regex.compile(r"#[^\n]*+")
_QUOTES = '"\u201c\u201d\u201e\u201f\uff02\u00ab\u00bb'
_QUOTED = regex.compile(rf"[^{_QUOTES}]*+")
_LETTERS = r"[\p{L}\p{N}\p{M}\p{DI}*?\uff0a\uff1f]++"
_JOINER = r"[\p{Pd}.'\u2019\u2018\u02bc&_\u00b7\u30fb]"
_CHUNK = regex.compile(rf"{_LETTERS}(?:{_JOINER}{_LETTERS})*+\.?")
_ENTITY = regex.compile(r"[\p{L}\p{N}\p{M}_]++(?:[-.][\p{L}\p{N}\p{M}_]++)*+")
_VALUE = regex.compile(r"[\p{L}\p{N}\p{M}\p{DI}._:/&+-]++")
_TAIL = regex.compile(r"[^\s()]*+")
_NUMBER = regex.compile(r"[0-9]{1,4}")
_DOMAIN = regex.compile(r"[\p{L}\p{N}\p{M}-]++(?:\.[\p{L}\p{N}\p{M}-]++)*+")
_OPEN_NEXT = regex.compile(r"[\s\p{DI}]*+\(")
_NUMBER_NEXT = regex.compile(r"[\s\p{DI}]++([0-9]++)(?![\p{L}\p{N}\p{M}:/*?])")
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}--[\t\n\r]]", flags=regex.VERSION1)
_UNSEEN = regex.compile(r"\p{DI}+")


class FaultError(Exception):
    """What is wrong with a query and where; `parse` makes a QueryError of it."""

    def __init__(self, message: str, column: int, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.mend = mend


class QueryLexer(Lexer):
    """The lexer lark's parser calls."""

    def __init__(self, lexer_conf: LexerConf) -> None:
        """Lark hands its configuration over; the language has none."""

    def lex(self, data: str) -> Iterator[Token]:  # type: ignore[override]  # lark's interface 0 for own lexers: the text only
        return iter(tokenise(data))


def tokenise(text: str) -> list[Token]:
    """All tokens of a query. Raises FaultError."""
    control = _CONTROL.search(text)
    if control:
        raise FaultError(
            f"the query holds a character that cannot be typed, U+{ord(control[0]):04X}",
            control.start(),
            "remove it",
        )
    scan = _Scan(text)
    while scan.at < len(text):
        scan.step()
    _check_parentheses(scan.tokens)
    return scan.tokens


def _check_parentheses(tokens: list[Token]) -> None:
    opened: list[int] = []
    for token in tokens:
        column = token.start_pos or 0
        if token.type == "_LPAR":
            opened.append(column)
            if len(opened) > MAX_NESTING:
                raise FaultError(f"parentheses are nested deeper than {MAX_NESTING}", column, "write the query flatter")
        elif token.type == "_RPAR":
            if not opened:
                raise FaultError("this parenthesis was never opened", column, "remove it, or open one before it")
            opened.pop()
    if opened:
        raise FaultError("this parenthesis is never closed", opened[-1], "close it with )")


class _Scan:
    """Where the lexer stands and what it has read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []

    def step(self) -> None:
        blank = _BLANK.match(self.text, self.at)
        if blank:
            self.at = blank.end()
            return
        char = self.text[self.at]
        reader = _READERS.get(char)
        if reader:
            reader(self)
        elif _CHUNK.match(self.text, self.at):
            self.chunk()
        else:
            raise FaultError(f"{char} means nothing here", self.at, character_mend(char))

    def emit(self, kind: str, value: str, end: int) -> None:
        if self.tokens and self.tokens[-1].end_pos == self.at:
            before = self.tokens[-1].type
            if (before in _TERMS and kind != "_RPAR") or (before == "_RPAR" and kind not in {"_RPAR", "_LPAR"}):
                mend = "put a space (that is AND) or an operator between them"
                raise FaultError("a space is missing here", self.at, mend)
        self.tokens.append(Token(kind, value, start_pos=self.at, end_pos=end))
        self.at = end

    def comment(self) -> None:
        if self.tokens and self.tokens[-1].end_pos == self.at and self.tokens[-1].type in _TERMS:
            raise FaultError("# starts a comment", self.at, "put a space before the comment, or quotes around the word")
        found = _COMMENT.match(self.text, self.at)
        self.at = found.end() if found else len(self.text)

    def parenthesis(self) -> None:
        self.emit("_LPAR" if self.text[self.at] == "(" else "_RPAR", self.text[self.at], self.at + 1)

    def quoted(self, start: int) -> tuple[str, int]:
        """The text between the quote at `start` and the next one, and where that ends."""
        found = _QUOTED.match(self.text, start + 1)
        end = found.end() if found else len(self.text)
        if end >= len(self.text):
            raise FaultError("this quote is never closed", start, 'close it with "')
        return self.text[start + 1 : end], end + 1

    def phrase(self) -> None:
        inner, end = self.quoted(self.at)
        self.emit("PHRASE", inner, end)

    def exact(self) -> None:
        start = self.at + 1
        if self.text[start : start + 1] and self.text[start] in _QUOTES:
            inner, end = self.quoted(start)
        else:
            found = _CHUNK.match(self.text, start)
            if not found:
                raise FaultError("= wants a word or a phrase right after it", self.at, 'write =NATO or ="Red Cross"')
            inner, end = found[0], found.end()
        wild = regex.search(r"[*?]", inner)
        if wild:
            column = self.text.index(wild[0], start)
            raise FaultError(
                f"{wild[0]} cannot stand in an exact spelling", column, "leave out either = or the wildcard"
            )
        self.emit("EXACT", inner, end)

    def entity(self) -> None:
        found = _ENTITY.match(self.text, self.at + 1)
        if not found:
            raise FaultError("@ wants the name of an entity right after it", self.at, "write e.g. @putin")
        self.emit("ENTITY", found[0], found.end())

    def chunk(self) -> None:
        found = _CHUNK.match(self.text, self.at)
        word = _UNSEEN.sub("", found[0]) if found else ""
        end = found.end() if found else self.at
        following = self.text[end : end + 1]
        if following == ":":
            self.field(word, end + 1)
        elif following == "/":
            self.counted(word, end + 1)
        elif _reserved(word):
            self.operator(word, end)
        else:
            self.word(word, end, following)

    def word(self, word: str, end: int, following: str) -> None:
        if _NUMBERED.fullmatch(word):
            raise FaultError(f"{word} is not an operator", self.at, numbered_mend(word))
        if word in {"ANDNOT", "XOR", "ATLEAST"}:
            mend = {"ANDNOT": "write AND NOT", "XOR": "write (a OR b) NOT (a AND b)"}.get(word, "write ATLEAST/3 putin")
            raise FaultError(f"{word} alone is not an operator", self.at, mend)
        if following == "(":
            near = difflib.get_close_matches(word.upper(), [*_WITHIN, *_OPERATORS], n=1)
            mend = f"did you mean {near[0]}( ? " if near else ""
            raise FaultError(f"{word}( is not known", self.at, f"{mend}put a space before ( for AND")
        self.emit("WORD", word, end)

    def operator(self, word: str, end: int) -> None:
        kind = _OPERATORS.get(word)
        if word in _WITHIN:
            if not _OPEN_NEXT.match(self.text, end):
                raise FaultError(f"{word} wants parentheses", self.at, f"write {word}(putin kim)")
            self.emit("WITHIN", word.lower(), end)
        elif kind == "NEAR":
            self.emit(kind, f"{word}/{self.default_distance(word, end)}", end)
        elif kind:
            self.emit(kind, word, end)
        else:
            plain = unicodedata.normalize("NFKC", word)
            mend = f"write {plain.upper()} for the operator, '{plain.lower()}' for the word"
            raise FaultError(f"{word} is neither an operator nor a plain word", self.at, mend)

    def default_distance(self, word: str, end: int) -> int:
        number = _NUMBER_NEXT.match(self.text, end)
        if number:
            mend = f"write {word}/{number[1]}, or quotes around the number"
            raise FaultError(f"{word} takes its number after a slash", self.at, mend)
        return DEFAULT_DISTANCE

    def counted(self, word: str, number_at: int) -> None:
        tail = _TAIL.match(self.text, number_at)
        given = tail[0] if tail else ""
        if word in _COUNTED:
            if not _NUMBER.fullmatch(given) or (word == "ATLEAST" and int(given) == 0):
                raise FaultError(f"{word}/{given}: a number is wanted", self.at, number_mend(word, given))
            self.emit("ATLEAST" if word == "ATLEAST" else "NEAR", f"{word}/{int(given)}", number_at + len(given))
        elif word.upper() in _COUNTED:
            raise FaultError("operators are written in capitals", self.at, f"write {word.upper()}/{given or 10}")
        elif _FOREIGN_NEAR.fullmatch(f"{word}/{given}"):
            raise FaultError(f"{word}/{given} is not known", self.at, "write NEAR/10, or ONEAR/10 for this order")
        else:
            raise FaultError("/ means nothing here", number_at - 1, f'write it in quotes: "{word}/{given}"')

    def field(self, name: str, start: int) -> None:
        if name in WORD_FIELDS:
            self.emit("FIELD", name, start)
        elif name in ABOUT_FIELDS:
            self.about(name, start)
        else:
            raise FaultError(f"{name}: is not a field", self.at, field_mend(name))

    def about(self, name: str, start: int) -> None:
        blank = _BLANK.match(self.text, start)
        start = blank.end() if blank else start
        if start < len(self.text) and self.text[start] in _QUOTES:
            value, end = self.quoted(start)
        else:
            found = _VALUE.match(self.text, start)
            value, end = (found[0], found.end()) if found else ("", start)
        if self.text[end : end + 1] in {"*", "?"}:
            raise FaultError(f"{name}: takes no wildcards", end, "write the whole value")
        self.emit("ABOUT", f"{name}:{_about_value(name, value, self.at)}", end)


_READERS: dict[str, Callable[[_Scan], None]] = {
    "#": _Scan.comment,
    "(": _Scan.parenthesis,
    ")": _Scan.parenthesis,
    "=": _Scan.exact,
    "@": _Scan.entity,
    **dict.fromkeys(_QUOTES, _Scan.phrase),
}


def _reserved(word: str) -> bool:
    """Whether it is an operator; in small letters it is a word, and anything between is refused."""
    plain = unicodedata.normalize("NFKC", word)
    return plain != plain.lower() and plain.upper() in {*_OPERATORS, *_WITHIN}


def _about_value(name: str, value: str, column: int) -> str:
    folded = " ".join(fold(value).text.split())
    if not folded:
        example = {"source": "bbc.co.uk", "lang": "en", "feed": '"BBC World"', "tag": "asia"}[name]
        raise FaultError(f"{name}: wants a value", column, f"write e.g. {name}:{example}")
    if name == "lang" and not regex.fullmatch(r"[a-z]{2}", folded):
        raise FaultError(f"{value} is no language code", column, "write the two letters of ISO 639-1, e.g. lang:en")
    if name == "source" and not _DOMAIN.fullmatch(folded):
        raise FaultError(f"{value} is no domain", column, "write the publisher's domain, e.g. source:bbc.co.uk")
    return folded
