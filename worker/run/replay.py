"""`wirewatch replay`: what would have been sent, decided as the ingest workers decide, on articles in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from worker.config import Settings
from worker.dedupe.fingerprint import signature
from worker.edge.store.articles import LIVE_STORIES
from worker.model import Alert, Article, Story
from worker.pipeline import judge
from worker.run.watching import first_attempts, watch_of
from worker.stories.group import WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert that would have gone out, the moment of its first attempt, and to whom."""

    alert: Alert
    at: datetime
    destinations: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a replay found. `silent` counts, by kind, the matched articles that told nobody."""

    told: list[Told] = field(default_factory=list)
    articles: int = 0
    matched: int = 0
    silent: Counter[str] = field(default_factory=Counter)

    @property
    def messages(self) -> int:
        return sum(len(told.destinations) for told in self.told)


def replay(articles: Iterable[Article], settings: Settings) -> Outcome:
    """Run articles, in the order of their arrival, through the topics of a configuration. Nothing is sent or stored.

    The time of an article is when it was seen, else published, else that of the article before it.
    """
    watch = watch_of(settings)
    outcome = Outcome()
    stories: dict[str, dict[str, Story]] = defaultdict(dict)
    seen: set[str] = set()
    now = datetime.fromtimestamp(0, UTC)
    for article in articles:
        if article.id in seen:
            continue
        seen.add(article.id)
        now = article.seen_at or article.published or now
        outcome.articles += 1
        matches = watch.matcher.match(article)
        if not matches:
            continue
        outcome.matched += 1
        live = {match.topic: _live(stories[match.topic], now) for match in matches}
        change = judge(watch, article, matches, signature(article.text), live, now=now)
        for gone, _ in change.merged:
            stories[gone.topic].pop(gone.id, None)
        for story in change.stories:
            stories[story.topic].pop(story.id, None)
            stories[story.topic][story.id] = story
        outcome.silent.update(_kind(note) for note in change.notes)
        outcome.told.extend(_told(alert, settings, now) for alert in change.alerts)
    outcome.told.sort(key=lambda told: told.at)
    return outcome


def _live(stories: Mapping[str, Story], now: datetime) -> Sequence[Story]:
    oldest = now - timedelta(seconds=WINDOW)
    return [story for story in stories.values() if story.last_seen >= oldest][-LIVE_STORIES:]


def _told(alert: Alert, settings: Settings, now: datetime) -> Told:
    due = first_attempts(alert, settings, now)
    at = max(due.values(), default=now)
    return Told(alert=replace(alert, created=at), at=at, destinations=tuple(due))


def _kind(note: str) -> str:
    """What a note is about: "stale: published ..." -> "stale"; "a copy of the report by x" -> "a copy"."""
    return "a copy" if note.startswith("a copy") else note.partition(":")[0]
