"""The pages and the machine-readable answers, over a real Redis and a real uvicorn."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.stores import put_articles

from worker.config import Settings, to_published
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store.articles import ArticleStore
from worker.edge.store.feeds import FeedStore
from worker.edge.store.outbox import Address, Outbox
from worker.edge.store.published import Processes, Published
from worker.model import (
    Alert,
    Article,
    DestinationSpec,
    Feed,
    FeedState,
    Highlight,
    Match,
    Reason,
    RemovedLine,
    Report,
    Source,
    Story,
    Topic,
)
from worker.ports import Change
from worker.run.web.server import bind, serve, url_of
from worker.run.web.views import PARAGRAPHS

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
TOPIC = Topic(name="Harbour bridge", query="harbour NEAR/5 bridge")
HOOK = DestinationSpec(name="hook", type="webhook", url="https://hook.example/in", secret="whsec_c2FtcGxl")


class FixedClock:
    def now(self):
        return NOW


def ago(**delta):
    return NOW - timedelta(**delta)


def report(number, source, title, *, minutes, url=None, copy_of=None):
    return Report(
        article_id=f"article{number}",
        source=source,
        title=title,
        url=f"https://{source}/{number}" if url is None else url,
        published=ago(minutes=minutes),
        seen_at=ago(minutes=minutes - 1),
        copy_of=copy_of,
        signature=(number,) * 128,
    )


REPORTS = (
    report(1, "coast.example", "The harbour bridge closes for repairs", minutes=50),
    report(2, "valley.example", "Harbour bridge closes for repairs", minutes=48, copy_of="article1"),
    report(3, "town.example", "Bridge closed: how to cross the harbour now", minutes=20),
)


def make_story(reports=REPORTS, **other):
    return Story(
        **{
            "id": "story1",
            "topic": TOPIC.name,
            "headline": reports[0].title,
            "first_seen": reports[0].seen_at,
            "last_seen": reports[-1].seen_at,
            "reports": tuple(reports),
            "independent_sources": 2,
            "told": ("new_story",),
            **other,
        }
    )


class Newsroom:
    """Fills a Redis the way the other processes do."""

    def __init__(self, connection):
        self.redis = connection
        self.outbox = Outbox(connection)
        self.queue = JobQueue(connection)
        self.queue.warm()

    def publish(self, *, topics=(TOPIC,), destinations=(HOOK,), feeds=()):
        settings = Settings(storage_dir=Path("data"), topics=topics, destinations=destinations, feeds=feeds)
        Published(self.redis).put(to_published(settings), settings.fingerprint, NOW)

    def poll(self, states: Mapping[Feed, FeedState]):
        """Give each feed its state by polling it; a state of None leaves it unpolled."""
        store = FeedStore(self.redis)
        store.sync(list(states), lambda _: NOW)
        by_id = {feed.id: state for feed, state in states.items()}
        for claim in store.claim(NOW, lease=60, limit=100):
            state = by_id[claim.feed_id]
            if state is None:
                store.release(claim, NOW)
                continue
            outcome = "failed" if state.error else "new"
            assert store.commit(claim, state, work=(), shown=(), queue_work=_no_work, outcome=outcome)

    def commit(self, story, *alerts):
        """Commit an article that leads to this story and these alerts, due at the hook at once."""
        names = {story.topic: "topic1"}
        store = ArticleStore(
            self.redis,
            clock=FixedClock(),
            ttl=86_400,
            window=86_400,
            topic_ids=names,
            due=lambda _alert, now: {HOOK.name: now},
            queue_deliveries=_no_work,
        )
        article = make_article(story)
        match = Match(topic=story.topic, query=TOPIC.query, score=0.5, highlights=())
        change = Change(stories=(story,), alerts=tuple(make_alert(story, **alert) for alert in alerts))
        assert store.commit(f"item-{article.id}", article, [match], lambda _live: change) == change


def _no_work(_pipe, _items):
    pass


def make_article(story):
    last = story.reports[-1]
    return Article(
        id=last.article_id,
        url=last.url,
        title=last.title,
        text=f"{last.title}. The crossing is closed until spring.",
        source=Source(domain=last.source),
        seen_at=last.seen_at,
    )


def make_alert(story, *, number=1, reason=Reason.NEW_STORY, because="first report of this story", highlights=()):
    return Alert(
        id=f"alert{number}",
        reason=reason,
        topic=story.topic,
        sent_because=because,
        created=ago(minutes=40 - number),
        story=story,
        article=make_article(story),
        match=Match(topic=story.topic, query=TOPIC.query, score=0.5, highlights=tuple(highlights)),
    )


@pytest.fixture
def newsroom(store):
    return Newsroom(store)


@pytest.fixture
def start(store):
    """Starts the web process in a thread; gives a client for it."""
    stop, running, clients = threading.Event(), [], []

    def start(password=None):
        listener = bind("127.0.0.1", 0)
        client = httpx2.Client(base_url=url_of(listener))
        thread = threading.Thread(
            target=serve,
            args=(store,),
            kwargs={"listener": listener, "password": password, "clock": FixedClock(), "stopping": stop},
        )
        thread.start()
        running.append(thread)
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()
    stop.set()
    for thread in running:
        thread.join(20)
        assert not thread.is_alive()


def text_of(html):
    """The words of a page, without its markup."""
    body = re.sub(r"(?s)<head>.*?</head>|<[^>]*>", " ", html)
    return re.sub(r"\s+", " ", body)


# --- the first page ---------------------------------------------------------------------------------------------


def test_a_story_shows_its_reports_sources_copies_and_why_somebody_was_told(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {"because": "first report of this story"})
    answer = start().get("/")
    words = text_of(answer.text)
    assert answer.status_code == 200
    assert "The harbour bridge closes for repairs" in words
    assert "Harbour bridge 2 independent sources 3 reports first seen" in words
    assert "copy of coast.example" in words
    assert words.count("copy of") == 1
    assert "New story first report of this story 39 min ago" in words
    assert '<a href="https://town.example/3" target="_blank" rel="noopener noreferrer nofollow">' in answer.text
    assert f'<time datetime="{ago(minutes=49).isoformat()}" title="2026-11-21 18:11:00 UTC">49 min ago</time>' in (
        answer.text
    )


def test_stories_that_moved_last_come_first(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story([report(7, "town.example", "Fresh story", minutes=5)], id="fresh"))
    newsroom.commit(make_story([report(8, "town.example", "Older story", minutes=90)], id="older"))
    html = start().get("/").text
    assert 0 < html.index("Fresh story") < html.index("Older story")


def test_a_card_shows_the_first_reports_and_links_to_the_others(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story([report(n, f"s{n}.example", f"Report {n}", minutes=60 - n) for n in range(1, 10)]))
    html = start().get("/").text
    assert "Report 5" in html
    assert "Report 6" not in html
    assert '<a href="/stories/story1">4 more reports</a>' in html


def test_each_alert_shows_how_its_deliveries_stand(newsroom, start):
    newsroom.publish()
    story = make_story()
    newsroom.commit(story, {"number": 1})
    address = Address(alert_id="alert1", destination="hook")
    newsroom.outbox.failed(address, make_alert(story), "the receiver answered 503", NOW + timedelta(minutes=5), NOW)
    client = start()
    assert "hook 1 attempt failed, next in 5 min the receiver answered 503" in text_of(client.get("/").text)
    newsroom.outbox.delivered(address, make_alert(story), ago(seconds=30))
    assert "hook delivered 30 s ago" in text_of(client.get("/").text)
    newsroom.outbox.failed(address, make_alert(story), "410: gone for good", None, NOW)
    assert "hook given up 30 s ago 410: gone for good" in text_of(client.get("/").text)


def test_feed_health_in_words_with_the_failing_first(newsroom, start):
    ok = FeedState(
        last_poll=ago(minutes=2), last_success=ago(minutes=2), next_due=NOW + timedelta(minutes=13), entries=1234
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
    words = text_of(start().get("/").text)
    assert "1 ok 1 failing 1 gone 1 not polled yet" in words
    assert "Beta failing since 2 h ago the server answered 403 3 h ago in 30 min 0" in words
    assert "Delta gone since 2 h ago 410: gone 3 h ago – 0" in words
    assert "Gamma not polled yet never due now 0" in words
    assert "Alpha ok 2 min ago in 13 min 1,234" in words
    table = words[words.index("Last success") :]
    assert sorted(("Alpha", "Beta", "Gamma", "Delta"), key=table.index) == ["Beta", "Delta", "Gamma", "Alpha"]


def test_the_status_line_counts_jobs_deliveries_and_processes(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {"number": 1})
    Processes(newsroom.redis).beat("scheduler-desk-7", {}, NOW)
    with newsroom.redis.pipeline() as pipe:
        newsroom.queue.add(pipe, INGEST, "worker.run.jobs.ingest", [{}, {}], timeout=10, title="sample")
        pipe.execute()
    html = start().get("/").text
    assert "Queue 2 waiting 0 running" in text_of(html)
    assert "Deliveries 1 to make" in text_of(html)
    assert re.search(r'title="[^"]*scheduler-desk-7', html)


def test_a_refused_configuration_is_said_loudly(newsroom, start):
    newsroom.publish()
    Published(newsroom.redis).refuse('topics[0]: unknown key "querry"; did you mean "query"?', NOW)
    html = start().get("/").text
    assert 'role="alert"' in html
    assert "topics[0]: unknown key &#34;querry&#34;; did you mean &#34;query&#34;?" in html


@pytest.mark.parametrize(
    ("published", "hint"),
    [
        (None, "Write one with wirewatch init , then start everything with wirewatch up"),
        ({"topics": ()}, "wirewatch topics add"),
        ({}, "Watching for Harbour bridge"),
    ],
)
def test_an_empty_page_says_what_to_do_next(newsroom, start, published, hint):
    if published is not None:
        newsroom.publish(**published)
    words = text_of(start().get("/").text)
    assert hint in words
    assert "wirewatch alerts test DESTINATION" in words
    assert "wirewatch feeds add https://example.org/rss.xml" in words


def test_a_large_desk_shows_a_bounded_table(newsroom, start):
    newsroom.publish()
    FeedStore(newsroom.redis).sync(
        [Feed(url=f"https://f{n}.example/", name=f"Feed {n}") for n in range(230)], lambda _: NOW
    )
    html = start().get("/").text
    assert html.count('<tr class="feed-') == 200
    assert "30 more feeds" in html


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
    passage = Highlight(field="title", start=4, end=18, text="harbour bridge")
    newsroom.commit(
        story,
        {"number": 1, "highlights": [passage]},
        {"number": 2, "reason": Reason.CORROBORATED, "because": "2 independent sources now carry it"},
    )
    html = start().get("/stories/story1").text
    words = text_of(html)
    assert "<title>Report 1 · wirewatch</title>" in html
    assert "Report 9" in words
    assert words.index("New story first report of this story") < words.index("Corroborated 2 independent sources")
    assert "harbour bridge in the title" in words
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
    marks = re.findall(r'<circle class="([^"]*)" cx="([^"]*)"', html)[:3]
    assert marks == [("mark", "4.0%"), ("mark is-copy", "10.1%"), ("mark told-new_story", "96.0%")]


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
    answer = start().post("/")
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
    for path in ("/", "/stories/x", "/metrics", "/static/live.js", "/nosuchpage"):
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


def samples(text):
    families = {family.name: family for family in text_string_to_metric_families(text)}
    values = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families.values()
        for sample in family.samples
    }
    return families, values


def test_metrics_are_valid_and_tell_counters_and_state(newsroom, start):
    newsroom.publish()
    odd = 'Back\\slash "quoted"\nname'
    newsroom.commit(make_story(topic=odd), {"number": 1})
    newsroom.poll({Feed(url="https://a.example/", name="A"): FeedState(last_poll=NOW), Feed(url="b", name="B"): None})
    Processes(newsroom.redis).beat("scheduler-desk-7", {}, NOW)
    Published(newsroom.redis).refuse("sample", NOW)
    answer = start().get("/metrics")
    families, values = samples(answer.text)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert values["wirewatch_matches_total", (("topic", odd),)] == 1
    assert values["wirewatch_alerts_total", (("reason", "new_story"),)] == 1
    assert values["wirewatch_articles_total", (("state", "full"),)] == 1
    assert values["wirewatch_queue_depth", (("queue", "ingest"), ("state", "waiting"))] == 0
    assert values["wirewatch_outbox_depth", ()] == 1
    assert values["wirewatch_feeds", (("state", "ok"),)] == 1
    assert values["wirewatch_feeds", (("state", "new"),)] == 1
    assert values["wirewatch_feeds", (("state", "failing"),)] == 0
    assert values["wirewatch_stories", ()] == 1
    assert values["wirewatch_articles_stored", ()] == 1
    assert values["wirewatch_process_up", (("process", "scheduler-desk-7"),)] == 1
    assert values["wirewatch_config_refused", ()] == 1
    assert families["wirewatch_polls"].type == "counter"
    assert families["wirewatch_feeds"].type == "gauge"
    assert {family.type for family in families.values()} == {"counter", "gauge"}


def test_each_metric_family_is_announced_once_and_stands_together(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {"number": 1})
    lines = start().get("/metrics").text.splitlines()
    order = [re.split(r"[ {]", line)[0] for line in lines if not line.startswith("#")]
    blocks = [name for i, name in enumerate(order) if i == 0 or order[i - 1] != name]
    assert len(blocks) == len(set(blocks))
    assert sorted(line.split()[2] for line in lines if line.startswith("# TYPE")) == sorted(blocks)
