"""Articles and stories, and the second hand-over: article, stories and alerts in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import redis
from redis.client import Pipeline

from worker.edge import keys
from worker.edge.kept import unpack
from worker.edge.metrics import observe_alert
from worker.edge.store import outbox
from worker.edge.store.done import DoneEntries
from worker.edge.store.events import count, emit
from worker.edge.store.flow import publication
from worker.edge.store.heard import note_language
from worker.edge.store.hours import note_matches
from worker.edge.store.live import Changes, Figures, LiveTopic
from worker.edge.store.records import Records
from worker.edge.store.shelves import RedisShelf, shown
from worker.edge.store.shorthand import Shorthand
from worker.model import Alert, Article, Match, Story
from worker.ports import Change, Clock, Decide, Live

# Conflicts are rare (two articles of one topic at the same moment); this many in a row means something is wrong.
TRIES = 50


class ArticleStore:
    """Implements ports.Store.

    `topic_ids` gives the id of a topic by name, `due` the first attempt of an alert per destination, `queue_deliveries`
    adds the wake-up job to a transaction, `queue_refresh` one for stories whose count of sources rose while nobody is
    told. Entries count as done for `ttl` seconds, for which articles are kept too (upkeep.trim); stories live for
    `window` seconds.
    """

    def __init__(
        self,
        connection: redis.Redis,
        *,
        clock: Clock,
        ttl: float,
        window: float,
        topic_ids: Mapping[str, str],
        due: Callable[[Alert, datetime], Mapping[str, datetime]],
        queue_deliveries: Callable[[Pipeline, Sequence[str]], None],
        queue_refresh: Callable[[Pipeline, Sequence[str]], None] | None = None,
    ) -> None:
        self._redis = connection
        self._clock = clock
        self._done, self._ttl = DoneEntries(connection), ttl
        self._window = window
        self._topic_ids = topic_ids
        self._due = due
        self._queue_deliveries = queue_deliveries
        self._queue_refresh = queue_refresh
        self._figures, self._shorthand = Figures(), Shorthand()
        self._records = Records(self._shorthand)

    def is_done(self, item_id: str) -> bool:
        """See ports.Store."""
        return self._done.article_of(item_id, self._clock.now()) is not None

    def commit(
        self,
        item_id: str,
        article: Article,
        matches: Sequence[Match],
        decide: Decide,
        *,
        signature: tuple[int, ...] = (),
    ) -> Change | None:
        """See ports.Store. Optimistic: the topics' versions are watched, and a conflict makes the decision anew."""
        article_key = keys.ARTICLE + article.id
        versions = [keys.TOPIC_VERSION + self._topic_ids[match.topic] for match in matches]
        packed = self._shorthand.pack(self._redis, article, self._clock.now())
        with self._redis.pipeline() as pipe:
            for _ in range(TRIES):
                now = self._clock.now()
                pipe.watch(*self._done.watched(item_id, now), article_key, *versions)
                if pipe.exists(article_key) or self._done.article_of(item_id, now) is not None:
                    return None
                shelves = {match.topic: self._shelf(pipe, match.topic) for match in matches}
                topics = {
                    name: LiveTopic(shelf, self._figures, article=article, now=now, window=self._window)
                    for name, shelf in shelves.items()
                }
                live = {name: topic.look(signature) for name, topic in topics.items()}
                change = decide(live)
                changes = {name: _changes_of(name, topic, change) for name, topic in topics.items()}
                pipe.multi()
                self._done.note(pipe, item_id, article.id, now, ttl=self._ttl)
                for name, changed in changes.items():
                    if changed is not None:
                        shelves[name].store(changed)
                pipe.set(article_key, packed)
                self._write(pipe, article, matches, change, now)
                if self._queue_refresh and (risen := _risen(live, change)):
                    self._queue_refresh(pipe, risen)
                try:
                    pipe.execute()
                except redis.WatchError:
                    continue
                return change
        raise redis.WatchError(f"article {article.id} met {TRIES} conflicts in a row")

    def _shelf(self, pipe: Pipeline, topic: str) -> RedisShelf:
        return RedisShelf(pipe, self._topic_ids[topic], window=self._window, records=self._records)

    def _write(self, pipe: Pipeline, article: Article, matches: Sequence[Match], change: Change, now: datetime) -> None:
        pipe.zadd(keys.ARTICLES, {article.id: (article.seen_at or now).timestamp()})
        count(pipe, "wirewatch_articles_total", state="partial" if article.partial else "full")
        note_language(pipe, article, now)
        if matches:
            note_matches(pipe, [self._topic_ids[match.topic] for match in matches], now)
        count(pipe, "wirewatch_matches_total", len(matches))
        for match in matches:
            _tell_match(pipe, article, match, change)
        for alert in change.alerts:
            lean = replace(alert, story=shown(alert.story))
            outbox.put(pipe, lean, self._due(alert, now), now, self._queue_deliveries)
            seen = article.seen_at or now
            observe_alert(pipe, published=publication(article.published, seen), seen=seen, now=now)


