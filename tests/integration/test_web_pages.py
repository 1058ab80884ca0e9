"""The pages and the machine-readable answers, over a real Redis and a real uvicorn."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.newsroom import (
    NOW,
    REPORTS,
    alert_id,
    make_article,
    make_story,
    report,
    text_of,
)
from support.stores import put_articles

from worker.edge import keys
from worker.model import Feed, FeedState, Highlight, Reason, RemovedLine, Root
from worker.run.web.articles import PARAGRAPHS

# --- hostile words ----------------------------------------------------------------------------------------------

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def test_markup_from_feeds_stays_text(newsroom, start):
    newsroom.publish()
    story = make_story([report(1, HOSTILE, HOSTILE, minutes=5, url='https://e.example/"><script>')], headline=HOSTILE)
    newsroom.commit(story, {"because": HOSTILE})
    newsroom.poll({Feed(url="https://a.example/", name=HOSTILE): FeedState(error=HOSTILE, last_poll=NOW)})
    client = start()
    for page in ("/", "/stories/story1"):
        html = client.get(page).text
        assert "alert(&#34;x&#34;)" in html
        assert "<img src=x" not in html
        assert re.findall(r"<script[^>]*>", html) == ['<script src="/static/live.js" defer>']


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://a.example/ x",
        "",
    ],
)
def test_only_web_links_are_links(newsroom, start, url):
    newsroom.publish()
    newsroom.commit(make_story([report(1, "coast.example", "Sample title", minutes=5, url=url)]))
    html = start().get("/stories/story1").text
    assert "Sample title" in html
    assert "target=" not in html


# --- one story --------------------------------------------------------------------------------------------------


def test_the_story_page_shows_every_report_and_alert(newsroom, start):
    newsroom.publish()
    reports = [report(n, f"s{n}.example", f"Report {n}", minutes=60 - n) for n in range(1, 10)]
    story = make_story(reports)
    newsroom.commit(
        story,
        {"number": 1},
        {"number": 2, "reason": Reason.CORROBORATED, "because": "2 independent sources now carry it"},
    )
    html = start().get("/stories/story1").text
    words = text_of(html)
    assert "<title>Report 1 · wirewatch</title>" in html
    assert "Report 9" in words
    assert words.index("New story first report of this story") < words.index("Corroborated 2 independent sources")
    assert words.count("hook on its way") == 2


def test_the_story_page_tells_who_reported_when_on_a_line_of_time(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {"because": "first report of this story"})
    html = start().get("/stories/story1").text
    words = text_of(html)
    assert "story story1" in words
    line = words[words.index("Who reported when") : words.index("in its own words")]
    assert line == (
        "Who reported when coast.example 18:10 first valley.example 18:12 copy town.example 18:40 New story latest "
    )
    marks = re.findall(r'<circle class="(mark[^"]*)" cx="([^"]*)"', html)[:3]
    assert marks == [("mark", "4.0%"), ("mark is-copy", "10.1%"), ("mark told-new_story", "96.0%")]


TEXT = (
    "The port says it will be closed. The harbour authority shut the bridge on Friday, and ferries take over. "
    "Repairs last until spring."
)


def test_a_report_shows_the_passage_that_matched_and_what_it_rests_on(newsroom, start):
    newsroom.publish()
    root = Root(key="office", name="the Harbour Office", article_id="article3", quote="Repairs last, the office said.")
    reports = (*REPORTS[:2], replace(REPORTS[2], root="office"))
    newsroom.commit(make_story(reports, roots=(root,)), {}, text=TEXT)
    html = start().get("/stories/story1").text
    assert "Bridge closed: how to cross the <mark>harbour</mark> now" not in html
    assert "The <mark>harbour authority shut the bridge</mark> on Friday, and ferries take over." in html
    words = text_of(html)
    assert "rests on the Harbour Office : Repairs last, the office said." in words


def test_copies_stand_folded_below_their_original(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {})
    html = start().get("/stories/story1").text
    assert re.search(r'<details class="copies" id="copies-article1">\s*<summary>1 copy', html)
    folded = html[html.index('<details class="copies"') :]
    folded = text_of(folded[: folded.index("</details>")])
    assert "valley.example Harbour bridge closes for repairs 48 min ago" in folded
    assert html.count('class="report"') == 2


def test_deliveries_can_be_made_again_from_the_story(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {})
    html = start().get("/stories/story1").text
    form = html[html.index(f'action="/alerts/{alert_id(make_story())}/resend"') :]
    assert 'name="destination" value="hook"' in form[: form.index("</form>")]


def test_what_matched_is_told_by_the_alert_where_its_article_is_gone(newsroom, start):
    newsroom.publish()
    passage = Highlight(field="title", start=4, end=18, text="harbour bridge")
    newsroom.commit(make_story(), {"highlights": [passage]})
    client = start()
    assert "harbour bridge in the title" not in text_of(client.get("/stories/story1").text)
    newsroom.redis.delete(keys.ARTICLE + "article3")
    assert "harbour bridge in the title" in text_of(client.get("/stories/story1").text)


def test_a_single_report_needs_no_line_of_time(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(REPORTS[:1]))
    assert "Who reported when" not in start().get("/stories/story1").text


def test_a_story_that_is_not_stored_is_404_in_words(newsroom, start):
    client = start()
    answer = client.get("/stories/nosuchstory")
    assert answer.status_code == 404
    assert "This story is not stored" in answer.text
    other = client.get("/nosuchpage")
    assert other.status_code == 404
    assert "There is no such page" in other.text


def test_other_methods_are_refused_in_words(start):
    answer = start().post("/", headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "This cannot be done here" in answer.text


# --- one article ------------------------------------------------------------------------------------------------

LEFT_OUT = (
    RemovedLine(text="Members get the weekend edition a day early.", because="the same line: on 9 of 20 stories"),
    RemovedLine(text="<b>Photo</b>: A. Sample", because="lines that begin with “<b>Photo</b>:”: on 4 of 20 stories"),
)


def test_the_article_page_shows_the_text_and_what_was_left_out_with_the_reason(newsroom, start):
    newsroom.publish()
    article = replace(make_article(make_story()), text="First paragraph.\nSecond paragraph.", removed=LEFT_OUT)
    put_articles(newsroom.redis, [article])
    answer = start().get(f"/articles/{article.id}")
    words = text_of(answer.text)
    assert answer.status_code == 200
    assert '<p dir="auto">First paragraph.</p>' in answer.text
    assert '<p dir="auto">Second paragraph.</p>' in answer.text
    assert "Left out Members get the weekend edition a day early. the same line: on 9 of 20 stories" in words
    assert "&lt;b&gt;Photo&lt;/b&gt;: A. Sample" in answer.text
    assert "<b>Photo" not in answer.text


def test_an_article_that_lost_nothing_says_so_and_a_partial_one_says_why(newsroom, start):
    newsroom.publish()
    article = replace(make_article(make_story()), partial=True, partial_reason="example.org answered 404 Not Found")
    put_articles(newsroom.redis, [article])
    words = text_of(start().get(f"/articles/{article.id}").text)
    assert "Left out Nothing that this site repeats" in words
    assert "These are the feed's own words: example.org answered 404 Not Found." in words.replace("&#39;", "'")


def test_an_endless_text_is_cut(newsroom, start):
    newsroom.publish()
    article = replace(make_article(make_story()), text="\n".join(f"Paragraph {n}." for n in range(PARAGRAPHS + 70)))
    put_articles(newsroom.redis, [article])
    html = start().get(f"/articles/{article.id}").text
    assert f'<p dir="auto">Paragraph {PARAGRAPHS - 1}.</p>' in html
    assert f'<p dir="auto">Paragraph {PARAGRAPHS}.</p>' not in html
    assert "70 more paragraphs" in html


def test_a_story_links_to_the_articles_that_are_still_stored(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story())
    client = start()
    html = client.get("/stories/story1").text
    assert re.findall(r'href="(/articles/[^"]*)"', html) == ["/articles/article3"]
    assert client.get("/articles/article3").status_code == 200
    gone = client.get("/articles/article1")
    assert gone.status_code == 404
    assert "This article is not stored" in gone.text


# --- headers, password, host ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/nosuchpage", "/static/style.css", "/static/live.js", "/healthz", "/metrics"])
def test_every_answer_carries_the_security_headers(start, path):
    headers = start().get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] in {"no-store", "no-cache"}
    assert "server" not in headers


def test_pages_load_nothing_from_elsewhere(newsroom, start):
    newsroom.publish()
    client = start()
    html = client.get("/").text
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', html)
    assert loaded
    for path in loaded:
        assert path.startswith("/static/")
        assert client.get(path).status_code == 200
    assert " style=" not in html
    assert "//" not in client.get("/static/style.css").text


def test_a_password_is_asked_for_except_by_probes(newsroom, start):
    newsroom.publish()
    client = start(password="Grüße:7")
    for path in ("/", "/stories/x", "/metrics", "/live", "/nosuchpage"):
        assert client.get(path).status_code == 401
        assert client.get(path, auth=("anyone", "wrong")).status_code == 401
    asked = client.get("/")
    assert asked.headers["www-authenticate"] == 'Basic realm="wirewatch", charset="UTF-8"'
    assert "content-security-policy" in asked.headers
    assert client.get("/", auth=("anyone", "Grüße:7")).status_code == 200
    assert client.get("/", auth=("", "Grüße:7"), headers={"host": "desk.example"}).status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Basic /w==", "Basic YWJj", "Bearer YTpw", "Basic YTo="])
def test_broken_credentials_are_refused(start, header):
    assert start(password="p").get("/", headers={"authorization": header}).status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "LOCALHOST", "[::1]:9", "[::1]", "127.3.2.1:1"])
def test_loopback_names_are_answered_without_a_password(newsroom, start, host):
    assert start().get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", ""],
)
def test_other_names_are_refused_without_a_password(newsroom, start, host):
    answer = start().get("/", headers={"host": host})
    assert answer.status_code == 403
    assert "set [web] password" in answer.text


# --- for machines -----------------------------------------------------------------------------------------------


def test_readiness_needs_a_published_configuration(newsroom, start):
    client = start()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "reason": "no configuration is published yet; start `wirewatch scheduler`",
    }
    newsroom.publish()
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["ready"] is True
