"""Slack messages: within the limits, and inert whatever a feed wrote."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from worker.alerts.slack import escaped, slack_message
from worker.model import Alert, Article, Highlight, Match, Reason, Report, Source, Story

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8080"


def alert(title="Train heads for Russia", *, passage="a train", url="https://s1.example/x", because="first report"):
    report = Report(article_id="a", source="s1.example", title=title, url=url, published=NOW, seen_at=NOW)
    return Alert(
        id="a1",
        reason=Reason.NEW_STORY,
        topic="summit",
        sent_because=because,
        created=NOW,
        story=Story(id="5707", topic="summit", headline=title, first_seen=NOW, last_seen=NOW, reports=(report,)),
        article=Article(
            id="a", title=title, url=url, published=NOW, source=Source(domain="s1.example", name="Sample One")
        ),
        match=Match(
            topic="summit",
            query="train",
            score=1.0,
            highlights=(Highlight(field="text", start=0, end=len(passage), text=passage),),
        ),
    )


def texts(value):
    """Every text object of a message."""
    if isinstance(value, list):
        return [found for item in value for found in texts(item)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in {"plain_text", "mrkdwn"}:
        return [value]
    return [found for item in value.values() for found in texts(item)]


def test_what_it_says():
    message = slack_message(alert(because="first report of this story"), base_url=BASE)
    header, why, passage, links, context = message["blocks"]
    assert header["text"]["text"] == "Train heads for Russia"
    assert why["text"]["text"] == "New story · summit: first report of this story"
    assert passage["text"]["text"] == "“a train”"
    assert links["text"]["text"] == f"<https://s1.example/x|Report> · <{BASE}/stories/5707|Story>"
    assert context["elements"][0]["text"] == (
        "Sample One (s1.example) · published 21 November 2026 19:00 UTC · 1 independent source, 1 report"
    )
    assert message["text"] == "Train heads for Russia — New story · summit: first report of this story"


INERT = [
    "<!channel> <!here> <!everyone>",
    "<@U012AB3CD> and <#C012AB3CD>",
    "<https://evil.example|your bank>",
    "*bold* _italic_ ~gone~ `code` > quote",
    "R&D &amp; <script>",
]


@pytest.mark.parametrize("hostile", INERT)
def test_markup_in_feeds_is_inert(hostile):
    message = slack_message(alert(hostile, passage=hostile, because=hostile), base_url=BASE)
    assert message["mrkdwn"] is False
    assert not message["unfurl_links"]
    shown = [text for text in texts(message["blocks"]) if text["type"] == "plain_text"]
    assert len(shown) == 5
    assert all(text["emoji"] is False for text in shown)
    for text in [message["text"], *(text["text"] for text in shown)]:
        assert not set("<>") & set(text)
    assert shown[0]["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == hostile
    (ours,) = [text for text in texts(message["blocks"]) if text["type"] == "mrkdwn"]
    assert ours["text"] == f"<https://s1.example/x|Report> · <{BASE}/stories/5707|Story>"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://s1.example/?a=1&b=2", "https://s1.example/?a=1&amp;b=2"),
        ("https://s1.example/|<!channel>", "https://s1.example/%7C%3C!channel%3E"),
        ("https://s1.example/a b\n<!here>", "https://s1.example/a%20b%0A%3C!here%3E"),
    ],
)
def test_a_link_cannot_end_early(url, target):
    links = slack_message(alert(url=url), base_url=BASE)["blocks"][3]["text"]["text"]
    assert links == f"<{target}|Report> · <{BASE}/stories/5707|Story>"


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "ftp://x.example/", "http://[", "https://x.example/" + "y" * 3000]
)
def test_what_is_no_web_address_is_not_linked(url):
    links = slack_message(alert(url=url), base_url=BASE)["blocks"][3]["text"]["text"]
    assert links == f"<{BASE}/stories/5707|Story>"


@pytest.mark.parametrize("piece", ["a", "&", "中", "\U0001f682", "<b>", "\x1b[31m", "\udce4"])
def test_limits_hold_for_anything(piece):
    long = piece * 9000
    big = alert(long, passage=long, because=long, url="https://s1.example/" + "&" * 500)
    many = tuple(Highlight(field="text", start=n, end=n + 1, text=long) for n in range(99))
    message = slack_message(replace(big, match=replace(big.match, highlights=many)), base_url=BASE)
    assert len(message["blocks"]) <= 50
    assert 1 <= len(message["blocks"][0]["text"]["text"]) <= 150
    assert len(message["text"]) <= 3000
    assert all(1 <= len(text["text"]) <= 3000 for text in texts(message["blocks"]))
    assert len(message["blocks"][-1]["elements"][0]["text"]) <= 2000
    json.dumps(message).encode()


def test_without_a_title_there_is_still_a_header():
    assert slack_message(alert(""), base_url=BASE)["blocks"][0]["text"]["text"] == "(no title)"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("a&b", 7, "a&amp;b"),
        ("a&b", 6, "a…"),
        ("a\n\tb\u2028c", 9, "a b c"),
        ("", 5, ""),
        ("\u202eabc\u202c", 9, "abc"),
    ],
)
def test_escapes_are_never_cut_in_two(text, limit, expected):
    assert escaped(text, limit) == expected
