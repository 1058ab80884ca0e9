"""Articles as the API lists and searches them: from any place on, newest first, bounded in number and time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore

from worker.edge import keys
from worker.edge.store.newsdesk import Newsdesk
from worker.edge.store.paging import Place, places_below
from worker.errors import QueryError
from worker.match.describe import in_words
from worker.match.engine import Matcher
from worker.match.query import parse
from worker.model import Article, Highlight, Topic
from worker.run.web.api.problems import ProblemError
from worker.run.web.desk import Desk
from worker.run.web.search import AT_ONCE, LOOKED_AT, SECONDS

_BATCH = 128
# Whoever has waited so long for other searches is told to come back.
_WAITED = 5.0

_Found = tuple[Place, Article, tuple[Highlight, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Articles with the passages that match. `after` is where to go on, None at the end."""

    found: tuple[tuple[Article, tuple[Highlight, ...]], ...]
    after: Place | None
    looked_at: int = 0
    meaning: str = ""


class Finder:
    """Reads the stored articles."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._newsdesk = Newsdesk(desk.redis)
        self._few_at_once = BoundedSemaphore(AT_ONCE)

    def listed(self, after: Place | None, limit: int) -> Findings:
        """All of them."""
        places = places_below(self._desk.redis, keys.ARTICLES, after, limit + 1)
        articles = self._newsdesk.articles_at(places[:limit])
        return Findings(
            found=tuple((article, ()) for _, article in articles),
            after=places[limit - 1] if len(places) > limit else None,
        )

    def search(self, query: str, after: Place | None, limit: int) -> Findings:
        """Those that match; raises ProblemError where the query is not understood, or too many search."""
        settings = self._desk.settings
        entities = settings.entities if settings else ()
        try:
            meaning = in_words(parse(query, entities=[entity.name for entity in entities]))
            matcher = Matcher([Topic(name="search", query=query)], entities)
        except QueryError as error:
            raise ProblemError(400, f"q: {error}", column=error.column, caret=error.caret()) from error
        if not self._few_at_once.acquire(timeout=_WAITED):
            raise ProblemError(503, "too many searches are under way; try again in some seconds")
        try:
            return self._look(matcher, meaning, after, limit)
        finally:
            self._few_at_once.release()

    def _look(self, matcher: Matcher, meaning: str, after: Place | None, limit: int) -> Findings:
        until = time.monotonic() + SECONDS
        found: list[tuple[Article, tuple[Highlight, ...]]] = []
        looked_at = 0
        for place, article, highlights in self._matched(matcher, after):
            if len(found) == limit or looked_at == LOOKED_AT or time.monotonic() > until:
                return Findings(found=tuple(found), after=after, looked_at=looked_at, meaning=meaning)
            looked_at, after = looked_at + 1, place
            if highlights is not None:
                found.append((article, highlights))
        return Findings(found=tuple(found), after=None, looked_at=looked_at, meaning=meaning)

    def _matched(self, matcher: Matcher, after: Place | None) -> Iterator[_Found]:
        """Each article, with its highlights where it matches."""
        while places := self._places(after):
            at = self._newsdesk.articles_at(places)
            for (place, article), (_, matches) in zip(
                at, matcher.match_each(article for _, article in at), strict=True
            ):
                yield place, article, matches[0].highlights if matches else None
            after = places[-1]

    def _places(self, after: Place | None) -> Sequence[Place]:
        return places_below(self._desk.redis, keys.ARTICLES, after, _BATCH)
