"""Searching the stored articles by the query language: bounded, newest first, to be gone on with."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import BoundedSemaphore

from worker.edge.store.newsdesk import Newsdesk
from worker.errors import QueryError
from worker.match.describe import doubts, in_words
from worker.match.engine import Matcher
from worker.match.query import parse
from worker.model import Article, Highlight, Topic
from worker.run.web.desk import Desk
from worker.run.web.passages import Piece, marked, passage

FOUND = 50
# Articles looked at for one page, and seconds until no more are.
LOOKED_AT = 5_000
SECONDS = 2.0
# Searches at the same time; the others wait, so that pages stay quick.
AT_ONCE = 2
LONGEST_QUERY = 20_000
LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look for, "" for everything, among the articles seen before a moment (None: all)."""

    query: str = ""
    before: datetime | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Wanted:
        """What an address asks for; a moment that is none is passed over."""
        return cls(query=asked.get("q", "").strip()[:LONGEST_QUERY], before=_moment(asked.get("before", "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article, and what of it matched."""

    article: Article
    title: tuple[Piece, ...]
    passage: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What was found among `looked_at` articles, of `stored` ones, the newest first.

    `trouble` says why the query is not understood and `caret` where. `meaning` tells what it means. `after` is where to
    go on, None where all was looked at.
    """

    wanted: Wanted
    trouble: str = ""
    caret: str = ""
    meaning: str = ""
    doubts: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    looked_at: int = 0
    stored: int = 0
    after: datetime | None = None


class SearchReader:
    """Searches the stored articles."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._newsdesk = Newsdesk(desk.redis)
        self._few_at_once = BoundedSemaphore(AT_ONCE)

    def page(self, wanted: Wanted) -> SearchPage:
        """The newest that match, of as many as can be looked at soon."""
        if not wanted.query:
            return self._look(wanted, None)
        settings = self._desk.settings
        entities = settings.entities if settings else ()
        try:
            understood = parse(wanted.query, entities=[entity.name for entity in entities])
            matcher = Matcher([Topic(name="search", query=wanted.query)], entities)
        except QueryError as error:
            mend = f"; {error.mend}" if error.mend else ""
            return SearchPage(wanted=wanted, trouble=f"{error.message}{mend}", caret=error.caret())
        with self._few_at_once:
            page = self._look(wanted, matcher)
        return replace(page, meaning=in_words(understood), doubts=tuple(doubts(understood)))

    def _look(self, wanted: Wanted, matcher: Matcher | None) -> SearchPage:
        stored = self._newsdesk.article_count()
        until = time.monotonic() + SECONDS
        found: list[Found] = []
        looked_at, last = 0, None
        for article, highlights in _matched(self._newsdesk.articles_before(wanted.before), matcher):
            enough = len(found) >= FOUND or looked_at >= LOOKED_AT or time.monotonic() > until
            if enough and looked_at and article.seen_at != last:
                return SearchPage(wanted=wanted, found=tuple(found), looked_at=looked_at, stored=stored, after=last)
            looked_at, last = looked_at + 1, article.seen_at
            if highlights is not None:
                found.append(_shown(article, highlights))
        return SearchPage(wanted=wanted, found=tuple(found), looked_at=looked_at, stored=stored)


def _matched(
    articles: Iterable[Article], matcher: Matcher | None
) -> Iterator[tuple[Article, tuple[Highlight, ...] | None]]:
    """Each article, with its highlights where it matches; without a matcher all do."""
    if matcher is None:
        for article in articles:
            yield article, ()
        return
    for article, matches in matcher.match_each(articles):
        yield article, matches[0].highlights if matches else None


def _shown(article: Article, highlights: tuple[Highlight, ...]) -> Found:
    field, text = ("text", article.text) if article.text else ("summary", article.summary)
    return Found(
        article=article,
        title=marked(article.title[:LONGEST_TITLE], "title", highlights),
        passage=passage(text, field, highlights),
    )


def _moment(given: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(given), UTC)
    except (ValueError, OverflowError, OSError):
        return None
