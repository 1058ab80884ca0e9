"""Items that are read without feedparser say what feedparser says of them."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from worker.poll.parse import parse_feed
from worker.poll.plain_items import parted

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://base.example/dir/feed.xml"

USUAL = [
    *(
        "Sample harbour",
        " reopens",
        "\n",
        " \t ",
        "\u00a0",
        "Café ’ ",
        "東京",
        "&lt;b&gt;",
        "&lt;/b&gt;",
        "&lt;x-y&gt;",
    ),
    *("&amp;", "&amp;amp;", "&amp;nbsp;", "&amp;copy", "&apos;", "&quot;", "&#8217;", "&#x2019;", "&#13;", "&#233;"),
    *("<![CDATA[<p>A <a href='m.html'>sample</a></p>]]>", "<![CDATA[]]>", "<![CDATA[&amp; ]] > <!-- ]]>"),
    *("<![CDATA[</item>]]>", "\r\n"),
]
STRANGE = ["caf\u00c3\u00a9", "\u0093quoted\u0094", "&#147;", "<!-- a sample -->", "<?a sample?>", "<b>bold</b>"]


def texts(pieces):
    return st.lists(st.sampled_from(pieces), max_size=4).map("".join)


LINKS = st.sampled_from(
    [
        *(
            "https://other.example/c",
            "a.html",
            "/b?x=1&amp;y=2",
            "b?x=1&amp;copy;=2",
            " d ",
            "x.html#f",
            "",
            "//e.example/f",
        ),
        *(
            "javascript:run()",
            "mailto:desk@sample.example",
            "https://[broken",
            "<![CDATA[https://other.example/g?h&i=1]]>",
        ),
        *("urn:sample:7", "https:///three.example", "https://other.example/é"),
    ]
)
DATES = st.sampled_from(["Tue, 14 May 2024 10:30:00 GMT", "2024-05-14T10:30:00Z", " soon ", ""])
PERMALINKS = ["", "", " isPermaLink='false'", ' isPermaLink = "true" ']
STRANGE_PERMALINKS = [" isPermaLink='True'", " ispermalink='false'", " a='b'"]
STRANGE_ATTRIBUTES = st.sampled_from(["", " xml:lang='fr'", " type='html'", " xml:base='https://else.example/'"])


def leaf(name, content, attributes):
    return st.tuples(attributes, content).map(lambda found: f"<{name}{found[0]}>{found[1]}</{name}>")


def each_once(pieces, attributes, permalink):
    words = texts(pieces)
    return {
        "title": leaf("title", words, attributes),
        "link": leaf("link", LINKS, attributes),
        "guid": leaf("guid", st.one_of(LINKS, words), permalink),
        "date": leaf("pubDate", DATES, attributes),
        "other date": leaf("dc:date", DATES, attributes),
        "summary": leaf("description", words, attributes),
        "content": leaf("content:encoded", words, attributes),
        "creator": leaf("dc:creator", words, attributes),
    }


SILENT = st.sampled_from(
    [
        "<category domain='https://tags.example/'>Sample</category>",
        "<dc:subject/>",
        "<comments>https://other.example/c#comments</comments>",
        "<enclosure url='https://other.example/c.mp3' type='audio/mpeg' length='1'/>",
        "<slash:comments>7</slash:comments>",
        "<wfw:commentRss>https://other.example/c/feed</wfw:commentRss>",
        "<source url='https://else.example/feed'>Else</source>",
        "<media:content url='https://other.example/c.png' medium='image'>Sample</media:content>",
        "<media:thumbnail url='c.png'/>",
        "<media:credit role='author'>Cleo Sample</media:credit>",
        "<media:keywords>a, sample</media:keywords>",
    ]
)
LOUD = st.sampled_from(
    [
        "<author>ada@sample.example (Ada Sample)</author>",
        "<author>Ben Sample</author>",
        "<media:content url='c.png'><media:title>Sample</media:title></media:content>",
        "<atom:link href='https://other.example/atom'/>",
        "<media:description>Sample</media:description>",
        "<title>Second title</title>",
        "<unknown>Sample</unknown>",
        "<link xmlns='http://www.w3.org/2005/Atom' href='https://other.example/atom'/>",
    ]
)
GAPS = st.sampled_from(["", "", "\n  ", " stray "])
PLAIN = each_once(USUAL, st.just(""), st.sampled_from(PERMALINKS))
MIXED = each_once(USUAL + STRANGE, STRANGE_ATTRIBUTES, st.sampled_from(PERMALINKS + STRANGE_PERMALINKS))


@st.composite
def items(draw):
    once, more, gaps = PLAIN, SILENT, GAPS
    if not draw(st.integers(0, 3)):
        once, more, gaps = MIXED, st.one_of(SILENT, LOUD), st.one_of(GAPS, st.just("<!-- a > sample -->"))
    names = draw(st.lists(st.sampled_from(sorted(once)), unique=True, min_size=3))
    parts = [draw(once[name]) for name in names] + draw(st.lists(more, max_size=2))
    return "<item>" + "".join(draw(gaps) + part for part in draw(st.permutations(parts))) + "\n</item >"


NAMESPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:slash='http://purl.org/rss/1.0/modules/slash/' xmlns:wfw='http://wellformedweb.org/CommentAPI/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:atom='http://www.w3.org/2005/Atom'"
)
ROOTS = st.sampled_from(
    [
        *([NAMESPACES] * 20),
        NAMESPACES.replace("dc/elements/1.1", "sample/1.1"),
        NAMESPACES.replace("modules/content", "modules/sample"),
        f"{NAMESPACES} xmlns='http://backend.userland.com/rss2'",
        f"{NAMESPACES} xmlns='http://www.w3.org/2005/Atom'",
        f"{NAMESPACES} xmlns='urn:sample'",
        f"{NAMESPACES} xml:lang='de'",
        f"{NAMESPACES} base='https://else.example/'",
    ]
)
HEADS = st.sampled_from(
    [
        "<title>Sample feed</title><link>https://gazette.example/</link>",
        "<title>Sample feed</title><language>de</language><ttl>5</ttl><image><url>i.png</url><title>i</title></image>",
        "<link xmlns='http://www.w3.org/2005/Atom' rel='self' href='https://gazette.example/feed'/>",
        "<dc:title xmlns:dc='urn:sample:other'>Other</dc:title>",
        "",
    ]
)
FEEDS = st.tuples(ROOTS, HEADS, st.lists(items(), min_size=1, max_size=3).map("".join)).map(
    lambda p: f"<rss version='2.0' {p[0]}><channel>{p[1]}{p[2]}<pubDate>soon</pubDate></channel></rss>"
)


@given(FEEDS)
def test_a_document_says_the_same_where_all_of_it_is_left_to_feedparser(text):
    """With a document type nothing is read apart from the rest."""
    by_feedparser = f"<!DOCTYPE rss>{text}"
    assert parted(by_feedparser, url=URL) is None
    assert parse_feed(text.encode(), url=URL, now=NOW) == parse_feed(by_feedparser.encode(), url=URL, now=NOW)
