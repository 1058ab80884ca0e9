"""NEAR: how close the two sides came."""

from __future__ import annotations

from collections.abc import Sequence

from worker.match.explain import terms
from worker.match.explain.quotes import both_ends, field_of, number, one_field
from worker.match.explain.standing import Scene, Told, clause_of, holds, where
from worker.match.line import Span
from worker.match.nodes import Near
from worker.match.places import near_pairs

# Beyond every article: a NEAR of this size finds the closest two.
_ENDLESS = 1 << 40


def found(node: Near, scene: Scene, views: Sequence[str]) -> Told:
    """How close the two sides stand in each field."""
    return _distances(node, scene, views, f"; at most {node.distance} allowed")


def missed(node: Near, scene: Scene, views: Sequence[str]) -> Told:
    """Which side is missing, or how far apart the two are."""
    reading = scene.reading
    sides = (node.left, node.right)
    for side in sides:
        if not holds(side, reading, views):
            return Told(f"{clause_of(side)} is {terms.missed(side, scene, views).said}")
    shared = [view for view in views if all(holds(side, reading, (view,)) for side in sides)]
    if not shared:
        left, right = (f"{clause_of(side)} is {where(side, scene, views)}" for side in sides)
        return Told(f"not in one field: {left}, {right}")
    endless = Near(*sides, _ENDLESS, ordered=node.ordered)
    apart = _distances(endless, scene, shared, f", at most {node.distance} allowed")
    turned = Told("")
    if node.ordered:
        turned = _distances(Near(node.right, node.left, _ENDLESS, ordered=True), scene, shared, " in the other order")
    said = "; ".join(told.said for told in (apart, turned) if told.said)
    return Told(said or _never_beside(node, scene, shared), apart.quotes or turned.quotes)


def _never_beside(node: Near, scene: Scene, views: Sequence[str]) -> str:
    either_way = Near(node.left, node.right, _ENDLESS, ordered=False)
    if any(near_pairs(either_way, scene.reading.view(view)) for view in views):
        return "not in one field: the address in the feed and the canonical URL are two"
    return "both sides only in the same words, not beside each other"


def _distances(node: Near, scene: Scene, views: Sequence[str], limit: str) -> Told:
    """The closest two of each field; nothing is said where there are none. The quotes show the closest of all."""
    best = {view: pair for view in views if (pair := _closest(node, scene, view))}
    if not best:
        return Told("")
    said = ", ".join(f"{_words_apart(pair[0])} in {field_of(scene.reading, view)}" for view, pair in best.items())
    view = min(best, key=lambda view: best[view][0])
    return Told(said + limit, both_ends(scene.reading, view, *best[view][1:]))


def _closest(node: Near, scene: Scene, view: str) -> tuple[int, Span, Span] | None:
    """The smallest number of words between the two sides in one field, and where these stand."""
    seen = scene.reading.view(view)
    numbers, pairs = seen.line.numbers, near_pairs(node, seen)
    best = min(((numbers[b[0]] - numbers[a[1] - 1] - 1, a, b) for a, b in pairs), default=None)
    return best if best and one_field(scene.reading, view, best[1][0], best[2][1]) else None


def _words_apart(distance: int) -> str:
    return f"{number(distance, 'word')} apart" if distance > 0 else "side by side"
