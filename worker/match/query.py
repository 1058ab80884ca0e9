"""The query language: text -> tree, or an error with its column and its mend.

NOT and ATLEAST/n bind tightest, then NEAR, AND (also by words standing side by side), OR. Two NOTs cancel.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from functools import cache

import regex
from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedToken

from worker.errors import QueryError
from worker.match.lexer import MAX_NESTING, FaultError, QueryLexer, tokenise
from worker.match.nodes import (
    About,
    Alias,
    And,
    AtLeast,
    Exact,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Scope,
    Within,
    conjunction,
    disjunction,
    walk,
)
from worker.match.text import exact_units, matched_inside, units

MAX_PHRASE = 64
MIN_LITERAL = 3

_GRAMMAR = r"""
start: _or
_or: or_
?or_: and_ (_OR and_)*
?and_: near (_AND? near)*
?near: _unary (NEAR _unary)*
_unary: negation | at_least | _primary
negation: NOT _unary
at_least: ATLEAST _unary
_primary: _scoped | about | scope
scope: FIELD _scoped
_scoped: word | phrase | exact | alias | within | _group
_group: _LPAR or_ _RPAR
within: WITHIN _LPAR or_ _RPAR
word: WORD
phrase: PHRASE
exact: EXACT
alias: ENTITY
about: ABOUT
%declare _OR _AND NEAR NOT ATLEAST FIELD WITHIN _LPAR _RPAR WORD PHRASE EXACT ENTITY ABOUT
"""

_WANTS = 'a word, a "phrase" or an @entity'
_NEAR_MENDS: dict[type[Node], str] = {
    And: "NEAR relates words, phrases, @entities and (a OR b): put words that stand in a row in quotes",
    Not: "write NOT (a NEAR/10 b)",
    Near: "write (a NEAR/10 b) AND (b NEAR/10 c)",
    Scope: "write the field in front of the whole: title:(a NEAR/10 b)",
    About: "join it with AND: it is about the article, not a place in its words",
    AtLeast: "join it with AND",
    Within: "join it with AND",
}


_COUNT_MENDS = dict.fromkeys(_NEAR_MENDS, "ATLEAST counts a word, a phrase, an @entity or (a OR b)")


def _column(token: Token) -> int:
    return token.start_pos or 0


def _checked_words(text: str, column: int) -> tuple[str, ...]:
    """The folded words of a phrase, wildcards checked."""
    words = tuple(_checked_word(unit, column) for unit in units(text, wildcards=True))
    if not words:
        raise FaultError("there is no word in it", column, f"write {_WANTS}: letters or digits")
    if len(words) > MAX_PHRASE:
        raise FaultError(f"a phrase has at most {MAX_PHRASE} words", column, "write a shorter one")
    return words


def _checked_word(unit: str, column: int) -> str:
    wild = regex.search(r"[*?]", unit)
    if not wild:
        return unit
    literal = len(regex.findall(r"[\p{L}\p{N}]", unit[: wild.start()]))
    if literal < MIN_LITERAL:
        mend = f"write at least {MIN_LITERAL} letters before {wild[0]}"
        raise FaultError(f"the wildcard in {unit} is too short", column, mend)
    if "*" in unit[:-1]:
        raise FaultError("* stands only at the end of a word", column, "write ? for one letter inside a word")
    if not matched_inside(unit):
        return unit
    if "?" in unit or not matched_inside(unit[-2]):
        mend = "leave it out: Han, Kana, Hangul and Thai are found inside longer words anyway"
        raise FaultError(f"{wild[0]} is for scripts that put spaces between words", column, mend)
    return unit.removesuffix("*")


def _check_places(operator: Token, node: Node, does: str, mends: Mapping[type[Node], str]) -> None:
    """NEAR and ATLEAST take what has places in the text: words, phrases, entities and OR-groups of those."""
    for part in node.parts if isinstance(node, Or) else (node,):
        if not isinstance(part, Leaf):
            raise FaultError(f"{operator} cannot {does} this", part.column, mends[type(part)])


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Grammar rules -> nodes; stateless, one for all queries."""

    def start(self, root: Node) -> Node:
        return root

    def or_(self, *parts: Node) -> Node:
        return disjunction(parts)

    def and_(self, *parts: Node) -> Node:
        return conjunction(parts)

    def near(self, left: Node, operator: Token, right: Node, *more: Token | Node) -> Node:
        if more and isinstance(more[0], Token):
            mend = "write (a NEAR/10 b) AND (b NEAR/10 c)"
            raise FaultError(f"{more[0]} cannot follow another NEAR", _column(more[0]), mend)
        _check_places(operator, left, "relate", _NEAR_MENDS)
        _check_places(operator, right, "relate", _NEAR_MENDS)
        name, _, distance = operator.partition("/")
        return Near(left, right, int(distance), ordered=name == "ONEAR", column=left.column)

    def negation(self, operator: Token, part: Node) -> Node:
        return part.part if isinstance(part, Not) else Not(part, column=_column(operator))

    def at_least(self, operator: Token, part: Node) -> Node:
        inner = part.part if isinstance(part, Scope) else part
        _check_places(operator, inner, "count", _COUNT_MENDS)
        return AtLeast(int(operator.partition("/")[2]), part, column=_column(operator))

    def within(self, name: Token, part: Node) -> Node:
        for node, _ in walk(part):
            if not isinstance(node, Leaf | And | Or | Not | Near):
                mend = "it holds words, phrases, @entities, NEAR, AND, OR and NOT; join the rest with AND"
                raise FaultError("this cannot stand here", node.column, mend)
        _check_positive(part, f"inside {name.upper()}( )")
        return Within(str(name), part, column=_column(name))

    def scope(self, field: Token, part: Node) -> Node:
        for node, _ in walk(part):
            if isinstance(node, Scope | About):
                raise FaultError("a field cannot stand inside another", node.column, "join the two with AND")
        return Scope(str(field), part, column=_column(field))

    def about(self, token: Token) -> Node:
        key, _, value = token.partition(":")
        return About(key, value, column=_column(token))

    def word(self, token: Token) -> Node:
        return Phrase(_checked_words(token, _column(token)), column=_column(token))

    def phrase(self, token: Token) -> Node:
        return Phrase(_checked_words(token, _column(token)), column=_column(token))

    def exact(self, token: Token) -> Node:
        words = exact_units(token)
        if not 0 < len(words) <= MAX_PHRASE:
            mend = f'write =NATO or ="Red Cross", at most {MAX_PHRASE} words'
            raise FaultError("= wants a word or a phrase", _column(token), mend)
        return Exact(words, column=_column(token))

    def alias(self, token: Token) -> Node:
        return Alias(str(token), column=_column(token))


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer=QueryLexer, transformer=_Builder(), maybe_placeholders=False)


