"""The ingest worker on a real Redis with a real site: what one page does costs that page only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
import redis
import structlog
from rq.job import Job
from rq.registry import FailedJobRegistry
from support.ingesting import ingested
from support.servers import Quiet, serving

from worker.config import load, to_published
from worker.edge import keys
from worker.edge.rq_engine.queue import DELIVER, INGEST, JobQueue
from worker.edge.store.articles import Archive
from worker.edge.store.events import counters
from worker.edge.store.feeds import FeedStore
from worker.edge.store.hosts import PER_HOST, HostTable, Visit
from worker.edge.store.hot import HotFeeds
from worker.edge.store.later import Later
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Published
from worker.errors import QueryError
from worker.model import Entry, Feed, FeedState, WorkItem, feed_id
from worker.run import ingest, jobs
from worker.run.ingest import IngestWorker

CONFIG = """
[network]
allow = ["127.0.0.0/8"]
{network}
[[topics]]
name = "Volcano"
query = "volcano"
{more}
[[destinations]]
name = "desk"
type = "console"
"""
WORDS = "The sample volcano erupted near the sample harbour, and ferries stayed in port for the whole of the day. "
PAGE = f"<html><body><article><h1>Sample report</h1>{'<p>' + WORDS * 3 + '</p>'}</article></body></html>"
ERUPTED = "The sample volcano has erupted"
# Real markup that costs the HTML parser many seconds: every level is closed and opened again inside the next.
HANGS = "<html><body>" + "<ul><li><a>" * 20_000


class Site(Quiet):
    release = threading.Event()
    asked: ClassVar[list[str]] = []
    robots = b""

    def do_GET(self):
        self.asked.append(self.path)
        kind = self.path.split("/")[1]
        if kind == "slow":
            self.release.wait(60)
        status = {"missing": 404, "broken": 500, "limit": 429}.get(kind, 200)
        body = self.robots if kind == "robots.txt" else (HANGS if kind == "hangs" else PAGE).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def site():
    Site.release.clear()
    Site.asked.clear()
    with serving(Site) as url:
        yield url
        Site.release.set()


def publish(store, folder, *, more="", network=""):
    path = folder / "wirewatch.toml"
    path.write_text(CONFIG.format(more=more, network=network), "utf-8")
    settings = load(path, env={})
    Published(store).put(to_published(settings), settings.fingerprint, datetime.now(UTC))
    return settings


@pytest.fixture
def start(store, tmp_path, monkeypatch):
    """An ingest worker in this process, with budgets in which the tests stay short."""
    monkeypatch.setattr(ingest, "CLEAN_SECONDS", 2.5)
    started = []

    def build(*, more="", network="", page_seconds=30.0):
        monkeypatch.setattr(ingest, "PAGE_SECONDS", page_seconds)
        publish(store, tmp_path, more=more, network=network)
        worker = IngestWorker(store)
        started.append(worker)
        assert worker.live.refresh(at_once=True)
        return worker

    yield build
    # A worker whose pages do not come within its time to drain would end this process.
    Site.release.set()
    for worker in started:
        worker.worker._stop.set()
        worker.run()


def item(url, key, **entry):
    """An entry of whose words only those of its page match."""
    now = datetime.now(UTC)
    words = {"title": f"Sample ferries {key}", "summary": "Sample ferries stayed in port for the whole day."}
    return WorkItem(
        entry=Entry(key=key, url=f"{url}/{key}", published=now - timedelta(minutes=1), **{**words, **entry}),
        feed_url=f"{url}/feed",
        feed_name="Example",
        feed_title="Example",
        tags=(),
        full_text=True,
        seen_at=now,
        trace=f"trace-{key}",
    )


def articles(store):
    return {
        article.url.split("/", 3)[3]: article for article in Archive(store).articles(datetime.fromtimestamp(0, UTC))
    }


def everything(store):
    return {key: store.dump(key) for key in store.scan_iter("*")}


def test_a_match_has_its_feed_polled_as_soon_as_it_may_be_and_nothing_else_does(store, site, start):
    now = datetime.now(UTC)
    matched, silent, old = (f"{site}/{name}/feed" for name in ("matched", "silent", "old"))
    feeds = FeedStore(store)
    feeds.sync([Feed(url=url, name=url) for url in (matched, silent, old)], lambda _feed: now)
    state = FeedState(polls=1, not_before=now + timedelta(minutes=5), next_due=now + timedelta(hours=5))
    for _ in range(3):
        (claim,) = feeds.claim(now, lease=60, limit=1)
        assert feeds.commit(claim, state, work=(), shown=(), queue_work=lambda *_: None, outcome="unchanged")
    entries = [
        replace(item(site, "good/1", title=ERUPTED), feed_url=matched),
        replace(item(site, "good/2"), feed_url=silent),
        replace(item(site, "good/3", title=ERUPTED), feed_url=old, baseline=True),
    ]
    ingested(start(), jobs.ingest_payload(entries, feed_only=True))
    due = {view.url: view.due for view in feeds.view()}
    assert due == {matched: state.not_before, silent: state.next_due, old: state.next_due}
    assert HotFeeds(store).now(datetime.now(UTC)) == {feed_id(matched)}


def test_a_batch_with_every_kind_of_bad_page_costs_only_the_bad_ones(store, site, start):
    worker = start()
    kinds = ["good/1", "hangs/1", "missing/1", "broken/1", "good/2"]
    ingested(worker, jobs.ingest_payload([item(site, kind) for kind in kinds]))
    found = articles(store)
    assert set(found) == set(kinds)
    assert {kind: article.partial for kind, article in found.items()} == {
        kind: not kind.startswith("good") for kind in kinds
    }
    # By its processor time, or on a machine that gives it too little of that, by the clock.
    assert re.search(
        r"took (2\.5 s of processor time|longer than 10 s) and was stopped", found["hangs/1"].partial_reason
    )
    assert "404" in found["missing/1"].partial_reason
    assert "500" in found["broken/1"].partial_reason
    assert all(article.summary == "Sample ferries stayed in port for the whole day." for article in found.values())
    assert "ferries" in found["good/1"].text


def test_the_same_job_again_changes_nothing(store, site, start):
    worker = start()
    payload = jobs.ingest_payload([item(site, kind) for kind in ("good/1", "missing/1")])
    ingested(worker, payload)
    assert len(Outbox(store).recent()) == 1
    before = everything(store)
    ingested(worker, payload)
    ingested(worker, {**payload, "feed_only": True})
    assert everything(store) == before


def test_a_host_that_does_not_answer_holds_no_batch_for_long(store, site, start):
    worker = start(page_seconds=0.5)
    slow = [item(site, f"slow/{number}") for number in range(6)]
    ingested(worker, jobs.ingest_payload([*slow, item(site, "good/1")]))
    found = articles(store)
    assert len(found) == 7
    assert all("within 0.5 s" in found[f"slow/{number}"].partial_reason for number in range(6))


def hold_turns(store, *, number=2):
    """As another worker would that is at the site's host now."""
    for token in range(number):
        HostTable(store).begin("127.0.0.1", 80, str(token), datetime.now(UTC), ask_dead=False)


