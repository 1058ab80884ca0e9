"""Documents are cut into head, entries and tail where that is safe, and nowhere else."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.poll.blocks import MOST_BLOCKS, scan
from worker.poll.known import Known, load_known
from worker.poll.parse import parse_feed

FEEDS = Path(__file__).parent.parent / "data" / "feeds"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://gazette.example/feeds/rss.xml"


def rss(items, head="", root="<rss version='2.0'>"):
    return f"{root}<channel><title>t</title>{head}{items}</channel></rss>".encode()


def item(number, text="", guid=None):
    guid = f"g{number}" if guid is None else guid
    return f"<item><title>Title {number}{text}</title><guid isPermaLink='false'>{guid}</guid></item>"


def some(blocks, *places):
    return parse_feed(blocks.document(places), url=URL, now=NOW)


@pytest.mark.parametrize("name", ["rss20.xml", "rdf10.xml", "rss091.xml", "atom10.xml", "atom03.xml"])
def test_every_format_is_cut_into_what_its_entries_are(name):
    body = (FEEDS / name).read_bytes()
    whole, blocks = parse_feed(body, url=URL, now=NOW), scan(body)
    assert len(blocks.entries) == len(whole.entries)
    for place, entry in enumerate(whole.entries):
        assert some(blocks, place).entries == (entry,)


def test_a_json_feed_is_cut_into_its_items():
    items = [{"id": n, "title": f"Title {n}, a {{sample}}", "_own": {"items": [1]}} for n in range(3)]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Sample", "items": items, "hubs": []}
    blocks = scan(json.dumps(feed, indent=2).encode())
    assert [entry.title for entry in some(blocks, 0, 2).entries] == ["Title 0, a {sample}", "Title 2, a {sample}"]
    assert some(blocks, 1).title == "Sample"


def test_a_sitemap_is_cut_into_its_pages():
    blocks = scan((FEEDS / "news_sitemap.xml").read_bytes())
    assert [entry.title for entry in some(blocks, 0).entries] == ["First & foremost"]


def test_what_cdata_and_comments_quote_is_no_border():
    quoting = "<item><title><![CDATA[</item><item>]]></title><!-- </item> --><?x </item> ?><guid>1</guid></item>"
    blocks = scan(rss(quoting + "\n<!-- <item> -->\n" + item(2)))
    assert blocks.entries == (quoting, item(2))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Welcome</body></html>",
        rss(""),
        rss(item(1)) + b"<",
        rss(item(1) + "Salt & pepper"),
        rss(item(1) + "<media:text>m</media:text>"),
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]>" + rss(item(1)),
        rss(f"<item>{item(1)}</item>"),
        rss(item(1) + "<item/>"),
        rss(item(1) + "words" + item(2)),
        rss(item(1) + "<textInput/>" + item(2)),
        rss(item(1) + "</channel><channel>" + item(2)),
        rss(item(1) + "<ITEM><title>x</title></ITEM>"),
        rss("<a:entry xmlns:a='http://www.w3.org/2005/Atom'/>" + item(1)),
        b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry></a:entry></a:feed>",
        rss("".join(item(n) for n in range(MOST_BLOCKS + 1))),
        b'{"items": []}',
        b'{"items": [{"id": 1}, 2]}',
        b'{"items": [{"id": 1}',
        b'{"_own": {"items": [{"id": 1}]}, "title": "x"}',
        b'{"items": [{"id": 1}], "items": [{"id": 2}]}',
        b'{"items": [' + b'{"a":' * 100_000,
    ],
)
def test_what_is_out_of_the_ordinary_is_left_whole(body):
    assert scan(body) is None


def test_other_charsets_are_cut_as_well():
    body = b"<?xml version='1.0' encoding='windows-1251'?>" + rss(item(1)).replace(b"Title", "Новость".encode("cp1251"))
    assert some(scan(body), 0).entries[0].title == "Новость 1"
    marked = "\ufeff".encode("utf-16-le") + rss(item(1)).decode().encode("utf-16-le")
    assert some(scan(marked), 0).entries[0].title == "Title 1"


def test_bytes_in_no_certain_charset_are_left_whole():
    assert scan(rss("<item><title>caf\xe9</title></item>").decode().encode("cp1252")) is None


def test_an_id_of_two_entries_needs_the_whole():
    blocks = scan(rss(item(1, guid="home") + item(2) + item(3, guid="<![CDATA[home]]>")))
    assert blocks.document([0]) is None
    assert blocks.document([0, 2]) is None
    assert [entry.key for entry in some(blocks, 1).entries] == ["g2"]


def test_the_id_of_the_feed_that_entries_were_taken_from_is_none_of_theirs():
    source = "<source><id>urn:planet</id></source>"
    entries = "".join(f"<entry><id>urn:{n}</id>{source}<title>{n}</title></entry>" for n in range(2))
    blocks = scan(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>".encode())
    assert [entry.key for entry in some(blocks, 1).entries] == ["urn:1"]


# --- what is remembered ---


def known(body):
    return load_known(Known.whole(scan(body)).dump())


def test_of_what_was_seen_only_new_and_changed_entries_are_unseen():
    seen = known(rss(item(1) + item(2) + item(3)))
    assert seen.unseen(scan(rss(item(1) + item(2) + item(3)))) == []
    assert seen.unseen(scan(rss(item(4) + item(1) + item(2, "!") + item(3), head="<ttl>5</ttl>"))) == [0, 2]


def test_a_feed_that_changes_its_old_entries_at_every_poll_is_told_by_ids_and_titles():
    def at(poll, *numbers):
        return scan(rss("".join(item(n).replace("</guid>", f"</guid><n>{poll}</n>") for n in numbers)))

    seen = Known.whole(at(0, 1, 2, 3))
    for poll in range(1, 4):
        assert seen.unseen(at(poll, 1, 2, 3)) == [0, 1, 2]
        seen = load_known(seen.after(at(poll, 1, 2, 3), back=3).dump())
    assert seen.by_name
    assert seen.unseen(at(4, 4, 1, 2, 3)) == [0]
    assert seen.unseen(scan(rss(item(1, "!")))) == [0]


@pytest.mark.parametrize(
    "other",
    [
        "<item><title>Sample</title><guid>1</guid><link>/b</link></item>",
        "<item><title>Other</title><guid>1</guid><link>/a</link></item>",
        "<item><title>Sample</title><guid>2</guid><link>/a</link></item>",
    ],
)
def test_the_name_of_an_entry_is_its_id_link_and_title(other):
    (first,) = scan(rss("<item><title>Sample</title><guid>1</guid><link>/a</link><n>1</n></item>")).names()
    (edited,) = scan(rss("<item><title>Sample</title><guid>1</guid><link>/a</link><n>2</n></item>")).names()
    assert first == edited
    assert scan(rss(other)).names() != (first,)


def test_an_entry_without_id_and_link_is_told_by_all_that_it_says():
    at = "<item><title>Sample warning</title><pubDate>{}</pubDate></item>"
    assert scan(rss(at.format("Monday"))).names() != scan(rss(at.format("Tuesday"))).names()


def test_a_few_edits_and_a_quiet_poll_are_not_restless():
    blocks = scan(rss(item(1) + item(2)))
    seen = Known.whole(blocks)
    for back in (3, 3, 0, 3, 2, 3, 3):
        seen = seen.after(blocks, back=back)
    assert not seen.by_name


def test_in_the_end_the_whole_is_read_again():
    blocks = scan(rss(item(1)))
    seen, parts = Known.whole(blocks), 0
    while seen.unseen(blocks) is not None:
        seen, parts = seen.after(blocks, back=0), parts + 1
    assert parts == 200


def test_items_of_json_feeds_are_known_by_id_and_title_too():
    def feed(**more):
        items = [{"id": 1, "title": "a", **more}, {"id": 2, "title": "b"}]
        return scan(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}).encode())

    assert feed().names() == feed(content_text="x").names()
    assert feed().names()[0] != feed(title="c").names()[0]


@pytest.mark.parametrize("kept", [b"", b"x", b"no memory", b"00"])
def test_what_is_no_memory_is_none(kept):
    assert load_known(kept) is None


def test_fifty_entries_are_remembered_in_little_more_than_two_hundred_bytes():
    assert len(Known.whole(scan(rss("".join(map(item, range(50)))))).dump()) <= 256
