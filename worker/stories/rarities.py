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
# Of so many stories the length is kept meanwhile, and the vocabulary with it: some 10 MB.
_LENGTHS_KEPT = 2_000
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
        self._lengths: dict[int, tuple[object, float]] = {}

    def count(self, vocabulary: Iterable[str], share: float) -> None:
        """Learn from a report that is this share of its story."""
        self._stories += share
        frequency = self._frequency
        for term in vocabulary:
            frequency[term] = frequency.get(term, 0.0) + share
        self._changes += 1
        if self._changes % _RENEWED_AFTER == 0:
            self._known.clear()
            self._lengths.clear()
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
        """Each weight by its term's rarity."""
        known = self._known
        return {term: weight * (known.get(term) or self(term)) for term, weight in vocabulary}

    def scaled_story(self, story: Story) -> dict[str, float]:
        """The scaled vocabulary of a story; its length is kept until rarities are worked out anew."""
        scaled = self.scaled(story.terms)
        if len(self._lengths) >= _LENGTHS_KEPT:
            self._lengths.clear()
        self._lengths[id(story.terms)] = (story.terms, math.hypot(*scaled.values()))
        return scaled

    def cosines(self, scaled: Mapping[str, float], stories: Iterable[Story]) -> list[float]:
        """How alike a scaled vocabulary and that of each story are; 0 where one is empty."""
        # A rarity weighs on both sides; all of it on one side, and the terms of the stories are taken as they are.
        length = math.hypot(*scaled.values())
        twice = {term: weight * (self._known.get(term) or self(term)) / length for term, weight in scaled.items()}
        return [
            sum([weight * twice[term] for term, weight in story.terms if term in twice]) / (self._length(story) or 1.0)
            for story in stories
        ]

    def _length(self, story: Story) -> float:
        if id(story.terms) not in self._lengths:
            self.scaled_story(story)
        return self._lengths[id(story.terms)][1]
