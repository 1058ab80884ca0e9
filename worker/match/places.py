"""The places that answer a node: a term, an OR of terms, NEAR, SENTENCE, PARAGRAPH.

They are spans, found in time linear in the number of occurrences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from worker.match.lexicon import AnyOf, Joined, Row, Wild, Word
from worker.match.line import Pair, Span
from worker.match.nodes import Alias, And, Exact, Leaf, Near, Node, Not, Or, Phrase, Within, children
from worker.match.view import View, union

# So few pairs are looked through faster than they are put in order.
_FEW_PAIRS = 16
_END_FIRST = itemgetter(1, 0)


def places(node: Node, view: View) -> list[Span]:
    """The spans that answer a term, an OR of terms, NEAR, SENTENCE or PARAGRAPH."""
    return _PLACES[node.__class__](node, view)


def _leaf_places(node: Leaf, view: View) -> list[Span]:
    return view.spans(node)


def _word_places(node: Word, view: View) -> list[Span]:
    return [(place, place + 1) for place in view.positions.get(node.words[0], ())]


def _wild_places(node: Wild, view: View) -> list[Span]:
    return view.wild(node.words[0])


def _row_places(node: Row, view: View) -> list[Span]:
    return view.row(node.words)


def _any_of_places(node: AnyOf, view: View) -> list[Span]:
    found = _any_of_found(node, view)
    return sorted({*found}) if len(found) > 1 else found


def _any_of_found(node: AnyOf, view: View) -> list[Span]:
    """The same in no order, and some perhaps twice."""
    positions = view.positions
    found = [(place, place + 1) for token in node.tokens if token in positions for place in positions[token]]
    for leaf in node.others:
        found += _PLACES[leaf.__class__](leaf, view)
    return found


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


def is_near(node: Near, view: View) -> bool:
    """Whether there is such a pair, without looking for all."""
    left = _FOUND[node.left.__class__](node.left, view)
    right = _FOUND[node.right.__class__](node.right, view) if left else left
    if not right:
        return False
    if len(left) * len(right) > _FEW_PAIRS:
        return bool(near_pairs(node, view))
    numbers, distance = view.line.numbers, node.distance
    for first, end in left:
        for start, stop in right:
            if end <= start:
                if numbers[start] - numbers[end - 1] - 1 <= distance:
                    return True
            elif stop <= first and not node.ordered and numbers[first] - numbers[stop - 1] - 1 <= distance:
                return True
    return False


# --- SENTENCE and PARAGRAPH ---------------------------------------------------------------------------------------


def windows_with(node: Within, view: View) -> set[int]:
    """The sentences or paragraphs, by number, that all of `node` holds in."""
    known = view.windows.get(id(node))
    if known is None:
        found = _Windows(node.unit, view).satisfying(node.part) if _all_there(node.part, view) else set()
        known = view.windows[id(node)] = (node, found)
    return known[1]


def _all_there(node: Node, view: View) -> bool:
    """Whether the terms that must be there are anywhere: cheaper to tell than where sentences end."""
    parts = node.parts if isinstance(node, And) else (node,)
    return all(places(part, view) for part in parts if isinstance(part, Leaf | AnyOf))


def _within_places(node: Within, view: View) -> list[Span]:
    satisfying = windows_with(node, view)
    if not satisfying:
        return []
    number = view.line.windows(node.unit)
    spans = union([places(leaf, view) for leaf in _wanted(node.part)])
    return [span for span in spans if number[span[0]] in satisfying and number[span[0]] == number[span[1] - 1]]


class _Windows:
    """The sentences or paragraphs of a view, by number."""

    def __init__(self, unit: str, view: View) -> None:
        self._number = view.line.windows(unit)
        self._view = view

    def satisfying(self, node: Node) -> set[int]:
        match node:
            case And():
                return self._all(node.parts)
            case Or() if not isinstance(node, AnyOf):
                return set().union(*map(self.satisfying, node.parts))
            case Not():
                return set(self._number) - self.satisfying(node.part)
            case Near():
                return self._near(node)
            case _:
                number = self._number
                return {number[first] for first, end in places(node, self._view) if number[first] == number[end - 1]}

    def _all(self, parts: Sequence[Node]) -> set[int]:
        found = self.satisfying(parts[0])
        for part in parts[1:]:
            if not found:
                break
            found &= self.satisfying(part)
        return found

    def _near(self, node: Near) -> set[int]:
        left, right = self._by_window(node.left), self._by_window(node.right)
        shared = left.keys() & right.keys()
        return {key for key in shared if _pairs(node, left[key], right[key], self._view.line.numbers)}

    def _by_window(self, node: Node) -> dict[int, list[Span]]:
        number = self._number
        grouped: dict[int, list[Span]] = {}
        for window, spans in groupby(places(node, self._view), key=lambda span: number[span[0]]):
            grouped[window] = [span for span in spans if number[span[1] - 1] == window]
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
    Wild: _wild_places,
    Or: _or_places,
    Near: _near_places,
    Within: _within_places,
    Joined: _within_places,
}
_FOUND: dict[type, Callable[..., list[Span]]] = {**_PLACES, AnyOf: _any_of_found}
"""Where order does not matter."""
