"""Where terms stand in a short article, as the bits of whole numbers: whether NEAR or SENTENCE holds is told by a few
operations on them, however often the terms stand there.

Bit n stands for token n of the line. Only lines without scripts that match inside words are looked at like this, for
their words are as far apart as their tokens, and only short ones (`Line.fits_bits`), for the cost of an operation grows
with the tokens. Whether something holds is all that bits tell; `places` tells where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from worker.match.lexicon import AnyOf, Joined, Row, Wild, Word
from worker.match.line import LONGEST_IN_BITS, Span
from worker.match.nodes import Alias, And, Exact, Leaf, Near, Node, Not, Or, Phrase
from worker.match.places import places
from worker.match.view import View, as_bits

Marks: TypeAlias = tuple[int, int]
"""The first tokens of what was found, and the last ones; the same for single words."""

_NOWHERE: Marks = (0, 0)


def marks(node: Node, view: View) -> Marks:
    """Where a term or an OR of terms stands."""
    return _MARKS[node.__class__](node, view)


def _word_marks(node: Word, view: View) -> Marks:
    found = view.marks[node.words[0]]
    return found, found


def _wild_marks(node: Wild, view: View) -> Marks:
    token = node.words[0]
    found = view.wild_marks.get(token)
    if found is None:
        found = view.wild_marks[token] = as_bits(view.wildcard_places(token))
    return found, found


def _any_of_marks(node: AnyOf, view: View) -> Marks:
    known, marks_of, found = view.positions, view.marks, 0
    for token in node.tokens:
        if token in known:
            found |= marks_of[token]
    return _with_others(node.others, found, view) if node.others else (found, found)


def _with_others(leaves: Sequence[Leaf], found: int, view: View) -> Marks:
    firsts = lasts = found
    for leaf in leaves:
        more = _MARKS[leaf.__class__](leaf, view)
        firsts |= more[0]
        lasts |= more[1]
    return firsts, lasts


def _row_marks(node: Row, view: View) -> Marks:
    return row_marks(node.words, view)


def row_marks(tokens: Sequence[str], view: View) -> Marks:
    """Where tokens stand one behind the other: no row crosses fields, for a token that is no word stands between."""
    known = view.positions
    for token in tokens:
        if token not in known:
            return _NOWHERE
    marks_of = view.marks
    found, behind = marks_of[tokens[0]], 0
    for token in tokens[1:]:
        behind += 1
        found &= marks_of[token] >> behind
    return (found, found << behind) if found else _NOWHERE


def _alias_marks(node: Alias, view: View) -> Marks:
    known = view.alias_marks.get(node.name)
    if known is None:
        known = view.alias_marks[node.name] = _found_alias(node, view)
    return known


def _found_alias(node: Alias, view: View) -> Marks:
    known, firsts, lasts = view.positions, 0, 0
    for pattern in view.patterns(node):
        if pattern.is_plain:
            if pattern.tokens[0] not in known:
                continue
            more = row_marks(pattern.tokens, view)
        else:
            more = marked(view.matches(pattern))
        firsts |= more[0]
        lasts |= more[1]
    return firsts, lasts


def _leaf_marks(node: Leaf, view: View) -> Marks:
    return marked(view.spans(node))


def marked(spans: Iterable[Span]) -> Marks:
    """The same spans as bits."""
    firsts = lasts = 0
    for first, end in spans:
        firsts |= 1 << first
        lasts |= 1 << end - 1
    return firsts, lasts


def is_single(node: Node) -> bool:
    """Whether all that `node` stands for is single words."""
    if isinstance(node, AnyOf):
        return all(isinstance(leaf, Wild) for leaf in node.others)
    return isinstance(node, Word | Wild)


def _or_marks(node: Or, view: View) -> Marks:
    firsts = lasts = 0
    for part in node.parts:
        more = marks(part, view)
        firsts |= more[0]
        lasts |= more[1]
    return firsts, lasts


# --- NEAR ---------------------------------------------------------------------------------------------------------


def is_near(node: Near, view: View) -> bool:
    """Whether NEAR or ONEAR holds between terms."""
    left = _MARKS[node.left.__class__](node.left, view)
    if not left[0]:
        return False
    right = _MARKS[node.right.__class__](node.right, view)
    if not right[0]:
        return False
    title = view.line.before_second
    if not (left[0] | right[0]) & title:
        return _near(left, right, node)
    rest = ~title
    return _near(left, right, node) and (
        _near((left[0] & title, left[1] & title), (right[0] & title, right[1] & title), node)
        or _near((left[0] & rest, left[1] & rest), (right[0] & rest, right[1] & rest), node)
    )


def _near(left: Marks, right: Marks, node: Near) -> bool:
    """The same where all stands in one field."""
    (first, last), (other_first, other_last) = left, right
    distance = min(node.distance, LONGEST_IN_BITS)
    # Of single words that both sides do not share one look is enough for both directions.
    if not node.ordered and first is last and other_first is other_last and not first & other_first:
        return bool(_reached(first, 2 * distance + 2) & other_first << distance + 1)
    if _reached(last << 1, distance) & other_first:
        return True
    return not node.ordered and bool(_reached(other_last << 1, distance) & first)


def _reached(marks: int, distance: int) -> int:
    """The marks and so many tokens behind each."""
    for shift in _shifts(distance):
        marks |= marks << shift
    return marks


@lru_cache(maxsize=1 << 10)
def _shifts(distance: int) -> tuple[int, ...]:
    """By what to shift and join so that each bit becomes `distance` more: twice as many each time."""
    found, wide, wanted = [], 1, distance + 1
    while wide < wanted:
        found.append(min(wide, wanted - wide))
        wide += found[-1]
    return tuple(found)


# --- SENTENCE and PARAGRAPH ---------------------------------------------------------------------------------------


def is_within(node: Joined, view: View) -> bool:
    """Whether a sentence or paragraph satisfies `node`."""
    return _all_there(node.part, view) and bool(_satisfying(node.part, view, view.line.last_tokens(node.unit)))


def _all_there(node: Node, view: View) -> bool:
    """Whether the terms that must be there are anywhere: cheaper to tell than where sentences end."""
    for part in node.parts if isinstance(node, And) else (node,):
        if isinstance(part, Leaf | AnyOf) and not _MARKS[part.__class__](part, view)[0]:
            return False
    return True


def _satisfying(node: Node, view: View, ends: int) -> int:
    """The sentences or paragraphs that satisfy `node`: those of the tokens `ends`, with which they end."""
    match node:
        case And():
            found = ends
            for part in node.parts:
                found &= _satisfying(part, view, ends)
                if not found:
                    break
            return found
        case Or() if not isinstance(node, AnyOf):
            found = 0
            for part in node.parts:
                found |= _satisfying(part, view, ends)
            return found
        case Not():
            return ends & ~_satisfying(node.part, view, ends)
        case _:
            return _ending(_inside(node, view, ends), ends)


def _ending(marks: int, ends: int) -> int:
    """The ends of those that hold one of the marks or more.

    Adding ones for all tokens but the ends carries into an end where there is a mark before it.
    """
    inner = ((1 << ends.bit_length()) - 1) ^ ends
    return ((marks & inner) + inner | marks) & ends


def _inside(node: Node, view: View, ends: int) -> int:
    """The first tokens of what lies in one sentence or paragraph, of a term or an OR of terms."""
    match node:
        case AnyOf():
            found = 0
            for token in node.tokens:
                if token in view.positions:
                    found |= view.marks[token]
            for leaf in node.others:
                found |= _inside(leaf, view, ends)
            return found
        case Row():
            found = row_marks(node.words, view)[0]
            for behind in range(len(node.words) - 1):
                found &= ~(ends >> behind)
            return found
        case Word() | Wild():
            return marks(node, view)[0]
        case _:
            return as_bits(first for first, end in places(node, view) if not ends >> first & (1 << end - 1 - first) - 1)


_MARKS: dict[type, Callable[..., Marks]] = {
    Word: _word_marks,
    Wild: _wild_marks,
    AnyOf: _any_of_marks,
    Or: _or_marks,
    Row: _row_marks,
    Alias: _alias_marks,
    **dict.fromkeys((Phrase, Exact), _leaf_marks),
}
