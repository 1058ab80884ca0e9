"""Words, phrases, spellings, entities and groups of them that are not there, and what is there instead."""

from __future__ import annotations

import difflib
import heapq
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import regex

from worker.match.explain.quotes import both_ends, field_of, fields_of, in_quotes, listed, number, one_field, quotes
from worker.match.explain.standing import MOST_PLACES, Scene, Told, clause_of, elsewhere, holds, placed, standing
from worker.match.line import Span
from worker.match.nodes import Alias, Exact, Node, Or, Phrase
from worker.match.text import matched_inside, tokens, units
from worker.match.wildcards import is_wildcard

# How much is looked through for a near miss: it is help, not the verdict.
_MOST_TERMS, _MOST_WORDS, _LONGEST_WORD = 20, 200, 40
_SHORTEST_WORD, _SAME_BEGINNING, _ENDING, _SIMILAR = 4, 3, 3, 0.8
_QUOTED = 2
_DIGIT = regex.compile(r"\p{N}")


def missed(node: Node, scene: Scene, views: Sequence[str]) -> Told:
    """Why a term or a group of terms does not hold, and how near it came."""
    match node:
        case Or():
            said = f"none of {len(node.parts)} is in {fields_of(scene.reading, views)}"
            instead = (_instead(part, scene, views, f"{clause_of(part)} ") for part in node.parts[:_MOST_TERMS])
            return _but(said, next(filter(None, instead), None))
        case Alias():
            names = number(len(scene.lexicon.aliases[node.name]), "name")
            said = f"none of its {names} is in {fields_of(scene.reading, views)}"
            return _but(said, _instead(node, scene, views))
        case Exact():
            return _spelling_missed(node, scene, views)
        case Phrase() if len(node.words) > 1 and not elsewhere(node, scene, views):
            return _row_missed(node.words, scene, views)
        case _:
            return _but(_absent(scene, views), _instead(node, scene, views))


def _absent(scene: Scene, views: Sequence[str]) -> str:
    return f"not in {fields_of(scene.reading, views)}"


def _but(said: str, instead: Told | None) -> Told:
    return Told(said + instead.said, instead.quotes) if instead else Told(said)


def _spelling_missed(node: Exact, scene: Scene, views: Sequence[str]) -> Told:
    folded = Phrase(units(" ".join(node.words)))
    found = standing(folded, scene, views)
    if found:
        reading = scene.reading
        originals = [reading.view(view).line.original(span) for view, spans in found for span in spans]
        spelled = listed([in_quotes(text) for text in dict.fromkeys(originals)])
        fields = " and ".join(field_of(reading, view) for view, _ in found)
        return Told(f"in {fields}, but only spelled {spelled}", quotes(reading, found))
    other = elsewhere(node, scene, views)
    return _but(_absent(scene, views), other) if other else missed(folded, scene, views)


# --- phrases ----------------------------------------------------------------------------------------------------------


def _row_missed(words: Sequence[str], scene: Scene, views: Sequence[str]) -> Told:
    """Which words of a phrase are missing, or that they stand apart."""
    reading = scene.reading
    terms = [Phrase((word,)) for word in dict.fromkeys(words)]
    missing = [term.words[0] for term in terms if not holds(term, reading, views)]
    if len(missing) == len(terms):
        return Told(f"none of its words is in {fields_of(reading, views)}")
    if missing:
        are = "is" if len(missing) == 1 else "are"
        said = f"{_absent(scene, views)}: {listed([in_quotes(word) for word in missing])} {are} missing"
        return _but(said, _instead(Phrase((missing[0],)), scene, views))
    for view in views:
        span = closest([placed(term, reading, view)[:MOST_PLACES] for term in terms])
        if span and one_field(reading, view, *span):
            said = f"its words are all in {field_of(reading, view)}, but never in a row"
            return Told(said, both_ends(reading, view, (span[0], span[0] + 1), (span[1] - 1, span[1])))
    return Told("its words are all there, but never in one field")


def closest(places: Sequence[Sequence[Span]]) -> Span | None:
    """The shortest stretch that holds a span of every list; None where a list is empty. Spans come in order."""
    if not all(places):
        return None
    heads = [(spans[0][0], index, 0) for index, spans in enumerate(places)]
    heapq.heapify(heads)
    reach = max(spans[0][1] for spans in places)
    best = (heads[0][0], reach)
    while True:
        first, index, at = heads[0]
        if reach - first < best[1] - best[0]:
            best = (first, reach)
        if at + 1 == len(places[index]):
            return best
        following = places[index][at + 1]
        reach = max(reach, following[1])
        heapq.heapreplace(heads, (following[0], index, at + 1))


# --- what is there instead --------------------------------------------------------------------------------------------


def _instead(node: Node, scene: Scene, views: Sequence[str], name: str = "") -> Told | None:
    """The term in another field; else similar words, or a word with blanks inside."""
    other = elsewhere(node, scene, views, name)
    if other:
        return other
    places = [found for word in _words(node, scene) for found in _similar_places(word, scene, views)]
    if not places:
        return None
    forms = dict.fromkeys(in_quotes(scene.reading.view(view).line.original(span)) for view, span in places)
    said = f"; but {listed(list(forms))} {'is' if len(forms) == 1 else 'are'} there"
    return Told(said, quotes(scene.reading, [(view, [span]) for view, span in places[:_QUOTED]]))


def _words(node: Node, scene: Scene) -> list[str]:
    """The single words that would answer the term."""
    match node:
        case Phrase():
            rows: list[tuple[str, ...]] = [node.words]
        case Alias():
            rows = [units(alias) for alias in scene.lexicon.aliases[node.name][:_MOST_TERMS]]
        case _:
            rows = []
    return [row[0] for row in rows if len(row) == 1 and not is_wildcard(row[0])]


def _similar_places(word: str, scene: Scene, views: Sequence[str]) -> Iterator[tuple[str, Span]]:
    for view in views:
        if matched_inside(word):
            yield from ((view, span) for span in placed(Phrase(tokens(word)), scene.reading, view)[:1])
            continue
        seen = scene.reading.view(view)
        for other in _similar(word, seen.vocabulary):
            at = seen.folded_positions[other][0]
            yield view, (at, at + 1)


def _similar(word: str, vocabulary: Sequence[str]) -> list[str]:
    """Words with another ending or a slip of the pen, from a sorted vocabulary."""
    if not _SHORTEST_WORD <= len(word) <= _LONGEST_WORD or _DIGIT.search(word):
        return []
    start = bisect_left(vocabulary, word[:_SAME_BEGINNING])
    alike = [
        other
        for other in vocabulary[start : start + _MOST_WORDS]
        if other.startswith(word[:_SAME_BEGINNING]) and abs(len(other) - len(word)) <= _ENDING
    ]
    endings = [other for other in alike if other.startswith(word) or (word.startswith(other) and len(other) > _ENDING)]
    return endings or difflib.get_close_matches(word, alike, cutoff=_SIMILAR)
