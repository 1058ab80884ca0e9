"""Slack messages of anything a feed may hold: within the limits, and nothing in them works as markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_slack import block_errors

from worker.alerts.plain import plain
from worker.alerts.slack import bare_message, escaped, slack_message, slack_reply
from worker.alerts.words import Words
from worker.model import Alert, Article, Collected, Highlight, Match, Reason, Report, Source, Story

NOW = datetime(2026, 5, 1, 8, 49, tzinfo=UTC)
BASE = "http://127.0.0.1:8080"
MARKUP = st.sampled_from(
    [
        "<!channel>",
        "<!here|here>",
        "<!everyone>",
        "<!subteam^S012AB3CD>",
        "<@U012AB3CD>",
        "@channel",
        "<#C012AB3CD|general>",
        "<https://evil.example|your bank>",
        "<mailto:a@evil.example|write>",
        "<!date^1392734382^{date}^https://evil.example|now>",
        "*bold*",
        "_it_",
        "~strike~",
        "`code`",
        "```block```",
        "> quote",
        ">>> quote",
        "• item",
        "1. item",
        ":rotating_light:",
        "&lt;!channel&gt;",
        "&amp;lt;",
        "[text](https://evil.example)",
        "\u202egnp.exe",
        "\n",
        "\u2028",
        "\x00",
        "\ud800",
        "🚂",
        "👩\u200d🚒",
    ]
)
WORDS = st.text(max_size=12) | MARKUP | st.text(alphabet="<>&!@#|*_~`:", max_size=12)
HOSTILE = st.lists(WORDS, max_size=5).map("".join) | st.builds(str.__mul__, WORDS, st.integers(0, 400))
URLS = HOSTILE.map(lambda text: f"https://s.example/{text}") | HOSTILE
# All that our own markup consists of: links with our words around addresses in which no delimiter is left.
OURS = re.compile(r"(<https?://[^<>|\s`*]*\|Report> · )?<https?://[^<>|\s`*]*\|Story>")


@st.composite
def alerts(draw):
    reports = tuple(
        Report(
            article_id=f"a{n}",
            source=draw(HOSTILE),
            title=draw(HOSTILE),
            url=draw(URLS),
            published=None,
            seen_at=NOW + timedelta(minutes=n),
            copy_of="a0" if n % 3 == 2 else None,
        )
        for n in range(draw(st.integers(1, 10)))
    )
    marks = tuple(Highlight(field="text", start=0, end=1, text=draw(HOSTILE)) for _ in range(draw(st.integers(0, 5))))
    story = Story(id="5707", topic="t", headline=draw(HOSTILE), first_seen=NOW, last_seen=NOW, reports=reports)
    reason = draw(st.sampled_from(Reason))
    collected = tuple(
        Collected(
            alert_id=f"c{n}",
            reason=Reason.CONFIRMED,
            topic=draw(HOSTILE),
            sent_because=draw(HOSTILE),
            created=NOW,
            story_id=f"s{n}",
            headline=draw(HOSTILE),
            independent_sources=n,
            source=draw(HOSTILE),
            url=draw(URLS),
        )
        for n in range(draw(st.sampled_from((1, 3, 25))) if reason is Reason.DIGEST else 0)
    )
    return Alert(
        id="a",
        reason=reason,
        collected=collected,
        topic=draw(HOSTILE),
        sent_because=draw(HOSTILE),
        created=NOW,
        story=story,
        article=Article(id="a0", title=draw(HOSTILE), url=draw(URLS), source=Source(domain=draw(HOSTILE), name=None)),
        match=Match(topic="t", query="q", score=1.0, highlights=marks),
    )


def texts(message):
    for block in message["blocks"]:
        yield from (text for text in [block.get("text"), *block.get("elements", [])] if text)


@settings(max_examples=60)
@given(alerts(), alerts(), st.builds(Words, title=HOSTILE, body=HOSTILE.map(lambda text: text * 200)))
def test_every_message_is_within_the_limits_and_inert(alert, other, words):
    for message in (
        slack_message(alert, base_url=BASE),
        slack_message(alert, base_url=BASE, latest=replace(other, reason=Reason.CONFIRMED)),
        slack_reply(alert, base_url=BASE),
        slack_message(alert, base_url=BASE, words=words),
        slack_reply(alert, base_url=BASE, words=words),
    ):
        assert block_errors(message["blocks"]) == []
        assert sum(len(text["text"].encode("utf-16-le")) // 2 for text in texts(message)) <= 9000
        assert 1 <= len(message["text"]) <= 3000
        assert message["mrkdwn"] is False
        json.dumps(message).encode()
        for text in texts(message):
            if text["type"] == "mrkdwn":
                assert OURS.fullmatch(text["text"]), text
            else:
                assert text["emoji"] is False
                assert not {"<", ">"} & set(text["text"])
                assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", text["text"])
        assert not {"<", ">"} & set(message["text"])
        assert bare_message(message).keys() == {"text", "mrkdwn", "unfurl_links", "unfurl_media"}


@given(HOSTILE)
def test_what_is_escaped_reads_as_it_was_written(text):
    shown = escaped(text, 100_000)
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == plain(text)


@given(HOSTILE, st.integers(2, 200))
def test_a_limit_holds_and_cuts_no_escape(text, limit):
    shown = escaped(text, limit)
    assert len(shown.encode("utf-16-le")) // 2 <= limit
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", shown)
    whole = escaped(text, 100_000)
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))