def parse(text: str, *, entities: Collection[str] | None = None) -> Query:
    """Understands a query or says where and how to mend it.

    `entities` are the names that `@name` may use; None leaves them unchecked. Raises QueryError for everything that is
    not understood: nothing unknown is read as words.
    """
    try:
        root = _read(text)
        _check_depth(root)
        _check_positive(root, "the query")
        _check_entities(root, entities)
    except FaultError as fault:
        raise QueryError(fault.message, query=text, column=fault.column, mend=fault.mend) from None
    return Query(root, text)


def _read(text: str) -> Node:
    try:
        root: Node = _parser().parse(text)  # type: ignore[assignment]  # lark's types do not know of the transformer
    except UnexpectedToken as problem:
        tokens = tokenise(text)
        before = [token for token in tokens if problem.token.type == "$END" or _column(token) < _column(problem.token)]
        raise _misplaced(problem.token, before) from None
    return root


def _misplaced(token: Token, before: Sequence[Token]) -> FaultError:
    """Why the grammar could not go on at `token`, told by what stands before it."""
    previous = before[-1] if before else None
    if previous is None and token.type == "$END":
        return FaultError("the query is empty", 0, f"write {_WANTS}")
    if previous is None or previous.type == "_LPAR":
        what = "at the start" if previous is None else "after ("
        return FaultError(f"{token} cannot stand {what}", _column(token), f"write {_WANTS} before it")
    column = (previous.end_pos or 0) if token.type == "$END" else _column(token)
    name = f"{previous}:" if previous.type == "FIELD" else str(previous)
    wanted = f"{_WANTS} or a group in ( )" if previous.type == "FIELD" else _WANTS
    return FaultError(f"something is missing after {name}", column, f"write {wanted} after it")


def _check_depth(root: Node) -> None:
    for node, depth in walk(root):
        if depth > MAX_NESTING:
            raise FaultError(f"the query is nested deeper than {MAX_NESTING}", node.column, "write it flatter")


def _holds_on_nothing(node: Node) -> bool:
    """Whether an article with none of the words would do."""
    match node:
        case Not():
            return not _holds_on_nothing(node.part)
        case And():
            return all(map(_holds_on_nothing, node.parts))
        case Or():
            return any(map(_holds_on_nothing, node.parts))
        case Scope():
            return _holds_on_nothing(node.part)
        case _:
            return False


def _check_positive(root: Node, where: str) -> None:
    if _holds_on_nothing(root):
        column = next((node.column for node, _ in walk(root) if isinstance(node, Not)), root.column)
        mend = "say also what must be there, e.g. putin NOT trump"
        raise FaultError(f"{where} only says what must be absent", column, mend)


def _check_entities(root: Node, entities: Collection[str] | None) -> None:
    if entities is None:
        return
    for node, _ in walk(root):
        if isinstance(node, Alias) and node.name not in entities:
            near = difflib.get_close_matches(node.name.lower(), list(entities), n=3, cutoff=0.5)
            names = " or ".join(f"@{name}" for name in near)
            mend = f"did you mean {names} ?" if near else "define it under [[entities]]"
            raise FaultError(f"@{node.name} is not a known entity", node.column, mend)
