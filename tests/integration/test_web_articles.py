"""Searching the stored articles, and why one matches."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.newsroom import NOW, TOPIC, ago, make_article, make_story, text_of
from support.stores import put_articles

from worker.model import Article, Entity, Source, Topic
from worker.run.web import search

HOSTILE = '<script>alert("x")</script>'


def article(number, title, text="", **other):
    source = Source(domain="coast.example")
    seen = NOW - timedelta(minutes=number)
    return Article(**{"id": f"a{number}", "title": title, "text": text, "source": source, "seen_at": seen, **other})


def titles(answer):
    return [text_of(title).strip() for title in re.findall(r'<h3><a href="/articles/[^"]*">(.*?)</a>', answer.text)]


@pytest.fixture
def client(newsroom, start):
    office = Topic(name="Harbour Office", query="@port")
    newsroom.publish(topics=(TOPIC, office), entities=(Entity(name="port", aliases=("Harbour Office", "Port")),))
    return start()


def test_everything_is_listed_newest_first(newsroom, client):
    put_articles(newsroom.redis, [article(3, "Oldest"), article(1, "Newest"), article(2, "Between")])
    assert titles(client.get("/articles")) == ["Newest", "Between", "Oldest"]


def test_a_query_is_told_in_words_and_finds_passages(newsroom, client):
    put_articles(
        newsroom.redis,
        [
            article(1, "Bridge closed", "The Harbour Office closed the bridge on Friday."),
            article(2, "Ferries run", "Ferries take over on Friday."),
        ],
    )
    answer = client.get("/articles", params={"q": "@port NEAR/5 bridge"})
    assert titles(answer) == ["Bridge closed"]
    assert "<mark>Harbour Office closed the bridge</mark>" in answer.text
    words = text_of(answer.text)
    assert "Articles with" in words
    assert "1 found, 2 articles looked at, 2 stored" in words


def test_a_doubt_is_told(client):
    assert "is a word here; for the operator write AND" in text_of(client.get("/articles?q=harbour+and+bridge").text)


@pytest.mark.parametrize("query", ['"open', "NEAR", "(a", "@nosuch", "title:", "NOT a", "a" * 30_000, "\x00", HOSTILE])
def test_what_is_not_understood_is_said_with_the_spot(newsroom, client, query):
    answer = client.get("/articles", params={"q": query})
    assert answer.status_code == 200
    assert HOSTILE not in answer.text


def test_the_caret_stands_under_the_spot(client):
    html = client.get("/articles", params={"q": "harbour AND (bridge"}).text
    assert "This query is not understood" in html
    caret = re.search(r'(?s)<pre class="caret">(.*?)</pre>', html)[1]
    assert caret.splitlines()[0] == "harbour AND (bridge"
    assert caret.splitlines()[1].strip() == "^"


def test_a_search_goes_on_where_it_ended(newsroom, client, monkeypatch):
    monkeypatch.setattr(search, "FOUND", 3)
    put_articles(newsroom.redis, [article(number, f"Bridge {number:02}") for number in range(8)])
    seen, path = [], "/articles?q=bridge"
    while path:
        answer = client.get(path)
        seen += titles(answer)
        after = re.search(r'href="([^"]*)">Older ones<', answer.text)
        path = after[1].replace("&amp;", "&") if after else ""
    assert seen == [f"Bridge {number:02}" for number in range(8)]


def test_articles_of_one_moment_are_not_parted(newsroom, client, monkeypatch):
    monkeypatch.setattr(search, "FOUND", 2)
    put_articles(newsroom.redis, [article(number, "Bridge", seen_at=NOW) for number in range(5)])
    answer = client.get("/articles?q=bridge")
    assert len(titles(answer)) == 5
    assert "Older ones" not in answer.text


def test_a_search_looks_at_no_more_than_it_may(newsroom, client, monkeypatch):
    monkeypatch.setattr(search, "LOOKED_AT", 3)
    put_articles(newsroom.redis, [article(number, f"Ferry {number}") for number in range(8)])
    words = text_of(client.get("/articles?q=bridge").text)
    assert "Nothing matches among the 3 articles looked at There are older ones." in words
    assert "0 found, 3 articles looked at, 8 stored" in words


@pytest.mark.parametrize("before", ["x", "nan", "1e400", "-1e30", "9" * 40])
def test_a_moment_that_is_none_is_passed_over(newsroom, client, before):
    put_articles(newsroom.redis, [article(1, "Bridge")])
    assert client.get("/articles", params={"before": before}).status_code == 200


def test_without_articles_it_says_what_to_do(client):
    assert "They come with the first polls" in text_of(client.get("/articles").text)


def test_an_article_tells_why_a_topic_holds(newsroom, client):
    put_articles(newsroom.redis, [replace(make_article(make_story()), text="The harbour bridge is closed.")])
    html = client.get("/articles/article3", params={"topic": TOPIC.name}).text
    assert "It matches, with a score of" in html
    assert "<mark>harbour bridge</mark>" in html
    assert f"<option selected>{TOPIC.name}</option>" in html


def test_an_article_tells_why_a_topic_does_not_hold(newsroom, client):
    put_articles(newsroom.redis, [article(1, HOSTILE, f"{HOSTILE} The harbour is calm.")])
    html = client.get("/articles/a1", params={"topic": TOPIC.name}).text
    assert "No match: " in html
    assert 'class="is-failed"' in html
    assert HOSTILE not in html
    assert "No match" not in client.get("/articles/a1?topic=nosuch").text


def test_times_are_told(newsroom, client):
    put_articles(newsroom.redis, [article(1, "Bridge", published=ago(hours=2))])
    assert "published 2 h ago seen 1 min ago" in text_of(client.get("/articles/a1").text)
