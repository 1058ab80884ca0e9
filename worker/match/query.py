"""The query language: text -> tree, or an error with its column and its mend.

NOT and ATLEAST/n bind tightest, then NEAR, AND (also by words standing side by side), OR. Two NOTs cancel.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from lark import Lark, Transformer
from lark.exceptions import UnexpectedToken

from worker.errors import QueryError
from worker.match.lexer import MAX_NESTING, TokenLexer, tokenise
from worker.match.mends import IN_FIELD_MENDS, UNDEFINED, FaultError, shown
from worker.match.nodes import (
    About,
    Alias,
    And,
    AtLeast,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Query,
    Scope,
    Within,
    conjunction,
    disjunction,
    walk,
)
from worker.match.terms import WANTS
from worker.match.tokens import Token

# The usual rules of an expression, each written out for everything it may begin with. That saves the parser a step at
# every level of binding for every term: half of the time it takes.
_UNIT = "(TERM | unit)"
_PLACE = "(TERM | unit | near)"
_PART = "(TERM | unit | near | all)"
_WHOLE = "(TERM | unit | near | all | any)"
_GRAMMAR = rf"""
start: {_WHOLE}
any: {_PART} OR {_PART} | any OR {_PART}
all: {_PLACE} AND? {_PLACE} | all AND? {_PLACE}
near: {_UNIT} NEAR {_UNIT}
    | near NEAR {_UNIT} -> near_again
group: LPAR {_WHOLE} RPAR
unit: group -> start
    | NOT {_UNIT} -> negation
    | ATLEAST {_UNIT} -> at_least
    | WITHIN group -> within
    | FIELD (TERM | group) -> scope
    | FIELD WITHIN group -> scope_of_within
