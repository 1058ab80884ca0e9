"""The score of a match, with what it is made of."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from worker.match.evaluate import clauses
from worker.match.line import Span
from worker.match.nodes import Node
from worker.match.places import places
from worker.match.reading import Reading
from worker.match.view import View

Standing: TypeAlias = tuple[Node, View, list[Span]]
"""A clause that made a query hold, where it was looked for, and where it stands."""

# Of what tells a report from a passing mention, the title tells most.
BASE, TITLE, LEAD, DENSITY = 0.1, 0.45, 0.2, 0.25
HALF_DENSE = 2.0


class Factors(NamedTuple):
    """What the score of a match rests on.

    `clauses` made the query hold; so many of them stand in the title and in the lead. `passages` is how often they
    stand in the text, which has `words` words. A query about the article alone (source:, lang:, ...) has no clauses.
    """

    # A tuple, for one is made for each match, and a frozen dataclass takes several times as long to make.
    clauses: int
    in_title: int
    in_lead: int
    passages: int
    words: int

    @property
    def title(self) -> float:
        """The share of the clauses that stand in the title."""
        return self.in_title / (self.clauses or 1)

    @property
    def lead(self) -> float:
        """The share of the clauses that stand in the lead."""
        return self.in_lead / (self.clauses or 1)

    @property
    def density(self) -> float:
        """Passages per 100 words of text; a shorter text counts as 100 words."""
        return self.passages * 100 / self.words if self.words > 100 else float(self.passages)

    @property
    def dense(self) -> float:
        """The density between 0 and 1: a half at two passages per 100 words."""
        density = self.density
        return density / (density + HALF_DENSE)

    @property
    def score(self) -> float:
        """0.1 + 0.45 title + 0.2 lead + 0.25 dense, from 0.1 to 1."""
        return round(BASE + TITLE * self.title + LEAD * self.lead + DENSITY * self.dense, 4)


def standing(root: Node, reading: Reading) -> list[Standing]:
    """The clauses that made `root` hold."""
    return [(node, view, places(node, view)) for node, view in clauses(root, reading, reading.whole)]


def factors(found: Sequence[Standing], reading: Reading) -> Factors:
    """What the score of an article with these clauses is made of."""
    text_start, lead_end = (reading.text_start,), reading.lead_end
    in_title = in_lead = in_text = 0
    for _, view, spans in found:
        if view.line is not reading.line:
            continue
        before = bisect_left(spans, text_start)
        in_title += before > 0
        in_text += len(spans) - before
        for _, end in spans[before:]:
            if end <= lead_end:
                in_lead += 1
                break
    return Factors(len(found), in_title, in_lead, in_text, reading.words_of_text)
