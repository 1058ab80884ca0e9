"""Which live stories a report is worth comparing with: those that share its rarest terms, and those of which it may be
a copy. However many stories are live, a report is compared with the same few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from worker.model import PRINT_EVERY, Report, Story
from worker.stories.background import number_of
from worker.stories.terms import heaviest

LOOKED_UP = 10
COMPARED = 12
# Of what the best candidate shares with the report; those that share less were never the most alike.
_SHARED = 0.25
_MAY_BE_COPIED = 4
_TOLD_COMPARED = 3


def rarest(scaled: Mapping[str, float]) -> list[str]:
    """The terms by which a story is found and a report looks for one, the rarest first."""
    ranked = sorted(scaled, key=scaled.__getitem__, reverse=True)
    # The alphabet is asked only where it decides which terms these are.
    if len(ranked) > LOOKED_UP and scaled[ranked[LOOKED_UP - 1]] == scaled[ranked[LOOKED_UP]]:
        return heaviest(scaled, LOOKED_UP)
    return ranked[:LOOKED_UP]


def most_alike(
    found: Mapping[str, Iterable[str]], scaled: Mapping[str, float], rarity: Callable[[str], float]
) -> list[str]:
    """Ids of the stories that share most with a report, best first; `found` are those that each of its terms leads to.

    `scaled` is the report's vocabulary. The rarest terms of all are new, and lead nowhere: the rarest of those that do
    lead to a story count.
    """
    shared: dict[str, float] = {}
    for term in rarest({term: scaled[term] for term in found}):
        weight = scaled[term] * rarity(term)
        for story_id in found[term]:
            shared[story_id] = shared.get(story_id, 0.0) + weight
    best = heaviest(shared, COMPARED)
    return [story_id for story_id in best if shared[story_id] >= shared[best[0]] * _SHARED]


def told_most_alike(told: Iterable[Story], scaled: Mapping[str, float]) -> list[Story]:
    """Of the stories told those that share most with a report, by whatever terms.

    For want of a rare term a report would open a story beside one of which somebody was told minutes ago.
    """
    known = {story.id: story for story in told}
    shared = {story.id: sum([scaled.get(term, 0.0) for term, _ in story.terms]) for story in known.values()}
    return [known[story_id] for story_id in heaviest(shared, _TOLD_COMPARED) if shared[story_id]]


def prints(signature: Sequence[int]) -> list[int]:
    """The numbers by which the originals of a copy are looked up; none of a text too short to be called one.

    They are four, for each takes room in a store. A text that shares 30 % of its 3-grams with another has one of them
    in common in 76 of 100 cases, one that shares half in 94; and nine of ten copies share rare terms besides.
    """
    return list(_numbers(tuple(signature[::PRINT_EVERY])))


# All reports of a story are asked for theirs with each new one.
@lru_cache(maxsize=4096)
def _numbers(looked_up: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([number_of(f"print {place * PRINT_EVERY} {one}") for place, one in enumerate(looked_up)])


def prints_of(story: Story) -> set[int]:
    """The numbers by which copies of the story's reports find it."""
    return {number for report in story.reports for number in prints(report.signature)}


def may_be_copied(found: Iterable[Iterable[str]]) -> list[str]:
    """Ids of the stories with an original that a report may copy, from those that each of its prints leads to."""
    shared = Counter(story_id for ids in found for story_id in ids)
    return sorted(shared, key=lambda story_id: (-shared[story_id], story_id))[:_MAY_BE_COPIED]


def place_of(article_id: str, story: Story) -> tuple[Report, int] | None:
    """An article's report and so manieth of the story it is, None where it has none."""
    return next(((told, at + 1) for at, told in enumerate(story.reports) if told.article_id == article_id), None)
