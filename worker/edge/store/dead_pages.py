"""The dead letters among pages: entries whose page ended every worker that took it, newest first."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from redis.client import Pipeline

from worker.edge import codec, keys
from worker.edge.store.done import DoneEntries
from worker.edge.store.shorthand import Shorthand
from worker.model import Article, WorkItem

KEPT = 1_000
# What a letter holds besides its facts: the entry as it came, so that it can be worked on again.
ITEM = "item"


def put(pipe: Pipeline, letters: Sequence[Mapping[str, Any]], *, reason: str, tries: int) -> None:
    """Add letters (id, url, title, feed, ..., and the item) to the list, as part of a transaction."""
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    lines = [json.dumps({**letter, "tries": tries, "reason": reason, "at": at}) for letter in letters]
    pipe.lpush(keys.DEAD_PAGES, *lines)
    pipe.ltrim(keys.DEAD_PAGES, 0, KEPT - 1)


def newest(connection: redis.Redis, limit: int = KEPT) -> list[dict[str, Any]]:
    """The facts of the last ones, newest first."""
    return [
        {name: fact for name, fact in json.loads(line).items() if name != ITEM}
        for line in connection.lrange(keys.DEAD_PAGES, 0, limit - 1)
    ]


def count(connection: redis.Redis) -> int:
    """How many are kept, at most `KEPT`."""
    return int(connection.llen(keys.DEAD_PAGES))


def trim(connection: redis.Redis, before: datetime) -> None:
    """Forget those that are older."""
    while (oldest := connection.lindex(keys.DEAD_PAGES, -1)) is not None:
        if datetime.fromisoformat(json.loads(oldest)["at"]) >= before:
            return
        connection.lrem(keys.DEAD_PAGES, -1, oldest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """Ids of letters: those that were queued again, and those that were told of already, which stay as they are."""

    queued: Sequence[str]
    told: Sequence[str]


def retry(
    connection: redis.Redis,
    ids: Collection[str] | None,
    is_told: Callable[[Article], bool],
    queue_work: Callable[[Pipeline, Sequence[WorkItem]], None],
) -> Retried:
    """Work on these letters (None: on all) again as if they were new, in one transaction.

    What the feed's own words made of an entry is forgotten, or the entry would count as done. Where that `is_told`, it
    stands in a story, and would stand there twice. `queue_work` adds the jobs to the transaction. WatchError where the
    list changed meanwhile.
    """
    done, now = DoneEntries(connection), datetime.now(UTC)
    with connection.pipeline() as pipe:
        pipe.watch(keys.DEAD_PAGES)
        letters = {line: json.loads(line) for line in pipe.lrange(keys.DEAD_PAGES, 0, -1)}
        chosen = {line: letter for line, letter in letters.items() if ids is None or letter["id"] in ids}
        items = {letter["id"]: codec.from_plain(WorkItem, letter[ITEM]) for letter in chosen.values()}
        articles = {one: _article(connection, done.article_of(one, now)) for one in items}
        told = [one for one, article in articles.items() if article is not None and is_told(article)]
        queued = [one for one in items if one not in told]
        pipe.multi()
        for line, letter in chosen.items():
            if letter["id"] in queued:
                pipe.lrem(keys.DEAD_PAGES, 0, line)
        for one in queued:
            done.forget(pipe, one, now)
            if (article := articles[one]) is not None:
                pipe.delete(keys.ARTICLE + article.id)
                pipe.zrem(keys.ARTICLES, article.id)
        if queued:
            queue_work(pipe, [items[one] for one in queued])
        pipe.execute()
    return Retried(queued=queued, told=told)


def _article(connection: redis.Redis, article_id: str | None) -> Article | None:
    data = connection.get(keys.ARTICLE + article_id) if article_id else None
    return Shorthand().unpack(connection, data) if data else None
