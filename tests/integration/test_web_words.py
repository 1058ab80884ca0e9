"""Values as people read them on the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from worker.edge.store.outbox import Delivery
from worker.model import Reason
from worker.run.web.words import absolute, ago, clip, delivery_state, plural, reason, short, span, time_tag, web_link

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (4.9, "just now"),
        (5, "5 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400, "1 day ago"),
        (400 * 86_400, "400 days ago"),
        (-3, "now"),
        (-5, "in 5 s"),
        (-7200, "in 2 h"),
        (-86_400, "in 1 day"),
    ],
)
def test_distances_in_words(seconds, words):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


def test_the_moment_is_shown_in_utc_wherever_it_came_from():
    seoul = datetime(2026, 11, 22, 3, 30, tzinfo=timezone(timedelta(hours=9)))
    assert absolute(seoul) == "2026-11-21 18:30:00 UTC"
    assert time_tag(seoul, NOW) == (
        '<time datetime="2026-11-21T18:30:00+00:00" title="2026-11-21 18:30:00 UTC">30 min ago</time>'
    )


@pytest.mark.parametrize("url", ["http://a.example", "HTTPS://a.example/x?y=1#z", "https://a.example/ü"])
def test_web_links_stay_as_they_are(url):
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "//a.example",
        "/path",
        "ftp://a.example",
        "javascript:alert(1)//https://a.example",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "vbscript:x",
        "data:text/html,https://a.example",
        "https:a.example",
        "https://",
        "https://a.example/\nx",
    ],
)
def test_anything_else_is_no_link(url):
    assert web_link(url) == "#"


def test_counts_have_their_noun():
    assert [plural(0, "report"), plural(1, "report"), plural(1234, "report")] == [
        "0 reports",
        "1 report",
        "1,234 reports",
    ]
    assert plural(2, "entry", "entries") == "2 entries"


def test_long_titles_are_cut_and_short_ones_left():
    assert clip("short") == "short"
    assert clip("x" * 240) == "x" * 240
    assert clip("x" * 241) == "x" * 240 + "…"


def test_every_reason_has_a_label():
    assert {reason(value) for value in Reason} == {
        "New story", "Corroborated", "Confirmed", "Denied", "Digest", "Test", "Notice",
    }  # fmt: skip  # read as a table, not one below the other


@pytest.mark.parametrize(
    ("state", "attempts", "words"),
    [
        ("pending", 0, "on its way"),
        ("pending", 1, "1 attempt failed, next"),
        ("pending", 3, "3 attempts failed, next"),
        ("delivered", 2, "delivered"),
        ("dead", 9, "given up"),
        ("muted", 0, "not sent"),
        ("held", 0, "held"),
    ],
)
def test_where_a_delivery_stands(state, attempts, words):
    assert delivery_state(Delivery(alert_id="a", destination="hook", state=state, attempts=attempts)) == words


def test_what_was_told_in_a_digest_says_so():
    told = Delivery(alert_id="a", destination="hook", state="delivered", digest="d")
    assert delivery_state(told) == "delivered in a digest"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 ms"), (0.32, "320 ms"), (1.44, "1.4 s"), (59.99, "1 min 0 s"), (185, "3 min 5 s"), (7_830, "2 h 10 min")],
)
def test_a_length_of_time_to_measure_by(seconds, words):
    assert short(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "less than a second"), (0.4, "less than a second"), (42, "42 s"), (90, "1 min"), (86_400, "1 day")],
)
def test_a_length_of_time_in_words(seconds, words):
    assert span(timedelta(seconds=seconds)) == words
