"""Which reports tell of the same event.

Reports are taken in the order of their arrival. Each is compared with the vocabulary of the live stories and joins the
one that is most alike, or opens a story of its own. A copy of a report always joins that report's story. Reports in two
languages share few words and may stay two stories.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from worker.model import Article, Report, Story, short_id
from worker.stories.terms import cosine, terms, unit

Signature: TypeAlias = tuple[int, ...]
IsCopy: TypeAlias = Callable[[Signature, Signature], bool]

WINDOW = 72 * 3600.0
# In a topic every word counts alike, in the open stream by its rarity; the two scales meet at about the same value.
TOPIC_THRESHOLD = 0.2
STREAM_THRESHOLD = 0.2
MAX_TERMS = 60
# The first and the latest hundred: who was first stays known, and a story that runs for weeks stays bounded.
MAX_REPORTS = 200
# Beyond this many reports the vocabulary follows the latest ones, as a running story moves on.
_MEMORY = 12
# What is assumed of a stream before it was seen: 1,000 articles, each term in 5. Keeps early stories from splitting.
_PRIOR_ARTICLES = 1000
_PRIOR_FREQUENCY = 5
_LEAST_RARITY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an article went. `story` already holds its report.

    `similarity` (0..1) is to the most similar story there was before, `nearest` that story's id, also where it was not
    similar enough to join; "" where there was none.
    """

    story: Story
    is_new: bool
    report: Report
    copy_of: str | None
    similarity: float
    nearest: str = ""


def place(
    article: Article,
    match_topic: str,
    signature: Signature,
    live: Sequence[Story],
    *,
    now: datetime,
    is_copy: IsCopy,
    window: float = WINDOW,
) -> Placement:
    """The story of `live` (all of one topic) that `article` belongs to, or a new one.

    `window` is in seconds: a story is open to reports published within it of the story's latest report. An article that
    has a report already changes nothing.
    """
    known = _known(article, live)
    if known is not None:
        return known
    report = _report(article, signature, now)
    open_stories = [story for story in live if _is_near(report, story, window)]
    vocabulary = terms(article)
    best = _best(report, vocabulary, open_stories, is_copy, lambda _: 1.0)
    return _settle(report, vocabulary, match_topic, best, TOPIC_THRESHOLD)


def independent_sources(reports: Iterable[Report]) -> int:
    """How many publishers report by themselves: copies count with their original, a publisher counts once."""
    return len({report.source for report in reports if report.copy_of is None})


class _Rarities(dict[str, float]):
    """How rare each term is after so many articles; worked out once per term asked for."""

    def __init__(self, frequency: Mapping[str, int], articles: int) -> None:
        super().__init__()
        self._frequency = frequency
        self._articles = articles + _PRIOR_ARTICLES

    def __missing__(self, term: str) -> float:
        ratio = self._articles / (self._frequency.get(term, 0) + _PRIOR_FREQUENCY)
        rarity = self[term] = max(_LEAST_RARITY, math.log(ratio))
        return rarity


class StoryIndex:
    """Groups a whole stream of articles, in arrival order, in memory.

    How rare a term is, is learned from the stream itself. Only stories that share rare terms with an article are
    compared with it, so the cost of an article does not grow with the number of live stories.
    """

    _LOOKED_UP = 10
    _PER_TERM = 60
    _COMPARED = 12

    def __init__(
        self, *, signature: Callable[[str], Signature], is_copy: IsCopy, topic: str = "", window: float = WINDOW
    ) -> None:
        self._signature = signature
        self._is_copy = is_copy
        self._topic = topic
        self._window = window
        self._now = datetime.fromtimestamp(0, UTC)
        self._articles = 0
        self._frequency: Counter[str] = Counter()
        self._rarity = _Rarities(self._frequency, 0)
        self._stories: OrderedDict[str, Story] = OrderedDict()
        self._by_term: dict[str, OrderedDict[str, None]] = {}
        self._story_of: dict[str, str] = {}

    def add(self, article: Article) -> Placement:
        """Place the next article. One without any time counts as seen together with the article before it."""
        self._now = max(self._now, article.seen_at or article.published or self._now)
        self._expire()
        known = self._stories.get(self._story_of.get(article.id, ""))
        if known is not None and (placement := _known(article, [known])) is not None:
            return placement
        vocabulary = terms(article)
        self._articles += 1
        self._frequency.update(vocabulary.keys())
        self._rarity = _Rarities(self._frequency, self._articles)
        report = _report(article, self._signature(article.text), self._now)
        candidates = [story for story in self._candidates(vocabulary) if _is_near(report, story, self._window)]
        best = _best(report, vocabulary, candidates, self._is_copy, self._rarity.__getitem__)
        placement = _settle(report, vocabulary, self._topic, best, STREAM_THRESHOLD)
        self._keep(placement)
        return placement

    def _rarest(self, vocabulary: Mapping[str, float]) -> list[str]:
        return sorted(vocabulary, key=lambda term: (-vocabulary[term] * self._rarity[term], term))[: self._LOOKED_UP]

    def _candidates(self, vocabulary: Mapping[str, float]) -> list[Story]:
        shared: dict[str, float] = {}
        for term in self._rarest(vocabulary):
            weight = vocabulary[term] * self._rarity[term] ** 2
            for story_id in self._by_term.get(term, ()):
                shared[story_id] = shared.get(story_id, 0.0) + weight
        best = sorted(shared, key=lambda story_id: (-shared[story_id], story_id))[: self._COMPARED]
        return [self._stories[story_id] for story_id in best if story_id in self._stories]

    def _keep(self, placement: Placement) -> None:
        story = placement.story
        self._stories[story.id] = story
        self._stories.move_to_end(story.id)
        self._story_of[placement.report.article_id] = story.id
        for term in self._rarest(dict(story.terms)):
            postings = self._by_term.setdefault(term, OrderedDict())
            postings[story.id] = None
            postings.move_to_end(story.id)
            if len(postings) > self._PER_TERM:
                postings.popitem(last=False)

    def _expire(self) -> None:
        oldest = self._now - timedelta(seconds=self._window)
        while self._stories and next(iter(self._stories.values())).last_seen < oldest:
            self._stories.popitem(last=False)


