"""What people do with feeds on their page: find, add, take over lists, pause, have one asked now."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from support.newsroom import NOW, ago, text_of
from support.servers import Quiet, serving

from worker.config import load, published_feeds, to_published
from worker.edge.store.feeds import FeedStore
from worker.edge.store.pauses import Pauses
from worker.edge.store.published import Published
from worker.model import Feed, FeedState
from worker.run.web.feedwork import MOST_WRITTEN

OURS = {"sec-fetch-site": "same-origin"}
HOSTILE = '"><img src=x onerror=alert(1)>'
FILE = """\
[network]
allow = ["127.0.0.0/8"]

[[feeds]]
url = "https://coast.example/rss" # ours
name = "Coast"

# what else
[[destinations]]
name = "screen"
type = "console"
"""
HOME = (
    '<html><head><link rel="alternate" type="application/rss+xml" title="World" href="/world.rss">'
    '<link rel="alternate" type="application/atom+xml" title="All of it" href="/all.atom"></head></html>'
)
RSS = (
    '<rss version="2.0"><channel><title>Sample Wire</title><item><title>{}</title><link>https://a.example/1</link>'
    "<pubDate>Sat, 21 Nov 2026 18:00:00 GMT</pubDate></item></channel></rss>"
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>All</title></feed>'


@pytest.fixture
def site():
    """A paper with two feeds; gives its address."""
    pages = {
        "/": ("text/html", HOME),
        "/world.rss": ("text/xml", RSS.format("A &lt;b&gt; ferry")),
        "/all.atom": ("text/xml", ATOM),
    }

    class Handler(Quiet):
        def do_GET(self):
            kind, body = pages.get(self.path, ("", ""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    with serving(Handler) as url:
        yield url


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def client(newsroom, start, file):
    settings = load(file)
    Published(newsroom.redis).put(to_published(settings), settings.fingerprint, NOW, feeds=published_feeds(settings))
    FeedStore(newsroom.redis).sync(settings.feeds, lambda _: NOW + timedelta(hours=1))
    return start(config=file)


def post(client, path, **fields):
    return client.post(path, data=fields, headers=OURS)


def take(client, body, name="list.opml"):
    return client.post("/feeds/import", files={"list": (name, body)}, headers=OURS)


def opml(count):
    outlines = "".join(f'<outline text="Feed {n}" xmlUrl="https://f{n}.example/rss"/>' for n in range(count))
    return f'<opml version="2.0"><body><outline text="Harbours">{outlines}</outline></body></opml>'.encode()


def test_what_a_site_offers_is_shown_with_its_titles_and_added(client, file, site):
    found = post(client, "/feeds/find", url=site + "/")
    words = text_of(found.text)
    assert found.status_code == 200
    assert re.search(
        r"World Add World RSS \S+/world.rss 1 entry A <b> ferry|World Add World RSS \S+/world.rss 1 entry A ferry",
        words,
    )
    assert "All of it Add All of it Atom" in words
    added = post(client, "/feeds/add", url=f"{site}/world.rss", name="World")
    assert added.headers["location"] == "/feeds?added=World"
    assert file.read_text() == FILE.replace(
        'name = "Coast"\n', f'name = "Coast"\n\n[[feeds]]\nurl = "{site}/world.rss"\nname = "World"\n'
    )
    assert "World is written to wirewatch.toml" in text_of(client.get("/feeds?added=World").text)
    again = post(client, "/feeds/add", url=f"{site}/world.rss")
    assert (again.status_code, "already; nothing to add" in text_of(again.text)) == (422, True)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("/all.atom/nothing", "404"),
        ("http://10.1.2.3/rss", "10.1.2.3"),
        ("javascript:alert(1)", "web address"),
        ("https://user:secret@a.example/", "would show in logs"),
        (HOSTILE, "web address"),
    ],
)
def test_why_an_address_leads_nowhere(client, site, url, why):
    answer = post(client, "/feeds/find", url=site + url if url.startswith("/") else url)
    assert answer.status_code == 422
    assert why in text_of(answer.text)
    assert "<img src=x" not in answer.text


def test_a_feed_is_taken_out_and_one_of_a_list_is_not(client, file):
    assert post(client, "/feeds/remove", url="https://coast.example/rss").status_code == 303
    assert "coast" not in file.read_text()
    refused = post(client, "/feeds/remove", url="https://nosuch.example/rss")
    assert (refused.status_code, "there is no feed" in text_of(refused.text)) == (422, True)
    assert "A feed that comes from a list (OPML) is taken out of the list" in text_of(refused.text)


def test_a_short_list_is_written_out_and_a_long_one_kept_beside(client, file):
    assert take(client, opml(2)).headers["location"] == "/feeds?taken=2&known=0"
    assert [feed.tags for feed in load(file).feeds] == [(), ("Harbours",), ("Harbours",)]
    assert "# what else" in file.read_text()
    for name in ("../../we ird.opml", "we ird.opml"):
        assert take(client, opml(MOST_WRITTEN + 3), name).status_code == 303
    assert 'opml = "we-ird.opml"' in file.read_text()
    assert sorted(path.name for path in file.parent.glob("*.opml")) == ["we-ird-2.opml", "we-ird.opml"]
    assert len(load(file).feeds) == 1 + MOST_WRITTEN + 3


@pytest.mark.parametrize("body", [b"", b"not xml", b"<opml/>", b'<!DOCTYPE a><opml version="2.0"/>', b"\xff\xfe\x00"])
def test_what_is_no_list_is_refused_in_words(client, file, body):
    answer = take(client, body)
    assert answer.status_code == 422
    assert "export it again from your reader" in text_of(answer.text) or "DOCTYPE" in text_of(answer.text)
    assert file.read_text() == FILE


def test_the_list_of_all_feeds_goes_out(client):
    answer = client.get("/feeds/feeds.opml")
    assert 'xmlUrl="https://coast.example/rss"' in answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="feeds.opml"'


def test_a_paused_feed_is_not_asked_until_it_is_resumed(newsroom, client):
    store = FeedStore(newsroom.redis)
    feed = Feed(url="https://coast.example/rss", name="Coast")
    assert post(client, f"/feeds/{feed.id}/pause", back="/feeds").status_code == 303
    words = text_of(client.get("/feeds").text)
    assert "Coast coast.example paused never – –" in words
    assert "Paused 1" in words
    assert "Resume" in words
    assert store.claim(NOW + timedelta(days=30), lease=60, limit=9) == []
    assert store.claim_one(feed.id, NOW, lease=60) is None
    store.sync([feed], lambda _: NOW)
    assert store.claim(NOW + timedelta(days=30), lease=60, limit=9) == []
    post(client, f"/feeds/{feed.id}/resume", back="/feeds")
    assert [claim.feed_id for claim in store.claim(NOW, lease=60, limit=9)] == [feed.id]
    assert post(client, "/feeds/nosuch/pause", back="").status_code == 404


def test_a_feed_that_is_paused_while_it_is_polled_is_asked_no_more(newsroom):
    store, pauses = FeedStore(newsroom.redis), Pauses(newsroom.redis)
    feed = Feed(url="https://coast.example/rss", name="Coast")
    store.sync([feed], lambda _: NOW)
    (claim,) = store.claim(NOW, lease=60, limit=1)
    assert pauses.pause(feed.id)
    state = FeedState(last_poll=NOW, next_due=NOW + timedelta(minutes=5))
    assert store.commit(claim, state, work=(), shown=(), queue_work=lambda _p, _w: None, outcome="new")
    assert store.claim(NOW + timedelta(hours=1), lease=60, limit=1) == []
    assert pauses.resume(feed.id, NOW)
    assert not pauses.resume(feed.id, NOW)
    assert len(store.claim(NOW, lease=60, limit=1)) == 1
    store.sync([], lambda _: NOW)
    assert pauses.ids() == frozenset()


def test_a_failing_feed_that_is_paused_needs_nobody(newsroom, start):
    failing = FeedState(last_poll=NOW, failing_since=ago(days=5), errors=9, error="the server answered 403")
    feed, other = Feed(url="https://a.example/", name="A"), Feed(url="https://b.example/", name="B")
    newsroom.publish()
    newsroom.poll({feed: failing, other: failing})
    Pauses(newsroom.redis).pause(feed.id)
    words = text_of(start().get("/feeds").text)
    assert "Feeds 1 System" in words
    assert "All 2 Failing 1 Paused 1" in words


def test_a_removed_feed_is_not_paused_when_it_comes_back(newsroom):
    store, pauses = FeedStore(newsroom.redis), Pauses(newsroom.redis)
    feed = Feed(url="https://coast.example/rss", name="Coast")
    store.sync([feed], lambda _: NOW)
    pauses.pause(feed.id)
    store.sync([], lambda _: NOW)
    store.sync([feed], lambda _: NOW)
    assert len(store.claim(NOW, lease=60, limit=1)) == 1


def test_a_feed_is_asked_now(newsroom, client):
    feed = Feed(url="https://coast.example/rss", name="Coast")
    store = FeedStore(newsroom.redis)
    assert store.claim(NOW, lease=60, limit=1) == []
    assert post(client, f"/feeds/{feed.id}/poll", back="/feeds?q=coast").headers["location"] == "/feeds?q=coast"
    assert len(store.claim(NOW, lease=60, limit=1)) == 1


def test_what_is_not_heard_because_feeds_fail_is_said(newsroom, client):
    failing = FeedState(
        last_poll=NOW, last_new=ago(days=5), failing_since=ago(days=5), errors=9, error="the server answered 403"
    )
    newsroom.poll({Feed(url="https://island.example/rss", name="Island"): failing})
    newsroom.redis.hset("{ww}:heard", "ko\x1fIsland", int(ago(days=5).timestamp()))
    words = text_of(client.get("/feeds").text)
    assert "No Korean-language report since 16 Nov 19:00 UTC: Island fails, the server answered 403" in words


@pytest.mark.parametrize("sort", ["name", "success", "entry", "poll", "lag", "unchanged", "day", "entries"])
def test_feeds_are_sorted_by_any_column(newsroom, client, sort):
    many = FeedState(
        last_poll=NOW,
        last_success=ago(days=9),
        last_new=ago(days=9),
        polls=9,
        unchanged=9,
        entries=99,
        lag=99.0,
        next_due=NOW,
    )
    few = FeedState(
        last_poll=NOW,
        last_success=NOW,
        last_new=NOW,
        polls=9,
        unchanged=1,
        entries=1,
        lag=1.0,
        next_due=NOW + timedelta(days=1),
    )
    newsroom.poll(
        {Feed(url="https://b.example/", name="A many"): many, Feed(url="https://a.example/", name="B few"): few}
    )
    html = client.get("/feeds", params={"sort": sort}).text
    assert re.findall(r"<bdi>(A many|B few)</bdi>", html) == ["A many", "B few"]
    assert re.search(r'aria-sort="other"><a href="/feeds">', html)


@pytest.mark.parametrize("path", ["find", "add", "remove", "import", "x/pause", "x/resume", "x/poll"])
def test_only_our_own_pages_may_ask(client, file, path):
    assert client.post(f"/feeds/{path}", data={"url": "https://a.example/"}).status_code == 403
    assert file.read_text() == FILE


def test_elsewhere_nothing_is_changed(newsroom, start, client, tmp_path):
    other = start(config=None)
    for path in ("add", "remove"):
        refused = post(other, f"/feeds/{path}", url="https://a.example/")
        assert "not on the machine where this dashboard runs" in text_of(refused.text)
    assert "not on the machine" in text_of(take(other, opml(1)).text)
    assert "not on the machine" in text_of(take(other, opml(MOST_WRITTEN + 1)).text)
    assert "Take over a reader's list" not in other.get("/feeds").text
    assert list(tmp_path.glob("*.opml")) == []
