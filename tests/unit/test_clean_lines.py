"""The article line, to and fro."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from worker.clean.lines import from_line, to_line
from worker.model import Article, Source, short_id

ARTICLE = Article(
    id="a1",
    url="https://example.org/a?utm_source=x",
    canonical_url="https://example.org/a",
    title="Sample title",
    text="Sample text.\nSecond line.",
    summary="Sample summary",
    author="Ada Example",
    published=datetime(2023, 9, 11, 15, 42, tzinfo=timezone(timedelta(hours=9))),
    language="en",
    source=Source(domain="example.org", name="Example"),
    feed="sample",
    seen_at=datetime(2023, 9, 11, 7, 0, 0, 250_000, tzinfo=UTC),
    partial=True,
)


def test_a_line_has_the_keys_of_the_contract():
    assert to_line(ARTICLE) == {
        "id": "a1",
        "url": "https://example.org/a?utm_source=x",
        "canonical_url": "https://example.org/a",
        "title": "Sample title",
        "text": "Sample text.\nSecond line.",
        "summary": "Sample summary",
        "author": "Ada Example",
        "published": "2023-09-11T06:42:00Z",
        "language": "en",
        "source": {"domain": "example.org", "name": "Example"},
        "feed": "sample",
        "seen_at": "2023-09-11T07:00:00.25Z",
        "partial": True,
    }


def test_there_and_back_again():
    assert from_line(json.loads(json.dumps(to_line(ARTICLE)))) == ARTICLE


def test_unknown_times_are_null():
    line = to_line(Article(id="x", title="t"))
    assert (line["published"], line["seen_at"], line["language"]) == (None, None, None)


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0999-12-31T00:00:00Z"])
def test_the_ends_of_the_calendar_stand_for_no_time(never):
    article = from_line({"id": "x", "title": "t", "published": never, "seen_at": never})
    assert (article.published, article.seen_at) == (None, None)


def test_whole_minutes_keep_their_zeros():
    line = to_line(Article(id="x", title="t", published=datetime(2023, 9, 10, 20, 0, tzinfo=UTC)))
    assert line["published"] == "2023-09-10T20:00:00Z"


def test_the_least_that_is_needed():
    by_url = from_line({"url": "https://example.org/a#x", "title": "Sample"})
    assert by_url.id == short_id("article", "https://example.org/a")
    assert (by_url.canonical_url, by_url.source) == ("https://example.org/a", Source(domain="example.org"))
    by_id = from_line({"id": "x", "text": "Sample"})
    assert (by_id.id, by_id.title, by_id.text, by_id.partial) == ("x", "", "Sample", False)
    assert from_line({"id": 7, "title": "Sample"}).id == "7"


def test_nulls_and_strange_keys_are_as_good_as_nothing():
    nothing = dict.fromkeys(to_line(ARTICLE))
    assert from_line({**nothing, "id": "x", "title": "t", "mood": "fine"}) == from_line({"id": "x", "title": "t"})
    assert from_line({"id": "x", "title": "t", "source": {"domain": None}}).source == Source(domain="")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([], "must be an object, not an array"),
        (None, "must be an object, not null"),
        ({"title": "t"}, 'needs an "id" or a "url"'),
        ({"id": "x"}, 'needs a "title" or a "text"'),
        ({"id": "x", "title": 5}, '"title" must be a string, not a number'),
        ({"id": True, "title": "t"}, '"id" must be a string, not true or false'),
        ({"id": "x", "title": "t", "source": "example.org"}, '"source" must be an object'),
        ({"id": "x", "title": "t", "source": {"domain": 5}}, '"domain" must be a string'),
        ({"id": "x", "title": "t", "published": "yesterday"}, '"published" must be a time such as'),
        ({"id": "x", "title": "t", "seen_at": 12}, '"seen_at" must be a string'),
        ({"id": "x", "title": "t", "partial": "no"}, '"partial" must be true or false'),
    ],
)
def test_a_bad_line_is_refused_with_a_sentence(line, words):
    with pytest.raises(ValueError, match=words):
        from_line(line)


def test_a_time_without_a_zone_is_utc():
    article = from_line({"id": "x", "title": "t", "published": "2023-09-11 06:42"})
    assert article.published == datetime(2023, 9, 11, 6, 42, tzinfo=UTC)
