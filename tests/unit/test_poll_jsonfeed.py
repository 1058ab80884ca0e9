"""JSON Feed 1.0 and 1.1."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.errors import FeedError
from worker.poll.jsonfeed import parse_json_feed

SAMPLE = (Path(__file__).parent.parent / "data" / "feeds" / "feed.json").read_text()
NOW = datetime(2024, 6, 1, tzinfo=UTC)
HEAD = '{"version": "https://jsonfeed.org/version/1", "title": "t", "items": ['


def parse(text):
    return parse_json_feed(text, url="https://json.example/feed.json", now=NOW)


def test_head():
    feed = parse(SAMPLE)
    assert feed.title == "Sample JSON wire & more"
    assert (feed.link, feed.language, feed.hub) == ("https://json.example/", "en", "https://hub.example/json")
    assert feed.self_url == "https://json.example/feed.json"


def test_item_of_1_1():
    entry = parse(SAMPLE).entries[0]
    assert (entry.key, entry.url, entry.title) == ("17", "https://json.example/a", "Orchard wins prize")
    assert (entry.summary, entry.content) == ("The orchard won.", "<p>The <b>orchard</b> won.</p>")
    assert entry.author == "Dora Sample, Emil Sample"
    assert entry.published == datetime(2024, 5, 14, 15, tzinfo=UTC)
    assert entry.updated == datetime(2024, 5, 14, 17, tzinfo=UTC)


def test_item_of_1_0_without_title_and_with_words_only():
    entry = parse(SAMPLE).entries[1]
    assert (entry.key, entry.url) == ("https://json.example/b", "https://elsewhere.example/b")
    assert (entry.title, entry.summary, entry.author) == ("", "Apples counted", "Old Style")
    assert entry.content == "Fewer than 3 &lt; 4 apples"


def test_what_is_no_item_is_left_out():
    assert len(parse(SAMPLE).entries) == 2


def test_cut_off_in_the_second_item_gives_the_first():
    feed = parse(HEAD + '{"id": "1", "title": "One"}, {"id": "2", "titl')
    assert (feed.title, [entry.title for entry in feed.entries]) == ("t", ["One"])


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + '{"id": "1"',
        "{",
        "[" * 100_000,
        HEAD + "[" * 100_000,
        '{"version": "https://jsonfeed.org/version/1", "items": 3}',
        '{"version": 1, "items": []}',
        '{"items": [{"id": "1"}]}',
        "null",
    ],
)
def test_broken_or_other_json_is_an_error_in_words(text):
    with pytest.raises(FeedError, match="JSON"):
        parse(text)


def test_half_a_surrogate_pair_does_not_travel_on():
    (entry,) = parse(HEAD + '{"id": "\\ud800", "title": "a\\udc00b", "url": "https://x.example/\\ud800"}]}').entries
    assert (entry.key + entry.title + entry.url).encode("utf-8")


def test_values_of_the_wrong_type_are_left_out():
    (entry,) = parse(HEAD + '{"id": true, "url": ["x"], "title": {"a": 1}, "summary": 5, "authors": "me"}]}').entries
    assert (entry.url, entry.title, entry.summary, entry.author) == ("", "", "5", "")
