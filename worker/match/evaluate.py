"""Whether a query holds for an article.

What stands for places (see `places`) holds where it has any; AND, OR, NOT and ATLEAST are plain logic over the whole
article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import TypeAlias

from worker.match import bits
from worker.match.lexicon import AnyOf, Joined, Row, Wild, Word
from worker.match.line import Span
from worker.match.nodes import About, Alias, And, AtLeast, Exact, Leaf, Near, Node, Not, Or, Phrase, Scope, Within
from worker.match.places import is_near, places, windows_with
from worker.match.reading import Reading
from worker.match.view import View

Clause: TypeAlias = tuple[Node, View]

_END_FIRST = itemgetter(1, 0)


def holds(node: Node, reading: Reading, view: View) -> bool:
    """Whether `node` holds where `view` looks."""
    return _HOLDS[node.__class__](node, reading, view)


def all_hold(nodes: Sequence[Node], reading: Reading) -> bool:
    """Whether all of `nodes` hold in title and text."""
    view = reading.whole
    for node in nodes:  # noqa: SIM110  a generator costs more than most nodes
        if not _HOLDS[node.__class__](node, reading, view):
            return False
    return True


def clauses(node: Node, reading: Reading, view: View) -> Iterator[Clause]:
    """What made `node` hold: nodes that stand for places, with where they were looked for."""
    match node:
        case And():
            for part in node.parts:
                yield from clauses(part, reading, view)
        case Or() if not all(isinstance(part, Leaf) for part in node.parts):
            for part in node.parts:
                if holds(part, reading, view):
                    yield from clauses(part, reading, view)
        case Scope():
            yield from clauses(node.part, reading, reading.view(node.field))
        case AtLeast():
            yield from clauses(node.part, reading, view)
        case Not() | About():
            return
        case _:
            yield node, view


# --- what holds ---------------------------------------------------------------------------------------------------


def _leaf_holds(node: Leaf, _reading: Reading, view: View) -> bool:
    return bool(bits.marks(node, view)[0] if view.line.fits_bits else places(node, view))


def _word_holds(node: Word, _reading: Reading, view: View) -> bool:
    return node.words[0] in view.positions


def _any_of_holds(node: AnyOf, reading: Reading, view: View) -> bool:
    if not view.positions.keys().isdisjoint(node.tokens):
        return True
    for leaf in node.others:  # noqa: SIM110  a generator costs more than most terms
        if _leaf_holds(leaf, reading, view):
            return True
    return False


def _near_holds(node: Near, _reading: Reading, view: View) -> bool:
    return bits.is_near(node, view) if view.line.fits_bits else is_near(node, view)


def _joined_holds(node: Joined, _reading: Reading, view: View) -> bool:
    return bits.is_within(node, view) if view.line.fits_bits else bool(windows_with(node, view))


def _within_holds(node: Within, _reading: Reading, view: View) -> bool:
    return bool(windows_with(node, view))


def _and_holds(node: And, reading: Reading, view: View) -> bool:
    for part in node.parts:  # noqa: SIM110  a generator costs more than most parts
        if not _HOLDS[part.__class__](part, reading, view):
            return False
    return True


def _or_holds(node: Or, reading: Reading, view: View) -> bool:
    for part in node.parts:  # noqa: SIM110  a generator costs more than most parts
        if _HOLDS[part.__class__](part, reading, view):
            return True
    return False


def _not_holds(node: Not, reading: Reading, view: View) -> bool:
    return not _HOLDS[node.part.__class__](node.part, reading, view)


def _scope_holds(node: Scope, reading: Reading, _view: View) -> bool:
    return holds(node.part, reading, reading.view(node.field))


def _at_least_holds(node: AtLeast, reading: Reading, view: View) -> bool:
    part, seen = (node.part.part, reading.view(node.part.field)) if isinstance(node.part, Scope) else (node.part, view)
    if seen.line.fits_bits and bits.is_single(part):
        return bits.marks(part, seen)[0].bit_count() >= node.count
    found = places(part, seen)
    return len(found) >= node.count and _apart(found) >= node.count


def _apart(spans: list[Span]) -> int:
    """How many spans can be picked without two overlapping: the earliest end first."""
    count, reached = 0, 0
    for first, end in sorted(spans, key=_END_FIRST):
        if first >= reached:
            count, reached = count + 1, end
    return count


def _about_holds(node: About, reading: Reading, _view: View) -> bool:
    return f"{node.key}:{node.value}" in reading.about


_HOLDS: dict[type, Callable[..., bool]] = {
    **dict.fromkeys((Phrase, Row, Wild, Exact, Alias), _leaf_holds),
    Word: _word_holds,
    AnyOf: _any_of_holds,
    Near: _near_holds,
    Within: _within_holds,
    Joined: _joined_holds,
    And: _and_holds,
    Or: _or_holds,
    Not: _not_holds,
    Scope: _scope_holds,
    About: _about_holds,
    AtLeast: _at_least_holds,
}
