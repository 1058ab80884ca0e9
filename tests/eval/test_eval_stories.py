"""Quality floors: copies, stories and alerts on a stream of sample events with look-alikes and wire copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from support.eval_stories import EDITS, Labelled, stream
from support.floors import BASELINE, hold

from worker.config import Settings
from worker.dedupe.fingerprint import is_copy, signature
from worker.model import DestinationSpec, Reason, Topic
from worker.run.replay import Arrivals, Backtest, Told
from worker.stories.group import StoryIndex

SOURCES = (1, 3)
TOPICS = (
    Topic(name="Ferries", query="ferry OR halcyon OR petrel", sources=SOURCES),
    Topic(name="Earthquakes", query="earthquake OR quake OR tremor", sources=SOURCES),
    Topic(name="Arlen and Bosk", query="arlen AND bosk", sources=SOURCES),
    Topic(name="Storks", query="stork*", sources=SOURCES),
    Topic(name="Altenruh", query="altenruh*", sources=SOURCES),
)


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def bcubed(labels: Sequence[str], found: Sequence[str]) -> float:
    """F1 of the mean precision and recall over items (Bagga and Baldwin 1998)."""
    both, events, stories = Counter(zip(labels, found, strict=True)), Counter(labels), Counter(found)
    precision = sum(number**2 / stories[story] for (_, story), number in both.items()) / len(labels)
    recall = sum(number**2 / events[event] for (event, _), number in both.items()) / len(labels)
    return f1(precision, recall)


def _grouped(items: Sequence[Labelled]) -> dict[str, float]:
    index = StoryIndex(signature=signature, is_copy=is_copy)
    placed = [index.add(item.article) for item in items]
    originals = {item.article.id: item.copy_of or item.article.id for item in items}
    found = [(item, where.copy_of) for item, where in zip(items, placed, strict=True) if where.copy_of is not None]
    right = sum(item.copy_of is not None and originals[copied] == item.copy_of for item, copied in found)
    return {
        "stories_bcubed_f1": bcubed([item.event for item in items], [where.story.id for where in placed]),
        "copies_precision": right / len(found),
        "copies_recall": right / sum(item.copy_of is not None for item in items),
    }


def _undated(items: Sequence[Labelled]) -> dict[str, float]:
    """As an archive gives them: without any time, the newest first; by the story each report is part of in the end."""
    index = StoryIndex(signature=signature, is_copy=is_copy)
    bare = [replace(item.article, published=None, seen_at=None) for item in reversed(items)]
    opened = [index.add(article).story.id for article in bare]
    found = [index.current(story) for story in opened]
    return {"undated_stories_bcubed_f1": bcubed([item.event for item in reversed(items)], found)}


def _alerted(items: Sequence[Labelled]) -> dict[str, float]:
    """An alert is due once per topic, event and reason; the first has to come with the first report that matches."""
    settings = Settings(
        storage_dir=Path("unused"), topics=TOPICS, destinations=(DestinationSpec(name="desk", type="console"),)
    )
    events = {item.article.id: item.event for item in items}
    first: dict[tuple[str, str], str] = {}
    told: list[tuple[str, str, Reason, str]] = []
    for outcome in Backtest(settings).run(Arrivals((item.article for item in items), settings.articles_ttl)):
        topic = outcome.alert.topic if isinstance(outcome, Told) else outcome.topic
        article = (outcome.alert if isinstance(outcome, Told) else outcome).article
        first.setdefault((topic, events[article.id]), article.id)
        if isinstance(outcome, Told):
            told.append((topic, events[article.id], outcome.alert.reason, article.id))
    opened = {(topic, event): ident for topic, event, reason, ident in reversed(told) if reason is Reason.NEW_STORY}
    return {
        "alerts_once": len({alert[:3] for alert in told}) / len(told),
        "alerts_at_first_report": sum(opened.get(key) == ident for key, ident in first.items()) / len(first),
    }


@lru_cache(maxsize=1)
def measured() -> dict[str, float]:
    items = stream()
    return {**_grouped(items), **_undated(items), **_alerted(items)}


@pytest.mark.parametrize("name", sorted(BASELINE["stories"]))
def test_quality_stays_above_its_floor_and_the_floor_follows(name):
    hold("stories", name, measured()[name])


def test_everything_measured_has_a_floor():
    assert sorted(measured()) == sorted(BASELINE["stories"])


def test_the_stream_is_what_it_is_meant_to_be():
    items = stream()
    assert len(items) >= 60
    assert len({item.event for item in items}) >= 12
    assert len({item.article.language for item in items}) >= 5
    assert len({item.article.source.domain for item in items}) == 10
    assert len({item.article.id for item in items}) == len(items)
    assert len([item for item in items if item.copy_of]) == len(EDITS) * 10
    texts = {item.article.id: item.article.text for item in items}
    assert len(set(texts.values())) == len(items), "an edited copy differs from its original"
    sources = {item.article.id: item.article.source for item in items}
    assert all(sources[item.article.id] != sources[item.copy_of] for item in items if item.copy_of)
