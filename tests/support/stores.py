"""A store in a state that takes others to bring about: articles without workers, a Redis that may use little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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


@contextmanager
def memory_limit(connection, limit: int) -> Iterator[None]:
    """A Redis that may use so many bytes; afterwards as many as before."""
    former = connection.config_get("maxmemory")["maxmemory"]
    connection.config_set("maxmemory", str(limit))
    try:
        yield
    finally:
        connection.config_set("maxmemory", former)