def give_turns_back(store):
    for token in range(2):
        HostTable(store).end("127.0.0.1", 80, str(token), datetime.now(UTC), Visit(reached=None))


def run_queue(worker, store):
    """Run what waits, and what was put back as if its time had come."""
    later = Later(store)
    later.wake(datetime.now(UTC) + timedelta(hours=1), jobs.queue_again(JobQueue(store)))
    queue = JobQueue(store)
    while queue.depths()[INGEST]["waiting"] or queue.depths()[INGEST]["running"]:
        worker.worker._round()
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 0}


def test_pages_of_a_busy_host_are_put_back_while_the_others_go_on(store, site, start, monkeypatch):
    monkeypatch.setattr(ingest, "PATIENCE", 0.1)
    worker = start(network="respect_robots = false")
    hold_turns(store)
    busy = [item(site, f"good/{number}") for number in range(20)]
    # a host for each, so that none of them has to wait, however slow the machine is
    others = [item(site.replace("127.0.0.1", f"other{n}.localhost"), f"good/other{n}") for n in range(3)]
    with structlog.testing.capture_logs() as lines:
        ingested(worker, jobs.ingest_payload([*busy, *others]))
    assert set(articles(store)) == {"good/other0", "good/other1", "good/other2"}
    (told,) = [line for line in lines if line["event"] == "pages_put_back"]
    assert (told["pages"], told["again_in_s"]) == (20, ingest.SOONEST)
    assert Later(store).depth() == 1
    monkeypatch.setattr(ingest, "PATIENCE", 30.0)
    give_turns_back(store)
    run_queue(start(), store)
    found = articles(store)
    assert len(found) == 23
    assert not any(article.partial for article in found.values())
    assert Later(store).depth() == 0


