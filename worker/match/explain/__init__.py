"""Why an article matches a query or why not: clause by clause, with passages, near misses and the score. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from worker.match.explain.quotes import Quote
from worker.match.explain.standing import SEARCHED, Scene
from worker.match.explain.tree import Failing, Finding, Tree
from worker.match.factors import Factors, factors, standing
from worker.match.lexicon import Lexicon
from worker.match.nodes import Query
from worker.match.reading import Reading
from worker.model import Article

__all__ = ["Explanation", "Factors", "Finding", "Quote", "explain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A query against an article.

    `tree` holds the clauses that matter. `why_not` is one sentence about the first clause that failed, "" for a match;
    `factors` are those of the score, None where there is no match.
    """

    tree: Finding
    why_not: str
    factors: Factors | None

    @property
    def matched(self) -> bool:
        return self.tree.held


def explain(query: Query, article: Article, lexicon: Lexicon) -> Explanation:
    """Tells of every clause of `query` whether `article` satisfies it, and why not.

    `lexicon` knows every entity of the query. Time and size are bounded, whatever the article and the query hold.
    """
    reading = Reading(article, lexicon)
    tree = Tree(Scene(reading, lexicon))
    matched = tree.holds(query.root, SEARCHED)
    return Explanation(
        tree=tree.finding(query.root, SEARCHED),
        why_not="" if matched else _why_not(tree.failing(query.root, SEARCHED)),
        factors=factors(standing(query.root, reading), reading) if matched else None,
    )


def _why_not(failing: Failing) -> str:
    choice = f"none of {failing.choices} alternatives holds; the closest fails at " if failing.choices else ""
    return f"{choice}{failing.finding.clause}: {failing.finding.said}"
