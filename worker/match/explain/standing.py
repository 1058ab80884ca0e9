"""Where a clause stands in an article, said in words."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.match import evaluate
from worker.match.describe import to_query
from worker.match.explain.quotes import Quote, field_of, in_quotes, listed, quote, quotes
from worker.match.lexicon import Lexicon
from worker.match.line import Span
from worker.match.nodes import Alias, Node, Or, Phrase, Query
from worker.match.places import places
from worker.match.reading import Reading
from worker.match.wildcards import is_wildcard

LONGEST_CLAUSE = 100
MOST_PLACES = 5000
SEARCHED = ("title", "body")
"""Where a clause is looked for that names no field."""
_ANYWHERE = (*SEARCHED, "author", "url")


@dataclass(frozen=True, slots=True)
class Scene:
    """One article under the eyes of one query."""

    reading: Reading
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a clause, without its subject, and the passages that show it."""

    said: str
    quotes: tuple[Quote, ...] = ()


def clause_of(node: Node) -> str:
    """The node as the query language writes it, cut where it is long."""
    text = to_query(Query(node))
    return text if len(text) <= LONGEST_CLAUSE else text[: LONGEST_CLAUSE - 1] + "…"


def holds(node: Node, reading: Reading, views: Sequence[str]) -> bool:
    """Whether `node` holds in these views, taken together where they are all that is searched."""
    seen = [reading.whole] if tuple(views) == SEARCHED else map(reading.view, views)
    return any(evaluate.holds(node, reading, view) for view in seen)


def placed(node: Node, reading: Reading, view: str) -> list[Span]:
    """Where `node` stands in a view; what was found in title and text together is known already."""
    if view not in SEARCHED:
        return places(node, reading.view(view))
    spans = places(node, reading.whole)
    cut = bisect_left(spans, (reading.text_start,))
    return spans[:cut] if view == "title" else spans[cut:]


def standing(node: Node, scene: Scene, views: Sequence[str]) -> list[tuple[str, list[Span]]]:
    """The first 5000 places of each view that has any, without those inside another."""
    found = ((view, placed(node, scene.reading, view)[:MOST_PLACES]) for view in views)
    return [(view, apart(spans, longest=True)) for view, spans in found if spans]


def apart(spans: Sequence[Span], *, longest: bool) -> list[Span]:
    """Spans picked so that no two overlap: from the left the longest of each place, or as many as there can be."""
    order = sorted(spans, key=(lambda span: (span[0], -span[1])) if longest else (lambda span: (span[1], span[0])))
    picked: list[Span] = []
    for span in order:
        if not picked or span[0] >= picked[-1][1]:
            picked.append(span)
    return picked


def where(node: Node, scene: Scene, views: Sequence[str]) -> str:
    """How often in which fields, and in which forms where there is a choice of them."""
    found = standing(node, scene, views)
    fields = [f"{_often(len(spans))}in {field_of(scene.reading, view)}" for view, spans in found]
    forms = f" as {listed(_forms(scene.reading, found))}" if found and _varies(node, scene) else ""
    return " and ".join(fields) + forms


def _often(count: int) -> str:
    return "" if count == 1 else f"{count} times{' or more' if count == MOST_PLACES else ''} "


def elsewhere(node: Node, scene: Scene, views: Sequence[str], name: str = "") -> Told | None:
    """Where else a clause holds, which does not help it; `name` and a blank stand before it."""
    reading = scene.reading
    if tuple(views) == ("lead",) and holds(node, reading, ("body",)):
        first = min(placed(node, reading, "body"), key=lambda span: span[1])
        numbers = reading.line.numbers
        at = numbers[first[1] - 1] - numbers[reading.text_start] + 1
        return Told(f"; {name}first at word {at} of {field_of(reading, 'body')}", (quote(reading, "body", first),))
    others = [view for view in _ANYWHERE if view not in views and holds(node, reading, (view,))]
    if not others:
        return None
    return Told(f"; but {name}{where(node, scene, others)}", quotes(reading, standing(node, scene, others)))


def _varies(node: Node, scene: Scene) -> bool:
    """Whether different words can answer it."""
    if isinstance(node, Phrase):
        return scene.lexicon.stem is not None or any(map(is_wildcard, node.words))
    return isinstance(node, Alias | Or)


def _forms(reading: Reading, found: Sequence[tuple[str, Sequence[Span]]]) -> list[str]:
    """The spellings found, the most frequent first; case and accents make no difference."""
    often: Counter[str] = Counter()
    first: dict[str, str] = {}
    for view, spans in found:
        line = reading.view(view).line
        for span in spans:
            folded = " ".join(line.folded[slice(*span)])
            often[folded] += 1
            if folded not in first:
                first[folded] = in_quotes(line.original(span))
    return [first[folded] for folded, _ in often.most_common()]