def put(store, *batches):
    """Queue each as a job of its own, or of several where it is large."""
    queue = JobQueue(store)
    queue.warm()
    with store.pipeline() as pipe:
        pipe.multi()
        for batch in batches:
            jobs.queue_ingest(queue)(pipe, batch)
        pipe.execute()


def work_off(worker, store):
    """Run everything, what is put back meanwhile included.

    On a busy machine the two pages that hang at first may be given up, and the host be asked slowly for it afterwards.
    """
    while worker.worker.tasks or Later(store).depth():
        run_queue(worker, store)
    assert sum(article.partial for article in articles(store).values()) <= PER_HOST


def test_a_slow_host_fills_no_worker(store, site, start):
    worker = start(network="respect_robots = false")
    slow = [item(site, f"slow/{number}") for number in range(200)]
    others = [item(site.replace("127.0.0.1", "other.localhost"), f"good/{number}") for number in range(5)]
    put(store, slow, others)
    while not articles(store).keys() >= {"good/0", "good/1", "good/2", "good/3", "good/4"}:
        worker.worker._round()
    # Of the others' job, which is put away once its last article is stored, nothing is left to be done.
    end = time.monotonic() + 60
    while len(worker.worker.tasks) > 7 and time.monotonic() < end:
        worker.worker._round()
    # All of the slow host's still wait here for it, in seven jobs.
    assert JobQueue(store).depths()[INGEST] == {"waiting": 0, "running": 7, "failed": 0}
    assert Later(store).depth() == 0
    Site.release.set()
    work_off(worker, store)
    assert len(articles(store)) == 205
    assert sum(number for name, number in counters(store).items() if "articles_total" in name) == 205


@pytest.fixture(
    params=[{"PATIENCE": 0.2, "STAND_IN_LINE": 100}, {"PATIENCE": 3_600.0, "STAND_IN_LINE": 16}],
    ids=["what waited its time", "all but the first"],
)
def small_worker(request, start, monkeypatch):
    """One that is crowded soon, and has one of the two reasons to put back what it holds."""
    for name, value in {"IN_HAND": 40, **request.param}.items():
        monkeypatch.setattr(ingest, name, value)
    return start(network="respect_robots = false")


def test_a_worker_that_is_crowded_by_a_slow_host_puts_back(small_worker, store, site, tmp_path, monkeypatch):
    worker = small_worker
    put(store, [item(site, f"slow/{number}") for number in range(100)])
    put(store, [item(site.replace("127.0.0.1", "other.localhost"), "good/1")])
    while "good/1" not in articles(store):
        worker.worker._round()
    assert len(articles(store)) == 1
    monkeypatch.setattr(ingest, "IN_HAND", 256)
    monkeypatch.setattr(ingest, "PATIENCE", 30.0)
    publish(store, tmp_path, network="respect_robots = false\n[storage]\narticles = '8d'")
    assert worker.live.refresh(at_once=True)
    Site.release.set()
    work_off(worker, store)
    assert len(articles(store)) == 101


def test_what_waits_for_a_slow_host_is_handed_back_by_a_worker_that_is_to_stop(
    store, site, redis_server, tmp_path, eventually
):
    publish(store, tmp_path, network="respect_robots = false")
    queue = JobQueue(store)
    put(store, [item(site, f"slow/{number}") for number in range(100)])
    command = [sys.executable, "-m", "worker", "worker", "ingest"]
    environment = {**os.environ, "REDIS_URL": redis_server.url}
    with (tmp_path / "log").open("ab") as log:
        worker = subprocess.Popen(command, stderr=log, env=environment, cwd=tmp_path)
    try:
        eventually(lambda: queue.depths()[INGEST] == {"waiting": 0, "running": 4, "failed": 0}, "that all are in hand")
        worker.terminate()
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait()
    assert queue.depths()[INGEST] == {"waiting": 4, "running": 0, "failed": 0}
    assert Later(store).depth() == 0
    assert articles(store) == {}


