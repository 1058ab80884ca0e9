"""Which entries are new."""

import pytest

from worker.model import Entry, ParsedFeed
from worker.poll.identity import (
    canonical_link,
    document_keys,
    entry_key,
    keys,
    new_entries,
    seen_key,
)


def entry(key, url="", title="", summary=""):
    return Entry(key=key, url=url, title=title, summary=summary)


def feed(*entries):
    return ParsedFeed(title="", link="", language=None, entries=entries)


def after(*entries):
    return {key for entry in entries for key in keys(entry)}


A = entry("guid-a", "https://x.example/a", "Title A")


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("g", "https://x.example/a", "T", "D"), "g"),
        ((" g\n g ", "", "", ""), "g g"),
        (("", "https://X.example/a/?utm_source=rss", "T", "D"), "x.example/a"),
        (("", "", "T", "D"), "T D"),
    ],
)
def test_guid_else_link_else_title(parts, key):
    assert entry_key(*parts) == key


def test_long_or_missing_keys_become_digests():
    assert len(entry_key("g" * 5000, "", "", "")) == 16
    assert entry_key("g" * 5000, "", "", "") != entry_key("g" * 5001, "", "", "")
    assert entry_key("", "", "", "")


def test_a_guid_of_several_entries_tells_none_of_them():
    found = document_keys([("g", "l1", "A", ""), ("g", "l2", "B", ""), ("g", "l1", "A", ""), ("h", "l3", "C", "")])
    assert found[0] == found[2] != found[1]
    assert found[3] == "h"
    assert "g" not in found


@pytest.mark.parametrize(
    "variant",
    [
        "https://x.example/a?id=1",
        "http://x.example/a?id=1",
        "https://X.EXAMPLE/a/?id=1&utm_campaign=c&UTM_source=s",
        "https://x.example/a?fbclid=z&id=1",
    ],
)
def test_links_are_the_same_whatever_the_channel(variant):
    assert canonical_link(variant) == "x.example/a?id=1"


def test_paths_queries_and_fragments_do_matter():
    links = ["https://x.example/a", "https://x.example/A", "https://x.example/a?id=2", "https://x.example/a#2"]
    assert len({canonical_link(link) for link in links}) == 4


def test_seen_keys_are_signed_64_bit_numbers_fixed_for_ever():
    # First eight bytes of SHA-256("abc"), FIPS 180-2 appendix B.1, as a signed number.
    assert seen_key("abc") == int("ba7816bf8f01cfea", 16) - 2**64


def test_everything_is_new_at_first_and_nothing_the_second_time():
    parsed = feed(A, entry("b", "https://x.example/b", "B"))
    assert new_entries(parsed, set()) == list(parsed.entries)
    assert new_entries(parsed, after(*parsed.entries)) == []


def test_a_guid_that_changes_at_every_poll_makes_no_flood():
    assert new_entries(feed(entry("other guid", A.url, A.title)), after(A)) == []


def test_an_edited_title_or_link_makes_no_new_entry():
    assert new_entries(feed(entry(A.key, A.url, "Corrected title")), after(A)) == []
    assert new_entries(feed(entry(A.key, "https://x.example/moved", A.title)), after(A)) == []


def test_another_story_under_the_same_title_or_link_is_new():
    other = [entry("c", "https://x.example/c", A.title), entry("d", A.url, "Another title")]
    assert new_entries(feed(*other), after(A)) == other


def test_repetitions_within_a_document_count_once():
    assert new_entries(feed(A, A, entry("again", A.url, A.title)), set()) == [A]


def test_a_link_to_the_front_page_identifies_nothing():
    today = entry("monday", "https://x.example/", "Daily news")
    assert new_entries(feed(entry("tuesday", "https://x.example/", "Daily news")), after(today)) != []


def test_entries_without_title_go_by_summary():
    first = entry("1", "https://x.example/note", summary="First note")
    assert new_entries(feed(entry("2", "https://x.example/note", summary="Second note")), after(first)) != []
    assert new_entries(feed(entry("3", "https://x.example/note", summary="First note")), after(first)) == []


def test_an_entry_without_link_has_one_key():
    assert len(keys(entry("g", "", "Update"))) == 1
    assert len(keys(A)) == 2
