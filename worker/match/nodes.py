"""What a query says, as a tree of frozen records.

    leaves   Phrase  Exact  Alias          words to be found
    places   Near  Within  AtLeast  Scope  how and where they stand
    logic    And  Or  Not
    article  About                         about the article, not its words

`column` is where the node starts in the query text; two trees that say the same are equal wherever they were written.
And holds no And and Or holds no Or: `conjunction` and `disjunction` flatten them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


def _column() -> int:
    return field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, folded; one word is a phrase of one. A word may end in * or hold ? for one letter."""

    words: tuple[str, ...]
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Exact:
    """Words in a row spelled exactly so: case and accents count."""

    words: tuple[str, ...]
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Alias:
    """Any alias of the entity of that name."""

    name: str
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Near:
    """Both in one field with at most `distance` words between them; `ordered` wants left first."""

    left: Node
    right: Node
    distance: int
    ordered: bool
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Within:
    """`part` holds inside one "sentence" or one "paragraph"."""

    unit: str
    part: Node
    column: int = _column()


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`part` occurs `count` times or more in the whole article; what overlaps counts once."""

    count: int
    part: Node
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Scope:
    """`part` in that field only: title, lead, body, author or url."""

    field: str
    part: Node
    column: int = _column()


@dataclass(frozen=True, slots=True)
class About:
    """The article's source, lang, feed or tag is `value` (folded)."""

    key: str
    value: str
    column: int = _column()


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Node, ...]
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Not:
    """`part`, which is no Not, does not hold."""

    part: Node
    column: int = _column()


Leaf: TypeAlias = Phrase | Exact | Alias
Node: TypeAlias = Leaf | Near | Within | AtLeast | Scope | About | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood; `text` is how it was written."""

    root: Node
    text: str = field(default="", compare=False)


def conjunction(parts: Sequence[Node]) -> Node:
    """All of `parts`, as flat as can be."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat), column=parts[0].column)


def disjunction(parts: Sequence[Node]) -> Node:
    """Any of `parts`, as flat as can be."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat), column=parts[0].column)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below `node`."""
    match node:
        case And() | Or():
            return node.parts
        case Near():
            return (node.left, node.right)
        case Not() | Scope() | AtLeast() | Within():
            return (node.part,)
        case _:
            return ()


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth, `node` first at depth 1, in the order written; needs no recursion."""
    waiting = [(node, 1)]
    while waiting:
        current, depth = waiting.pop()
        yield current, depth
        waiting.extend((child, depth + 1) for child in reversed(children(current)))