def _known(article: Article, live: Iterable[Story]) -> Placement | None:
    for story in live:
        for report in story.reports:
            if report.article_id == article.id:
                return Placement(
                    story=story, is_new=False, report=report, copy_of=report.copy_of, similarity=1.0, nearest=story.id
                )
    return None


def _report(article: Article, signature: Signature, now: datetime) -> Report:
    source = article.source.domain or article.source.name or article.feed or article.url
    return Report(
        article_id=article.id,
        source=source,
        title=article.title,
        url=article.canonical_url or article.url,
        published=article.published,
        seen_at=article.seen_at or now,
        signature=signature,
    )


def _time(report: Report) -> datetime:
    """When it was reported; a date in the future is an error of the feed."""
    return min(report.published or report.seen_at, report.seen_at)


def _is_near(report: Report, story: Story, window: float) -> bool:
    """Whether the report's time lies within the window of the story's own; a page of 2019 found today does not."""
    times = [_time(told) for told in story.reports]
    margin = timedelta(seconds=window)
    return min(times) - margin <= _time(report) <= max(times) + margin


def _best(
    report: Report,
    vocabulary: Mapping[str, float],
    stories: Iterable[Story],
    is_copy: IsCopy,
    rarity: Callable[[str], float],
) -> tuple[Story, float, str | None] | None:
    """The story most alike, how alike, and the id of the report copied; None without any story."""
    best: tuple[Story, float, str | None] | None = None
    for story in stories:
        for told in story.reports:
            if told.signature and is_copy(told.signature, report.signature):
                return story, 1.0, told.article_id
        alike = cosine(vocabulary, dict(story.terms), rarity)
        if best is None or alike > best[1]:
            best = (story, alike, None)
    return best


def _settle(
    report: Report,
    vocabulary: Mapping[str, float],
    topic: str,
    best: tuple[Story, float, str | None] | None,
    threshold: float,
) -> Placement:
    similarity = best[1] if best else 0.0
    if best is None or similarity < threshold:
        story = _opened(report, vocabulary, topic)
        nearest = best[0].id if best else ""
        return Placement(story=story, is_new=True, report=report, copy_of=None, similarity=similarity, nearest=nearest)
    story, _, copy_of = best
    if copy_of is not None:
        # A copy is recognised by its original; a second signature of the same words would only take room.
        report = replace(report, copy_of=copy_of, signature=())
    joined = _joined(story, report, vocabulary)
    return Placement(
        story=joined, is_new=False, report=report, copy_of=copy_of, similarity=similarity, nearest=story.id
    )


def _opened(report: Report, vocabulary: Mapping[str, float], topic: str) -> Story:
    return Story(
        id=short_id("story", topic, report.article_id),
        topic=topic,
        headline=report.title,
        first_seen=report.seen_at,
        last_seen=report.seen_at,
        reports=(report,),
        terms=_bounded(vocabulary),
    )


def _joined(story: Story, report: Report, vocabulary: Mapping[str, float]) -> Story:
    reports = (*story.reports, report)
    if len(reports) > MAX_REPORTS:
        reports = reports[: MAX_REPORTS // 2] + reports[-MAX_REPORTS // 2 :]
    return replace(
        story,
        first_seen=min(story.first_seen, report.seen_at),
        last_seen=max(story.last_seen, report.seen_at),
        reports=reports,
        independent_sources=max(story.independent_sources, independent_sources(reports)),
        terms=story.terms if report.copy_of else _blended(story, vocabulary),
    )


def _blended(story: Story, vocabulary: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """The mean vocabulary of the story's reports, the new one among them."""
    weight = min(len(story.reports), _MEMORY)
    mean = {term: value * weight for term, value in story.terms}
    for term, value in vocabulary.items():
        mean[term] = mean.get(term, 0.0) + value
    return _bounded(unit(mean))


def _bounded(vocabulary: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    heaviest = sorted(vocabulary.items(), key=lambda item: (-item[1], item[0]))[:MAX_TERMS]
    return tuple((term, round(weight, 4)) for term, weight in heaviest)
