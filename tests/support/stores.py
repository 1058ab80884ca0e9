"""Articles in a store, without the workers that would put them there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from worker.edge.store.articles import ArticleStore
from worker.model import Article
from worker.ports import Change


class SystemTime:
    def now(self):
        return datetime.now(UTC)


def put_articles(connection, articles: Iterable[Article]):
    """Store articles that match nothing and alert nobody."""
    store = ArticleStore(
        connection,
        clock=SystemTime(),
        ttl=3600,
        window=3600,
        topic_ids={},
        due=lambda _alert, _now: {},
        queue_deliveries=lambda _pipe, _ids: None,
    )
    for article in articles:
        assert store.commit(article.id, article, [], lambda _live: Change()) is not None
