"""A query back to text: in its own language, and in plain English."""

from __future__ import annotations

import regex

from worker.match.nodes import (
    About,
    Alias,
    And,
    AtLeast,
    Exact,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Scope,
    Within,
)
from worker.match.reading import LEAD_WORDS
from worker.match.text import matched_inside

_OR, _AND, _NEAR, _UNARY = range(4)
_BARE_VALUE = regex.compile(r"[\p{L}\p{N}\p{M}][\p{L}\p{N}\p{M}.-]*+")
_PLACES = {
    "title": "in the title",
    "lead": f"in the first {LEAD_WORDS} words",
    "body": "in the text",
    "author": "in the author's name",
    "url": "in the URL",
}


def to_query(query: Query) -> str:
    """The query in its own language, in one line: `parse` of it gives an equal query."""
    return _written(query.root)


def _strength(node: Node) -> int:
    match node:
        case Or():
            return _OR
        case And():
            return _AND
        case Near():
            return _NEAR
        case _:
            return _UNARY


def _inner(node: Node, at_least: int) -> str:
    text = _written(node)
    return text if _strength(node) >= at_least else f"({text})"


def _quoted(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f'"{" ".join(words)}"'


def _written(node: Node) -> str:
    match node:
        case Phrase():
            return _quoted(node.words)
        case Exact():
            return f"={_quoted(node.words)}"
        case Alias():
            return f"@{node.name}"
        case About():
            return f"{node.key}:" + (node.value if _BARE_VALUE.fullmatch(node.value) else f'"{node.value}"')
        case And() | Or():
            operator, level = (" AND ", _NEAR) if isinstance(node, And) else (" OR ", _AND)
            return operator.join(_inner(part, level) for part in node.parts)
        case _:
            return _written_operator(node)


def _written_operator(node: Near | Within | AtLeast | Scope | Not) -> str:
    match node:
        case Near():
            operator = f"{'ONEAR' if node.ordered else 'NEAR'}/{node.distance}"
            return f"{_inner(node.left, _UNARY)} {operator} {_inner(node.right, _UNARY)}"
        case Within():
            return f"{node.unit.upper()}({_written(node.part)})"
        case AtLeast():
            return f"ATLEAST/{node.count} {_inner(node.part, _UNARY)}"
        case Scope():
            group = not isinstance(node.part, Phrase | Exact | Alias | Within)
            return f"{node.field}:({_written(node.part)})" if group else f"{node.field}:{_written(node.part)}"
        case Not():
            return f"NOT {_inner(node.part, _UNARY)}"


def in_words(query: Query) -> str:
    """What the query means, as one English sentence."""
    return f"Articles with {_said(query.root)}."


def _grouped(node: Node) -> str:
    """Said so that it can stand inside a longer sentence without being misread."""
    return _said(node) if _strength(node) == _UNARY else f"[{_said(node)}]"


def _said(node: Node) -> str:
    match node:
        case Phrase():
            return _said_phrase(node)
        case Exact():
            return f"“{' '.join(node.words)}” in exactly this spelling"
        case Alias():
            return f"any name of @{node.name}"
        case About():
            return _said_about(node)
        case And() | Or():
            start, joint = ("", " and ") if isinstance(node, And) else ("either ", " or ")
            return start + joint.join(_grouped(part) for part in node.parts)
        case _:
            return _said_operator(node)


def _said_operator(node: Near | Within | AtLeast | Scope | Not) -> str:
    match node:
        case Near():
            order = "in this order" if node.ordered else "in any order"
            apart = f"at most {node.distance} {'word' if node.distance == 1 else 'words'} between them"
            return f"{_grouped(node.left)} and {_grouped(node.right)} with {apart}, {order}"
        case Within():
            return f"one {node.unit} that holds {_grouped(node.part)}"
        case AtLeast():
            times = "time" if node.count == 1 else "times"
            return f"at least {node.count} {times} {_grouped(node.part)}"
        case Scope():
            return f"{_grouped(node.part)} {_PLACES[node.field]}"
        case Not():
            return f"not {_grouped(node.part)}"


def _said_phrase(node: Phrase) -> str:
    text = f"“{' '.join(node.words)}”"
    if len(node.words) > 1:
        wild = any("*" in word or "?" in word for word in node.words)
        return f"the words {text} in a row" + (" (* is any ending, ? one letter)" if wild else "")
    if "?" in text:
        return f"a word like {text} (? is one letter{', * any ending' if '*' in text else ''})"
    if "*" in text:
        return f"a word that starts with “{node.words[0].removesuffix('*')}”"
    return f"{text} (also inside a longer word)" if matched_inside(text) else f"the word {text}"


def _said_about(node: About) -> str:
    match node.key:
        case "source":
            return f"the publisher {node.value} or one of its sub-domains"
        case "lang":
            return f"the language {node.value}"
        case "feed":
            return f"the feed “{node.value}”"
        case _:
            return f"the tag “{node.value}”"
