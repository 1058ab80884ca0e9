"""What becomes of an alert that is due, and how several become one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.digest import collected_because, digest_of, in_words, overflow_because
from worker.alerts.notice import switched_off
from worker.alerts.payload import body_bytes, webhook_payload
from worker.alerts.sample import sample_at
from worker.alerts.sending import Collect, Hold, Send, verdict
from worker.model import Reason, Topic

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 5, 1, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 5, 2, 7, 0, tzinfo=UTC)
ALERT = replace(sample_at(NOON), reason=Reason.NEW_STORY)
QUIET = ("22:00", "07:00", "UTC")


def topic(**more):
    return Topic(name="Bridge", query="bridge", **more)


@pytest.mark.parametrize(
    ("reason", "watched", "now", "wanted"),
    [
        (Reason.NEW_STORY, topic(), NOON, Send()),
        (Reason.NEW_STORY, None, NIGHT, Send()),
        (Reason.NEW_STORY, topic(quiet=QUIET), NOON, Send()),
        (Reason.CONFIRMED, topic(quiet=QUIET), NIGHT, Hold(until=MORNING)),
        (Reason.DIGEST, topic(quiet=QUIET, digest=60.0), NIGHT, Hold(until=MORNING)),
        (Reason.DIGEST, topic(digest=60.0), NOON, Send()),
        (Reason.NEW_STORY, topic(digest=60.0), NOON, Collect(until=NOON + timedelta(minutes=1))),
        (Reason.NEW_STORY, topic(digest=60.0, quiet=QUIET), NIGHT, Collect(until=MORNING)),
        (Reason.NEW_STORY, topic(digest=11 * 3600.0, quiet=QUIET), NOON, Collect(until=MORNING)),
        (Reason.TEST, topic(digest=60.0, quiet=QUIET), NIGHT, Send()),
        (Reason.NOTICE, topic(digest=60.0, quiet=QUIET), NIGHT, Send()),
    ],
)
def test_what_becomes_of_an_alert_that_is_due(reason, watched, now, wanted):
    assert verdict(replace(ALERT, reason=reason), watched, now) == wanted


def test_a_digest_is_the_same_for_the_same_alerts_and_another_elsewhere():
    two = [ALERT, replace(ALERT, id="b", created=NOON - timedelta(hours=1), topic="Ferry")]
    one = digest_of(two, destination="desk", because="why", now=NIGHT)
    assert [collected.alert_id for collected in one.collected] == ["b", ALERT.id]
    assert (one.topic, one.sent_because, one.created, one.reason) == ("2 topics", "why", NIGHT, Reason.DIGEST)
    assert one.id == digest_of(two[::-1], destination="desk", because="other", now=NOON).id
    assert one.id != digest_of(two, destination="hook", because="why", now=NIGHT).id
    assert one.story_ids == (ALERT.story.id,)
    assert one.thread == one.id


@pytest.mark.parametrize(
    ("seconds", "words"), [(30.0, "30s"), (90.0, "90s"), (5400.0, "90m"), (3600.0, "1h"), (172_800.0, "2d")]
)
def test_times_read_as_they_are_written(seconds, words):
    assert in_words(seconds) == words


def test_why_several_alerts_come_as_one_is_said():
    assert collected_because(1, 3600.0) == "1 alert in 1h"
    assert overflow_because(14, (20, 3600.0)) == "and 14 more: this destination takes 20 messages in 1h"


def test_a_notice_is_about_no_story():
    notice = switched_off("hook", state="paused", why="it failed", waiting=1, now=NOON)
    assert (notice.story_ids, notice.story.reports) == ((), ())
    assert notice.sent_because == (
        "it failed; 1 alert waits for it; mend it, then run `wirewatch destinations resume hook`"
    )


@pytest.mark.parametrize(("number", "size"), [(1, 10), (20, 200), (200, 5000)])
def test_the_payload_of_a_digest_stays_below_20_kb_and_says_what_is_left_out(number, size):
    long = "Träin “金” " * size
    many = [
        replace(
            ALERT,
            id=f"alert{n}",
            sent_because=long,
            topic=long,
            story=replace(ALERT.story, headline=long),
            article=replace(ALERT.article, title=long, canonical_url="https://example.org/" + "p" * size),
        )
        for n in range(number)
    ]
    payload = webhook_payload(
        digest_of(many, destination="desk", because="why", now=NIGHT), base_url="http://127.0.0.1:8080"
    )
    assert len(body_bytes(payload)) < 20_000
    data = payload["data"]
    assert payload["type"] == "alert.digest"
    assert data["collected"] == number
    assert [one["id"] for one in data["alerts"]] == [f"alert{n}" for n in range(len(data["alerts"]))]
    assert data["alerts"]
    assert data.get("truncated", False) is (size > 10)
