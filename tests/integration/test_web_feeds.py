"""The page of the feeds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.newsroom import NOW, ago, text_of

from worker.edge.store.feeds import FeedStore
from worker.model import Feed, FeedState
from worker.poll.pace import first_pace, written
from worker.run.web.render import HERE


def test_feed_health_in_words_with_the_failing_first(newsroom, start):
    ok = FeedState(
        last_poll=ago(minutes=2),
        last_success=ago(minutes=2),
        last_new=ago(minutes=40),
        next_due=NOW + timedelta(minutes=13),
        entries=1234,
        polls=8,
        unchanged=6,
        lag=95.0,
        rhythm=written(
            first_pace([(NOW - timedelta(hours=n)).timestamp() for n in range(1, 200)], now=NOW.timestamp())
        ),
    )
    failing = FeedState(
        last_poll=ago(minutes=1),
        last_success=ago(hours=3),
        next_due=NOW + timedelta(minutes=30),
        failing_since=ago(hours=2),
        errors=4,
        error="the server answered 403",
    )
    newsroom.publish()
    newsroom.poll(
        {
            Feed(url="https://a.example/rss", name="Alpha"): ok,
            Feed(url="https://b.example/rss", name="Beta"): failing,
            Feed(url="https://c.example/rss", name="Gamma"): None,
            Feed(url="https://d.example/rss", name="Delta"): replace(failing, gone=True, error="410: gone"),
        }
    )
    words = text_of(start().get("/feeds").text)
    assert "Beta b.example failing since 2 h ago the server answered 403 3 h ago – in 30 min – – – 0" in words
    assert "Delta d.example gone since 2 h ago 410: gone 3 h ago – – – – – 0" in words
    assert "Gamma c.example not polled yet never – now – – – 0" in words
    assert "Alpha a.example ok 2 min ago 40 min ago in 13 min 1 min 75 % 24 1,234" in words
    table = words[words.index("Last success") :]
    assert sorted(("Alpha", "Beta", "Gamma", "Delta"), key=table.index) == ["Beta", "Delta", "Gamma", "Alpha"]


def test_a_large_desk_is_shown_a_page_at_a_time(newsroom, start):
    newsroom.publish()
    feeds = [Feed(url=f"https://f{n}.example/", name=f"Feed {n:03}") for n in range(230)]
    FeedStore(newsroom.redis).sync(feeds, lambda _: NOW)
    client = start()
    seen = []
    path = "/feeds"
    while path:
        html = client.get(path).text
        seen += re.findall(r"<bdi>(Feed \d{3})</bdi>", html)
        after = re.search(r'href="([^"]*)">Next<', html)
        path = after[1].replace("&amp;", "&") if after else ""
    assert seen == [feed.name for feed in feeds]
    assert 'href="/feeds?page=2">Previous<' in html


def test_feeds_are_found_by_state_and_by_words(newsroom, start):
    newsroom.publish()
    failing = FeedState(last_poll=NOW, failing_since=NOW, errors=1, error="the server answered 403")
    newsroom.poll(
        {
            Feed(url="https://a.example/rss", name="Harbour News"): failing,
            Feed(url="https://b.example/rss", name="Valley"): failing,
            Feed(url="https://harbour.example/rss", name="Town"): FeedState(last_poll=NOW),
        }
    )
    client = start()

    def shown(**asked):
        return re.findall(r'<th scope="row"><bdi>([^<]*)', client.get("/feeds", params=asked).text)

    assert shown(state="failing") == ["Harbour News", "Valley"]
    assert shown(q="HARBOUR") == ["Harbour News", "Town"]
    assert shown(q="harbour", state="failing") == ["Harbour News"]
    assert shown(state="nosuch", page="nosuch") == ["Harbour News", "Valley", "Town"]
    assert shown(page="9" * 30) == []
    assert "No such feed" in client.get("/feeds?q=%3Cscript%3E").text
    html = client.get("/feeds", params={"q": '"><script>', "state": "failing"}).text
    assert "<script>" not in html
    assert 'href="/feeds?state=ok&amp;q=%22%3E%3Cscript%3E"' in html


def test_a_feed_says_that_it_is_pushed_and_where_it_moved(newsroom, start):
    newsroom.publish()
    state = FeedState(last_poll=NOW, pushed_at=NOW, moved_to="https://new.example/rss", moved_since=NOW)
    newsroom.poll({Feed(url="https://a.example/rss", name="Alpha"): state})
    assert "ok pushed redirects for good to https://new.example/rss" in text_of(start().get("/feeds").text)


@pytest.mark.parametrize("name", ["feeds.html", "system.html", "now.html"])
def test_no_style_stands_in_a_page(name):
    assert not re.search(r"style=|<style|onclick|<script(?! src)", (HERE / "templates" / name).read_text())
