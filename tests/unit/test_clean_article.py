"""One function turns a page and its entry into an article, whatever state the bytes are in."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.clean.article import clean
from worker.model import Entry, Page, WorkItem, short_id

PAGES = Path(__file__).parents[1] / "data" / "pages"
NOW = datetime(2023, 9, 11, 12, 0, tzinfo=UTC)
URL = "https://www.harbour-courier.example/world/2023/09/11/leader-boards-armoured-train/"
ENTRY = Entry(
    key="guid-1",
    url=URL + "?utm_source=rss",
    title="Sample: Leader boards armoured train for talks",
    summary="The leader left the <b>capital</b> aboard an armoured train, officials said.",
    published=datetime(2023, 9, 11, 6, 45, tzinfo=UTC),
)
ITEM = WorkItem(
    entry=ENTRY,
    feed_url="https://www.harbour-courier.example/rss.xml",
    feed_name="harbour",
    feed_title="Harbour Courier",
    tags=("asia",),
    full_text=True,
    seen_at=datetime(2023, 9, 11, 7, 0, tzinfo=UTC),
    trace="t-1",
)


def page(name: str = "armoured_train.html", **changes) -> Page:
    return replace(Page(url=URL, body=(PAGES / name).read_bytes(), content_type="text/html"), **changes)


def test_a_page_becomes_an_article_with_its_own_words_only():
    article = clean(page(), ITEM, now=NOW)

    assert not article.partial
    paragraphs = article.text.split("\n")
    body = [line for line in paragraphs if line != article.title]
    assert [line.split()[0] for line in body] == ["The", "The", "A", "Analysts"]
    for residue in (
        "cabbage",
        "miss",
        "ferry",
        "seals",
        "sign-up",
        "Storm",
        "People also",
        "Reply",
        "email address",
        "©",
    ):
        assert residue not in article.text


def test_metadata_comes_from_structured_data_and_the_feed():
    article = clean(page(), ITEM, now=NOW)

    assert article.title == "Sample: Leader boards armoured train for talks"
    assert article.author == "Ada Example, Ben Sample"
    assert article.published == datetime(2023, 9, 11, 6, 42, tzinfo=UTC)
    assert article.language == "en"
    assert (article.source.domain, article.source.name) == ("www.harbour-courier.example", "Harbour Courier")
    assert article.url == ENTRY.url
    assert article.canonical_url == URL
    assert article.id == short_id("article", URL)
    assert article.summary == "The leader left the capital aboard an armoured train, officials said."
    assert (article.feed, article.tags, article.seen_at) == ("harbour", ("asia",), ITEM.seen_at)


def test_a_page_without_a_feed_is_an_article_too():
    article = clean(page(), None, now=NOW)

    assert not article.partial
    assert article.summary == "An invented report on a train journey, written to test page cleaning."
    assert (article.url, article.feed, article.seen_at) == (URL, "", NOW)


def test_without_a_page_the_feed_speaks_and_the_reason_is_kept():
    article = clean(None, ITEM, now=NOW, why_partial="the server answered 503")

    assert article.partial
    assert article.partial_reason == "the server answered 503"
    assert (article.title, article.text) == (ENTRY.title, "")
    assert article.summary == "The leader left the capital aboard an armoured train, officials said."
    assert article.published == ENTRY.published
    assert article.canonical_url == URL
    assert article.language == "en"


def test_the_same_article_has_the_same_id_with_and_without_its_page():
    assert clean(None, ITEM, now=NOW).id == clean(page(), ITEM, now=NOW).id


def test_the_feeds_content_is_cleaned_of_markup_and_residue():
    content = "<p>First <i>paragraph</i> of the sample.</p><p>READ MORE: Another story</p><p>Second &amp; last.</p>"
    article = clean(None, replace(ITEM, entry=replace(ENTRY, content=content, summary="")), now=NOW)

    assert article.text == "First paragraph of the sample.\nSecond & last."
    assert article.summary == "First paragraph of the sample. Second & last."


def test_a_page_with_less_than_the_feeds_content_loses_to_it():
    long = "".join(f"<p>Paragraph {n} of a sample report that the feed carries in full.</p>" for n in range(60))
    article = clean(page(), replace(ITEM, entry=replace(ENTRY, content=long)), now=NOW)

    assert article.partial
    assert "less text than the feed" in article.partial_reason
    assert article.text.endswith("Paragraph 59 of a sample report that the feed carries in full.")
    assert article.author == "Ada Example, Ben Sample"  # what the page does say is still used


def test_a_consent_wall_does_not_replace_the_feeds_words():
    article = clean(page("consent_only.html", url="https://consent.example/?next=1"), ITEM, now=NOW)

    assert article.partial
    assert article.text == ""
    assert article.summary.startswith("The leader left the capital")
    assert article.title == ENTRY.title
    assert article.canonical_url == URL


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"%PDF-1.7 sample", "text/html", "a PDF"),
        (b"\x89PNG\r\n\x1a\n sample", "image/png", "an image"),
        (b'{"sample": true}', "application/json", "JSON"),
        (b"", "text/html", "empty"),
        (b"   \n", "text/html", "empty"),
        (b"<html><body></body></html>", "text/html", "no article text"),
        (bytes(range(256)) * 20, "", "plain text"),
        (b"<" * 50_000, "text/html", "plain text"),
        (b"<script type='application/ld+json'>" + b"[" * 100_000 + b"</script>", "text/html", "no article text"),
    ],
)
def test_bad_bytes_become_partial_articles(body, content_type, words):
    article = clean(page(body=body, content_type=content_type), ITEM, now=NOW)

    assert article.partial
    assert words in article.partial_reason
    assert article.title == ENTRY.title


def test_an_entry_without_a_link_gets_its_id_from_feed_and_key():
    item = replace(ITEM, entry=replace(ENTRY, url=""))
    article = clean(None, item, now=NOW)
    other_feed = clean(None, replace(item, feed_url="https://other.example/feed"), now=NOW)

    assert article.url == article.canonical_url == ""
    assert article.id == clean(None, item, now=NOW).id != other_feed.id


def test_lone_surrogates_in_structured_data_do_not_travel_on():
    body = json.dumps({"@type": "NewsArticle", "headline": "Broken \ud83d headline", "datePublished": "2023-09-11"})
    html = f"<script type='application/ld+json'>{body}</script><p>{'A sample sentence of some length. ' * 30}</p>"

    assert clean(page(body=html.encode()), None, now=NOW).title.encode("utf-8") == b"Broken ? headline"


def test_neither_page_nor_entry_is_a_programming_error():
    with pytest.raises(TypeError):
        clean(None, None, now=NOW)


def test_arguments_and_result_cross_a_process_boundary():
    function, arguments = pickle.loads(pickle.dumps((clean, (page(), ITEM))))  # noqa: S301  # our own bytes
    article = function(*arguments, now=NOW)

    assert pickle.loads(pickle.dumps(article)) == article  # noqa: S301  # our own bytes


def test_the_note_that_blog_software_writes_below_an_excerpt_is_no_part_of_it():
    note = f"<p>The post <a href='{URL}'>{ENTRY.title}</a> appeared first on Harbour Courier.</p>"
    carried = replace(ENTRY, summary=f"<p>The leader left the capital.</p>{note}", content=f"<p>He left.</p>{note}")
    article = clean(None, replace(ITEM, entry=carried), now=NOW)
    assert (article.summary, article.text) == ("The leader left the capital.", "He left.")