def test_a_page_that_was_put_back_often_enough_goes_on_with_the_feed_s_words(store, site, start, monkeypatch):
    monkeypatch.setattr(ingest, "PATIENCE", 0.01)
    worker = start()
    hold_turns(store)
    ingested(worker, jobs.ingest_payload([item(site, "good/1")]))
    waits = []
    while not articles(store):
        ((_, due),) = store.zrange(keys.LATER, 0, -1, withscores=True)
        waits.append(round(due - datetime.now(UTC).timestamp()))
        assert len(waits) <= ingest.PUT_BACKS
        run_queue(worker, store)
    assert waits == [5 * 2**number for number in range(ingest.PUT_BACKS)]
    (article,) = articles(store).values()
    assert article.partial
    assert "could not be fetched" in article.partial_reason


def test_what_somebody_waits_for_is_asked_for_before_what_stands_in_line_for_its_host(store, site, start):
    worker = start(network="respect_robots = false")
    others = [item(site, f"good/{number}") for number in range(30)]
    ingested(worker, jobs.ingest_payload([*others, item(site, "good/told", title=ERUPTED)]))
    assert len(Site.asked) == 31
    assert Site.asked.index("/good/told") <= PER_HOST


def test_a_host_that_asks_for_a_pause_has_its_pages_put_back_for_as_long(store, site, start):
    worker = start()
    ingested(worker, jobs.ingest_payload([item(site, f"limit/{number}") for number in range(5)]))
    assert articles(store) == {}
    ((_, due),) = store.zrange(keys.LATER, 0, -1, withscores=True)
    # what 429 means where it does not say for how long
    assert 25 < due - datetime.now(UTC).timestamp() <= 30


def test_a_batch_that_runs_twice_puts_back_once(store, site, start, monkeypatch):
    monkeypatch.setattr(ingest, "PATIENCE", 0.01)
    worker = start()
    hold_turns(store)
    batch = jobs.ingest_payload([item(site, "good/1")])
    ingested(worker, batch)
    ingested(worker, batch)
    assert Later(store).depth() == 1


def test_robots_txt_costs_an_entry_only_its_page(store, site, start, monkeypatch):
    monkeypatch.setattr(Site, "robots", b"User-agent: *\nDisallow: /good/private\n")
    worker = start()
    ingested(worker, jobs.ingest_payload([item(site, "good/private"), item(site, "good/public")]))
    found = articles(store)
    assert "robots.txt" in found["good/private"].partial_reason
    assert not found["good/public"].partial


def test_where_the_operator_says_so_robots_txt_is_not_asked(store, site, start, monkeypatch):
    monkeypatch.setattr(Site, "robots", b"User-agent: *\nDisallow: /\n")
    worker = start(network="respect_robots = false")
    ingested(worker, jobs.ingest_payload([item(site, "good/1")]))
    (article,) = articles(store).values()
    assert not article.partial


def test_hosts_take_turns_at_the_start_of_a_batch():
    urls = ["http://a.example", "http://a.example", "http://a.example", "http://b.example", "http://c.example"]
    order = ingest.taking_turns([item(url, str(number)) for number, url in enumerate(urls)])
    assert [work.entry.key for work in order] == ["0", "3", "4", "1", "2"]


def test_feed_only_asks_for_no_page_and_alerts_all_the_same(store, site, start):
    worker = start()
    ingested(worker, jobs.ingest_payload([item(site, "good/1", title=ERUPTED)], feed_only=True))
    (article,) = articles(store).values()
    assert article.partial
    (alert,) = Outbox(store).recent()
    assert alert.article == article
    assert alert.trace == "trace-good/1"


def test_every_line_about_an_entry_carries_its_trace(store, site, start):
    worker = start()
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        ingested(worker, jobs.ingest_payload([item(site, "good/1"), item(site, "missing/1")]))
    told = {line["trace"]: line for line in lines if line["event"] == "ingested"}
    assert set(told) == {"trace-good/1", "trace-missing/1"}
    assert told["trace-good/1"]["partial"] is False
    assert "404" in told["trace-missing/1"]["partial"]


