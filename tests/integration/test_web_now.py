"""The first page: stories as they break."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.newsroom import HOOK, NOW, TOPIC, ago, alert_id, make_alert, make_story, report, text_of

from worker.edge.rq_engine.queue import INGEST
from worker.edge.store.mutes import Mute, Mutes
from worker.edge.store.outbox import Address
from worker.edge.store.published import Processes, Published
from worker.edge.store.threads import Post, Threads
from worker.model import DestinationSpec, Entity, Feed, FeedState, Reason, Topic
from worker.secret import SecretStr


def test_a_card_tells_who_reported_it_when_and_why_somebody_was_told(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {"because": "first report of this story"})
    answer = start().get("/")
    words = text_of(answer.text)
    assert answer.status_code == 200
    assert "Harbour bridge 19 min ago The harbour bridge closes for repairs" in words
    assert "2 independent sources 3 reports first coast.example 50 min ago , seen 1 min later" in words
    assert "coast.example 18:10 valley.example 18:12 copy town.example 18:40 New story" in words
    assert "New story first report of this story 39 min ago" in words
    assert f'<time datetime="{ago(minutes=50).isoformat()}" title="2026-11-21 18:10:00 UTC">50 min ago</time>' in (
        answer.text
    )


def test_the_picture_marks_copies_and_what_led_to_an_alert(newsroom, start):
    newsroom.publish()
    newsroom.commit(
        make_story(told=("new_story", "confirmed:harbour-office")),
        {"reason": Reason.CONFIRMED, "because": "the Harbour Office is on record"},
    )
    html = start().get("/").text
    marks = re.findall(r'<circle class="(mark[^"]*)" cx="([^"]*)"', html)
    assert marks == [("mark", "4.0%"), ("mark is-copy", "10.1%"), ("mark told-confirmed", "96.0%")]
    assert re.findall(r'<text class="sign" x="([^"]*)"', html) == ["96.0%"]


def test_a_lone_report_needs_no_picture(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story([report(7, "town.example", "Fresh story", minutes=5)]))
    assert 'class="picture"' not in start().get("/").text


def test_the_ladder_shows_steps_taken_and_to_come(newsroom, start):
    parties = (Entity(name="harbour-office", aliases=("Harbour Office",)),)
    topic = replace(TOPIC, query="harbour @harbour-office", sources=(1, 3), parties=("harbour-office",))
    newsroom.publish(topics=(topic,), entities=parties)
    newsroom.commit(make_story(), {})
    html = start().get("/").text
    assert "First report told 3 sources 2 of 3 next Harbour Office not yet" in text_of(html)


def test_nobody_was_told_and_it_says_why(newsroom, start):
    newsroom.publish(topics=(replace(TOPIC, sources=(3,)),))
    newsroom.commit(make_story(told=()))
    assert "Nobody was told: waits for 3 independent sources." in text_of(start().get("/").text)


def test_stories_that_moved_last_come_first(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story([report(7, "town.example", "Fresh story", minutes=5)], id="fresh"))
    newsroom.commit(make_story([report(8, "town.example", "Older story", minutes=90)], id="older"))
    html = start().get("/").text
    assert 0 < html.index("Fresh story") < html.index("Older story")


def test_a_card_shows_some_publishers_and_links_to_the_others(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story([report(n, f"s{n}.example", f"Report {n}", minutes=60 - n) for n in range(1, 10)]))
    html = start().get("/").text
    assert "s6.example" in html
    assert "s7.example" not in html
    assert '<a href="/stories/story1">and 3 more publishers</a>' in html


def test_one_topic_can_be_looked_at(newsroom, start):
    other = Topic(name='Ferry & "tides"', query="ferry")
    newsroom.publish(topics=(TOPIC, other))
    newsroom.commit(make_story(), {})
    ferry = make_story([report(7, "town.example", "Ferry runs late", minutes=5)], id="story2", topic=other.name)
    newsroom.commit(ferry, {"number": 2})
    client = start()
    html = client.get("/").text
    assert '<a href="/?topic=Ferry%20%26%20%22tides%22"' in html
    assert "Ferry runs late" in html
    assert "The harbour bridge closes" in html
    html = client.get("/", params={"topic": other.name}).text
    assert "The harbour bridge closes" not in html
    assert html.count("Ferry runs late") == 2
    assert 'value="/?topic=Ferry%20%26%20%22tides%22"' in html
    html = client.get("/?topic=nosuch").text
    assert "No topic of this name is watched." in text_of(html)


def test_an_acknowledged_story_and_a_muted_topic_say_so(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {})
    client = start()
    Mutes(newsroom.redis).add(Mute(kind="topic", of=TOPIC.name, until=ago(hours=-2)))
    assert "Its topic is muted, which ends in 2 h Unmute" in text_of(client.get("/").text)
    Mutes(newsroom.redis).add(Mute(kind="story", of="story1", until=ago(hours=-1)))
    words = text_of(client.get("/").text)
    assert "Acknowledged: nobody is told more of it, which ends in 1 h Tell me again" in words


def test_a_story_told_in_slack_leads_there(newsroom, start):
    bot = DestinationSpec(
        name="desk",
        type="slack",
        url=SecretStr("https://slack.com/api/"),
        token=SecretStr("xoxb-sample"),
        channel="news",
    )
    newsroom.publish(destinations=(HOOK, bot))
    story = make_story()
    newsroom.commit(story, {})
    client = start()
    assert "Open in Slack" not in client.get("/").text
    Threads(newsroom.redis).opened(Post(alert=make_alert(story), spec=bot), "C0SAMPLE", "1763750400.000100")
    link = 'href="https://slack.com/app_redirect?channel=C0SAMPLE&amp;message_ts=1763750400.000100"'
    assert link in client.get("/").text
    assert link in client.get("/stories/story1").text


def test_each_alert_shows_how_its_deliveries_stand(newsroom, start):
    newsroom.publish()
    story = make_story()
    newsroom.commit(story, {"number": 1})
    address = Address(alert_id=alert_id(story), destination="hook")
    newsroom.outbox.failed(address, make_alert(story), "the receiver answered 503", NOW + timedelta(minutes=5), NOW)
    client = start()
    assert "hook 1 attempt failed, next in 5 min the receiver answered 503" in text_of(client.get("/").text)
    newsroom.outbox.delivered(address, make_alert(story), ago(seconds=30))
    assert "hook delivered 30 s ago" in text_of(client.get("/").text)
    newsroom.outbox.failed(address, make_alert(story), "410: gone for good", None, NOW)
    assert "hook given up 30 s ago 410: gone for good" in text_of(client.get("/").text)


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
    html = start().get("/").text
    words = text_of(html)
    assert hint in words
    assert "wirewatch alerts test DESTINATION" in words
    assert "wirewatch feeds add and feeds import do the same" in words
    assert 'on the page <a href="/feeds">' in html


def test_the_page_leads_to_feeds_that_fail(newsroom, start):
    newsroom.publish()
    failing = FeedState(last_poll=NOW, failing_since=NOW, errors=1, error="the server answered 403")
    newsroom.poll({Feed(url="https://a.example/rss", name="Alpha"): failing, Feed(url="b", name="Beta"): None})
    words = text_of(start().get("/").text)
    assert "Feeds 1 System" in words
    assert "0 ok 1 failing 1 not polled yet" in words
