"""Whether a query holds for an article, and the places that make it hold.

Every node that stands for places (a term, an OR of terms, NEAR, SENTENCE, PARAGRAPH) is answered by spans, found in
time linear in the number of occurrences; AND, OR, NOT and ATLEAST are then plain logic over the whole article.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from worker.match.folding import fold
from worker.match.nodes import About, And, AtLeast, Leaf, Near, Node, Not, Or, Scope, Within, children
from worker.match.reading import SEARCHED, Reading, Span, union

Clause: TypeAlias = tuple[Node, tuple[str, ...]]
Pair: TypeAlias = tuple[Span, Span]

_END_FIRST = itemgetter(1, 0)
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)


def holds(node: Node, reading: Reading, views: tuple[str, ...] = SEARCHED) -> bool:
    """Whether the article satisfies `node`, looking at `views`."""
    match node:
        case And() | Or():
            enough = all if isinstance(node, And) else any
            return enough(holds(part, reading, views) for part in node.parts)
        case Not():
            return not holds(node.part, reading, views)
        case Scope():
            return holds(node.part, reading, (node.field,))
        case About():
            return _is_about(node, reading)
        case AtLeast():
            return _occurs(node, reading, views)
        case _:
            return any(places(node, reading, view) for view in views)


def clauses(node: Node, reading: Reading, views: tuple[str, ...] = SEARCHED) -> Iterator[Clause]:
    """What made `node` hold: nodes that stand for places, with the views they were looked for in."""
    match node:
        case And():
            for part in node.parts:
                yield from clauses(part, reading, views)
        case Or() if not all(isinstance(part, Leaf) for part in node.parts):
            for part in node.parts:
                if holds(part, reading, views):
                    yield from clauses(part, reading, views)
        case Scope():
            yield from clauses(node.part, reading, (node.field,))
        case AtLeast():
            yield from clauses(node.part, reading, views)
        case Not() | About():
            return
        case _:
            yield node, views


def places(node: Node, reading: Reading, view: str) -> list[Span]:
    """The spans of `view` that answer a term, an OR of terms, NEAR, SENTENCE or PARAGRAPH."""
    match node:
        case Near():
            return [(first[0], second[1]) for first, second in near_pairs(node, reading, view)]
        case Within():
            return _within(node, reading, view)
        case Or():
            return union([places(part, reading, view) for part in node.parts])
        case _ if isinstance(node, Leaf):
            return reading.spans(node, view)
        case _:
            raise TypeError(f"{type(node).__name__} stands for no places")


# --- NEAR ---------------------------------------------------------------------------------------------------------


def near_pairs(node: Near, reading: Reading, view: str) -> list[Pair]:
    """For each occurrence of one side the closest one of the other before it that is near enough, in order."""
    known = reading.pairs.get((id(node), view))
    if known is None:
        left, right = (places(side, reading, view) for side in (node.left, node.right))
        known = reading.pairs[id(node), view] = _pairs(node, left, right, reading.passage(view).numbers)
    return known


def _pairs(node: Near, left: list[Span], right: list[Span], numbers: Sequence[int]) -> list[Pair]:
    if not left or not right:
        return []
    found = _followed(left, right, numbers, node.distance)
    return found if node.ordered else sorted([*found, *_followed(right, left, numbers, node.distance)])


def _followed(before: list[Span], after: list[Span], numbers: Sequence[int], distance: int) -> list[Pair]:
    """Each span of `after` with the last span of `before` that ends at or ahead of its start: two pointers."""
    by_end = sorted(before, key=_END_FIRST)
    found: list[Pair] = []
    ahead, count = 0, len(by_end)
    for span in after:
        while ahead < count and by_end[ahead][1] <= span[0]:
            ahead += 1
        if ahead:
            closest = by_end[ahead - 1]
            if numbers[span[0]] - numbers[closest[1] - 1] - 1 <= distance:
                found.append((closest, span))
    return found


# --- SENTENCE and PARAGRAPH ---------------------------------------------------------------------------------------


class _Windows:
    """The sentences or paragraphs of one view, by number."""

    def __init__(self, unit: str, reading: Reading, view: str) -> None:
        passage = reading.passage(view)
        self._bounds = passage.sentences if unit == "sentence" else passage.paragraphs
        self._numbers = passage.numbers
        self._reading = reading
        self._view = view

    def of(self, span: Span) -> int:
        """The window that holds the whole span, or -1."""
        first = bisect_right(self._bounds, span[0])
        return first - 1 if first == bisect_right(self._bounds, span[1] - 1) else -1

    def satisfying(self, node: Node) -> set[int]:
        match node:
            case And():
                return set.intersection(*map(self.satisfying, node.parts))
            case Or():
                return set().union(*map(self.satisfying, node.parts))
            case Not():
                return set(range(len(self._bounds))) - self.satisfying(node.part)
            case Near():
                left, right = self._by_window(node.left), self._by_window(node.right)
                shared = left.keys() & right.keys()
                return {key for key in shared if _pairs(node, left[key], right[key], self._numbers)}
            case _:
                return set(self._by_window(node))

    def _by_window(self, node: Node) -> dict[int, list[Span]]:
        grouped: dict[int, list[Span]] = {}
        for window, spans in groupby(places(node, self._reading, self._view), key=self.of):
            if window >= 0:
                grouped.setdefault(window, []).extend(spans)
        return grouped


def _within(node: Within, reading: Reading, view: str) -> list[Span]:
    windows = _Windows(node.unit, reading, view)
    satisfying = windows.satisfying(node.part)
    if not satisfying:
        return []
    spans = union([reading.spans(leaf, view) for leaf in _wanted(node.part)])
    return [span for span in spans if windows.of(span) in satisfying]


def _wanted(node: Node, wanted: bool = True) -> Iterator[Leaf]:
    """The terms below `node` under an even number of NOTs."""
    if isinstance(node, Leaf) and wanted:
        yield node
    for child in children(node):
        yield from _wanted(child, wanted != isinstance(node, Not))


# --- ATLEAST, and what is about the article -----------------------------------------------------------------------


def _occurs(node: AtLeast, reading: Reading, views: tuple[str, ...]) -> bool:
    part, looked_at = (node.part.part, (node.part.field,)) if isinstance(node.part, Scope) else (node.part, views)
    return sum(_apart(places(part, reading, view)) for view in looked_at) >= node.count


def _apart(spans: list[Span]) -> int:
    """How many spans can be picked without two overlapping: the earliest end first."""
    count, reached = 0, 0
    for first, end in sorted(spans, key=_END_FIRST):
        if first >= reached:
            count, reached = count + 1, end
    return count


def _is_about(node: About, reading: Reading) -> bool:
    article = reading.article
    match node.key:
        case "source":
            return any(name == node.value or name.endswith(f".{node.value}") for name in _domains(reading))
        case "lang":
            return re.split(r"[-_]", (article.language or "").lower())[0] == node.value
        case "feed":
            return _plain(article.feed) == node.value
        case _:
            return any(_plain(tag) == node.value for tag in article.tags)


def _plain(name: str) -> str:
    return " ".join(fold(name).text.split())


def _domains(reading: Reading) -> list[str]:
    """The publisher's domain, and the host of the article where it is that domain's own or nothing else is known."""
    article = reading.article
    domain = _plain(article.source.domain)
    found = (_HOST.match(url) for url in (article.canonical_url, article.url))
    hosts = [_plain(host[1]) for host in found if host]
    return [domain, *(host for host in hosts if host.endswith(f".{domain}"))] if domain else hosts
