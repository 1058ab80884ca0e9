"""Groups of terms as a query that people read: in the spelling of the articles, the terms that matter most first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from worker.errors import QueryError
from worker.match.describe import to_query
from worker.match.nodes import Query
from worker.match.query import parse
from worker.match.suggest.terms import Candidate


def written(groups: Sequence[Sequence[Candidate]], without: Sequence[Candidate], entities: Collection[str]) -> str:
    """The query that wants one term of each group and none of `without`; it can always be parsed."""
    parts = [_group(group, entities, inside=len(groups) > 1 or bool(without)) for group in groups]
    return " ".join([" AND ".join(parts), *(f"NOT {term(banned, entities)}" for banned in without)])


def near(groups: Sequence[Sequence[Candidate]], distance: int, entities: Collection[str]) -> str:
    """The query that wants one term of each of two groups with at most `distance` words between them."""
    left, right = (_group(group, entities, inside=True) for group in groups)
    return f"{left} NEAR/{distance} {right}"


def term(candidate: Candidate, entities: Collection[str]) -> str:
    """The term as the articles spell it, where the language reads that as the same term."""
    bare = candidate.surface
    for text in (bare, f'"{bare}"') if bare.isprintable() else ():
        try:
            if parse(text, entities=entities).root == candidate.leaf:
                return text
        except QueryError:
            continue
    return to_query(Query(candidate.leaf))


def _group(group: Sequence[Candidate], entities: Collection[str], *, inside: bool) -> str:
    text = " OR ".join(term(candidate, entities) for candidate in group)
    return f"({text})" if inside and len(group) > 1 else text
