"""A query back to text: in its own language, and in plain English."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from worker.match.mends import suspicious
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
    walk,
)
from worker.match.reading import LEAD_WORDS
from worker.match.text import matched_inside

LONGEST_LIST = 40
"""How many alternatives a sentence names before it only counts them."""

_OR, _AND, _NEAR, _UNARY = range(4)
_LETTERS = regex.compile(r"[\p{L}\p{N}\p{M}]++")
_BARE_VALUE = regex.compile(r"[\p{L}\p{N}\p{M}][\p{L}\p{N}\p{M}.-]*+")
_LIKE_OPERATORS = {"and", "or", "not", "near", "onear"}
_WILD = regex.compile(r"[*?]")
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
    if len(words) == 1 and not suspicious(words[0]):
        return words[0]
    if any(word.endswith("?") for word in words):  # in quotes it would be a question mark
        return "-".join(words)
    return f'"{" ".join(words)}"'


def _written(node: Node) -> str:
    match node:
        case Phrase():
            return _quoted(node.words)
        case Exact():
            return (
                f"={_quoted(node.words)}" if all(map(_LETTERS.fullmatch, node.words)) else f'="{" ".join(node.words)}"'
            )
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
    """What the query means, as one English sentence; brackets keep together what belongs together."""
    return f"Articles with {_said(query.root)}."


def doubts(query: Query) -> list[str]:
    """Sentences on what is understood but may be meant otherwise: and, or, not in small letters are words here."""
    words = (node.words for node, _ in walk(query.root) if isinstance(node, Phrase))
    small = dict.fromkeys(row[0] for row in words if len(row) == 1 and row[0] in _LIKE_OPERATORS)
    return [f'"{word}" is a word here; for the operator write {word.upper()}' for word in small]


def _grouped(node: Node) -> str:
    """Said so that it can stand inside a longer sentence without being misread."""
    closed = _strength(node) == _UNARY or (isinstance(node, Or) and len(node.parts) > 2)
    return _said(node) if closed else f"[{_said(node)}]"


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
            return _said_joined(node)
        case _:
            return _said_operator(node)


def _said_joined(node: And | Or) -> str:
    if isinstance(node, And):
        return " and ".join(map(_grouped, node.parts))
    if len(node.parts) > 2:
        return f"any of {_listed(node.parts)}"
    return "either " + " or ".join(map(_grouped, node.parts))


def _listed(parts: Sequence[Node]) -> str:
    """Some alternatives in brackets; a word that is only a word needs no more than its quotes."""
    items = [_item(part) for part in parts[:LONGEST_LIST]]
    more = f" and {len(parts) - LONGEST_LIST:,} more" if len(parts) > LONGEST_LIST else ""
    return f"[{', '.join(items)}{more}]"


def _item(node: Node) -> str:
    if isinstance(node, Phrase) and len(node.words) == 1 and not _WILD.search(node.words[0]):
        return f"“{node.words[0]}”"
    return _grouped(node)


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
            return _said_absent(node.part)


def _said_absent(node: Node) -> str:
    match node:
        case And():
            return f"not all of {_listed(node.parts)} together"
        case Or():
            return f"none of {_listed(node.parts)}"
        case About():
            return f"not {_said_about(node)}"
        case _:
            return f"without {_grouped(node)}"


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
