"""The page of topics, and what people say of alerts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.newsroom import NOW, TOPIC, ago, alert_id, make_story, report, text_of

from worker.edge.store.feedback import Feedback, Vote
from worker.edge.store.mutes import Mute, Mutes
from worker.edge.store.outbox import ALERTS_KEPT
from worker.model import Reason, Topic

OURS = {"sec-fetch-site": "same-origin"}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def client(newsroom, start):
    newsroom.publish(topics=(replace(TOPIC, sources=(1, 3)), Topic(name=HOSTILE, query="ferry")))
    newsroom.commit(make_story(told=("new_story",)), {})
    return start()


def judge(client, said, alert=None):
    path = f"/alerts/{alert or alert_id(make_story())}/judge"
    return client.post(path, data={"said": said, "back": "/topics"}, headers=OURS)


def test_a_topic_shows_what_it_means_and_what_it_told(newsroom, client):
    Mutes(newsroom.redis).add(Mute(kind="topic", of=TOPIC.name, until=ago(hours=-2)))
    answer = client.get("/topics")
    words = text_of(answer.text)
    facts = "1 story moved within a day told at the first report, 3 sources"
    assert f"Harbour bridge 1 match in 48 h {facts} harbour NEAR/5 bridge" in words
    assert "Articles with the word “harbour” and the word “bridge” with at most 5 words between them" in words
    assert "New story The harbour bridge closes for repairs 39 min ago" in words
    assert "1 match in 48 h" in words
    assert re.search(r"Matches per hour of the last 48 hours: 1 in all, at most 1 in one", answer.text)
    assert "Muted, which ends in 2 h Unmute" in words
    assert "Nobody was told anything of it yet." in words
    assert "<script>" not in answer.text.replace('<script src="/static/live.js" defer></script>', "")


def test_people_say_whether_an_alert_was_right_and_take_it_back(newsroom, client):
    assert judge(client, "right").headers["location"] == "/topics"
    assert "1 of 1 judged alerts were right" in text_of(client.get("/topics").text)
    assert re.search(r'thumb-right" aria-pressed="true"', client.get("/topics").text)
    assert re.search(r'thumb-right" aria-pressed="true"', client.get("/stories/story1").text)
    judge(client, "wrong")
    assert "0 of 1 judged alerts were right" in text_of(client.get("/topics").text)
    judge(client, "")
    assert "judged alerts" not in text_of(client.get("/topics").text)
    assert judge(client, "perhaps").status_code == 400
    assert judge(client, "right", "nosuch").status_code == 404
    assert Feedback(newsroom.redis).all() == []


def test_what_was_said_goes_out_as_lines(newsroom, client):
    other = make_story([report(9, "town.example", "Ferries run late", minutes=5)], id="other", told=("confirmed:x",))
    newsroom.commit(other, {"number": 2, "reason": Reason.CONFIRMED})
    judge(client, "wrong", alert_id(other, Reason.CONFIRMED))
    Feedback(newsroom.redis).say(Vote(alert_id="gone", topic="Sample", said="right", at=ago(days=1)))
    answer = client.get("/topics/judged.jsonl")
    first, second = map(json.loads, answer.text.splitlines())
    assert answer.headers["content-disposition"] == 'attachment; filename="judged.jsonl"'
    assert first == {"alert": "gone", "topic": "Sample", "said": "right", "at": ago(days=1).isoformat()}
    assert (second["said"], second["reason"], second["topic"]) == ("wrong", "confirmed", TOPIC.name)
    assert (second["article"], second["title"], second["query"]) == ("article9", "Ferries run late", TOPIC.query)


def test_what_was_said_long_ago_is_forgotten(newsroom):
    feedback = Feedback(newsroom.redis)
    feedback.say(Vote(alert_id="old", topic="Sample", said="right", at=NOW - timedelta(seconds=ALERTS_KEPT + 1)))
    feedback.say(Vote(alert_id="new", topic="Sample", said="wrong", at=NOW))
    assert [vote.alert_id for vote in feedback.all()] == ["new"]
    assert feedback.of(["old", "new"]) == {"new": "wrong"}
    assert feedback.of([]) == {}


def test_many_topics_are_shown_a_page_at_a_time(newsroom, start):
    newsroom.publish(topics=tuple(Topic(name=f"Topic {n:02}", query=f"sample{n}") for n in range(60)))
    client = start()
    seen = [re.findall(r"<bdi>(Topic \d\d)</bdi></a></h2>", client.get(f"/topics?page={n}").text) for n in (1, 2, 3)]
    assert [name for names in seen for name in names] == [f"Topic {n:02}" for n in range(60)]
    for odd in ("x", "0", "-1", "9" * 30, "²"):
        assert client.get("/topics", params={"page": odd}).status_code == 200


def test_without_topics_it_says_what_to_do(newsroom, start):
    newsroom.publish(topics=())
    assert "wirewatch topics add NAME QUERY" in text_of(start().get("/topics").text)
