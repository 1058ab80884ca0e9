"""The webhook body: every field of the contract, and a bound that holds for anything a feed may write."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter

from worker.alerts.payload import article_object, body_bytes, rfc3339, story_object, webhook_payload
from worker.alerts.shapes import AlertShape
from worker.model import Alert, Article, Collected, Highlight, Match, Reason, Report, Source, Story

NOW = datetime(2026, 11, 21, 19, 0, 0, 250_000, tzinfo=UTC)
BASE = "http://127.0.0.1:8080"
TWENTY_KB = 20_000


def report(number, **more):
    values = {
        "article_id": f"art{number}",
        "source": f"s{number}.example",
        "title": f"Title {number}",
        "url": f"https://s{number}.example/x",
        "published": NOW - timedelta(minutes=5),
        "seen_at": NOW,
        "signature": (1, 2, 3),
    }
    return Report(**{**values, **more})


STORY = Story(
    id="5707",
    topic="summit",
    headline="Train heads for Russia",
    first_seen=NOW,
    last_seen=NOW,
    reports=(report(0), report(1, copy_of="art0", published=None)),
    terms=(("train", 0.5),),
    told=("new_story",),
)
ARTICLE = Article(
    id="art1",
    url="https://s1.example/x?utm=1",
    canonical_url="https://s1.example/x",
    title="Train heads for Russia",
    text="secret of the store",
    summary="A train.",
    published=NOW - timedelta(minutes=5),
    language="en",
    source=Source(domain="s1.example", name="Sample One"),
)
MATCH = Match(
    topic="summit", query="train", score=0.75, highlights=(Highlight(field="title", start=0, end=5, text="Train"),)
)
ALERT = Alert(
    id="a1e7",
    reason=Reason.NEW_STORY,
    topic="summit",
    sent_because="first report of this story",
    created=NOW,
    story=STORY,
    article=ARTICLE,
    match=MATCH,
)


def test_the_whole_payload():
    assert webhook_payload(ALERT, base_url=BASE + "/") == {
        "type": "alert.new_story",
        "timestamp": "2026-11-21T19:00:00Z",
        "data": {
            "alert": {
                "id": "a1e7",
                "reason": "new_story",
                "topic": "summit",
                "sent_because": "first report of this story",
            },
            "story": {
                "id": "5707",
                "headline": "Train heads for Russia",
                "first_seen": "2026-11-21T19:00:00Z",
                "independent_sources": 1,
                "articles": 2,
                "url": "http://127.0.0.1:8080/stories/5707",
                "reports": [
                    {
                        "source": "s0.example",
                        "title": "Title 0",
                        "url": "https://s0.example/x",
                        "published": "2026-11-21T18:55:00Z",
                        "seen_at": "2026-11-21T19:00:00Z",
                        "copy_of": None,
                    },
                    {
                        "source": "s1.example",
                        "title": "Title 1",
                        "url": "https://s1.example/x",
                        "published": None,
                        "seen_at": "2026-11-21T19:00:00Z",
                        "copy_of": "art0",
                    },
                ],
            },
            "article": {
                "id": "art1",
                "title": "Train heads for Russia",
                "url": "https://s1.example/x?utm=1",
                "canonical_url": "https://s1.example/x",
                "source": {"domain": "s1.example", "name": "Sample One"},
                "published": "2026-11-21T18:55:00Z",
                "language": "en",
                "summary": "A train.",
            },
            "match": {
                "query": "train",
                "score": 0.75,
                "highlights": [{"field": "title", "text": "Train", "start": 0, "end": 5}],
            },
        },
    }


@pytest.mark.parametrize("reason", list(Reason))
def test_the_type_is_the_reason(reason):
    payload = webhook_payload(replace(ALERT, reason=reason), base_url=BASE)
    assert payload["type"] == f"alert.{reason.value}"
    assert payload["data"]["alert"]["reason"] == reason.value


def test_the_bytes_are_the_payload():
    payload = webhook_payload(ALERT, base_url=BASE)
    assert json.loads(body_bytes(payload)) == payload


def test_times_of_other_zones_are_given_in_utc():
    seoul = datetime(2026, 11, 22, 4, 0, tzinfo=timezone(timedelta(hours=9)))
    assert rfc3339(seoul) == "2026-11-21T19:00:00Z"


def test_many_reports_keep_the_first_and_the_latest():
    story = replace(STORY, reports=tuple(report(number) for number in range(200)))
    payload = webhook_payload(replace(ALERT, story=story), base_url=BASE)
    sources = [line["source"] for line in payload["data"]["story"]["reports"]]
    assert len(body_bytes(payload)) < TWENTY_KB
    assert payload["data"]["truncated"] is True
    assert payload["data"]["story"]["articles"] == 200
    assert sources[0] == "s0.example"
    assert len(sources) > 50
    assert sources[1:] == [f"s{number}.example" for number in range(201 - len(sources), 200)]


HOSTILE = {
    "letters": "a",
    "Han": "中",
    "emoji": "\U0001f682",
    "controls": "\x01",
    "quotes": '"',
    "lone surrogates": "\udce4",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_field_makes_the_body_too_long(piece):
    long = piece * 50_000
    url = f"https://example.org/{long}"
    alert = replace(
        ALERT,
        topic=long,
        sent_because=long,
        story=replace(
            STORY,
            headline=long,
            reports=tuple(report(n, title=long, source=long, url=url) for n in range(9)),
        ),
        article=replace(
            ARTICLE, title=long, summary=long, url=url, canonical_url=url, source=Source(domain=long, name=long)
        ),
        match=replace(
            MATCH,
            query=long,
            highlights=tuple(Highlight(field="text", start=0, end=50_000, text=long) for _ in range(99)),
        ),
    )
    payload = webhook_payload(alert, base_url=BASE)
    assert len(body_bytes(payload)) < TWENTY_KB
    assert payload["data"]["truncated"] is True
    assert len(payload["data"]["story"]["reports"]) >= 1
    assert payload["data"]["story"]["headline"].endswith("…")
    assert len(payload["data"]["story"]["headline"]) > 50
    assert payload["data"]["match"]["highlights"][0]["end"] == 50_000


def test_a_url_is_whole_or_absent():
    long = "https://example.org/" + "x" * 5000
    payload = webhook_payload(replace(ALERT, article=replace(ARTICLE, url=long)), base_url=BASE)
    assert payload["data"]["article"]["url"] == ""
    assert payload["data"]["article"]["canonical_url"] == "https://s1.example/x"
    assert payload["data"]["truncated"] is True


def test_a_text_that_just_fits_is_whole():
    fitting = replace(ARTICLE, summary="é" * 999)
    payload = webhook_payload(replace(ALERT, article=fitting), base_url=BASE)
    assert payload["data"]["article"]["summary"] == fitting.summary
    assert "truncated" not in payload["data"]


def digest():
    one = Collected(
        alert_id="a1",
        reason=Reason.NEW_STORY,
        topic="summit",
        sent_because="first report",
        created=NOW,
        story_id="5707",
        headline="Train heads for Russia",
        independent_sources=1,
        source="s1.example",
        url="https://s1.example/x",
    )
    return replace(ALERT, reason=Reason.DIGEST, collected=(one,))


@pytest.mark.parametrize("alert", [ALERT, digest(), replace(ALERT, sent_because="x" * 30_000)])
def test_payloads_have_the_shape_that_is_published(alert):
    payload = webhook_payload(alert, base_url=BASE)
    # What the shape does not name would be left out.
    assert TypeAdapter(AlertShape).validate_python(payload, strict=True) == payload


def test_the_uncut_objects_are_those_of_the_payload():
    payload = webhook_payload(ALERT, base_url=BASE)["data"]
    assert story_object(STORY, STORY.reports, base_url=BASE) == payload["story"]
    assert article_object(ARTICLE) == payload["article"]
    long = replace(ARTICLE, title="x" * 30_000 + "\udcff")
    assert article_object(long)["title"] == "x" * 30_000 + "?"
