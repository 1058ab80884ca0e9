"""What holds for every body, text, date and history."""

import re
import string
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from worker.errors import FeedError
from worker.model import Entry, FeedState, ParsedFeed
from worker.poll.dates import read_date
from worker.poll.due import WEEK, Failed, Parsed, PollPolicy, Unchanged, after_poll
from worker.poll.identity import keys, new_entries, seen_key
from worker.poll.parse import parse_feed
from worker.poll.text import plain, web_link

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://base.example/feed"

MARKUP = st.text(st.sampled_from("<>/!-&;#x \"'ab=") | st.characters(codec="utf-8"), max_size=60)
PIECES = st.sampled_from(
    [
        *(
            "<rss>",
            "<channel>",
            "</channel>",
            "</rss>",
            "<item>",
            "</item>",
            "<title>",
            "</title>",
            "<feed>",
            "</feed>",
        ),
        *("<entry>", "</entry>", "<link>", "<guid>", "<rdf:RDF>", "<content:encoded>", "<html>", "<urlset>", "<url>"),
        *("<loc>", "</loc>", "<![CDATA[", "]]>", "<!--", "-->", "<?xml version='1.0'?>", "<!DOCTYPE rss [", "]>"),
        *("<pubDate>Tue, 14 May 2024 10:30:00 GMT</pubDate>", '{"items": [', "{", "}", "]", "&amp;", "&", "x", "\x00"),
    ]
)
MOMENTS = st.datetimes(
    datetime.fromisoformat("1990-01-02"),
    datetime.fromisoformat("2024-05-30"),
    timezones=st.integers(-839, 839).map(lambda m: timezone(timedelta(minutes=m))),
).map(lambda moment: moment.replace(microsecond=0))
FRACTIONS = st.floats(0, 1, exclude_max=True)


def parsed_or_refused(body):
    try:
        return parse_feed(body, url=URL, now=NOW)
    except FeedError as error:
        return str(error)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_an_error_in_words(body):
    assert parsed_or_refused(body)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_pile_of_feed_pieces_is_a_feed_or_an_error_in_words(text):
    assert parsed_or_refused(text.encode())


@given(MARKUP, MARKUP, st.text(max_size=30))
def test_what_leaves_is_plain_and_on_the_web(title, summary, link):
    body = (
        f"<rss version='2.0'><channel><item><title>{escape(title)}</title><description>{escape(summary)}</description>"
        f"<link>{escape(link)}</link></item></channel></rss>"
    )
    found = parsed_or_refused(body.encode("utf-8", "ignore"))
    for entry in found.entries if isinstance(found, ParsedFeed) else ():
        assert entry.title == " ".join(entry.title.split())
        assert entry.url == "" or urlsplit(entry.url).scheme in {"http", "https"}
        assert entry.key


@given(
    st.lists(st.text(string.ascii_letters + " ", min_size=1, max_size=20), min_size=1, max_size=8), st.integers(0, 900)
)
def test_a_cut_gives_a_prefix_of_the_entries(titles, cut):
    items = "".join(
        f"<item><title>T {title}</title><guid>http://x.example/{n}</guid></item>" for n, title in enumerate(titles)
    )
    body = f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()
    whole = parse_feed(body, url=URL, now=NOW).entries
    found = parsed_or_refused(body[:cut])
    if isinstance(found, ParsedFeed):
        assert found.entries == whole[: len(found.entries)]


@given(MARKUP, st.booleans())
def test_no_complete_tag_survives(text, markup):
    words = plain(text, markup=markup)
    assert all(f"<{name}>" not in words for name in ("a", "b"))


@given(
    st.lists(
        st.sampled_from(["<", "b", ">", "</", "script", " ", "<!--", "-->", "&lt;", "&gt;", "i", "/"]), max_size=30
    )
)
def test_no_known_tag_survives_any_nesting(pieces):
    words = plain("".join(pieces), markup=True)
    # What has no end ("<b <") is no tag, and is shown as the characters it is.
    assert not re.search(r"</?(?:b|i|script)(?:\s[^<>]*)?>", words)


