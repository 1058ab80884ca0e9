"""What can be done from a page, and that no other site's page can do it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from support.newsroom import HOOK, NOW, TOPIC, alert_id, make_alert, make_story, report

from worker.edge.store import dead_pages
from worker.edge.store.destinations import Destinations
from worker.edge.store.mutes import Mute, Mutes
from worker.edge.store.outbox import Address
from worker.model import Entry, WorkItem
from worker.run.jobs import INGEST_JOB, TRIES, after_loss, ingest_payload
from worker.run.web.forms import FIELDS, LARGEST

OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def client(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {})
    return start()


def active(newsroom):
    return Mutes(newsroom.redis).active(NOW)


def test_a_story_is_acknowledged_and_told_again(newsroom, client):
    answer = client.post("/stories/story1/acknowledge", data={"back": "/stories/story1"}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/stories/story1")
    assert active(newsroom) == [Mute(kind="story", of="story1", until=NOW + timedelta(hours=6))]
    answer = client.post("/stories/story1/tell", data={"back": "/"}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert active(newsroom) == []


def test_a_topic_is_muted_and_unmuted(newsroom, client):
    client.post("/topics/mute", data={"topic": TOPIC.name, "for": "1d"}, headers=OURS)
    assert active(newsroom) == [Mute(kind="topic", of=TOPIC.name, until=NOW + timedelta(days=1))]
    client.post("/topics/unmute", data={"topic": TOPIC.name}, headers=OURS)
    assert active(newsroom) == []


def test_an_alert_is_sent_again(newsroom, client):
    story = make_story()
    address = Address(alert_id=alert_id(story), destination=HOOK.name)
    newsroom.outbox.failed(address, make_alert(story), "410: gone for good", None, NOW)
    assert newsroom.outbox.delivery(address).state == "dead"
    client.post(f"/alerts/{address.alert_id}/resend", data={"destination": HOOK.name}, headers=OURS)
    delivery = newsroom.outbox.delivery(address)
    assert (delivery.state, delivery.next_attempt) == ("pending", NOW)


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/stories/nosuch/acknowledge", {}, 404),
        ("/stories/nosuch/tell", {}, 404),
        ("/topics/mute", {"topic": "nosuch"}, 404),
        ("/topics/mute", {"topic": TOPIC.name, "for": "soon"}, 400),
        ("/topics/mute", {"topic": TOPIC.name, "for": "9" * 30 + "d"}, 400),
        ("/alerts/nosuch/resend", {}, 404),
        ("/alerts/nosuch/resend", {"destination": "nosuch"}, 404),
    ],
)
def test_what_does_not_exist_or_makes_no_sense_changes_nothing(newsroom, client, path, fields, status):
    assert client.post(path, data={"back": "/", **fields}, headers=OURS).status_code == status
    assert active(newsroom) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "http://HOST"}, 303),
        ({}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://HOST"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://HOST.evil.example"}, 403),
        ({"origin": "HOST"}, 403),
    ],
)
def test_only_our_own_pages_may_change_anything(newsroom, client, headers, status):
    host = urlsplit(str(client.base_url)).netloc
    sent = {name: value.replace("HOST", host) for name, value in headers.items()}
    assert client.post("/stories/story1/acknowledge", data={"back": "/"}, headers=sent).status_code == status
    assert bool(active(newsroom)) == (status == 303)


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/a\r\nX: y", ""]
)
def test_the_way_back_never_leads_elsewhere(client, back):
    answer = client.post("/stories/story1/acknowledge", data={"back": back}, headers=OURS)
    assert answer.headers["location"] == "/"


def test_other_bodies_are_refused(newsroom, client):
    path = "/stories/story1/acknowledge"
    assert client.post(path, json={}, headers=OURS).status_code == 415
    form = {**OURS, "content-type": "application/x-www-form-urlencoded"}
    assert client.post(path, content=b"a=" + b"x" * LARGEST, headers=form).status_code == 413
    assert client.post(path, content=b"a=%ff", headers=form).status_code == 400
    assert client.post(path, content=b"a=\xff", headers=form).status_code == 400
    assert client.post(path, content=b"&".join([b"a=1"] * (FIELDS + 1)), headers=form).status_code == 400
    assert client.get(path).status_code == 405
    assert active(newsroom) == []


def test_what_is_done_needs_the_password(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {})
    client = start(password="sample")
    assert client.post("/stories/story1/acknowledge", headers=OURS, data={}).status_code == 401
    assert active(newsroom) == []


def test_everything_that_was_given_up_is_sent_again(newsroom, client):
    other = make_story([report(9, "town.example", "Ferries run late", minutes=5)], id="other")
    newsroom.commit(other, {})
    addresses = [Address(alert_id=alert_id(story), destination=HOOK.name) for story in (make_story(), other)]
    for address in addresses:
        newsroom.outbox.failed(address, newsroom.outbox.alert(address.alert_id), "410: gone", None, NOW)
    assert "Send all again" in client.get("/system").text
    assert client.post("/alerts/resend", data={"back": "/system"}, headers=OURS).headers["location"] == "/system"
    assert [newsroom.outbox.delivery(address).state for address in addresses] == ["pending", "pending"]
    assert newsroom.outbox.dead() == []


def give_up(newsroom, number):
    entry = Entry(key=str(number), url=f"https://coast.example/{number}", title=f"Sample {number}")
    item = WorkItem(
        entry=entry,
        feed_url="https://coast.example/rss",
        feed_name="Coast",
        feed_title="",
        tags=(),
        full_text=True,
        seen_at=NOW,
        trace="t",
    )
    with newsroom.redis.pipeline() as pipe:
        (letter,) = after_loss(INGEST_JOB, ingest_payload([item]), TRIES).dead
        dead_pages.put(pipe, [letter], reason="it ended three workers", tries=3)
        pipe.execute()
    return item.id


def test_pages_that_were_given_up_are_fetched_again(newsroom, client):
    first, *_ = [give_up(newsroom, number) for number in (1, 2, 3)]
    assert "Fetch all again" in client.get("/system").text
    client.post("/pages/retry", data={"id": first, "back": "/system"}, headers=OURS)
    assert first not in {letter["id"] for letter in dead_pages.newest(newsroom.redis)}
    assert newsroom.queue.depths()["ingest"]["waiting"] == 1
    client.post("/pages/retry", data={"back": "/system"}, headers=OURS)
    assert dead_pages.count(newsroom.redis) == 0
    assert newsroom.queue.depths()["ingest"]["waiting"] == 2


def test_a_destination_that_was_switched_off_is_resumed(newsroom, client):
    destinations = Destinations(newsroom.redis)
    destinations.configured([HOOK], NOW)
    destinations.switch_off(HOOK.name, "gone", "it answered 410", NOW, lambda _pipe, _waiting: None)
    assert "/destinations/hook/resume" in client.get("/").text
    assert "/destinations/hook/resume" in client.get("/system").text
    assert client.post("/destinations/hook/resume", data={"back": "/"}, headers=OURS).status_code == 303
    assert destinations.state(HOOK.name).state == ""
    assert client.post("/destinations/nosuch/resume", data={"back": "/"}, headers=OURS).status_code == 404
