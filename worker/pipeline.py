"""The flow of one entry, from what the feed said to what people are told.

    item -> page -> article -> without what its host repeats -> matches -> (stories, alerts) -> one transaction

Nothing here talks to the world by itself: fetching, killing a hanging parser and storing come in as ports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from worker.alerts.decide import decide, why_unfit
from worker.clean.article import Marked, clean_marked
from worker.clean.learned import seen_page, without_furniture
from worker.clean.urls import host_of
from worker.clean.whole import whole_article
from worker.dedupe.fingerprint import is_stored_copy, reduced, signature
from worker.errors import FetchError, StageTimeoutError
from worker.match.engine import Matcher
from worker.model import Alert, Article, Match, Page, Story, Topic, WorkItem
from worker.ports import Change, Cleaner, Clock, Fetcher, HostMemory, Live, Stage, Store, Timed
from worker.stories.group import place
from worker.stories.independent import rooted
from worker.stories.meaning import Meaning, Meanings
from worker.stories.rarities import Rarities

# Characters of an entry's summary that are cleaned where nothing can be killed.
SHORT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of an entry."""

    article: Article
    matches: tuple[Match, ...]
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is watched: the compiled topics, and the names of parties in all their spellings.

    `meanings` is what a model of the user's brings to grouping, None without one.
    """

    matcher: Matcher
    topics: Mapping[str, Topic]
    entities: Mapping[str, tuple[str, ...]]
    meanings: Meanings | None = None


class Pipeline:
    """The stages in order; each runs in what `timed` gives for it."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        cleaner: Cleaner,
        hosts: HostMemory,
        store: Store,
        clock: Clock,
        watch: Watch,
        timed: Timed = nullcontext,
    ) -> None:
        self._fetcher, self._cleaner, self._hosts, self._store, self._clock = fetcher, cleaner, hosts, store, clock
        self.watch, self._timed = watch, timed

    def renew(self, *, fetcher: Fetcher, store: Store, watch: Watch) -> None:
        """Go by another configuration from now on; entries whose pages are under way are judged by it as well."""
        self._fetcher, self._store, self.watch = fetcher, store, watch

    async def ingest(self, item: WorkItem, *, feed_only: bool = False) -> Ingested | None:
        """Run one entry through the flow; None where it had been through it, then nothing changes.

        PostponedError where its page is to be asked for later: nothing changes then either.
        """
        if self._store.is_done(item.id):
            return None
        marked = await self._from_feed(item)
        if marked is None:
            page, why = await self._page(item, feed_only=feed_only)
            with self._timed(Stage.CLEAN):
                marked = await self._article(item, page, why)
        article = self._without_furniture(marked)
        with self._timed(Stage.MATCH):
            matches = tuple(self.watch.matcher.match(article))
        prints = signature(article.text) if matches else ()
        meaning = self.watch.meanings.of(article) if matches and self.watch.meanings else None

        def judged(live: Mapping[str, Live]) -> Change:
            return judge(
                self.watch,
                article,
                matches,
                prints,
                live,
                now=self._clock.now(),
                meaning=meaning,
                baseline=item.baseline,
                trace=item.trace,
            )

        with self._timed(Stage.ALERT):
            change = self._store.commit(item.id, article, matches, judged, signature=prints)
        return Ingested(article=article, matches=matches, change=change) if change else None

    def concerns_somebody(self, item: WorkItem) -> bool:
        """Whether what the feed says of an entry, without its page, matches a topic of which somebody may be told."""
        if item.baseline:
            return False
        words = clean_marked(None, _short(item), now=self._clock.now(), why_partial="").article
        return bool(self.watch.matcher.match(words))

    async def _from_feed(self, item: WorkItem) -> Marked | None:
        """The article that the feed carries whole, None where it does not or nobody says what is whole."""
        if not _is_whole(item):
            return None
        try:
            with self._timed(Stage.CLEAN):
                return await self._cleaner.run(whole_article, item, now=self._clock.now())
        except StageTimeoutError:
            return None

    async def _page(self, item: WorkItem, *, feed_only: bool) -> tuple[Page | None, str]:
        if feed_only:
            return None, "its page could not be fetched or processed before"
        if not item.full_text:
            return None, ""
        if not item.entry.url:
            return None, "the entry has no link"
        try:
            with self._timed(Stage.FETCH):
                return await self._fetcher.page(item.entry.url), ""
        except FetchError as error:
            return None, str(error)

    async def _article(self, item: WorkItem, page: Page | None, why: str) -> Marked:
        now = self._clock.now()
        try:
            return await self._cleaner.run(clean_marked, page, item, now=now, why_partial=why)
        except StageTimeoutError as error:
            why = f"cleaning the {'page' if page else 'entry'} {error}"
        if page is not None and item.entry.content:
            try:
                return await self._cleaner.run(clean_marked, None, item, now=now, why_partial=why)
            except StageTimeoutError as error:
                why += f"; cleaning the entry {error}"
        # In this process only what is short: the feed's own markup can be as hostile as a page.
        return clean_marked(None, _short(item), now=now, why_partial=why)

    def _without_furniture(self, marked: Marked) -> Article:
        host, page = host_of(marked.article.canonical_url), seen_page(marked.article, marked.marks)
        if not host or page is None:
            return marked.article
        # Before the article is stored: a retry remembers the same page again, and nothing is counted twice.
        return without_furniture(marked.article, marked.marks, self._hosts.remember(host, page))


def _short(item: WorkItem) -> WorkItem:
    return replace(item, entry=replace(item.entry, content="", summary=item.entry.summary[:SHORT]))


def asks_for_page(item: WorkItem) -> bool:
    """Whether its page is needed, as far as the entry alone tells."""
    return item.full_text and bool(item.entry.url) and not _is_whole(item)


def _is_whole(item: WorkItem) -> bool:
    return item.enough_text is not None and len(item.entry.content) >= item.enough_text


def judge(
    watch: Watch,
    article: Article,
    matches: Sequence[Match],
    prints: tuple[int, ...],
    live: Mapping[str, Live],
    *,
    now: datetime,
    meaning: Meaning | None = None,
    baseline: bool = False,
    trace: str = "",
) -> Change:
    """Which stories a matched article changes, and who is to be told why. Pure."""
    stories: list[Story] = []
    merged: list[tuple[Story, str]] = []
    alerts: list[Alert] = []
    notes: list[str] = []
    stored = reduced(prints)
    for match in matches:
        near, topic = live[match.topic], watch.topics[match.topic]
        rarities = None if near.frequency is None else Rarities.known(near.frequency, near.counted)
        placed = place(
            article,
            match.topic,
            stored,
            near.stories,
            now=now,
            is_copy=is_stored_copy,
            meaning=meaning,
            rarities=rarities,
        )
        counts = not why_unfit(article, topic, now=now, baseline=baseline)
        placed = replace(placed, story=rooted(placed.story, article, counts=counts))
        decided, story, said = decide(
            article,
            placed,
            topic,
            match,
            (*near.stories, *near.told),
            now=now,
            entities=watch.entities,
            baseline=baseline,
            trace=trace,
        )
        stories.append(story)
        merged.extend((gone, story.id) for gone in placed.absorbed)
        alerts.extend(decided)
        notes.extend(said)
    return Change(stories=tuple(stories), merged=tuple(merged), alerts=tuple(alerts), notes=tuple(notes))
