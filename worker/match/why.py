"""Why an article matched: its highlights and its score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nsmallest

from worker.match.evaluate import Clause, clauses, near_pairs, places
from worker.match.nodes import Near, Node, Within
from worker.match.reading import Reading, Span
from worker.model import Highlight

MAX_HIGHLIGHTS = 20
MAX_CANDIDATES = 1000
LONGEST_PASSAGE = 80
_VIEW_ORDER = {"title": 0, "lead": 1, "body": 1, "author": 2, "url": 3}

_BASE, _TITLE, _LEAD, _DENSITY = 0.1, 0.35, 0.25, 0.3
_HALF_DENSE = 2.0


def explain(root: Node, reading: Reading) -> tuple[float, tuple[Highlight, ...]]:
    """Score and highlights of an article that satisfies `root`."""
    found = list(clauses(root, reading))
    return _score(found, reading), _highlights(found, reading)


def _score(found: Sequence[Clause], reading: Reading) -> float:
    """0.1 + 0.35 T + 0.25 L + 0.3 D, from 0.1 to 1.

    T and L are the shares of the clauses that made the query hold which stand in the title and in the lead. D rises
    with the passages per 100 words of text (a shorter text counts as 100), d: D = d / (d + 2). A query about the
    article alone (source:, lang:, ...) has no clauses and scores 0.1.
    """
    if not found:
        return _BASE
    in_title = sum(bool("title" in views and places(node, reading, "title")) for node, views in found)
    in_lead = sum(bool(_shows_text(views) and places(node, reading, "lead")) for node, views in found)
    in_text = sum(len(places(node, reading, view)) for node, views in found for view in views if _is_text(view))
    numbers = reading.passage("body").numbers
    words = numbers[-1] + 1 if numbers else 0
    per_hundred = in_text / max(1.0, words / 100)
    dense = per_hundred / (per_hundred + _HALF_DENSE)
    score = _BASE + (_TITLE * in_title + _LEAD * in_lead) / len(found) + _DENSITY * dense
    return round(score, 4)


def _is_text(view: str) -> bool:
    return view in {"body", "lead"}


def _shows_text(views: Sequence[str]) -> bool:
    return any(map(_is_text, views))


def _candidates(found: Sequence[Clause], reading: Reading) -> Iterator[tuple[int, int, int, Span, str]]:
    """Every place as (rank, view, width, span, view's name): NEAR first and tight ones first, then in reading order."""
    for node, views in found:
        for view in views:
            order = _VIEW_ORDER[view]
            if not isinstance(node, Near):
                rank = 1 if isinstance(node, Within) else 2
                found_first = places(node, reading, view)[:MAX_CANDIDATES]
                yield from ((rank, order, 0, span, view) for span in found_first)
                continue
            pairs = near_pairs(node, reading, view)
            for first, second in nsmallest(MAX_CANDIDATES, pairs, key=lambda pair: pair[1][1] - pair[0][0]):
                width = second[1] - first[0]
                whole = width <= LONGEST_PASSAGE
                for span in ((first[0], second[1]),) if whole else (first, second):
                    yield 0, order, width, span, view


def _highlights(found: Sequence[Clause], reading: Reading) -> tuple[Highlight, ...]:
    """At most 20 passages that do not overlap, in reading order: title, text, author, url."""
    taken: list[tuple[int, int, int, str]] = []
    for _, order, _, span, view in sorted(_candidates(found, reading)):
        start, end = reading.passage(view).offsets(*span)
        if all(order != other or end <= begin or finish <= start for other, begin, finish, _ in taken):
            taken.append((order, start, end, view))
            if len(taken) == MAX_HIGHLIGHTS:
                break
    return tuple(_highlight(reading, view, start, end) for _, start, end, view in sorted(taken))


def _highlight(reading: Reading, view: str, start: int, end: int) -> Highlight:
    return Highlight(field=reading.fields[view], start=start, end=end, text=reading.passage(view).source[start:end])