def test_an_outage_of_redis_in_the_middle_is_told_before_any_other_error(store, site, start, monkeypatch):
    """So that it is not held against the batch."""
    worker = start()
    errors = iter([ValueError("a bug"), redis.ConnectionError("away"), ValueError("a bug")])

    def fail(*_arguments, **_named):
        raise next(errors)

    monkeypatch.setattr(worker._pipeline._store, "commit", fail)
    with pytest.raises(redis.ConnectionError):
        ingested(worker, jobs.ingest_payload([item(site, f"good/{number}") for number in range(3)]))


QUIET = 'quiet = "{start}-{end} UTC"'


def test_an_alert_decided_in_quiet_hours_waits_for_their_end(store, site, start):
    now = datetime.now(UTC)
    hours = QUIET.format(start=f"{now - timedelta(hours=2):%H:%M}", end=f"{now + timedelta(hours=2):%H:%M}")
    worker = start(more=hours)
    ingested(worker, jobs.ingest_payload([item(site, "good/1")]))
    outbox = Outbox(store)
    assert JobQueue(store).depths()[DELIVER]["waiting"] == 0
    (alert,) = outbox.recent()
    (delivery,) = outbox.deliveries(alert.id)
    assert timedelta(hours=1) < delivery.next_attempt - now <= timedelta(hours=2)
    assert outbox.due(now + timedelta(minutes=90)) == []
    assert outbox.due(now + timedelta(hours=2)) == [f"{alert.id}:desk"]


def test_a_new_configuration_is_taken_up_between_jobs(store, site, start, tmp_path):
    worker = start()
    publish(store, tmp_path, more='[[topics]]\nname = "Ports"\nquery = "ferries"\n')
    assert worker.live.refresh(at_once=True)
    ingested(worker, jobs.ingest_payload([item(site, "good/1")]))
    assert {alert.topic for alert in Outbox(store).recent()} == {"Volcano", "Ports"}


def test_a_page_under_way_outlives_a_new_configuration_and_holds_up_no_other_job(store, site, start, tmp_path):
    worker, queue = start(), JobQueue(store)
    queue.warm()
    # a host for each, so that none of them has to wait for the other's turn
    entries = [item(site, "slow/1"), item(site.replace("127.0.0.1", "other.localhost"), "good/1")]
    with store.pipeline() as pipe:
        pipe.multi()
        for entry in entries:
            jobs.queue_ingest(queue)(pipe, [entry])
        pipe.execute()
    while "good/1" not in articles(store):
        worker.worker._round()
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 1, "failed": 0}
    publish(store, tmp_path, more='[[topics]]\nname = "Ports"\nquery = "ferries"\n')
    assert worker.live.refresh(at_once=True)
    Site.release.set()
    while worker.worker.tasks:
        worker.worker._round()
    assert not articles(store)["slow/1"].partial
    assert {alert.topic for alert in Outbox(store).recent()} == {"Volcano", "Ports"}


def test_a_configuration_that_this_release_cannot_read_leaves_the_last_one_running(store, site, start):
    worker = start()
    store.hset("{ww}:config", mapping={"body": '{"storage_dir": 3}', "version": "of a later release"})
    with structlog.testing.capture_logs() as lines:
        assert not worker.live.refresh(at_once=True)
        assert not worker.live.refresh(at_once=True)
    assert [line["event"] for line in lines] == ["config_refused"]
    ingested(worker, jobs.ingest_payload([item(site, "good/1")]))
    assert len(Outbox(store).recent()) == 1


def test_a_query_that_this_release_does_not_understand_leaves_the_last_one_whole(store, site, start, tmp_path):
    worker = start()
    settings = publish(store, tmp_path, more='[[topics]]\nname = "Ports"\nquery = "ferries"\n')
    Published(store).put(to_published(settings).replace('"ferries"', '"NOT ferries"'), "later", datetime.now(UTC))
    assert not worker.live.refresh(at_once=True)
    ingested(worker, jobs.ingest_payload([item(site, "good/1")]))
    assert {alert.topic for alert in Outbox(store).recent()} == {"Volcano"}


