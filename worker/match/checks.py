"""What the clauses of a topic leave open, as checks that tables can make for many topics at once (see `checking`).

A check looks at groups: a group stands wherever one of its rows does, a row where its terms follow each other. Terms
are those of `needs`. What is no check, such as an exact spelling, is left to be evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypeAlias

from worker.match.lexicon import Joined, Lexicon, Row, Wild, Word
from worker.match.needs import term_of
from worker.match.nodes import Alias, And, AtLeast, Near, Node, Not, Or, Phrase, Scope

Terms: TypeAlias = tuple[str, ...]

FARTHEST = 62
"""The distance that NEAR may be checked for: what stands farther apart is told by `evaluate`."""

_MOST = 4095
"""The count that ATLEAST may be checked for."""


class Kind(IntEnum):
    """What has to be there."""

    SOME = 0
    AT_LEAST = 1
    NEAR = 2
    ORDERED = 3
    SENTENCE = 4
    PARAGRAPH = 5


class Part(IntEnum):
    """Where it has to be there."""

    WHOLE = 0
    TITLE = 1
    BODY = 2
    LEAD = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of terms; `negated` where none of them may stand in the sentence or paragraph."""

    rows: tuple[Terms, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to tell of an article: `number` is the count of AT_LEAST or the distance of NEAR and ORDERED.

    NEAR and ORDERED have two groups, SENTENCE and PARAGRAPH one or more that are not negated, the others one. `negated`
    checks must not hold.
    """

    kind: Kind
    groups: tuple[Group, ...]
    number: int = 0
    part: Part = Part.WHOLE
    negated: bool = False


_UNITS = {"sentence": Kind.SENTENCE, "paragraph": Kind.PARAGRAPH}
_PARTS = {"title": Part.TITLE, "body": Part.BODY, "lead": Part.LEAD}


def checks_of(node: Node, lexicon: Lexicon) -> tuple[Check, ...] | None:
    """The checks that all hold where `node`, one in terms of `lexicon`, does; None where checks cannot tell."""
    match node:
        case Not():
            found = checks_of(node.part, lexicon)
            return (replace(found[0], negated=not found[0].negated),) if found and len(found) == 1 else None
        case Scope():
            return _scoped(node, lexicon)
        case And():
            return _all([checks_of(part, lexicon) for part in node.parts])
        case _:
            check = _check(node, lexicon)
            return (check,) if check else None


def _scoped(node: Scope, lexicon: Lexicon) -> tuple[Check, ...] | None:
    found = checks_of(node.part, lexicon)
    if not found or node.field not in _PARTS or any(check.kind in _UNITS.values() for check in found):
        return None
    return tuple(replace(check, part=_PARTS[node.field]) for check in found)


def _all(found: Sequence[tuple[Check, ...] | None]) -> tuple[Check, ...] | None:
    known = [checks for checks in found if checks]
    return tuple(check for checks in known for check in checks) if len(known) == len(found) else None


def _check(node: Node, lexicon: Lexicon) -> Check | None:
    match node:
        case Near() if node.distance <= FARTHEST:
            sides = _groups((node.left, node.right), lexicon)
            return Check(Kind.ORDERED if node.ordered else Kind.NEAR, sides, node.distance) if sides else None
        case Joined():
            return _joined(node, lexicon)
        case AtLeast() if node.count <= _MOST:
            group = _group(node.part, lexicon)
            return Check(Kind.AT_LEAST, (group,), node.count) if group else None
        case _:
            group = _group(node, lexicon)
            return Check(Kind.SOME, (group,)) if group else None


def _joined(node: Joined, lexicon: Lexicon) -> Check | None:
    parts = node.part.parts if isinstance(node.part, And) else (node.part,)
    groups = _groups([part.part if isinstance(part, Not) else part for part in parts], lexicon)
    if not groups or all(isinstance(part, Not) for part in parts):
        return None
    signed = (replace(group, negated=isinstance(part, Not)) for group, part in zip(groups, parts, strict=True))
    return Check(_UNITS[node.unit], tuple(signed))


def _groups(nodes: Sequence[Node], lexicon: Lexicon) -> tuple[Group, ...] | None:
    groups = [_group(node, lexicon) for node in nodes]
    known = [group for group in groups if group]
    return tuple(known) if len(known) == len(groups) else None


def _group(node: Node, lexicon: Lexicon) -> Group | None:
    """The group that a term or an OR of terms is; None where one of them is no row."""
    rows: list[Terms] = []
    for leaf in node.parts if isinstance(node, Or) else (node,):
        if not isinstance(leaf, Phrase | Alias):
            return None
        rows += _rows(leaf, lexicon)
    # Rows are shifted by less than a number's bits, too.
    return Group(tuple(rows)) if rows and all(len(row) <= FARTHEST for row in rows) else None


def _rows(leaf: Phrase | Alias, lexicon: Lexicon) -> Iterable[Terms]:
    """What `leaf` is in lines without scripts that match inside words: what is glued is in no such line."""
    if isinstance(leaf, Word | Row | Wild):
        known = [leaf.words]
    else:
        known = [pattern.tokens for pattern in lexicon.patterns(leaf) if not any(pattern.glued)]
    return [tuple(term_of(token, stemmed=lexicon.stem is not None) for token in tokens) for tokens in known]
