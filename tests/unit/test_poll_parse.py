"""Documents in every format and state of repair become entries, or a sentence that says what they are."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.errors import FeedError
from worker.poll.parse import parse_feed

FEEDS = Path(__file__).parent.parent / "data" / "feeds"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://gazette.example/feeds/rss.xml"


def parse(body, *, url=URL, content_type=""):
    return parse_feed(body if isinstance(body, bytes) else body.encode(), url=url, content_type=content_type, now=NOW)


def sample(name, **options):
    return parse((FEEDS / name).read_bytes(), **options)


def rss(items, head=""):
    return f'<rss version="2.0"><channel><title>t</title>{head}{items}</channel></rss>'


def item(number):
    return f"<item><title>Title {number}</title><guid isPermaLink='false'>g{number}</guid></item>"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


# --- formats ---


def test_rss_2_head():
    feed = sample("rss20.xml")
    assert feed.title == "The Sample Gazette & Post"
    assert feed.link == "https://gazette.example/"
    assert feed.language == "en"
    assert feed.hub == "https://hub.example/"


def test_the_longer_of_ttl_and_syndication_module_is_the_pause_asked_for():
    # 30 minutes against a day divided by 12.
    assert sample("rss20.xml").ttl == 7200.0


def test_rss_2_entry_is_plain_text_with_full_content_apart():
    entry = sample("rss20.xml").entries[0]
    assert entry.key == "gazette-1"
    assert entry.url == "https://gazette.example/bridge?utm_source=rss"
    assert entry.title == "Harbour bridge reopens & ferries rest"
    assert entry.summary == "The bridge is open. Ferries rest — for now."
    assert entry.content == '<p>The bridge is open again after <a href="/works">works</a>.</p>'
    assert entry.author == "Ada Sample, Ben Sample"
    assert entry.published == utc(2024, 5, 14, 9, 30)
    assert entry.language == "en"


def test_relative_link_and_missing_guid():
    entry = sample("rss20.xml").entries[1]
    assert entry.url == "https://gazette.example/feeds/roof.html"
    assert entry.key == "gazette.example/feeds/roof.html"
    assert entry.published == utc(2024, 5, 14)


def test_a_link_that_runs_code_is_no_link():
    entry = sample("rss20.xml").entries[2]
    assert (entry.key, entry.url, entry.title) == ("gazette-3", "", "A link that runs code")


def test_atom_1_entry():
    feed = sample("atom10.xml", url="https://mirror.example/feed")
    assert (feed.title, feed.link, feed.language) == ("Beispielzeitung", "https://atom.example/", "de")
    assert feed.hub == "https://hub.example/atom"
    entry = feed.entries[0]
    assert entry.key == "urn:example:1"
    assert entry.title == "Markt wieder offen"
    assert entry.url == "https://atom.example/news/markt"
    assert entry.author == "Clara Beispiel"
    assert entry.summary == "Kurz gesagt"
    assert "<em>offen</em>" in entry.content
    assert entry.published == utc(2024, 5, 14, 8)
    assert entry.updated == utc(2024, 5, 14, 9)


def test_atom_entry_with_its_own_base_and_language_and_only_an_update_date():
    entry = sample("atom10.xml", url="https://mirror.example/feed").entries[1]
    assert entry.url == "https://atom.example/fr/marche"
    assert entry.language == "fr"
    assert entry.title == "Le marché rouvre"
    assert entry.published == entry.updated == utc(2024, 5, 13, 9)


def test_plain_text_content_is_escaped_into_html():
    assert sample("atom10.xml").entries[1].content == "1 &lt; 2"


def test_atom_0_3():
    (entry,) = sample("atom03.xml").entries
    assert (entry.url, entry.title) == ("https://old.example/1", "An older format")
    assert entry.published == utc(2004, 5, 14, 14)
    assert entry.updated == utc(2004, 5, 14, 15)


def test_rdf_in_the_charset_it_declares():
    feed = sample("rdf10.xml")
    (entry,) = feed.entries
    assert feed.title == "Sample wire"
    assert entry.title == "Café opens in the old station"
    assert entry.url == "https://rdf.example/caf"
    assert entry.published == utc(2024, 5, 14, 1)


def test_rss_0_91_without_guids_dates_or_titles():
    feed = sample("rss091.xml")
    assert [entry.key for entry in feed.entries] == ["small.example/a", "Only a description here"]
    assert feed.entries[0].published is None
    assert feed.entries[1].summary == "Only a description here"


# --- other documents ---


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the body is empty"),
        (b" \r\n\t", "the body is empty"),
        ("<!DOCTYPE html><html><body>Welcome</body></html>", "an HTML page, not a feed; try `wirewatch feeds discover"),
        ("\n<HTML><head><title>x</title></head></HTML>", "an HTML page"),
        ("<html><body><pre>&lt;rss&gt; <rss version='2.0'></rss></pre></body></html>", "an HTML page"),
        ("Page not found", "neither XML nor JSON"),
        ("<?xml version='1.0'?>", "neither XML nor JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither XML nor JSON"),
        ("<opml version='2.0'><body/></opml>", "wirewatch feeds import"),
        ("<sitemapindex></sitemapindex>", "this sitemap index names no sitemaps"),
        ("<sitemapindex><sitemap><loc>ftp://x.example/s.xml</loc></sitemap></sitemapindex>", "names no sitemaps"),
        ("<note><to>you</to></note>", "XML but not a feed (it begins with <note>)"),
        ('{"error": "no such feed"}', "JSON but not a JSON Feed"),
        ("[1, 2]", "JSON but not a JSON Feed"),
        ("<rss version='2.0'><channel><title>Half a ti", "cut off in the middle"),
        ("<rss version='2.0'><channel><item><title>Half a ti", "cut off in the middle"),
    ],
)
def test_what_is_no_feed_is_named(body, words):
    with pytest.raises(FeedError) as error:
        parse(body)
    assert words in str(error.value)


def test_a_feed_without_entries_is_a_feed():
    assert parse(rss("")).entries == ()
    assert parse("<feed xmlns='http://www.w3.org/2005/Atom'></feed>").entries == ()


def test_a_file_name_or_address_as_body_opens_nothing(tmp_path):
    secret = tmp_path / "feed.xml"
    secret.write_text(rss(item(1)))
    for body in (str(secret), secret.as_uri()):
        with pytest.raises(FeedError):
            parse(body)


# --- damage ---


def test_a_feed_that_is_cut_off_is_read_up_to_its_last_whole_entry():
    whole = rss(item(1) + item(2) + item(3))
    cut = whole[: whole.index("Title 3") + 4]
    assert [entry.title for entry in parse(cut).entries] == ["Title 1", "Title 2"]


def test_a_cut_inside_a_character_costs_only_the_last_entry():
    body = rss(item(1) + item("é")).encode()
    assert [entry.title for entry in parse(body[: body.index("é".encode()) + 1]).entries] == ["Title 1"]


def test_a_cut_atom_feed_and_a_cut_rdf_feed():
    atom = (FEEDS / "atom10.xml").read_bytes()
    assert [e.key for e in parse(atom[: atom.rindex(b"</content>")]).entries] == ["urn:example:1"]
    rdf = (FEEDS / "rdf10.xml").read_bytes()
    assert [e.url for e in parse(rdf[: rdf.index(b"</rdf:RDF>")]).entries] == ["https://rdf.example/caf"]


@pytest.mark.parametrize(
    "before",
    ["\n\n", "\ufeff", "<br />\n<b>Warning</b>: something in <b>/srv/x.php</b> on line 3<br />\n", "<!-- cached --> "],
)
def test_what_servers_print_before_a_feed_is_skipped(before):
    body = before + '<?xml version="1.0"?>' + rss(item(1))
    assert [entry.title for entry in parse(body).entries] == ["Title 1"]


@pytest.mark.parametrize(
    "title", ["Salt & pepper", "Salt &pepper;", "Salt \x0b& pepper", "Salt &nbsp;& pepper", "Salt <unclosed & pepper"]
)
def test_ill_formed_xml_still_gives_its_entries(title):
    entries = parse(rss(f"<item><title>{title}</title><guid>http://x.example/1</guid></item>" + item(2))).entries
    assert entries[0].title.startswith("Salt")
    assert entries[0].url == "http://x.example/1"


def test_an_undeclared_prefix_still_gives_its_entries():
    assert parse(rss("<item><title>A</title><media:text>m</media:text></item>")).entries[0].title == "A"


def test_entity_bombs_do_not_expand():
    layers = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE rss [<!ENTITY a0 "boom">{layers}]>' + rss("<item><title>x &a8;</title></item>")
    assert len(parse(bomb).entries[0].title) < 100


@pytest.mark.parametrize("reference", ["&#99999999999999;", "&#x110000;", "&#0;", "&#xD800;", "&#8", "&#" + "9" * 9000])
def test_impossible_character_references_are_left_out(reference):
    body = rss(f"<item><title>Salt {reference} and &#233;clairs &#x2014; &#146;</title></item>" + item(2))
    assert [entry.title for entry in parse(body).entries] == ["Salt and éclairs — ’", "Title 2"]


def test_what_the_parser_trips_over_is_the_feeds_error():
    with pytest.raises(FeedError, match="cannot be read"):
        parse(rss("<item><category>x</item></category>"))


def test_white_space_before_the_root_costs_nothing():
    body = "<?xml version='1.0'?>" + "\n" * 300_000 + rss(item(1))
    assert len(parse(body).entries) == 1


# --- limits and identity ---


def dated(number):
    day = datetime.fromtimestamp(1_700_000_000 + number * 60, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return f"<item><guid>http://x.example/{number}</guid><title>T{number}</title><pubDate>{day}</pubDate></item>"


def test_the_newest_500_entries_are_kept_in_document_order():
    entries = parse(rss("".join(dated(n) for n in range(520)))).entries
    assert [entry.title for entry in entries] == [f"T{n}" for n in range(20, 520)]


def test_without_dates_the_first_500_are_kept():
    entries = parse(rss("".join(item(n) for n in range(510)))).entries
    assert [entry.key for entry in entries] == [f"g{n}" for n in range(500)]


def test_one_guid_for_different_entries_identifies_none_of_them():
    same = "<guid isPermaLink='false'>home</guid>"
    entries = parse(rss(f"<item><title>A</title>{same}</item><item><title>B</title>{same}</item>" + item(3))).entries
    assert len({entry.key for entry in entries}) == 3
    assert "home" not in {entry.key for entry in entries}


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("<ttl>60</ttl>", 3600.0),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>inf</ttl>", None),
        ("", None),
    ],
)
def test_ttl_is_minutes_and_nonsense_is_nothing(head, seconds):
    assert parse(rss(item(1), head)).ttl == seconds


@pytest.mark.parametrize(
    ("head", "hours"),
    [
        ("<skipHours><hour>0</hour><hour>7</hour><hour> 23 </hour></skipHours>", (0, 7, 23)),
        ("<skipHours>\n<hour>24</hour>\n<hour>1</hour>\n</skipHours>", (0, 1)),
        ("<skiphours><hour>9</hour><hour>9</hour><hour>25</hour><hour>noon</hour></skiphours>", (9,)),
        ("<skipHours>" + "".join(f"<hour>{n}</hour>" for n in range(24)) + "</skipHours>", ()),
        ("<skipHours><hour>3</hour>", ()),
        ("<skipDays><day>Sunday</day></skipDays>", ()),
    ],
)
def test_hours_to_skip(head, hours):
    assert parse(rss(item(1), head)).skip_hours == hours


@pytest.mark.parametrize(
    ("head", "days"),
    [
        ("<skipDays><day>Sunday</day><day>monday</day><day>Sun</day></skipDays>", (0, 6)),
        (
            f"<skipDays>{''.join(f'<day>{d}day</day>' for d in ('Mon', 'Tues', 'Wednes', 'Fri'))}</skipDays>",
            (0, 1, 2, 4),
        ),
        ("", ()),
    ],
)
def test_days_to_skip(head, days):
    assert parse(rss(item(1), head)).skip_days == days


def test_an_entry_that_quotes_skip_hours_sets_none():
    quoted = "<item><title>A</title><description><![CDATA[<skipHours><hour>3</hour></skipHours>]]></description></item>"
    assert parse(rss(quoted)).skip_hours == ()


def test_the_address_a_feed_calls_its_own():
    links = "<atom:link rel='self' href='https://gazette.example/own.xml'/><atom:link rel='hub' href='/hub'/>"
    feed = parse(
        f"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel>{links}{item(1)}</channel></rss>"
    )
    assert (feed.self_url, feed.hub) == ("https://gazette.example/own.xml", "https://gazette.example/hub")
    assert parse(rss(item(1))).self_url is None


def test_the_http_charset_is_used_where_the_bytes_are_not_utf_8():
    body = rss("<item><title>Привет</title></item>").encode("cp1251")
    assert parse(body, content_type="text/xml; charset=windows-1251").entries[0].title == "Привет"


def test_titles_keep_what_only_looks_like_markup():
    title = "<item><title>Profit &lt; loss for 3 &gt; 2 firms</title></item>"
    assert parse(rss(title)).entries[0].title == "Profit < loss for 3 > 2 firms"
