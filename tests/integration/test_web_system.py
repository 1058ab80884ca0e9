"""The page of the machinery."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from support.newsroom import HOOK, NOW, ago, alert_id, make_alert, make_story, text_of

from worker.edge import keys
from worker.edge.keys import RQ_PREFIX
from worker.edge.rq_engine.queue import INGEST
from worker.edge.store import dead_pages
from worker.edge.store.destinations import Destinations
from worker.edge.store.flow import Told, per_minute
from worker.edge.store.outbox import Address
from worker.edge.store.published import Processes
from worker.run.web.system import passed, server, spreads

MARKUP = "<b>sample</b>"


def queue_jobs(newsroom, number):
    with newsroom.redis.pipeline() as pipe:
        newsroom.queue.add(pipe, INGEST, "worker.run.jobs.ingest", [{}] * number, timeout=10, title=MARKUP)
        pipe.execute()


def fail_first(newsroom, traceback):
    first = newsroom.redis.lpop(Queue(INGEST, connection=newsroom.redis).key).decode()
    job = Job.fetch(first, connection=newsroom.redis, serializer=JSONSerializer)
    with newsroom.redis.pipeline() as pipe:
        job._handle_failure(traceback, pipeline=pipe)
        pipe.execute()


def test_queues_show_depth_and_failures_with_their_traceback(newsroom, start):
    newsroom.publish()
    queue_jobs(newsroom, 3)
    fail_first(newsroom, f"Traceback (most recent call last):\n  sample line\nValueError: {MARKUP}")
    html = start().get("/system").text
    words = text_of(html)
    assert "ingest 2 0 1 " in words
    assert "deliver 0 0 0 –" in words
    assert "sample line" in html
    assert "ValueError: &lt;b&gt;sample&lt;/b&gt;" in html
    assert MARKUP not in html
    assert "Feeds System 1" in words


def test_rqs_own_tool_sees_the_same(newsroom):
    queue_jobs(newsroom, 2)
    path = newsroom.redis.connection_pool.connection_kwargs["path"]
    told = subprocess.run(
        [sys.executable, "-m", "rq.cli", "info", "--url", f"unix://{path}"],
        env={**os.environ, "RQ_KEY_PREFIX": RQ_PREFIX},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "2 jobs total" in told.stdout


def test_the_age_of_the_oldest_job_is_told(newsroom, start):
    newsroom.publish()
    queue_jobs(newsroom, 2)
    first = newsroom.redis.lindex(Queue(INGEST, connection=newsroom.redis).key, 0).decode()
    newsroom.redis.hset(Job.key_for(first), "enqueued_at", ago(minutes=7).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert "ingest 2 0 0 7 min ago" in text_of(start().get("/system").text)


def test_processes_and_destinations_are_told(newsroom, start):
    newsroom.publish()
    Processes(newsroom.redis).beat("scheduler-desk-7", {}, ago(seconds=12))
    Destinations(newsroom.redis).configured([HOOK], NOW)
    newsroom.commit(make_story(), {})
    address = Address(alert_id=alert_id(make_story()), destination=HOOK.name)
    newsroom.outbox.failed(address, make_alert(make_story()), "it answered 503", NOW + timedelta(minutes=5), NOW)
    words = text_of(start().get("/system").text)
    assert "scheduler-desk-7 scheduler running 12 s ago" in words
    assert "hook failing since just now it answered 503 1 never" in words


def test_a_delivery_that_was_given_up_is_sent_again(newsroom, start):
    newsroom.publish()
    story = make_story()
    newsroom.commit(story, {})
    address = Address(alert_id=alert_id(story), destination=HOOK.name)
    newsroom.outbox.failed(address, make_alert(story), "410: gone for good", None, NOW)
    client = start()
    html = client.get("/system").text
    assert "hook The harbour bridge closes for repairs 410: gone for good after 1 attempt" in text_of(html)
    assert f'action="/alerts/{address.alert_id}/resend"' in html
    same = {"sec-fetch-site": "same-origin"}
    form = {"back": "/system", "destination": "hook"}
    assert client.post(f"/alerts/{address.alert_id}/resend", data=form, headers=same).headers["location"] == "/system"
    assert "What cannot be delivered for days ends here" in text_of(client.get("/system").text)


def test_pages_that_were_given_up_are_told(newsroom, start):
    newsroom.publish()
    with newsroom.redis.pipeline() as pipe:
        letter = {"id": "e1", "url": "javascript:alert(1)", "title": MARKUP, "feed": "Sample"}
        dead_pages.put(pipe, [letter], reason="it ended three workers", tries=3)
        pipe.execute()
    html = start().get("/system").text
    assert "it ended three workers after 3 tries Fetch again" in text_of(html)
    assert "javascript:" not in html
    assert MARKUP not in html


def test_redis_and_what_has_to_be_mended(newsroom, start):
    newsroom.publish()
    words = text_of(start().get("/system").text)
    info = newsroom.redis.info("memory")
    assert f"MB used of {info['maxmemory'] / 1e6:,.0f} MB writes every change to its append-only file" in words
    fine = {"redis_version": "7.2.4", "used_memory": 1_000_000, "aof_enabled": 1, "maxmemory_policy": "noeviction"}
    assert server(fine).trouble == ""
    assert server({**fine, "valkey_version": "8.0.1"}).version == "8.0.1"


def test_articles_that_went_early_are_told(newsroom, start):
    newsroom.publish()
    client = start()
    assert "went early" not in text_of(client.get("/system").text)
    facts = {"count": 4211, "at": ago(minutes=7).timestamp(), "before": ago(days=2).timestamp()}
    newsroom.redis.hset(keys.TRIMMED, mapping=facts)
    words = text_of(client.get("/system").text)
    assert "4,211 articles went early 7 min ago , the newest of them seen 2 days ago ; raise maxmemory" in words


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ({"used_memory": 90, "maxmemory": 100}, "memory is nearly full"),
        ({"aof_last_write_status": "err"}, "cannot write its append-only file"),
        ({"rdb_last_bgsave_status": "err"}, "last snapshot failed"),
        ({"aof_enabled": 0}, "set appendonly yes"),
        ({"maxmemory_policy": "allkeys-lru"}, "set maxmemory-policy noeviction"),
    ],
)
def test_each_trouble_of_redis_says_how_to_mend_it(said, trouble):
    assert trouble in server({"aof_enabled": 1, **said}).trouble


def told(published, seen, decided):
    at = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
    out = None if published is None else at + timedelta(seconds=published)
    return Told(published=out, seen=at + timedelta(seconds=seen), decided=at + timedelta(seconds=decided))


def test_how_long_it_took_by_nearest_rank():
    way, alert, whole = spreads([told(0, n, n + 1) for n in range(1, 101)])
    seconds = [span.total_seconds() for span in (way.p50, way.p95, way.p99)]
    assert (way.name, way.of, seconds) == ("published → seen", 100, [50, 95, 99])
    assert {alert.p50, alert.p95, alert.p99} == {timedelta(seconds=1)}
    assert whole.p99 == timedelta(seconds=100)


def test_reports_without_a_date_count_for_what_is_known_of_them():
    assert [(one.name, one.of) for one in spreads([told(None, 3, 4)])] == [("seen → alert decided", 1)]
    assert spreads([]) == ()


def test_alerts_of_the_last_day_are_measured(newsroom, start):
    newsroom.publish()
    newsroom.commit(make_story(), {"number": 21}, published=ago(minutes=20), seen_at=ago(minutes=19, seconds=30))
    words = text_of(start().get("/system").text)
    assert "published → seen 30.0 s 30.0 s 30.0 s 1" in words
    assert "published → alert decided 1 min 0 s 1 min 0 s 1 min 0 s 1" in words


def test_what_passed_is_counted_by_the_minute(newsroom):
    now = datetime.now(UTC)
    newsroom.commit(make_story(), {})
    counted = per_minute(newsroom.redis, now + timedelta(minutes=2), 5)
    assert counted["alerted"] == [0, 0, 1, 0, 0] or counted["alerted"] == [0, 0, 0, 1, 0]
    assert passed("alert", [0, 2, 1]).points == "0.0,19.0 50.0,1.0 100.0,10.0"
    assert passed("alert", [0, 0]).total == 0
