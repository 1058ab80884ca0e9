"""SENTENCE and PARAGRAPH: which sentence holds all of it, or came closest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.match.explain import near, terms
from worker.match.explain.quotes import Quote, both_ends, field_of, fields_of, listed, number
from worker.match.explain.standing import Scene, Told, clause_of, holds, placed, where
from worker.match.line import Span
from worker.match.nodes import And, Leaf, Near, Node, Not, Or, Within
from worker.match.places import places

# With more parts than this, the sentence that came closest is not looked for.
_MOST_PARTS = 20


class _Windows:
    """The sentences or paragraphs of one view, by number."""

    def __init__(self, unit: str, scene: Scene, view: str) -> None:
        self.view = view
        self._unit = unit
        self._reading = scene.reading
        line = scene.reading.view(view).line
        self._numbers = line.windows(unit)
        first = scene.reading.text_start if view in {"body", "lead"} else 0
        self._every = {*self._numbers[first : first + len(scene.reading.view(view).folded)]}
        self._known: dict[int, list[Span]] = {}

    def of(self, span: Span) -> int:
        return self._numbers[span[0]]

    def spans(self, node: Node) -> list[Span]:
        """The terms of `node` in the windows that it holds in."""
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = self._found(node)
        return known

    def _found(self, node: Node) -> list[Span]:
        if not isinstance(node, Leaf):
            return places(Within(self._unit, node), self._reading.view(self.view))
        spans = placed(node, self._reading, self.view)
        return [span for span in spans if self._numbers[span[0]] == self._numbers[span[1] - 1]]

    def satisfying(self, node: Node) -> set[int]:
        match node:
            case And():
                return set.intersection(*map(self.satisfying, node.parts))
            case Or():
                return set().union(*map(self.satisfying, node.parts))
            case Not():
                return self._every - self.satisfying(node.part)
            case _:
                return {self.of(span) for span in self.spans(node)}

    def quotes(self, spans: Sequence[Span]) -> tuple[Quote, ...]:
        return both_ends(self._reading, self.view, spans[0], max(spans, key=lambda span: span[1])) if spans else ()


@dataclass(frozen=True, slots=True)
class _Look:
    """The windows of one view, and those that each part holds in."""

    windows: _Windows
    windows_of: list[set[int]]


@dataclass(frozen=True, slots=True)
class _Closest:
    """The window that holds the most parts, and which of them it lacks."""

    windows: _Windows
    number: int
    rank: tuple[int, int]
    lacks: tuple[Node, ...]


def found(node: Within, scene: Scene, views: Sequence[str]) -> Told:
    """In how many sentences it holds, and the first."""
    said: list[str] = []
    shown: list[Quote] = []
    for view in views:
        windows = _Windows(node.unit, scene, view)
        spans = placed(node, scene.reading, view)
        if spans:
            count = len({windows.of(span) for span in spans})
            said.append(f"{number(count, node.unit)} of {field_of(scene.reading, view)}")
            shown += windows.quotes([span for span in spans if windows.of(span) == windows.of(spans[0])])
    return Told(f"in {' and '.join(said)}", tuple(shown))


def missed(node: Within, scene: Scene, views: Sequence[str]) -> Told:
    """What is missing, or that all of it is there but never together."""
    parts = node.part.parts if isinstance(node.part, And) else (node.part,)
    if len(parts) > _MOST_PARTS:
        return Told(f"no {node.unit} of {fields_of(scene.reading, views)} holds all its {len(parts)} parts")
    every = [_Windows(node.unit, scene, view) for view in views]
    looks = [_Look(windows, list(map(windows.satisfying, parts))) for windows in every]
    for index, part in enumerate(parts):
        if not isinstance(part, Not) and not any(look.windows_of[index] for look in looks):
            return Told(f"{clause_of(part)} is {_part_missed(part, node.unit, scene, views)}")
    best = max((closest for look in looks if (closest := _closest(parts, look))), key=lambda one: one.rank)
    spans = [span for part in parts if part not in best.lacks for span in best.windows.spans(part)]
    forbidden_only = all(isinstance(part, Not) for part in best.lacks)
    never = f"in no {node.unit} as wanted" if forbidden_only else f"all there, but never in one {node.unit}"
    said = f"{never}; the closest, in {field_of(scene.reading, best.windows.view)}, {_lacking(best.lacks)}"
    shown = sorted(span for span in spans if best.windows.of(span) == best.number)
    return Told(said, best.windows.quotes(shown))


def _part_missed(part: Node, unit: str, scene: Scene, views: Sequence[str]) -> str:
    if isinstance(part, Or) and not all(isinstance(one, Leaf) for one in part.parts):
        return f"true of no {unit} of {fields_of(scene.reading, views)}"
    if holds(part, scene.reading, views):
        return f"{where(part, scene, views)}, but not inside one {unit}"
    told = near.missed(part, scene, views) if isinstance(part, Near) else terms.missed(part, scene, views)
    return told.said


def _closest(parts: Sequence[Node], look: _Look) -> _Closest | None:
    sets = list(zip(parts, look.windows_of, strict=True))
    wanted = Counter(at for part, found in sets if not isinstance(part, Not) for at in found)
    if not wanted:
        return None
    most = max(wanted.values())
    full, before = max((sum(at in found for _, found in sets), -at) for at, count in wanted.items() if count == most)
    return _Closest(look.windows, -before, (most, full), tuple(part for part, found in sets if -before not in found))


def _lacking(lacks: Sequence[Node]) -> str:
    forbidden = [clause_of(part.part) for part in lacks if isinstance(part, Not)]
    wanted = [clause_of(part) for part in lacks if not isinstance(part, Not)]
    said = [f"lacks {listed(wanted)}"] if wanted else []
    return " and ".join([*said, *([f"also holds {listed(forbidden)}"] if forbidden else [])])
