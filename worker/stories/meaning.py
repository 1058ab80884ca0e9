"""What a report means, as a model of the user's sees it; refines which story a report belongs to.

Words decide, and a model corrects them: two summits of the same president share names and places and mean different
things, two reports of one flood may share few words and mean the same. Models differ in how alike they find texts that
have nothing to do with each other, so that each is first shown some whose relation is known.
"""

from __future__ import annotations

import math
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import mul
from statistics import fmean
from typing import TypeAlias

from worker.errors import ConfigError
from worker.model import Article
from worker.stories.terms import LEAD_CHARACTERS, TITLE_CHARACTERS

Embed: TypeAlias = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Texts -> vectors of the same length, one each. Their length is of no matter, only where they point."""

# Between "nothing to do with each other" (0) and "the same event" (1), what lies above brings report and story nearer
# and what lies below parts them. By how much is in units of the likeness of words.
NEARER_ABOVE = 0.7
WEIGHT = 0.15
# A model that finds texts that belong together no more alike than this above others, knows nothing of the news.
_LEAST_CONTRAST = 0.02
_STEPS = 127

# Sample text: two headlines each of the same invented event.
SAMPLES = (
    ("Sample: Ferry runs aground off Northport", "Sample: Passengers rescued after ship strands near Northport"),
    ("Sample: Mayor of Hillfield resigns over budget", "Sample: Hillfield's mayor steps down in row about money"),
    ("Sample: Magnitude 6 earthquake shakes the islands", "Sample: Strong quake hits island group, houses damaged"),
    ("Sample: Two presidents to meet for talks on grain", "Sample: Leaders plan summit about wheat exports"),
    ("Sample: Marshfield wins the cup after penalties", "Sample: Penalty shoot-out gives Marshfield the trophy"),
    ("Sample: Central bank raises interest rates again", "Sample: Borrowing costs go up as bank fights inflation"),
    ("Sample: Court frees the baker accused of fraud", "Sample: Judges acquit baker in fraud trial"),
    ("Sample: New vaccine protects storks, study finds", "Sample: Researchers say vaccine works in storks"),
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one report means. `packed` is the form in which a story keeps it."""

    _steps: array[int]
    _unrelated: float
    _same: float

    @property
    def packed(self) -> str:
        return b64encode(self._steps.tobytes()).decode()

    def refine(self, alike: float, told: str) -> float:
        """How alike report and story are, 0..1, given how alike their words are and what the story means.

        `told` is the story's packed meaning; where it has none, or that of another model, the words alone count.
        """
        other = _unpacked(told)
        if len(other) != len(self._steps):
            return alike
        related = (_cosine(self._steps, other) - self._unrelated) / (self._same - self._unrelated)
        return min(1.0, max(0.0, alike + WEIGHT * (min(1.0, max(0.0, related)) - NEARER_ABOVE)))

    def joined(self, told: str, reports: int) -> str:
        """The packed mean of a story of so many reports, this one not among them, with this one."""
        other = _unpacked(told)
        if len(other) != len(self._steps):
            return self.packed
        mean = (reports * a + b for a, b in zip(other, self._steps, strict=True))
        return b64encode(_in_steps(mean).tobytes()).decode()


class Meanings:
    """What reports mean to a model. ConfigError where it finds everything equally alike."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        vectors = [_in_steps(vector) for vector in embed([text for pair in SAMPLES for text in pair])]
        self._same = fmean(_cosine(*vectors[at : at + 2]) for at in range(0, len(vectors), 2))
        self._unrelated = fmean(_cosine(one, other) for one, other in combinations(vectors[::2], 2))
        if self._same - self._unrelated < _LEAST_CONTRAST:
            raise ConfigError(
                "this model finds two reports of one event no more alike than any others; name one for sentences",
                where="stories.model",
            )

    def of(self, article: Article) -> Meaning:
        """What its title and opening mean."""
        opening = (article.text or article.summary)[:LEAD_CHARACTERS]
        (vector,) = self._embed([f"{article.title[:TITLE_CHARACTERS]}\n{opening}"])
        return Meaning(_in_steps(vector), self._unrelated, self._same)


def _in_steps(vector: Iterable[float]) -> array[int]:
    """The direction of a vector in a byte a dimension, which is as much as the comparison needs."""
    values = [float(value) for value in vector]
    largest = max(map(abs, values), default=0.0) or 1.0
    return array("b", (round(value / largest * _STEPS) for value in values))


def _unpacked(packed: str) -> array[int]:
    return array("b", b64decode(packed))


def _cosine(a: Sequence[int], b: Sequence[int]) -> float:
    lengths = math.sqrt(sum(map(mul, a, a)) * sum(map(mul, b, b)))
    return sum(map(mul, a, b)) / lengths if lengths else 0.0
