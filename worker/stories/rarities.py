"""How rare each term is in the news of late, and vocabularies in which rare terms weigh more.

Counted in stories and not in articles, the n-th report of a story counting 1/n: two hundred reports of one earthquake
do not make its village a common word.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from worker.model import Story

# What is assumed before a stream was seen: 1,000 stories, each term in 2. Keeps early stories from splitting.
_PRIOR_STORIES = 1000
_PRIOR_FREQUENCY = 2
_LEAST_RARITY = 0.1
# Rarities are worked out anew after so many changes; between them a stream hardly changes.
_RENEWED_AFTER = 500
# Of so many stories the scaled vocabulary is kept meanwhile: some 10 MB.
_SCALED_KEPT = 2_000
# After so many stories all that was counted is halved: it follows the news, and stays within some 30 MB.
_REMEMBERED = 50_000
_FORGOTTEN = 0.6


class Rarities:
    """How rare each term is in the stories seen so far."""

    def __init__(self) -> None:
        self._frequency: dict[str, float] = {}
        self._stories = 0.0
        self._changes = 0
        self._known: dict[str, float] = {}
        # By identity, for a story is compared with many reports before it changes; the terms beside keep theirs taken.
        self._scaled: dict[int, tuple[object, dict[str, float]]] = {}

    @classmethod
    def known(cls, frequency: Mapping[str, float], stories: float) -> Rarities:
        """By what others counted: in how many of so many stories each term was."""
        rarities = cls()
        rarities._frequency, rarities._stories = dict(frequency), stories
        return rarities

    def count(self, vocabulary: Iterable[str], share: float) -> None:
        """Learn from a report that is this share of its story."""
        self._stories += share
        for term in vocabulary:
            self._frequency[term] = self._frequency.get(term, 0.0) + share
        self._changes += 1
        if self._changes % _RENEWED_AFTER == 0:
            self._known.clear()
            self._scaled.clear()
        if self._stories > _REMEMBERED:
            self._halve()

    def _halve(self) -> None:
        """Let older stories count less, and terms that came once or twice not at all."""
        self._stories /= 2
        halved = ((term, frequency / 2) for term, frequency in self._frequency.items())
        self._frequency = {term: frequency for term, frequency in halved if frequency >= _FORGOTTEN}

    def __call__(self, term: str) -> float:
        rarity = self._known.get(term)
        if rarity is None:
            ratio = (self._stories + _PRIOR_STORIES) / (self._frequency.get(term, 0.0) + _PRIOR_FREQUENCY)
            rarity = self._known[term] = max(_LEAST_RARITY, math.log(ratio))
        return rarity

    def scaled(self, vocabulary: Iterable[tuple[str, float]]) -> dict[str, float]:
        """Each weight by its term's rarity, at length 1."""
        known = self._known
        weights = {term: weight * (known.get(term) or self(term)) for term, weight in vocabulary}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {term: weight / length for term, weight in weights.items()} if length else {}

    def scaled_story(self, story: Story) -> Mapping[str, float]:
        """The vocabulary of a story, scaled; kept until rarities are worked out anew."""
        kept = self._scaled.get(id(story.terms))
        if kept is None:
            if len(self._scaled) >= _SCALED_KEPT:
                self._scaled.clear()
            kept = self._scaled[id(story.terms)] = (story.terms, self.scaled(story.terms))
        return kept[1]
