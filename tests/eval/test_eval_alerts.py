"""Quality floors: what credits, parties and alerts reach on sentences of our own, in alerts.json, which only rises."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest
from support.eval_alerts import ATTRIBUTIONS, FOUND, PARTY, SPOKEN, STREAM

from worker.alerts.parties import on_record
from worker.dedupe.fingerprint import signature
from worker.match.engine import Matcher
from worker.model import Article, Highlight, Match, Source, Story, Topic
from worker.pipeline import Watch, judge
from worker.ports import Live
from worker.stories.roots import attribution

BASELINE = json.loads((Path(__file__).parent / "alerts.json").read_text(encoding="utf-8"))
# Better by this much, and the baseline has to follow.
SLACK = 0.002
FERRIES = Topic(name="ferries", query="ferry", sources=(1, 3))


def rests_on(sentence: str) -> str:
    found = attribution(Article(id="a", text=sentence, source=Source(domain="paper.example")))
    return found.key if found else ""


def said(sentence: str) -> str:
    marks = tuple(Highlight(field="text", start=0, end=len(word), text=word) for word in FOUND)
    match = Match(topic="t", query="", score=0.5, highlights=marks)
    record = on_record("kremlin", PARTY, Article(id="a", text=sentence), match)
    return "" if record is None else "denies" if record.denies else "confirms"


def told() -> list[str]:
    """For each article of the stream why it told somebody, "" where it did not."""
    watch = Watch(matcher=Matcher([FERRIES], []), topics={FERRIES.name: FERRIES}, entities={})
    stories: dict[str, Story] = {}
    reasons = []
    for each in STREAM:
        article = each.article
        assert article.seen_at is not None
        live = {FERRIES.name: Live(stories=tuple(stories.values()))}
        matches = watch.matcher.match(article)
        change = judge(watch, article, matches, signature(article.text), live, now=article.seen_at)
        stories.update((story.id, story) for story in change.stories)
        reasons.append(next((alert.reason.value for alert in change.alerts), ""))
    return reasons


def precision_and_recall(pairs: Iterable[tuple[str, str]]) -> tuple[float, float]:
    """Of pairs of what is right and what was found, "" for nothing."""
    kept = list(pairs)
    right = sum(wanted == found != "" for wanted, found in kept)
    return right / sum(found != "" for _, found in kept), right / sum(wanted != "" for wanted, _ in kept)


@lru_cache(maxsize=1)
def measured() -> dict[str, float]:
    credit = precision_and_recall((key, rests_on(sentence)) for sentence, key in ATTRIBUTIONS)
    party = precision_and_recall((word, said(sentence)) for sentence, word in SPOKEN)
    alerts = precision_and_recall(zip((each.reason for each in STREAM), told(), strict=True))
    names = ("credit", "party", "alert")
    return {
        f"{name}_{kind}": value
        for name, both in zip(names, (credit, party, alerts), strict=True)
        for kind, value in zip(("precision", "recall"), both, strict=True)
    }


@pytest.mark.parametrize("name", sorted(BASELINE))
def test_quality_stays_above_its_floor_and_the_floor_follows(name):
    reached = measured()[name]
    assert reached >= BASELINE[name], f"{name} fell to {reached:.4f}"
    assert reached <= BASELINE[name] + SLACK, f"{name} rose to {reached:.4f}: write that into tests/eval/alerts.json"


def test_everything_measured_has_a_floor():
    assert sorted(measured()) == sorted(BASELINE)