def test_a_first_configuration_that_cannot_be_used_is_an_error(store, tmp_path):
    settings = publish(store, tmp_path)
    Published(store).put(to_published(settings).replace('"volcano"', '"NOT volcano"'), "bad", datetime.now(UTC))
    worker = IngestWorker(store)
    with pytest.raises(QueryError, match="Volcano"):
        worker.live.refresh(at_once=True)
    worker.close()


def test_without_any_configuration_the_worker_says_what_to_start_and_waits(store, tmp_path):
    worker = IngestWorker(store)
    asked = []

    def stopping():
        """Asked at every look: a scheduler starts after the first."""
        asked.append(True)
        if len(asked) == 2:
            publish(store, tmp_path)
        return len(asked) > 1_000

    with structlog.testing.capture_logs() as lines:
        worker.live.wait(stopping)
    assert 2 <= len(asked) < 1_000
    (line,) = [line for line in lines if line["event"] == "waiting_for_config"]
    assert "wirewatch scheduler" in line["mend"]
    worker.close()


# An ingest process that one entry kills whenever its page is touched; it looks often for the leases of those before.
DEADLY = """
import os, sys
from worker.edge.redis_client import connect
from worker.edge.rq_engine import reaper
from worker.run.ingest import IngestWorker
reaper.TICK_EVERY = 0.1
ingest = IngestWorker(connect(sys.argv[1]))
one = ingest._one
async def deadly(item, *, feed_only):
    if item.entry.key == "good/poison" and not feed_only:
        os._exit(9)
    return await one(item, feed_only=feed_only)
if __name__ == "__main__":
    ingest._one = deadly
    ingest.run()
"""


def test_an_entry_that_kills_the_worker_itself_ends_as_partial_and_takes_no_other_with_it(
    store, site, redis_server, tmp_path, eventually
):
    publish(store, tmp_path)
    queue = JobQueue(store)
    queue.warm()
    batch = [item(site, f"good/{name}") for name in ("1", "2", "poison", "3")]
    with store.pipeline() as pipe:
        pipe.multi()
        jobs.queue_ingest(queue)(pipe, batch)
        pipe.execute()
    deaths, running = [], []

    def all_done():
        if not running or running[0].poll() is not None:
            if running:
                deaths.append(running.pop().returncode)
            with (tmp_path / "log").open("ab") as log:
                running.append(
                    subprocess.Popen([sys.executable, "-c", DEADLY, redis_server.url], stderr=log, env=dict(os.environ))
                )
        return len(articles(store)) == len(batch)

    try:
        eventually(all_done, "four articles", seconds=120)
        eventually(lambda: queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 0}, "an empty queue")
    finally:
        running[0].kill()
        running[0].wait()
    found = articles(store)
    assert {name for name, article in found.items() if article.partial} == {"good/poison"}
    assert deaths == [9, 9, 9]


def test_a_job_nobody_understands_costs_only_itself(store, site, start):
    """Bytes of another release, or of another program."""
    worker = start()
    queue = JobQueue(store)
    queue.warm()
    with store.pipeline() as pipe:
        pipe.multi()
        queue.add(pipe, INGEST, jobs.INGEST_JOB, [{"v": 1}, "nonsense", None], timeout=60, title="alien")
        queue.add(pipe, INGEST, "os.system", ["true"], timeout=60, title="alien")
        queue._queues[INGEST].enqueue_call(jobs.INGEST_JOB, args=(1, 2), pipeline=pipe)
        queue._queues[INGEST].enqueue_call(jobs.INGEST_JOB, pipeline=pipe)
        jobs.queue_ingest(queue)(pipe, [item(site, "good/1")])
        pipe.execute()
    while queue.depths()[INGEST]["waiting"] or queue.depths()[INGEST]["running"]:
        worker.worker._round()
    assert set(articles(store)) == {"good/1"}
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 6}
    failed = FailedJobRegistry(INGEST, connection=store).get_job_ids(cleanup=False)
    assert all(0 < store.ttl(Job.key_for(job_id)) <= 86_400 for job_id in failed)
    assert {store.hget(Job.key_for(job_id), "status") for job_id in failed} == {b"failed"}
