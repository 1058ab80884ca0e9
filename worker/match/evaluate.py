"""Whether a query holds for an article, and the places that make it hold.

Every node that stands for places (a term, an OR of terms, NEAR, SENTENCE, PARAGRAPH) is answered by spans, found in
time linear in the number of occurrences; AND, OR, NOT and ATLEAST are then plain logic over the whole article.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from worker.match.lexicon import AnyOf, Row, Word
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
    Scope,
    Within,
    children,
)
from worker.match.reading import Pair, Reading, Span, View, union

Clause: TypeAlias = tuple[Node, View]

# So few pairs are looked through faster than they are put in order.
_FEW_PAIRS = 16
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


def _places_hold(node: Node, _reading: Reading, view: View) -> bool:
    return bool(_PLACES[node.__class__](node, view))


def _word_holds(node: Word, _reading: Reading, view: View) -> bool:
    return node.words[0] in view.positions


def _any_of_holds(node: AnyOf, _reading: Reading, view: View) -> bool:
    if not view.positions.keys().isdisjoint(node.tokens):
        return True
    return any(_PLACES[leaf.__class__](leaf, view) for leaf in node.others)


def _near_holds(node: Near, _reading: Reading, view: View) -> bool:
    left = _PLACES[node.left.__class__](node.left, view)
    right = _PLACES[node.right.__class__](node.right, view) if left else left
    if not right:
        return False
    numbers, distance = view.line.numbers, node.distance
    if len(left) * len(right) > _FEW_PAIRS:
        return bool(near_pairs(node, view))
    for first, end in left:
        for start, stop in right:
            if end <= start:
                if numbers[start] - numbers[end - 1] - 1 <= distance:
                    return True
            elif stop <= first and not node.ordered and numbers[first] - numbers[stop - 1] - 1 <= distance:
                return True
    return False


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
    return _apart(places(part, seen)) >= node.count


def _apart(spans: list[Span]) -> int:
    """How many spans can be picked without two overlapping: the earliest end first."""
    count, reached = 0, 0
    for first, end in sorted(spans, key=_END_FIRST):
        if first >= reached:
            count, reached = count + 1, end
    return count


def _about_holds(node: About, reading: Reading, _view: View) -> bool:
    return f"{node.key}:{node.value}" in reading.about


# --- places -------------------------------------------------------------------------------------------------------


def places(node: Node, view: View) -> list[Span]:
    """The spans that answer a term, an OR of terms, NEAR, SENTENCE or PARAGRAPH."""
    return _PLACES[node.__class__](node, view)


def _leaf_places(node: Leaf, view: View) -> list[Span]:
    return view.spans(node)


def _word_places(node: Word, view: View) -> list[Span]:
    return [(place, place + 1) for place in view.positions.get(node.words[0], ())]


def _row_places(node: Row, view: View) -> list[Span]:
    return view.row(node.words)


def _any_of_places(node: AnyOf, view: View) -> list[Span]:
    positions = view.positions
    found = [(place, place + 1) for token in node.tokens if token in positions for place in positions[token]]
    for leaf in node.others:
        found += _PLACES[leaf.__class__](leaf, view)
    return sorted({*found}) if len(found) > 1 else found


def _or_places(node: Or, view: View) -> list[Span]:
    found = [spans for part in node.parts if (spans := places(part, view))]
    return union(found) if found else []


def _near_places(node: Near, view: View) -> list[Span]:
    return [(first[0], second[1]) for first, second in near_pairs(node, view)]


def near_pairs(node: Near, view: View) -> list[Pair]:
    """For each occurrence of one side the closest one of the other before it that is near enough, in order."""
    known = view.pairs.get(id(node))
    if known is None:
        known = view.pairs[id(node)] = (node, _found_pairs(node, view))
    return known[1]


def _found_pairs(node: Near, view: View) -> list[Pair]:
    left = places(node.left, view)
    right = places(node.right, view) if left else left
    return _pairs(node, left, right, view.line.numbers) if right else []


def _pairs(node: Near, left: list[Span], right: list[Span], numbers: Sequence[int]) -> list[Pair]:
    found = _followed(left, right, numbers, node.distance)
    return found if node.ordered else sorted([*found, *_followed(right, left, numbers, node.distance)])


def _followed(before: list[Span], after: list[Span], numbers: Sequence[int], distance: int) -> list[Pair]:
    """Each span of `after` with the last span of `before` that ends at or ahead of its start: two pointers."""
    by_end = sorted(before, key=_END_FIRST) if len(before) > 1 else before
    found: list[Pair] = []
    ahead, count = 0, len(by_end)
    for span in after:
        start = span[0]
        while ahead < count and by_end[ahead][1] <= start:
            ahead += 1
        if ahead:
            closest = by_end[ahead - 1]
            if numbers[start] - numbers[closest[1] - 1] - 1 <= distance:
                found.append((closest, span))
    return found


# --- SENTENCE and PARAGRAPH ---------------------------------------------------------------------------------------


def _within_places(node: Within, view: View) -> list[Span]:
    known = view.windows.get(id(node))
    if known is None:
        known = view.windows[id(node)] = (node, _found_within(node, view))
    return known[1]


def _found_within(node: Within, view: View) -> list[Span]:
    windows = _Windows(node.unit, view)
    satisfying = windows.satisfying(node.part)
    if not satisfying:
        return []
    spans = union([places(leaf, view) for leaf in _wanted(node.part)])
    return [span for span in spans if windows.of(span) in satisfying]


class _Windows:
    """The sentences or paragraphs of a view, by number."""

    def __init__(self, unit: str, view: View) -> None:
        self._bounds = view.line.bounds(unit)
        self._view = view

    def of(self, span: Span) -> int:
        """The window that holds the whole span, or -1."""
        first = bisect_right(self._bounds, span[0])
        return first - 1 if first == bisect_right(self._bounds, span[1] - 1) else -1

    def satisfying(self, node: Node) -> set[int]:
        match node:
            case And():
                return self._all(node.parts)
            case Or():
                return set().union(*map(self.satisfying, node.parts))
            case Not():
                return set(range(len(self._bounds))) - self.satisfying(node.part)
            case Near():
                left, right = self._by_window(node.left), self._by_window(node.right)
                shared = left.keys() & right.keys()
                return {key for key in shared if _pairs(node, left[key], right[key], self._view.line.numbers)}
            case _:
                return set(map(self.of, places(node, self._view))) - {-1}

    def _all(self, parts: Sequence[Node]) -> set[int]:
        found = self.satisfying(parts[0])
        for part in parts[1:]:
            if not found:
                break
            found &= self.satisfying(part)
        return found

    def _by_window(self, node: Node) -> dict[int, list[Span]]:
        grouped: dict[int, list[Span]] = {}
        for window, spans in groupby(places(node, self._view), key=self.of):
            if window >= 0:
                grouped.setdefault(window, []).extend(spans)
        return grouped


def _wanted(node: Node, wanted: bool = True) -> Iterator[Leaf]:
    """The terms below `node` under an even number of NOTs."""
    if isinstance(node, Leaf) and wanted:
        yield node
    for child in children(node):
        yield from _wanted(child, wanted != isinstance(node, Not))


_PLACES: dict[type, Callable[..., list[Span]]] = {
    Word: _word_places,
    Row: _row_places,
    AnyOf: _any_of_places,
    Phrase: _leaf_places,
    Exact: _leaf_places,
    Alias: _leaf_places,
    Or: _or_places,
    Near: _near_places,
    Within: _within_places,
}
_HOLDS: dict[type, Callable[..., bool]] = {
    **dict.fromkeys(_PLACES, _places_hold),
    Word: _word_holds,
    AnyOf: _any_of_holds,
    Near: _near_holds,
    And: _and_holds,
    Or: _or_holds,
    Not: _not_holds,
    Scope: _scope_holds,
    About: _about_holds,
    AtLeast: _at_least_holds,
}
