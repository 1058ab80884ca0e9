"""What pages ask about many stories at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support.newsroom import NOW, TOPIC, ago, alert_id, make_article, make_story, report
from support.placements import Put

from worker.alerts.decide import decide
from worker.edge.store.newsdesk import Newsdesk
from worker.model import Match, Reason


def test_alerts_are_found_by_what_the_story_was_told_as(newsroom):
    story = make_story(told=("new_story", "at:2026-11-21T18:20:00+00:00", "corroborated:3"))
    newsroom.commit(story, {"number": 2, "reason": Reason.CORROBORATED, "because": "three"}, {"number": 1})
    other = make_story([report(9, "town.example", "Other", minutes=5)], id="other", told=("new_story",))
    newsroom.commit(other, {"number": 3})
    found = Newsdesk(newsroom.redis).steps([story, other, replace(other, id="unknown")])
    assert {name: [step.reason for step in steps] for name, steps in found.items()} == {
        "story1": [Reason.NEW_STORY, Reason.CORROBORATED],
        "other": [Reason.NEW_STORY],
    }
    last = found["story1"][-1]
    assert (last.because, last.created, last.article_id) == ("three", ago(minutes=38), "article3")


def test_those_of_a_story_that_became_part_of_it_are_found_too(newsroom):
    newsroom.commit(make_story(id="former"), {})
    merged = make_story(told=("new_story", "was:former"))
    (step,) = Newsdesk(newsroom.redis).steps([merged])["story1"]
    assert step.alert_id == alert_id(make_story(id="former"))


def test_the_ids_are_those_that_a_decision_makes(newsroom):
    story = make_story([report(1, "coast.example", "The harbour bridge closes", minutes=5)], told=())
    article = replace(make_article(story), published=ago(minutes=5))
    match = Match(topic=TOPIC.name, query=TOPIC.query, score=0.5, highlights=())
    (alert,), told, _ = decide(article, Put(story=story), TOPIC, match, [], now=NOW, entities={})
    newsroom.commit(told, {})
    (step,) = Newsdesk(newsroom.redis).steps([told])[story.id]
    assert step.alert_id == alert.id


def test_live_stories_of_a_topic_and_how_many_moved(newsroom):
    newsroom.commit(make_story([report(1, "coast.example", "Older", minutes=600)], id="older"))
    newsroom.commit(make_story([report(2, "coast.example", "Newer", minutes=5)], id="newer"))
    desk = Newsdesk(newsroom.redis)
    assert [story.id for story in desk.live_of(TOPIC, 10)] == ["newer", "older"]
    assert [story.id for story in desk.live_of(TOPIC, 1)] == ["newer"]
    assert desk.moved_since([TOPIC], NOW - timedelta(hours=1)) == {TOPIC.name: 1}
