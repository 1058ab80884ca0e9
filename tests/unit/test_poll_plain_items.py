"""Which items are read without feedparser, and what of a document is left to it."""

from __future__ import annotations

import pytest

from worker.poll.plain_items import parted

URL = "https://base.example/dir/feed.xml"
USUAL = (
    "<item><title>Harbour &amp;lt;b&amp;gt; reopens</title><link>https://gazette.example/1?a=b&amp;c=d</link>"
    "<guid isPermaLink='false'>g1</guid><pubDate>Tue, 14 May 2024 10:30:00 GMT</pubDate><category>Sample</category>"
    "<dc:creator>Ada Sample</dc:creator><description>&lt;p&gt;Boats &#8217; &lt;/p&gt;</description>"
    "<content:encoded><![CDATA[<p>Boats</p>]]> sail</content:encoded><slash:comments>0</slash:comments></item>"
)
LINK = "<link>https://gazette.example/2</link>"
ROOT = (
    "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:slash='http://purl.org/rss/1.0/modules/slash/'"
)


def feed(*items, root=ROOT, head=""):
    return f"{root}><channel><title>Sample</title>{head}{''.join(items)}<ttl>5</ttl></channel></rss>"


def test_the_usual_item_is_read_and_the_rest_of_the_document_left():
    found = parted(feed(USUAL), url=URL)
    item = found.plain[0]
    assert (item.title, item.title_markup) == ("Harbour &lt;b&gt; reopens", True)
    assert (item.link, item.id) == ("https://gazette.example/1?a=b&c=d", "g1")
    assert (item.published, item.updated) == ("Tue, 14 May 2024 10:30:00 GMT", "")
    assert (item.summary, item.content, item.author) == ("<p>Boats ’ </p>", "<p>Boats</p> sail", "Ada Sample")
    assert found.rest == feed("<item><title>-</title></item>")


def test_items_that_are_not_plain_are_left_in_their_places():
    odd = f"<item><title>Odd</title>{LINK}<media:title xmlns:media='urn:sample'>x</media:title></item>"
    found = parted(feed(USUAL, odd, USUAL), url=URL)
    assert (sorted(found.plain), found.others) == ([0, 2], (1,))
    assert found.rest == feed("<item><title>-</title></item>", odd)


def test_an_id_that_is_an_address_is_the_link_where_there_is_none():
    item = parted(feed("<item><guid>../3.html</guid><description>A sample</description></item>"), url=URL).plain[0]
    assert (item.link, item.id) == ("https://base.example/3.html", "https://base.example/3.html")


@pytest.mark.parametrize(
    "item",
    [
        f"<item xml:lang='fr'>{LINK}</item>",
        f"<item>{LINK}<title type='html'>Sample</title></item>",
        f"<item>{LINK}<title>Sample <b>bold</b></title></item>",
        f"<item>{LINK}<title>Sample</title><title>Again</title></item>",
        f"<item>{LINK}<title>caf\u00c3\u00a9</title></item>",
        f"<item>{LINK}<title>\u0093quoted\u0094</title></item>",
        f"<item>{LINK}<!-- a sample --></item>",
        f"<item>{LINK}<author>ada@sample.example (Ada Sample)</author></item>",
        f"<item>{LINK}<slash:author>Ada Sample</slash:author></item>",
        f"<item>{LINK}<guid isPermaLink='no'>g</guid></item>",
        "<item><title>Sample</title></item>",
        "<item><link/></item>",
    ],
)
def test_what_feedparser_does_more_about_is_left_to_it(item):
    assert parted(feed(item), url=URL) is None


@pytest.mark.parametrize(
    "document",
    [
        f"<!DOCTYPE rss>{feed(USUAL)}",
        feed(USUAL, root=f"{ROOT} xmlns='urn:sample'"),
        feed(USUAL, root=ROOT.replace("dc/elements", "sample")),
        feed(USUAL, head="<link xmlns='http://www.w3.org/2005/Atom' href='x'/>"),
        feed(USUAL, head="<dc:date xmlns:dc='urn:sample'>x</dc:date>"),
        feed(USUAL, root=f"{ROOT} xml:base='https://else.example/'"),
        feed(USUAL, root="<feed"),
    ],
)
def test_documents_whose_names_mean_something_else_are_left_to_it(document):
    assert parted(document, url=URL) is None
