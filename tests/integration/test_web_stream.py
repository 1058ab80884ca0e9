"""The stream of alerts: what is decided arrives as the payload of a webhook, and who comes back misses nothing."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from support.newsroom import HOOK, NOW, TOPIC, Newsroom, make_alert, make_story, report
from support.webs import a_web

from worker.alerts.payload import webhook_payload
from worker.edge.scope import Scope
from worker.edge.store.outbox import put
from worker.edge.store.tokens import Tokens
from worker.model import Reason, Topic
from worker.run.web.api import stream

STREAM = "/api/v1/alerts/stream"
OTHER = Topic(name="Sample barrels", query="barrel")


@pytest.fixture
def desk(store):
    newsroom = Newsroom(store)
    newsroom.publish(topics=(TOPIC, OTHER))
    with a_web(store) as client:
        yield SimpleNamespace(newsroom=newsroom, redis=store, client=client)


@contextmanager
def listening(client, last="", **asked):
    """The fields of each event of a stream, and what keeps it alive as None."""
    headers = {"Last-Event-ID": last} if last else {}
    with client.stream("GET", STREAM, headers=headers, params=asked) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        yield blocks(answer.iter_lines())


def blocks(lines):
    event = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        else:
            yield event
            event = {}


def alerts(found, number):
    """The next so many alerts."""
    told = []
    while len(told) < number:
        event = next(found)
        if "id" in event:
            told.append(event)
    return told


def decide(desk, number, **other):
    """An alert of a story of its own; gives its id."""
    story = make_story([report(number, "coast.example", f"Sample {number}", minutes=5)], id=f"story{number}", **other)
    desk.newsroom.commit(story, {"number": number})
    return make_alert(story, number=number)


def test_alerts_arrive_as_payloads_while_one_listens(desk):
    decide(desk, 1)
    with listening(desk.client) as found:
        assert next(found) == {"retry": "2000"}
        assert next(found) == {"": "still here"}
        expected = [decide(desk, number) for number in (2, 3, 4)]
        told = alerts(found, 3)
        assert [event["id"] for event in told] == [alert.id for alert in expected]
        base_url = str(desk.client.base_url).rstrip("/")
        assert json.loads(told[0]["data"]) == webhook_payload(expected[0], base_url=base_url)


def test_who_comes_back_gets_what_was_decided_meanwhile_each_once_and_in_order(desk):
    """More than is read at once, and alerts whose times lie before those already told."""
    many = 2 * stream._AT_ONCE + 3
    ids = [decide(desk, 100 - number).id for number in range(many)]
    with listening(desk.client, last=ids[4]) as found:
        assert [event["id"] for event in alerts(found, many - 5)] == ids[5:]
        after = decide(desk, 200).id
        assert [event["id"] for event in alerts(found, 1)] == [after]
    with listening(desk.client, last="unknown") as found:
        assert [event["id"] for event in alerts(found, many + 1)] == [*ids, after]


def test_one_topic_may_be_listened_to_and_digests_stay_out(desk):
    first = decide(desk, 1)
    decide(desk, 2, topic=OTHER.name)
    digest = make_alert(make_story(id="digest"), reason=Reason.CONFIRMED)
    with desk.redis.pipeline() as pipe:
        put(pipe, replace(digest, reason=Reason.DIGEST), {HOOK.name: NOW}, NOW, lambda *_: None)
        pipe.execute()
    last = decide(desk, 3)
    with listening(desk.client, last="unknown", topic=TOPIC.name) as found:
        assert [event["id"] for event in alerts(found, 2)] == [first.id, last.id]


def test_listeners_are_bounded_and_leaving_makes_room(desk, monkeypatch, eventually):
    monkeypatch.setattr(stream, "LISTENERS", 1)
    with listening(desk.client) as found:
        next(found)
        refused = desk.client.get(STREAM)
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
    eventually(lambda: comes_in(desk.client), "room for another listener")


def comes_in(client):
    with client.stream("GET", STREAM) as answer:
        return answer.status_code == 200


def test_a_revoked_token_hears_nothing_more(store):
    newsroom, tokens = Newsroom(store), Tokens(store)
    newsroom.publish()
    desk = SimpleNamespace(newsroom=newsroom)
    token = tokens.create("passing", Scope.READ, NOW)
    with a_web(store, password="sample") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        with listening(client) as found:
            assert next(found) == {"retry": "2000"}
            assert next(found) == {"": "still here"}
            tokens.revoke("passing")
            decide(desk, 1)
            assert all("id" not in event for event in found)


def test_a_stream_ends_with_the_server_and_not_in_the_midst_of_an_event(store):
    newsroom, stop = Newsroom(store), threading.Event()
    newsroom.publish()
    with a_web(store, stop=stop) as client, listening(client) as found:
        assert next(found) == {"retry": "2000"}
        expected = decide(SimpleNamespace(newsroom=newsroom), 1)
        assert [event["id"] for event in alerts(found, 1)] == [expected.id]
        stop.set()
        assert all(event == {"": "still here"} for event in found)
