"""Stories from their records, with what those leave to the stored articles: titles and addresses of later reports."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import redis

from worker.edge import keys
from worker.edge.kept import Kept, completed, unpack
from worker.edge.store.shorthand import Shorthand
from worker.model import Report
from worker.stories.story import words_and_address

# The stories told last are read with every article of a topic, and their titles with them: some 3 MB each.
_STORIES_AT_HAND = 256
_REPORTS_AT_HAND = 8_192
_READ_AT_ONCE = 200


class Records:
    """Reads records, and remembers what it read last; what an article says never changes."""

    def __init__(self, shorthand: Shorthand) -> None:
        self._shorthand = shorthand
        self._stories: OrderedDict[bytes, Kept] = OrderedDict()
        self._words: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def read(self, connection: redis.Redis, story_ids: Sequence[str]) -> list[Kept | None]:
        """The stories with these ids; None for one that is not stored. What a lost article said is ""."""
        found = connection.mget([keys.STORY + story_id for story_id in story_ids])
        unread = {data: unpack(data) for data in found if data and data not in self._stories}
        self._learn(connection, {article_id for kept in unread.values() for article_id in kept.left_out})
        unread = {data: completed(kept, self._words) for data, kept in unread.items()}
        stories = [self._known(data, unread) if data else None for data in found]
        self._stories.update(unread)
        _bound(self._stories, _STORIES_AT_HAND)
        _bound(self._words, _REPORTS_AT_HAND)
        return stories

    def remember(self, reports: Iterable[Report]) -> None:
        """What these reports say need not be read."""
        self._words.update((report.article_id, (report.title, report.url)) for report in reports)
        _bound(self._words, _REPORTS_AT_HAND)

    def _known(self, data: bytes, unread: dict[bytes, Kept]) -> Kept:
        if data in unread:
            return unread[data]
        self._stories.move_to_end(data)
        return self._stories[data]

    def _learn(self, connection: redis.Redis, article_ids: Iterable[str]) -> None:
        missing = []
        for article_id in sorted(article_ids):
            if article_id in self._words:
                self._words.move_to_end(article_id)
            else:
                missing.append(article_id)
        for start in range(0, len(missing), _READ_AT_ONCE):
            ids = missing[start : start + _READ_AT_ONCE]
            for data in connection.mget([keys.ARTICLE + article_id for article_id in ids]):
                if data and (article := self._shorthand.unpack(connection, data)):
                    self._words[article.id] = words_and_address(article)


def _bound(cache: OrderedDict[bytes, Kept] | OrderedDict[str, tuple[str, str]], size: int) -> None:
    while len(cache) > size:
        cache.popitem(last=False)
