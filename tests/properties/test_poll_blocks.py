"""A small document of some entries says of them what the whole document says, or is not made."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from worker.poll.blocks import Blocks, scan
from worker.poll.parse import parse_feed

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://base.example/dir/feed.xml"

WORDS = st.sampled_from(
    [
        "Sample harbour reopens",
        "Salt &amp; pepper",
        "&lt;b&gt;Bold&lt;/b&gt; sample",
        "<![CDATA[<p>A <a href='more.html'>sample</a></p>]]>",
        "<![CDATA[</item><item><title>quoted</title></item>]]>",
        "<![CDATA[</entry> ]] > <!-- ]]>",
        "<!-- <item> --> after",
        "<!-- </item> - -->",
        "<?sample <item> ?> sample",
        "Café 東京",
        "caf\u00c3\u00a9",
        "",
    ]
)
PLACES = st.sampled_from(["a.html", "/b?x=1&amp;y=2", "https://other.example/c", "javascript:run()", " d ", "x.html#f"])
DATES = st.sampled_from(["Tue, 14 May 2024 10:30:00 GMT", "2024-05-14T10:30:00Z", "soon", ""])
BASES = st.sampled_from(
    ["", "", " xml:base='https://else.example/'", " xml:base='sub/'", " xml:lang='fr'", " xml:lang=''"]
)
XMLNS = st.sampled_from(["", "", "", " xmlns:m='http://search.yahoo.com/mrss/'", " xmlns:dc='urn:sample:other'"])


NO_ATTRIBUTES = st.just("")


def element(name, words, attributes=NO_ATTRIBUTES):
    return st.tuples(attributes, words).map(lambda found: f"<{name}{found[0]}>{found[1]}</{name}>")


RSS_PARTS = st.one_of(
    element("title", WORDS, BASES),
    element("description", WORDS, BASES),
    element("link", PLACES, BASES),
    element("guid", PLACES, st.sampled_from(["", " isPermaLink='false'", " isPermaLink='true'"])),
    element("pubDate", DATES),
    element("dc:date", DATES),
    element("dc:creator", WORDS),
    element("dc:language", st.sampled_from(["fr", "de"])),
    element("author", st.sampled_from(["ada@sample.example (Ada Sample)", "Ben Sample"])),
    element("content:encoded", WORDS, BASES),
    element("source", WORDS, PLACES.map(lambda place: f" url='{place}'")),
    element("category", WORDS),
    element("image", element("url", PLACES)),
    element("atom:link", st.just(""), PLACES.map(lambda place: f" rel='alternate' href='{place}'")),
    element("atom:author", element("atom:name", WORDS)),
    element("media:group", element("media:title", WORDS)),
    element("media:content", WORDS, PLACES.map(lambda place: f" url='{place}'")),
    element("unknown", WORDS, BASES),
    element("ITEMS", WORDS),
)
ATOM_TYPES = st.sampled_from(["", " type='html'", " type='text'", " type='text/plain'"])
XHTML = element("div", element("em", WORDS), st.just(" xmlns='http://www.w3.org/1999/xhtml'"))
ATOM_PARTS = st.one_of(
    element("title", WORDS, ATOM_TYPES),
    element("summary", WORDS, ATOM_TYPES),
    element("content", WORDS, ATOM_TYPES),
    element("content", XHTML, BASES.map(lambda base: f" type='xhtml'{base}")),
    element("content", st.just(""), st.just(" src='full.html' type='text/html'")),
    element("id", PLACES),
    element("link", st.just(""), PLACES.map(lambda place: f" href='{place}'")),
    element("link", st.just(""), PLACES.map(lambda place: f" rel='via' href='{place}'")),
    element("updated", DATES),
    element("published", DATES),
    element("author", element("name", WORDS)),
    element("source", st.tuples(element("id", PLACES), element("title", WORDS)).map("".join)),
)
GAPS = st.sampled_from(["", "\n  ", "\n", "<!-- a sample -->", " <!-- a > - sample --> "])


def entries(name, parts, attributes):
    entry = st.tuples(attributes, st.lists(parts, max_size=6).map("".join)).map(
        lambda found: f"<{name}{found[0]}>{found[1]}</{name}>"
    )
    return st.lists(st.tuples(entry, GAPS).map("".join), min_size=1, max_size=6).map("".join)


NAMESPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:atom='http://www.w3.org/2005/Atom'"
)
ATTRIBUTES = st.tuples(BASES, XMLNS).map("".join)
HEADS = st.sampled_from(
    [
        "<title>Sample feed</title><link>https://gazette.example/</link>",
        "<title>Sample feed</title><language>de</language><ttl>5</ttl><image><url>i.png</url><title>i</title></image>",
        "<!-- a sample --><description>x</description>",
        "<link/>",
        "",
    ]
)
TAILS = st.sampled_from(
    ["", "<textInput><title>t</title><name>n</name></textInput>", "<lastBuildDate>soon</lastBuildDate>"]
)
RSS = st.tuples(BASES, HEADS, entries("item", RSS_PARTS, ATTRIBUTES), TAILS).map(
    lambda p: f"<?xml version='1.0'?><rss version='2.0' {NAMESPACES}{p[0]}><channel>{p[1]}{p[2]}{p[3]}</channel></rss>"
)
ABOUT = PLACES.map(lambda place: f" rdf:about='{place}'")
RDF = st.tuples(HEADS, entries("item", RSS_PARTS, ABOUT), TAILS).map(
    lambda p: (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        f"{NAMESPACES}><channel>{p[0]}</channel>{p[1]}{p[2]}</rdf:RDF>"
    )
)
ATOM = st.tuples(BASES, entries("entry", ATOM_PARTS, ATTRIBUTES)).map(
    lambda p: f"<feed xmlns='http://www.w3.org/2005/Atom' {NAMESPACES}{p[0]}><title>Sample</title>{p[1]}</feed>"
)
FEEDS = st.one_of(RSS, ATOM, RDF)


def parsed(body):
    return parse_feed(body, url=URL, now=NOW)


@given(FEEDS, st.data())
def test_some_entries_are_what_they_are_in_the_whole(text, data):
    body = text.encode()
    blocks = scan(body)
    assert blocks is not None
    whole = parsed(body)
    assert len(blocks.entries) == len(whole.entries)
    places = sorted(data.draw(st.sets(st.sampled_from(range(len(whole.entries))), min_size=1)))
    document = blocks.document(places)
    if document is None:
        return
    part = parsed(document)
    assert part.entries == tuple(whole.entries[place] for place in places)
    assert (part.title, part.link, part.language, part.ttl) == (whole.title, whole.link, whole.language, whole.ttl)


@given(FEEDS)
def test_all_pieces_together_are_the_whole(text):
    blocks = scan(text.encode())
    together = blocks.head + "".join(blocks.entries) + blocks.tail
    assert parsed(together.encode()) == parsed(text.encode())


PIECES = st.sampled_from(
    [
        *("<item>", "</item>", "<item/>", "<item a='>'>", "<entry>", "</entry>", "<ITEM>", "</ITEM>", "<a:item/>"),
        *("<![CDATA[", "]]>", "<!--", "-->", "<?p", "?>", "x", " ", "<b>", "</b>", "</channel><channel>", "&amp;"),
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_whatever_stands_in_a_feed_its_pieces_are_entries_of_it_or_it_has_none(text):
    body = f"<rss version='2.0' xmlns:a='urn:sample'><channel>{text}</channel></rss>".encode()
    blocks = scan(body)
    if blocks is None:
        return
    assert len(parsed(body).entries) == len(blocks.entries)
    assert len(parsed((blocks.head + blocks.tail).encode()).entries) == 0


@given(st.binary(max_size=200))
def test_any_bytes_can_be_scanned(body):
    assert isinstance(scan(body), Blocks | None)


TITLES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12
)


@given(st.lists(TITLES, min_size=1, max_size=6), st.data())
def test_an_edit_of_one_entry_is_seen_in_that_entry(titles, data):
    def feed():
        items = "".join(f"<item><guid>{n}</guid><title><![CDATA[{t}]]></title></item>" for n, t in enumerate(titles))
        return scan(f"<rss version='2.0'><channel>{items}</channel></rss>".encode())

    before = feed()
    place = data.draw(st.sampled_from(range(len(titles))))
    titles[place] += "!"
    after = feed()
    if before and after:
        changed = [n for n, (a, b) in enumerate(zip(before.checksums(), after.checksums(), strict=True)) if a != b]
        assert changed == [place]
        renamed = [n for n, (a, b) in enumerate(zip(before.names(), after.names(), strict=True)) if a != b]
        assert renamed == [place]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "items", "title", "url"]), inner)
    ),
    max_leaves=8,
)
ITEM = st.fixed_dictionaries(
    {"id": st.integers(0, 9) | st.sampled_from(["a", "b"])},
    optional={"title": st.text(max_size=8), "url": st.just("/x"), "content_text": st.text(max_size=8), "_own": JSON},
)


@given(st.lists(ITEM, min_size=1, max_size=6), JSON, st.booleans(), st.data())
def test_some_items_of_a_json_feed_are_what_they_are_in_the_whole(items, own, own_first, data):
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "Sample"}
    document = {**head, "_own": own, "items": items} if own_first else {**head, "items": items, "_own": own}
    body = json.dumps(document, ensure_ascii=False, indent=data.draw(st.sampled_from([None, 1]))).encode(
        "utf-8", "replace"
    )
    whole, blocks = parsed(body), scan(body)
    if blocks is None:
        return
    assert len(blocks.entries) == len(whole.entries)
    places = sorted(data.draw(st.sets(st.sampled_from(range(len(items))), min_size=1)))
    small = blocks.document(places)
    if small is not None:
        assert parsed(small).entries == tuple(whole.entries[place] for place in places)
