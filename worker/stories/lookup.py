"""Which live stories a report is worth comparing with: those that share its rarest terms, and those of which it may be
a copy. However many stories are live, a report is compared with the same few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from zlib import crc32

from worker.model import Report, Story

LOOKED_UP = 10
COMPARED = 12
# Of what the best candidate shares with the report; those that share less were never the most alike.
_SHARED = 0.25
# Of a signature's 64 numbers so many are looked up. A text that shares 30 % of its 3-grams with another has one of them
# in common in 76 of 100 cases, one that shares half in 94; and nine of ten copies share rare terms besides.
_PRINTS = 4
_MAY_BE_COPIED = 4


def rarest(scaled: Mapping[str, float]) -> list[str]:
    """The terms by which a story is found and a report looks for one, the rarest first."""
    return sorted(scaled, key=lambda term: (-scaled[term], term))[:LOOKED_UP]


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
    best = sorted(shared, key=lambda story_id: (-shared[story_id], story_id))[:COMPARED]
    return [story_id for story_id in best if shared[story_id] >= shared[best[0]] * _SHARED]


def prints(signature: Sequence[int]) -> list[int]:
    """The numbers by which the originals of a copy are looked up; none of a text too short to be called one."""
    if not signature:
        return []
    return [crc32(b"print %d %d" % (at, signature[at])) for at in range(0, len(signature), len(signature) // _PRINTS)]


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
