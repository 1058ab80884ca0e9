"""From the configuration to what the flow decides by: compiled topics, and where and when an alert goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from worker.alerts.quiet import held_until
from worker.config import Settings
from worker.edge.embeddings import load_model
from worker.match.background import learned
from worker.match.engine import Matcher
from worker.model import Article, Topic
from worker.pipeline import Watch
from worker.stories.meaning import Meanings


def watch_of(
    settings: Settings, former: Watch | None = None, stored: Callable[[], Iterable[Article]] = lambda: ()
) -> Watch:
    """The compiled topics of a configuration; what is the same in the `former` one need not be compiled again.

    `stored` gives articles that show which words are common in the news; without any, only speed suffers.
    """
    if former:
        matcher = former.matcher.renewed(settings.topics, settings.entities)
    else:
        matcher = Matcher(settings.topics, settings.entities, learned(stored()))
    return Watch(
        matcher=matcher,
        topics={topic.name: topic for topic in settings.topics},
        entities={entity.name: entity.aliases for entity in settings.entities},
        meanings=meanings_of(settings.story_model) if settings.story_model else None,
    )


def matches_of(settings: Settings) -> Callable[[Article], bool]:
    """Whether an article matches a topic that is watched."""
    matcher = watch_of(settings).matcher
    return lambda article: bool(matcher.match(article))


@lru_cache(maxsize=1)
def meanings_of(model: str) -> Meanings:
    """What reports mean to the model of this name or in this directory, loaded once; ConfigError where it cannot be."""
    return Meanings(load_model(model))


def first_attempts(topic: Topic, settings: Settings, now: datetime) -> Mapping[str, datetime]:
    """Where alerts of a topic go, by destination name, and when for the first time: now, or when quiet hours end."""
    names = [spec.name for spec in settings.destinations] if topic.notify is None else topic.notify
    # A digest is held as one, when it is due.
    first = (held_until(topic.quiet, now) if topic.digest is None else None) or now
    return dict.fromkeys(names, first)
