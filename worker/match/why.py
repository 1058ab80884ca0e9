"""Why an article matched: its highlights and its score."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from operator import attrgetter

from worker.match.factors import Standing, factors, standing
from worker.match.line import Line, Pair, Span
from worker.match.nodes import Near, Node, Within
from worker.match.places import near_pairs
from worker.match.reading import Reading
from worker.match.view import union
from worker.model import Highlight

MAX_HIGHLIGHTS = 20
MAX_CANDIDATES = 1000
LONGEST_PASSAGE = 80

_ORDER = attrgetter("order")


def explain(root: Node, reading: Reading) -> tuple[float, tuple[Highlight, ...]]:
    """Score and highlights of an article that satisfies `root`."""
    found = standing(root, reading)
    return factors(found, reading).score, _highlights(found)


def _highlights(found: Sequence[Standing]) -> tuple[Highlight, ...]:
    """At most 20 passages that do not overlap, in reading order: title, text, author, url.

    NEAR comes first and tight ones first, then SENTENCE and PARAGRAPH, then terms, each in reading order.
    """
    if len(found) == 1 and len(found[0][2]) == 1:
        _, view, (span,) = found[0]
        if span[1] - span[0] <= LONGEST_PASSAGE:
            return (view.line.highlight(span),)
    groups: dict[tuple[int, int], list[Standing]] = {}
    for clause in found:
        kind = clause[0].__class__
        rank = 0 if kind is Near else 1 if issubclass(kind, Within) else 2
        groups.setdefault((rank, clause[1].line.order), []).append(clause)
    picked: dict[Line, list[Span]] = {}
    room = MAX_HIGHLIGHTS
    for key in sorted(groups):
        group = groups[key]
        spans = _by_width(group) if key[0] == 0 else union([spans[:MAX_CANDIDATES] for _, _, spans in group])
        room -= _take(spans, picked.setdefault(group[0][1].line, []), room)
    return tuple([line.highlight(span) for line in sorted(picked, key=_ORDER) for span in picked[line]])


def _take(spans: Iterable[Span], taken: list[Span], room: int) -> int:
    """Put the first spans that overlap nothing taken in their places, as many as there is room for; how many."""
    before = len(taken)
    for span in spans:
        if len(taken) - before == room:
            break
        at = bisect_left(taken, span)
        if (at and taken[at - 1][1] > span[0]) or (at < len(taken) and taken[at][0] < span[1]):
            continue
        taken.insert(at, span)
    return len(taken) - before


def _by_width(group: Iterable[Standing]) -> list[Span]:
    """The places of NEAR, the tightest first; of a wide one its two ends."""
    found: list[tuple[int, Span]] = []
    for node, view, _ in group:
        pairs = near_pairs(node, view) if isinstance(node, Near) else []
        for first, second in nsmallest(MAX_CANDIDATES, pairs, key=_width) if len(pairs) > MAX_CANDIDATES else pairs:
            width = second[1] - first[0]
            spans = ((first[0], second[1]),) if width <= LONGEST_PASSAGE else (first, second)
            found.extend([(width, span) for span in spans])
    return [span for _, span in sorted(found)]


def _width(pair: Pair) -> int:
    return pair[1][1] - pair[0][0]
