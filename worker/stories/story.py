"""How reports become a story, and how two stories become one.

Merging follows newsLens (Laban and Hearst 2017), which joins groups of reports that later reports show to be one story.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from worker.model import Article, Report, Story, short_id
from worker.stories.terms import heaviest

MAX_TERMS = 60
# The first and the latest hundred: who was first stays known, and a story that runs for weeks stays bounded.
MAX_REPORTS = 200
# Copies are recognised by these many first and latest originals, which bounds what a story takes in memory.
MAX_SIGNATURES = 50
# Beyond this many reports the vocabulary follows the latest ones, as a running story moves on.
_MEMORY = 12
# Every weight a term of a story can have: one number each, however many stories hold it.
_THOUSANDTHS = tuple(weight / 1000 for weight in range(1001))

_Terms: TypeAlias = Iterable[tuple[str, float]]


def report_of(article: Article, signature: tuple[int, ...], now: datetime) -> Report:
    """The article's place in a story that is still to be found."""
    source = article.source.domain or article.source.name or article.feed or article.url
    title, url = words_and_address(article)
    return Report(
        article_id=article.id,
        source=source,
        title=title,
        url=url,
        published=article.published,
        seen_at=article.seen_at or now,
        signature=signature,
    )


def words_and_address(article: Article) -> tuple[str, str]:
    """Title and URL, as its report gives them."""
    return article.title, article.canonical_url or article.url


def is_near(report: Report, story: Story, window: float) -> bool:
    """Whether the report's time lies within the window of the story's own; a page of 2019 found today does not."""
    at, margin = _time(report), timedelta(seconds=window)
    # From the end where the answer most likely is: a long story is not read through.
    return any(_time(told) >= at - margin for told in reversed(story.reports)) and any(
        _time(told) <= at + margin for told in story.reports
    )


def independent_sources(reports: Iterable[Report]) -> int:
    """How many publishers report by themselves: copies count with their original, a publisher counts once."""
    return len({report.source for report in reports if report.copy_of is None})


def opened(report: Report, vocabulary: Mapping[str, float], topic: str) -> Story:
    """A story of one report."""
    return Story(
        id=short_id("story", topic, report.article_id),
        topic=topic,
        headline=report.title,
        first_seen=report.seen_at,
        last_seen=report.seen_at,
        reports=(report,),
        terms=_bounded(vocabulary),
    )


def joined(story: Story, report: Report, vocabulary: Mapping[str, float], similarity: float) -> Story:
    """The story with one report more; a copy adds nothing to what it is about."""
    reports = _kept((*story.reports, report))
    before = weight(story)
    is_copy = report.copy_of is not None
    return replace(
        story,
        first_seen=min(story.first_seen, report.seen_at),
        last_seen=max(story.last_seen, report.seen_at),
        reports=reports,
        independent_sources=max(story.independent_sources, independent_sources(reports)),
        terms=story.terms if is_copy else _bounded(_sum(story.terms, before, vocabulary.items(), 1)),
        cohesion=story.cohesion if is_copy else round((story.cohesion * (before - 1) + similarity) / before, 4),
    )


def merged(one: Story, other: Story) -> Story:
    """Both as one: the id and headline of the story that was first, every report, and all that was told of either."""
    first, second = sorted((one, other), key=lambda story: (story.first_seen, story.id))
    reports = _kept(tuple(sorted((*first.reports, *second.reports), key=lambda report: report.seen_at)))
    weights = weight(first), weight(second)
    return replace(
        first,
        last_seen=max(first.last_seen, second.last_seen),
        reports=reports,
        independent_sources=max(first.independent_sources, second.independent_sources, independent_sources(reports)),
        terms=_bounded(_sum(first.terms, weights[0], second.terms, weights[1])),
        cohesion=round((first.cohesion * weights[0] + second.cohesion * weights[1]) / sum(weights), 4),
        told=tuple(dict.fromkeys((*first.told, *second.told))),
    )


def _time(report: Report) -> datetime:
    """When it was reported; a date in the future is an error of the feed."""
    return min(report.published or report.seen_at, report.seen_at)


def weight(story: Story) -> int:
    """How many reports its vocabulary stands for, copies aside."""
    return min(sum(report.copy_of is None for report in story.reports) or 1, _MEMORY)


def _kept(reports: tuple[Report, ...]) -> tuple[Report, ...]:
    if len(reports) > MAX_REPORTS:
        reports = reports[: MAX_REPORTS // 2] + reports[-MAX_REPORTS // 2 :]
    signed = [report.article_id for report in reports if report.signature]
    if len(signed) <= MAX_SIGNATURES:
        return reports
    dropped = set(signed[MAX_SIGNATURES // 2 : -MAX_SIGNATURES // 2])
    return tuple(replace(report, signature=()) if report.article_id in dropped else report for report in reports)


def _sum(one: _Terms, weight: int, other: _Terms, other_weight: int) -> dict[str, float]:
    total = {term: value * weight for term, value in one}
    for term, value in other:
        total[term] = total.get(term, 0.0) + value * other_weight
    return total


def _bounded(vocabulary: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """The heaviest terms; weights are those of the whole at length 1."""
    thousandths = 1000 / (math.hypot(*vocabulary.values()) or 1.0)
    chosen = heaviest(vocabulary, MAX_TERMS)
    return tuple([(term, _THOUSANDTHS[int(vocabulary[term] * thousandths + 0.5)]) for term in chosen])
