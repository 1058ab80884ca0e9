"""What holds for any input: canonical addresses are stable, bytes never raise, lines survive the trip."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from worker.clean.article import clean
from worker.clean.boilerplate import without_residue
from worker.clean.bytes import decode
from worker.clean.dates import read_stamp
from worker.clean.lines import from_line, to_line
from worker.clean.urls import canonical_url, choose_canonical, is_web, registrable_domain
from worker.model import Article, Entry, Page, Source, WorkItem

NOW = datetime(2023, 9, 11, 12, 0, tzinfo=UTC)

pieces = st.text(alphabet="aZ09-._~%/?#&=:@!+ éß北2fE[]|\\", max_size=12)
addresses = st.builds(
    lambda scheme, host, path, query: f"{scheme}://{host}/{path}?{query}",
    st.sampled_from(["http", "HTTPS"]),
    st.sampled_from(
        ["example.org", "EXAMPLE.org:443", "bücher.example", "www.google.com", "x.cdn.ampproject.org", "[::1]:8000"]
    ),
    st.one_of(
        pieces, st.sampled_from(["url", "amp/s/example.org/a-1/amp", "c/s/www.google.com/url", "a-1/amp/", "x.amp"])
    ),
    st.one_of(
        pieces, st.sampled_from(["url=http://www.google.com/url?q=https://a.org/", "q=http://b.org/a-1/amp&utm_x=1"])
    ),
)


@given(st.one_of(addresses, st.text(max_size=60)))
def test_canonicalising_twice_changes_nothing(url):
    once = canonical_url(url)
    assert canonical_url(once) == once


@given(
    st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["p", "id", "story_fbid", "article", "nid", "cid"])
)
def test_different_stories_are_never_merged(one, other, name):
    first, second = (canonical_url(f"https://example.org/?{name}={number}&utm_source=rss") for number in (one, other))
    assert (first == second) == (one == other)


# Made-up addresses in the shapes that publishers name stories by; each pair is two stories.
HOSTS = ("example.org", "www.example.org", "news.example.co.uk", "m.example.org", "xn--bcher-kva.example")
PATHS = (
    "/2023/09/11/{a}", "/2023/09/11/{a}/", "/world/{a}-{n}.html", "/article/{n}", "/articles/c{n}o", "/{n}.cms",
    "/{a}/articleshow/{n}.cms", "/news/{a}_{n}", "/doc/{n}", "/story/{a}/amp-{n}", "/#!/story/{n}", "/a/{n}/{a}",
    "/detail.php?id={n}", "/?p={n}", "/index.php?option=com_content&id={n}", "/view?article_id={n}&page=1",
    "/read.nhn?oid=001&aid={n}", "/newsview?newsId={n}", "/go?src={n}", "/?story={a}", "/item?id={n}", "/n/{n}?ref={n}",
    "/content.aspx?ArticleId={n}", "/video.html?v={a}", "/thread?tid={n}&from={a}", "/news?idx={n}&mod={a}",
)  # fmt: skip  # a table
TRACKERS = ("", "utm_source=rss&utm_medium=feed", "fbclid=IwAR0", "cmp=rss", "at_medium=RSS", "smid=tw-share")
words = st.text(alphabet="abcdefghij", min_size=3, max_size=8).map(lambda word: f"{word}-talks-port")
stories = st.tuples(st.sampled_from(HOSTS), st.sampled_from(PATHS), words, st.integers(1000, 10**7))


def address_of(story: tuple[str, str, str, int], tracker: str) -> str:
    host, path, word, number = story
    address = f"https://{host}{path.format(a=word, n=number)}"
    if not tracker or "#" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}{tracker}"


@given(stories, stories, st.sampled_from(TRACKERS), st.sampled_from(TRACKERS))
def test_two_stories_never_share_an_address_and_one_story_always_does(one, other, tracker, another):
    assert canonical_url(address_of(one, tracker)) == canonical_url(address_of(one, another))
    if address_of(one, "") != address_of(other, ""):
        assert canonical_url(address_of(one, tracker)) != canonical_url(address_of(other, another))


@given(stories, words, st.integers(1, 9))
def test_stories_that_differ_in_their_name_or_number_only_stay_two(story, word, step):
    host, path, _, number = story
    one, two = address_of(story, ""), address_of((host, path, word, number + step), "")
    assert one == two or canonical_url(one) != canonical_url(two)


@given(addresses, st.lists(st.one_of(st.none(), pieces, addresses), max_size=3))
def test_the_chosen_address_stays_with_the_publisher(page, declared):
    own, chosen = canonical_url(page), choose_canonical(page, declared)
    assert not is_web(own) or registrable_domain(chosen) == registrable_domain(own)


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=12)))
def test_decoding_never_raises_and_gives_storable_text(body, charset):
    text = decode(body, http_charset=charset)
    assert "\x00" not in text
    text.encode("utf-8")


@given(st.text(max_size=80))
def test_reading_dates_never_raises(text):
    stamp = read_stamp(text)
    assert stamp is None or stamp.value.tzinfo is UTC


@given(st.lists(st.text(max_size=40), max_size=8))
def test_only_whole_lines_are_dropped_and_none_is_made(lines):
    text = "\n".join(lines)
    kept = without_residue(text).split("\n")
    source = iter(line.strip() for line in text.split("\n"))
    assert kept == [""] or all(line.strip() in source for line in kept)


markup = st.text(alphabet="<>/=\"'&;!-ptdivscriptml {}[]:,a1\x00\ud7ff", max_size=120)


@given(st.one_of(st.binary(max_size=200), markup.map(str.encode)), markup)
def test_cleaning_never_raises(body, words):
    item = WorkItem(
        entry=Entry(key="k", url="https://example.org/a-1", title=words, summary=words, content=words),
        feed_url="https://example.org/feed",
        feed_name="sample",
        feed_title=words,
        tags=(),
        full_text=True,
        seen_at=NOW,
        trace="t",
    )
    article = clean(Page(url="https://example.org/a-1", body=body), item, now=NOW)
    assert article.partial == bool(article.partial_reason)
    assert json.loads(json.dumps(to_line(article)))["canonical_url"] == "https://example.org/a-1"


words = st.text(max_size=20)
# The year 9999 stands for no time in what other programs export, so that late years are read as none.
moments = st.none() | st.datetimes(
    min_value=NOW.replace(year=1995, tzinfo=None), max_value=NOW.replace(year=9000, tzinfo=None), timezones=st.just(UTC)
)


@given(
    st.builds(
        Article,
        id=words.filter(bool),
        url=words,
        canonical_url=words.filter(bool),
        title=words.filter(bool),
        text=words,
        summary=words,
        author=words,
        published=moments,
        language=st.sampled_from([None, "en", "ko"]),
        source=st.builds(Source, domain=words.filter(bool), name=st.none() | words.filter(bool)),
        feed=words,
        seen_at=moments,
        partial=st.booleans(),
    )
)
def test_lines_survive_the_trip(article):
    assert from_line(json.loads(json.dumps(to_line(article)))) == article
