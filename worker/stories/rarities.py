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

    @classmethod
    def known(cls, frequency: Mapping[str, float], stories: float) -> Rarities:
        """By what others counted: in how many of so many stories each term was."""
        rarities = cls()
        rarities._frequency, rarities._stories = dict(frequency), stories
        return rarities

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
        return self._known.get(term) or self._worked_out(term)

    def _worked_out(self, term: str) -> float:
        rarity = math.log((self._stories + _PRIOR_STORIES) / (self._frequency.get(term, 0.0) + _PRIOR_FREQUENCY))
        self._known[term] = rarity = max(_LEAST_RARITY, rarity)
        return rarity

    def scaled(self, vocabulary: Iterable[tuple[str, float]]) -> dict[str, float]:
        """Each weight by its term's rarity."""
        known, work_out = self._known.get, self._worked_out
        return {term: weight * (known(term) or work_out(term)) for term, weight in vocabulary}

    def scaled_story(self, story: Story) -> dict[str, float]:
        """The scaled vocabulary of a story; its length is kept until rarities are worked out anew."""
        scaled = self.scaled(story.terms)
        if len(self._lengths) >= _LENGTHS_KEPT:
            self._lengths.clear()
        self._lengths[id(story.terms)] = (story.terms, math.hypot(*scaled.values()))
        return scaled

    def cosines(self, scaled: Mapping[str, float], stories: Iterable[Story]) -> list[float]:
        """How alike a scaled vocabulary and that of each story are; 0 where one is empty."""
        length = math.hypot(*scaled.values())
        return [self._product(scaled, story) / (length * self._length(story) or 1.0) for story in stories]

    def _product(self, scaled: Mapping[str, float], story: Story) -> float:
        # A rarity weighs on both sides: the few terms in common are scaled twice, those of the story alone never.
        return sum([weight * scaled[term] * self(term) for term, weight in story.terms if term in scaled])

    def _length(self, story: Story) -> float:
        if id(story.terms) not in self._lengths:
            self.scaled_story(story)
        return self._lengths[id(story.terms)][1]
