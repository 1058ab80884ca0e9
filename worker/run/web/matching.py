"""Why an article is part of a story: its topic's matches, found again, for only those of alerts are stored."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from worker.match.engine import Matcher
from worker.model import Article, Match, Topic
from worker.run.web.desk import Desk

_KEPT = 2_000


class Matching:
    """Matches articles against one topic as it is configured now, and remembers what came of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: OrderedDict[tuple[str, str, str], Match | None] = OrderedDict()
        self._changing = Lock()

    def of(self, topic: Topic, article: Article) -> Match | None:
        """The match, None where the topic as it is now does not hold."""
        key = (topic.name, topic.query, article.id)
        with self._changing:
            if key in self._known:
                return self._known[key]
        found = self._matcher(topic).match(article)
        with self._changing:
            self._known[key] = found[0] if found else None
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found[0] if found else None

    def _matcher(self, topic: Topic) -> Matcher:
        settings = self._desk.settings
        return Matcher([topic], settings.entities if settings else ())