%declare OR AND NEAR NOT ATLEAST FIELD WITHIN LPAR RPAR TERM
"""

# Where the operator that was written stands for {0}.
_NEAR_MENDS: dict[type[Node], str] = {
    And: "{0} relates words, phrases, @entities and (a OR b): put words that stand in a row in quotes",
    Not: "write NOT (a {0} b)",
    Near: "write (a {0} b) AND (b {0} c)",
    Scope: "write the field in front of the whole: title:(a {0} b)",
    About: "join it with AND: it is about the article, not a place in its words",
    AtLeast: "join it with AND",
    Within: "join it with AND",
}
_COUNT_MENDS = dict.fromkeys(_NEAR_MENDS, "ATLEAST counts a word, a phrase, an @entity or (a OR b)")
# A parenthesis adds at most five levels: OR, AND, NOT, a field and SENTENCE.
_SURELY_FLAT = MAX_NESTING // 5 - 1


class _Parts(list[Node]):
    """The parts of an AND or OR that is still being read."""


class _All(_Parts):
    """Of an AND."""


class _Any(_Parts):
    """Of an OR."""


_Read: TypeAlias = Token | Node | _Parts


def _node(read: _Read) -> Node:
    if type(read) is Token:
        return read.value  # type: ignore[return-value]  # what the grammar takes for a term carries its node
    if isinstance(read, _Parts):
        return conjunction(read) if type(read) is _All else disjunction(read)
    return read  # type: ignore[return-value]  # nothing else is left


def _operator(token: _Read) -> tuple[str, int]:
    """An operator as it was written, and its column."""
    return str(token.value), token.column  # type: ignore[union-attr]  # by the grammar it is a Token


def _check_places(operator: str, node: Node, does: str, mends: Mapping[type[Node], str]) -> None:
    """NEAR and ATLEAST take what has places in the text: words, phrases, entities and OR-groups of those."""
    for part in node.parts if isinstance(node, Or) else (node,):
        if not isinstance(part, Leaf):
            raise FaultError(f"{operator} cannot {does} this", part.column, mends[type(part)].format(operator))


class _Builder(Transformer[Token, Node]):
    """Grammar rules -> nodes; stateless, one for all queries."""

    def start(self, read: list[_Read]) -> Node:
        return _node(read[0])

    def any(self, read: list[_Read]) -> _Any:
        first = read[0]
        parts = first if type(first) is _Any else _Any([_node(first)])
        parts.append(_node(read[-1]))
        return parts

    def all(self, read: list[_Read]) -> _All:
        first = read[0]
        parts = first if type(first) is _All else _All([_node(first)])
        parts.append(_node(read[-1]))
        return parts

    def near(self, read: list[_Read]) -> Node:
        operator, _ = _operator(read[1])
        left, right = _node(read[0]), _node(read[2])
        _check_places(operator, left, "relate", _NEAR_MENDS)
        _check_places(operator, right, "relate", _NEAR_MENDS)
        name, _, distance = operator.partition("/")
        return Near(left, right, int(distance), ordered=name == "ONEAR", column=left.column)

    def near_again(self, read: list[_Read]) -> Node:
        first = read[0]
        operator, column = _operator(read[1])
        before = f"{'O' * first.ordered}NEAR/{first.distance}" if isinstance(first, Near) else "NEAR/10"
        raise FaultError(f"{operator} cannot follow another NEAR", column, f"write (a {before} b) AND (b {operator} c)")

    def group(self, read: list[_Read]) -> Node:
        return _node(read[1])

    def negation(self, read: list[_Read]) -> Node:
        part = _node(read[1])
        return part.part if isinstance(part, Not) else Not(part, column=_operator(read[0])[1])

    def at_least(self, read: list[_Read]) -> Node:
        operator, column = _operator(read[0])
        part = _node(read[1])
        _check_places(operator, part.part if isinstance(part, Scope) else part, "count", _COUNT_MENDS)
        return AtLeast(int(operator.partition("/")[2]), part, column=column)

    def within(self, read: list[_Read]) -> Node:
        name, column = _operator(read[0])
        written = f"{name.upper()}( )"
        part = _node(read[1])
        for node, _ in walk(part):
            if not isinstance(node, Leaf | And | Or | Not | Near):
                raise FaultError(f"this cannot stand inside {written}", node.column, _within_mend(name, node))
        _check_positive(part, f"inside {written}")
        return Within(name, part, column=column)

    def scope(self, read: list[_Read]) -> Node:
        return _scope(read[0], _node(read[1]))

    def scope_of_within(self, read: list[_Read]) -> Node:
        return _scope(read[0], self.within(read[1:]))


def _within_mend(name: str, node: Node) -> str:
    if isinstance(node, Scope):
        return f"write the field in front of the whole: {node.field}:{name.upper()}(kim putin)"
    return f"join it with AND: {name.upper()}( ) holds words, phrases, @entities, NEAR, AND, OR and NOT"


def _scope(field: _Read, part: Node) -> Scope:
    for node, _ in walk(part):
        if isinstance(node, Scope | About):
            raise FaultError("a field cannot stand inside another", node.column, "join the two with AND")
    name, column = _operator(field)
    return Scope(name, part, column=column)


@cache
def _parser() -> Lark:
    return Lark(
        _GRAMMAR,
        parser="lalr",
        lexer=TokenLexer,
        transformer=_Builder(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )


def parse(text: str, *, entities: Collection[str] | None = None) -> Query:
    """Understands a query or says where and how to mend it.

    `entities` are the names that `@name` may use, whatever its case; None leaves them unchecked. Raises QueryError for
    everything that is not understood: nothing unknown is read as words.
    """
    try:
        tokens = tokenise(text)
        kinds = [token.type for token in tokens]
        if entities is not None:
            _resolve_entities(tokens, entities)
        root = _read(text, tokens)
        if kinds.count("LPAR") > _SURELY_FLAT:
            _check_depth(root)
        if "NOT" in kinds:
            _check_positive(root, "the query")
    except FaultError as fault:
        raise QueryError(fault.message, query=text, column=fault.column, mend=fault.mend) from None
    return Query(root, text)


def _read(text: str, tokens: Sequence[Token]) -> Node:
    try:
        root: Node = _parser().parse(tokens)  # type: ignore[assignment]  # the transformer makes it a node
    except UnexpectedToken as problem:
        raise _misplaced(text, problem.token, tokens) from None
    return root


def _misplaced(text: str, problem: object, tokens: Sequence[Token]) -> FaultError:
    """Why the grammar could not go on at `problem`, one of the tokens or the end, told by what stands before it."""
    at = next((number for number, token in enumerate(tokens) if token is problem), len(tokens))
    here = tokens[at] if at < len(tokens) else None
    written = shown(text[here.column : here.end]) if here else ""
    if at == 0:
        if here is None:
            hashtag = "; # starts a comment, a hashtag's word is written without it" if "#" in text else ""
            return FaultError("the query is empty", 0, f"write {WANTS}{hashtag}")
        return FaultError(f"{written} cannot stand at the start", here.column, f"write {WANTS} before it")
    before = tokens[at - 1]
    name = shown(text[before.column : before.end])
    if here and before.type == "LPAR":
        return FaultError(f"{written} cannot stand after (", here.column, f"write {WANTS} before it")
    if here and before.type == "NOT" and here.type == "NEAR":
        return FaultError(f"{written} cannot stand after NOT", here.column, f"write a NOT (a {here.value} b)")
    if here and before.type == "FIELD" and here.type in IN_FIELD_MENDS:
        mend = IN_FIELD_MENDS[here.type].format(here.value, before.value)
        return FaultError(f"{written} cannot stand after {name}", here.column, mend)
    wanted = 'a word, a "phrase", an @entity or a group in ( )' if before.type == "FIELD" else WANTS
    return FaultError(
        f"something is missing after {name}", here.column if here else before.end, f"write {wanted} after it"
    )


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


def _resolve_entities(tokens: Sequence[Token], entities: Collection[str]) -> None:
    """Gives every @name the spelling its entity is defined with. Raises FaultError for one that is not."""
    for token in tokens:
        if isinstance(token.value, Alias) and token.value.name not in entities:
            token.value = Alias(_resolved(token.value, entities), token.column)


def _resolved(alias: Alias, entities: Collection[str]) -> str:
    wanted = alias.name.casefold()
    same = next((name for name in entities if name.casefold() == wanted), None)
    if same is not None:
        return same
    near = difflib.get_close_matches(wanted[:100], list(entities), n=3, cutoff=0.5)
    names = " or ".join(f"@{name}" for name in near)
    mend = f"did you mean {names} ?" if near else UNDEFINED
    raise FaultError(f"@{shown(alias.name)} is not a known entity", alias.column, mend)
