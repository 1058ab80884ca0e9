"""How alike a report and a story are, and how alike is alike enough.

Likeness is the cosine of vocabularies in which a rare term weighs more (TF-IDF), as in the streaming systems of Miranda
et al. 2018 ("Multilingual clustering of streaming news") and Saravanakumar et al. 2021 ("Event-driven news stream
clustering using entity-aware contextual embeddings"); names weigh more from the start.
"""

from __future__ import annotations

import math

from worker.model import Report, Story
from worker.stories.story import weight

# A headline alone shares few words with the next one; texts of thirty terms share common words by chance.
_SHORT, _LONG = 10, 30
_SHORT_THRESHOLD, _LONG_THRESHOLD = 0.13, 0.2
# Without a date a report may be of any year, and so may every event that looks like its own.
_UNDATED_THRESHOLD = 0.27
# Of the likeness with which a story's own reports joined it, on average: a report of a look-alike event is less alike
# to it than they are, however much the two events have in common.
_OF_COHESION = 0.5
# A follow-up of a handful of words never gets near the likeness of headlines that repeat each other.
_COHESION_ASKED = 0.24
# Two stories are one where a report fits both and they are more alike than a report has to be.
_FITS_BOTH = 0.8
_ONE_SHORT, _ONE_LONG = 0.18, 0.41
# Two halves of one event grow more alike with each report, to .6 and more at four reports each; two look-alikes stay
# at half of that. Of undated ones, which never began apart, so much more is asked once both have four reports.
_UNDATED_GROWS, _GROWN = 0.2, 4
# An event that was torn in two was so while its first reports came in; what began a day later is what followed from it.
_BEGAN_TOGETHER = 24 * 3600.0
# After so many seconds without a report a story is half as alike: names stay in the news, events pass (Miranda et al.
# weigh likeness by the time between, too).
_HALF_AS_ALIKE = 15 * 3600.0
# What is told in the very same words after days is the same story still, within the window.
_LEAST_RECENCY = 0.3


def threshold(terms: int, *, is_dated: bool = True) -> float:
    """How alike a report of so many terms has to be to anything it joins."""
    return _between(_SHORT_THRESHOLD, _LONG_THRESHOLD if is_dated else _UNDATED_THRESHOLD, terms)


def fits(similarity: float, terms: int, story: Story, *, is_dated: bool = True) -> bool:
    """Whether a report of so many terms, so alike to the story, belongs to it."""
    return similarity >= max(threshold(terms, is_dated=is_dated), _of_cohesion(story))


def recency(report: Report, story: Story) -> float:
    """1 for a report that follows the story's latest at once, less the longer the pause was."""
    pause = (report.seen_at - story.last_seen).total_seconds()
    return max(_LEAST_RECENCY, _HALF_AS_ALIKE / (_HALF_AS_ALIKE + max(0.0, pause)))


def are_one(
    terms: int, to_second: float, first: Story, second: Story, between: float, *, is_dated: bool = True
) -> bool:
    """Whether two stories are one: they began together, and a report that joins the first fits the second, too."""
    if abs((first.first_seen - second.first_seen).total_seconds()) > _BEGAN_TOGETHER:
        return False
    if to_second < max(_FITS_BOTH * threshold(terms, is_dated=is_dated), _of_cohesion(second)):
        return False
    grown = 0.0 if is_dated else min(1.0, math.log(min(weight(first), weight(second)), _GROWN))
    return between >= _between(_ONE_SHORT, _ONE_LONG + _UNDATED_GROWS * grown, terms)


def _of_cohesion(story: Story) -> float:
    return min(_OF_COHESION * story.cohesion, _COHESION_ASKED)


def _between(short: float, long: float, terms: int) -> float:
    share = min(1.0, max(0.0, (terms - _SHORT) / (_LONG - _SHORT)))
    return short + share * (long - short)