class Archive:
    """Reading what is stored, for people."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis, self._shorthand = connection, Shorthand()
        self._records = Records(self._shorthand)

    def article(self, article_id: str) -> Article | None:
        data = self._redis.get(keys.ARTICLE + article_id)
        return self._shorthand.unpack(self._redis, data) if data else None

    def stored(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids whose article is still kept."""
        pipe = self._redis.pipeline(transaction=False)
        for article_id in ids:
            pipe.exists(keys.ARTICLE + article_id)
        return frozenset(article_id for article_id, kept in zip(ids, pipe.execute(), strict=True) if kept)

    def articles(self, since: datetime, *, most: int | None = None) -> Iterator[Article]:
        """Stored articles seen since then, oldest first; of more than `most` the newest."""
        newest = self._redis.zrange(
            keys.ARTICLES,
            "+inf",
            since.timestamp(),
            desc=True,
            byscore=True,
            offset=0,
            num=-1 if most is None else most,
        )
        yield from self._read(newest[::-1])

    def count_since(self, since: datetime) -> int:
        """How many articles were stored since then; some of them may be gone by now."""
        return int(self._redis.zcount(keys.ARTICLES, since.timestamp(), "+inf"))

    def newest(self, count: int) -> Iterator[Article]:
        """The stored articles that were seen last, newest first."""
        yield from self._read(self._redis.zrange(keys.ARTICLES, 0, count - 1, desc=True))

    def dumped(self, count: int) -> tuple[int, Iterator[bytes]]:
        """The `count` newest articles as JSON (codec.dump), oldest first, and how many there are to come."""
        ids = self._redis.zrange(keys.ARTICLES, -count, -1)
        return len(ids), (raw for data in self._data(ids) if (raw := self._shorthand.raw(self._redis, data)))

    def _read(self, ids: Sequence[bytes]) -> Iterator[Article]:
        found = (self._shorthand.unpack(self._redis, data) for data in self._data(ids))
        return (article for article in found if article)

    def _data(self, ids: Sequence[bytes]) -> Iterator[bytes]:
        for start in range(0, len(ids), 200):
            found = self._redis.mget([keys.ARTICLE + raw.decode() for raw in ids[start : start + 200]])
            yield from (data for data in found if data)

    def story(self, story_id: str) -> Story | None:
        """A story by its id, or by that of a story that was merged into it."""
        while into := self._redis.get(keys.STORY_MERGED + story_id):
            story_id = into.decode()
        (kept,) = self._records.read(self._redis, [story_id])
        return kept.story if kept else None

    def stories(self, limit: int = 50) -> list[Story]:
        """The stories that moved last, newest first; their first reports alone (kept.WHOLE_REPORTS) have titles."""
        ids = self._redis.zrange(keys.STORIES, 0, limit - 1, desc=True)
        found = self._redis.mget([keys.STORY + raw.decode() for raw in ids]) if ids else []
        return [unpack(data).story for data in found if data]

    def article_count(self) -> int:
        return int(self._redis.zcard(keys.ARTICLES))


def _changes_of(name: str, topic: LiveTopic, change: Change) -> Changes | None:
    """What the change means for one topic, None for nothing."""
    stories = [story for story in change.stories if story.topic == name]
    merged = [(gone, into) for gone, into in change.merged if gone.topic == name]
    return topic.changes(stories, merged) if stories or merged else None


def _risen(live: Mapping[str, Live], change: Change) -> list[str]:
    """The stories told before that more sources carry now, without an alert that says so."""
    known = (story for each in live.values() for story in (*each.stories, *each.told))
    before = {story.id: story.independent_sources for story in known if story.told}
    alerted = {alert.story.id for alert in change.alerts}
    return [
        story.id
        for story in change.stories
        if story.id not in alerted and story.independent_sources > before.get(story.id, story.independent_sources)
    ]


def _tell_match(pipe: Pipeline, article: Article, match: Match, change: Change) -> None:
    emit(
        pipe,
        "matched",
        article=article.id,
        topic=match.topic,
        title=article.title,
        source=article.source.name or article.source.domain,
        url=article.url,
        score=round(match.score, 3),
        highlight=next((h.text for h in match.highlights), ""),
        notes=list(change.notes),
        told=bool(change.alerts),
    )
