"""One article: as it was read, what was left out, and why a topic holds or not."""

from __future__ import annotations

from dataclasses import dataclass

from worker.edge.store.articles import Archive
from worker.errors import QueryError
from worker.match.describe import in_words
from worker.match.explain import Explanation, explain
from worker.match.lexicon import Lexicon, lexicon_in
from worker.match.query import parse
from worker.match.reading import language_of
from worker.model import Article, Topic
from worker.run.web.desk import Desk

# No report is longer; what a hostile page holds beyond that helps nobody.
PARAGRAPHS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why an article matches a topic, or why not."""

    topic: Topic
    meaning: str
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article as it was read: its paragraphs, `more` of them left out. `topics` can be asked for, `why` was."""

    article: Article
    paragraphs: tuple[str, ...]
    more: int
    topics: tuple[str, ...]
    why: Why | None


class ArticleReader:
    """Reads the pages of articles."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._archive = Archive(desk.redis)

    def page(self, article_id: str, topic: str | None) -> ArticleView | None:
        """One article; None when it is not stored (any more). `topic` is the one to explain."""
        article = self._archive.article(article_id)
        if article is None:
            return None
        paragraphs = tuple((article.text or article.summary).split("\n"))
        topics = self._desk.topics
        return ArticleView(
            article=article,
            paragraphs=paragraphs[:PARAGRAPHS],
            more=max(0, len(paragraphs) - PARAGRAPHS),
            topics=tuple(topics),
            why=self._why(article, topics[topic]) if topic is not None and topic in topics else None,
        )

    def _why(self, article: Article, topic: Topic) -> Why | None:
        settings = self._desk.settings
        aliases = {entity.name: entity.aliases for entity in settings.entities} if settings else {}
        try:
            understood = parse(topic.query, entities=aliases)
        except QueryError:
            return None  # written for another release; the scheduler says so
        lexicon = lexicon_in(language_of(article), aliases) if topic.stem else Lexicon(aliases)
        return Why(topic=topic, meaning=in_words(understood), explanation=explain(understood, article, lexicon))
