"""Which reports tell of the same event.

Reports are taken in the order of their arrival. Each is compared with the vocabulary of the live stories and joins the
one that is most alike, or opens a story of its own. A report that fits two stories, which are alike themselves, shows
that they are one: they are merged. A copy of a report always joins that report's story. Reports in two languages share
few words and may stay two stories.

One topic and a whole stream are grouped by the same rules; a stream only looks up which stories are worth comparing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from worker.model import Article, Report, Story
from worker.stories.bands import Bands, Original
from worker.stories.lookup import most_alike, rarest
from worker.stories.meaning import Meaning, Meanings
from worker.stories.placing import IsCopy, Placement, Signature, as_copy, placed
from worker.stories.pointers import Pointers
from worker.stories.rarities import Rarities
from worker.stories.story import MAX_REPORTS, MAX_TERMS, independent_sources, is_near, report_of
from worker.stories.terms import terms

__all__ = ["MAX_REPORTS", "MAX_TERMS", "WINDOW", "Placement", "StoryIndex", "independent_sources", "place"]

WINDOW = 72 * 3600.0


def place(
    article: Article,
    match_topic: str,
    signature: Signature,
    live: Sequence[Story],
    *,
    now: datetime,
    is_copy: IsCopy,
    window: float = WINDOW,
    meaning: Meaning | None = None,
    rarities: Rarities | None = None,
) -> Placement:
    """The story of `live` (all of one topic) that `article` belongs to, or a new one.

    `window` is in seconds: a story is open to reports published within it of the story's latest report. An article that
    has a report already changes nothing. How rare terms are is told by `rarities`, and without it by `live` alone.
    """
    known = _known(article, live)
    if known is not None:
        return known
    report = report_of(article, signature, now)
    near = [story for story in live if is_near(report, story, window)]
    vocabulary, rarities = terms(article), rarities or _rarities_of(live)
    scaled = rarities.scaled(vocabulary.items())
    return placed(report, vocabulary, scaled, match_topic, near, rarities, is_copy, meaning)


class StoryIndex:
    """Groups a whole stream of articles, in arrival order, in memory.

    Only stories that share rare terms with an article are compared with it, so the cost of an article does not grow
    with the number of live stories.
    """

    _PER_TERM = 60

    def __init__(
        self,
        *,
        signature: Callable[[str], Signature],
        is_copy: IsCopy,
        topic: str = "",
        window: float = WINDOW,
        meanings: Meanings | None = None,
    ) -> None:
        self._signature = signature
        self._is_copy = is_copy
        self._topic = topic
        self._window = window
        self._meanings = meanings
        self._now = datetime.fromtimestamp(0, UTC)
        self._rarities = Rarities()
        self._stories: OrderedDict[str, Story] = OrderedDict()
        self._by_term: dict[str, tuple[str, ...]] = {}
        self._bands = Bands()
        self._posted: dict[str, list[str]] = {}
        self._story_of, self._merged_into = Pointers(), Pointers()

    def __len__(self) -> int:
        """Live stories."""
        return len(self._stories)

    def add(self, article: Article) -> Placement:
        """Place the next article. One without any time counts as seen together with the article before it."""
        self._now = max(self._now, article.seen_at or article.published or self._now)
        self._expire()
        known = self._stories.get(self.current(self._story_of.get(article.id) or ""))
        if known is not None and (placement := _known(article, [known])) is not None:
            return placement
        vocabulary = terms(article)
        report = report_of(article, self._signature(article.text), self._now)
        if (copied := self._original(report)) is not None:
            placement = as_copy(report, *copied)
            self._keep(placement, vocabulary)
            return placement
        scaled = self._rarities.scaled(vocabulary.items())
        candidates = [story for story in self._candidates(scaled) if is_near(report, story, self._window)]
        meaning = self._meanings.of(article) if self._meanings else None
        placement = placed(report, vocabulary, scaled, self._topic, candidates, self._rarities, self._is_copy, meaning)
        self._keep(placement, vocabulary)
        return placement

    def _original(self, report: Report) -> tuple[Story, str] | None:
        for original in self._bands.find(report.signature):
            story = self._stories[original.story_id]
            if self._is_copy(original.signature, report.signature) and is_near(report, story, self._window):
                return story, original.article_id
        return None

    def is_live(self, story_id: str) -> bool:
        """Whether reports may still join the story, or the one that it became."""
        return self.current(story_id) in self._stories

    def current(self, story_id: str) -> str:
        """The story that a story became by merging; its own id where it did not, or where that one has ended."""
        while (heir := self._merged_into.get(story_id)) is not None:
            story_id = heir
        return story_id

    def _candidates(self, scaled: Mapping[str, float]) -> list[Story]:
        found = {term: self._by_term[term] for term in scaled if term in self._by_term}
        return [self._stories[story_id] for story_id in most_alike(found, scaled, self._rarities)]

    def _keep(self, placement: Placement, vocabulary: Iterable[str]) -> None:
        story = placement.story
        for gone in placement.absorbed:
            self._forget(gone.id, heir=story.id)
            self._merged_into.set(gone.id, story.id, self._now)
        if placement.copy_of is None:
            self._rarities.count(vocabulary, 1 / len(story.reports))
            self._bands.add(Original(placement.report.article_id, story.id, placement.report.signature))
            self._post(story)
        self._stories[story.id] = story
        self._stories.move_to_end(story.id)
        self._story_of.set(placement.report.article_id, story.id, self._now)

    def _post(self, story: Story) -> None:
        posted = rarest(self._rarities.scaled_story(story))
        for term in set(self._posted.get(story.id, ())).difference(posted):
            self._unpost(term, story.id)
        for term in posted:
            postings = self._by_term.get(term, ())
            if postings[-1:] != (story.id,):
                self._by_term[term] = (*_without(postings, story.id), story.id)[-self._PER_TERM :]
        self._posted[story.id] = posted

    def _unpost(self, term: str, story_id: str) -> None:
        postings = _without(self._by_term.get(term, ()), story_id)
        if postings:
            self._by_term[term] = postings
        else:
            self._by_term.pop(term, None)

    def _expire(self) -> None:
        oldest = self._now - timedelta(seconds=self._window)
        while self._stories and (story := next(iter(self._stories.values()))).last_seen < oldest:
            self._forget(story.id)
        for pointers in (self._story_of, self._merged_into):
            pointers.forget(oldest, self._now, self.is_live)

    def _forget(self, story_id: str, heir: str | None = None) -> None:
        self._bands.forget(story_id, heir)
        self._stories.pop(story_id, None)
        for term in self._posted.pop(story_id, ()):
            self._unpost(term, story_id)


def _without(postings: tuple[str, ...], story_id: str) -> tuple[str, ...]:
    if story_id not in postings:
        return postings
    at = postings.index(story_id)
    return postings[:at] + postings[at + 1 :]


def _rarities_of(stories: Iterable[Story]) -> Rarities:
    """What the live stories of a topic say about how rare terms are."""
    rarities = Rarities()
    for story in stories:
        rarities.count((term for term, _ in story.terms), 1.0)
    return rarities


def _known(article: Article, live: Iterable[Story]) -> Placement | None:
    for story in live:
        for report in story.reports:
            if report.article_id == article.id:
                return Placement(
                    story=story, is_new=False, report=report, copy_of=report.copy_of, similarity=1.0, nearest=story.id
                )
    return None
