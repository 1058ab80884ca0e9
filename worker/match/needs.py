"""What an article must hold for a query to be possible, as plain sets of terms.

A term is a string that an article has or has not:

    putin  meet*  ~putin          a folded word, a wildcard, a stem: in title or body
    +김정                          two letters that follow each other, in scripts that are matched inside words
    title:putin  author:doe  url:politics
    source:bbc.co.uk  lang:en  feed:world news  tag:asia

A query becomes an AND of clauses, each an OR of terms, that hold whenever the query does; where the two are the same,
the clauses are `exact` and nothing is left to evaluate. NOT is pushed down to the leaves by De Morgan's laws, so that
every query that needs anything at all (the parser refuses the others) has at least one clause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from sys import intern
from typing import TypeAlias

from worker.match.lexicon import AnyOf, Lexicon, Pattern, Row, Wild, Word
from worker.match.nodes import About, Alias, And, AtLeast, Exact, Leaf, Near, Node, Not, Or, Scope, Within
from worker.match.text import matched_inside
from worker.match.wildcards import is_wildcard

Clause: TypeAlias = tuple[str, ...]
Cost: TypeAlias = Callable[[str], float]
"""How common a term is: about the share of articles that hold it."""

ANYWHERE = ""
_PARTS_OF_TEXT = ("lead", "body")
_PREFIXED = {"title": "title:", "author": "author:", "url": "url:"}


@dataclass(frozen=True, slots=True)
class Needs:
    """Clauses that all hold whenever the query does; `exact` if the query holds whenever they do."""

    clauses: tuple[Clause, ...] = ()
    exact: bool = False


_NOTHING = Needs()


def needs(node: Node, lexicon: Lexicon, cost: Cost, field: str = ANYWHERE, *, negated: bool = False) -> Needs:
    """What `node`, or its opposite where `negated`, needs in `field`."""
    match node:
        case Not():
            return needs(node.part, lexicon, cost, field, negated=not negated)
        case And() | Or() if negated or not isinstance(node, AnyOf):
            parts = [needs(part, lexicon, cost, field, negated=negated) for part in node.parts]
            return _all(parts) if isinstance(node, And) != negated else _any(parts, cost)
        case Scope():
            return needs(node.part, lexicon, cost, node.field, negated=negated)
        case About() if not negated:
            return Needs(((intern(f"{node.key}:{node.value}"),),), exact=True)
        case _:
            return _NOTHING if negated else _places(node, lexicon, cost, field)


def _places(node: Node, lexicon: Lexicon, cost: Cost, field: str) -> Needs:
    match node:
        case AnyOf() if not (node.others or field or lexicon.stem):
            return Needs((node.tokens,), exact=True)
        case AnyOf():
            return _any([_leaf(part, lexicon, cost, field) for part in node.parts if isinstance(part, Leaf)], cost)
        case Near():
            sides = [needs(side, lexicon, cost, field) for side in (node.left, node.right)]
            return Needs(_all(sides).clauses)
        case Within():
            return Needs(needs(node.part, lexicon, cost, field).clauses)
        case AtLeast():
            inner = needs(node.part, lexicon, cost, field)
            return inner if node.count == 1 else Needs(inner.clauses)
        case _ if isinstance(node, Leaf):
            return _leaf(node, lexicon, cost, field)
        case _:
            raise TypeError(f"{type(node).__name__} stands for no places")


def _leaf(leaf: Leaf, lexicon: Lexicon, cost: Cost, field: str) -> Needs:
    if isinstance(leaf, Word | Row | Wild):
        return _row(leaf.words, field, stemmed=lexicon.stem is not None and not isinstance(leaf, Wild))
    patterns = _shortest(lexicon.patterns(leaf)) if isinstance(leaf, Alias) else lexicon.patterns(leaf)
    stemmed = lexicon.stem is not None and not isinstance(leaf, Exact)
    return _any([_pattern(pattern, field, stemmed=stemmed) for pattern in patterns], cost)


def _row(tokens: tuple[str, ...], field: str, *, stemmed: bool) -> Needs:
    prefix = _PREFIXED.get(field, "") + ("~" if stemmed else "")
    clauses = tuple((intern(prefix + token) if prefix else token,) for token in tokens)
    return Needs(clauses, len(tokens) == 1 and field not in _PARTS_OF_TEXT)


def _shortest(patterns: Sequence[Pattern]) -> Iterable[Pattern]:
    """Without the aliases that hold another one: where "Vladimir Putin" stands, Putin does."""
    words = {pattern.tokens[0] for pattern in patterns if len(pattern.tokens) == 1}
    return [pattern for pattern in patterns if len(pattern.tokens) == 1 or words.isdisjoint(pattern.tokens)]


def _pattern(pattern: Pattern, field: str, *, stemmed: bool) -> Needs:
    prefix = _PREFIXED.get(field, "")
    terms = [prefix + term_of(token, stemmed=stemmed) for token in pattern.tokens]
    joined = [
        f"{prefix}+{before}{after}"
        for (before, after), glued in zip(pairwise(pattern.tokens), pattern.glued[1:], strict=True)
        if glued and matched_inside(before) and matched_inside(after)
    ]
    exact = len(terms) == 1 and not pattern.spelled and field not in _PARTS_OF_TEXT
    # Single letters of these scripts are common; two in a row tell much more.
    clauses = joined if joined and len(joined) == len(terms) - 1 else [*terms, *joined]
    return Needs(tuple((intern(term),) for term in dict.fromkeys(clauses)), exact)


def term_of(token: str, *, stemmed: bool) -> str:
    """The term that a token of a query, as a lexicon has it, is in title and text; `stemmed` if the lexicon stems."""
    return f"~{token}" if stemmed and not is_wildcard(token) else token


def _all(parts: Iterable[Needs]) -> Needs:
    parts = list(parts)
    clauses = dict.fromkeys(clause for part in parts for clause in part.clauses)
    return Needs(tuple(clauses), all(part.exact for part in parts))


def _any(parts: Sequence[Needs], cost: Cost) -> Needs:
    if len(parts) == 1:
        return parts[0]
    if not all(part.clauses for part in parts):
        return _NOTHING
    chosen = [min(part.clauses, key=lambda clause: clause_cost(clause, cost)) for part in parts]
    exact = all(part.exact and len(part.clauses) == 1 for part in parts)
    return Needs((tuple(dict.fromkeys(term for clause in chosen for term in clause)),), exact)


def clause_cost(clause: Clause, cost: Cost) -> float:
    """How common it is that one of its terms is there, at most."""
    return sum(map(cost, clause))