@given(st.text(), st.sampled_from([URL, "", "https://x.example/a/b?c"]))
def test_links_are_empty_or_absolute(value, base):
    link = web_link(value, base)
    assert link == "" or (urlsplit(link).scheme in {"http", "https"} and urlsplit(link).hostname)
    assert web_link(link) == link


@given(MOMENTS)
def test_standard_forms_are_read_exactly(moment):
    assert read_date(format_datetime(moment), now=NOW) == moment
    assert read_date(moment.isoformat(), now=NOW) == moment


@given(MOMENTS)
def test_the_quick_and_the_tolerant_reader_agree(moment):
    # A second space or a long weekday sends the same date to the tolerant reader.
    text = format_datetime(moment)
    assert read_date(text.replace(" ", "  "), now=NOW) == read_date(text, now=NOW)
    assert read_date(moment.isoformat(" "), now=NOW) == read_date(moment.isoformat(), now=NOW)


@given(st.text(max_size=130) | st.text(st.sampled_from("0123456789 :-+/.,TZapmGMTMay"), max_size=40))
def test_any_text_is_a_date_of_our_time_or_none(text):
    moment = read_date(text, now=NOW)
    assert moment is None or datetime(1990, 1, 1, tzinfo=UTC) <= moment <= NOW + timedelta(days=1)


ENTRIES = st.lists(
    st.builds(
        Entry,
        key=st.text(min_size=1, max_size=3),
        url=st.sampled_from(["", "https://x.example/", "https://x.example/a", "https://x.example/b"]),
        title=st.text(max_size=2),
    ),
    max_size=12,
)


@given(ENTRIES, ENTRIES)
def test_no_entry_is_new_twice(first, second):
    def feed(entries):
        return ParsedFeed(title="", link="", language=None, entries=tuple(entries))

    seen = {key for entry in first for key in keys(entry)}
    new = new_entries(feed(second), seen)
    assert not any(key in seen for entry in new for key in keys(entry))
    assert new_entries(feed(second), seen | {key for entry in second for key in keys(entry)}) == []
    assert len({entry.key for entry in new}) == len(new)


@given(st.text())
def test_seen_keys_fit_an_intset(key):
    assert -(2**63) <= seen_key(key) < 2**63


SECONDS = st.none() | st.floats(0, 1e12)
DATES = st.lists(st.integers(631152000, 1893456000).map(lambda s: datetime.fromtimestamp(s, UTC)), max_size=5).map(
    tuple
)
OUTCOMES = (
    st.builds(Unchanged, max_age=SECONDS, retry_after=SECONDS)
    | st.builds(
        Parsed,
        new=st.integers(0, 9),
        total=st.just(9),
        published=DATES,
        ttl=SECONDS,
        max_age=SECONDS,
        retry_after=SECONDS,
    )
    | st.builds(Failed, error=st.just("x"), status=st.sampled_from([None, 404, 500, 503]), retry_after=SECONDS)
)
POLICIES = st.tuples(st.floats(0.1, 3600), st.floats(1, 100), st.floats(1, 100), st.booleans()).map(
    lambda p: PollPolicy(interval=p[0] * p[1], min_interval=p[0], max_interval=p[0] * p[1] * p[2], fixed=p[3])
)


@given(st.lists(OUTCOMES, max_size=20), POLICIES, FRACTIONS)
def test_every_history_leaves_the_feed_due_within_bounds(outcomes, policy, jitter):
    state, now = FeedState(), NOW
    for polls, outcome in enumerate(outcomes, start=1):
        state = after_poll(state, outcome, policy, now=now, jitter=jitter)
        pause = (state.next_due - now).total_seconds()
        least = policy.interval if policy.fixed else policy.min_interval
        assert least * 0.9 - 1e-3 <= pause <= max(WEEK, policy.max_interval) * 1.1 + 1e-3
        assert pause + 1e-3 >= min(outcome.retry_after or 0.0, WEEK)
        assert state.polls == polls
        assert (state.error is None) == (state.failing_since is None) == (state.errors == 0)
        now = state.next_due
