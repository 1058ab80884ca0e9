"""Pages that were given up: how they are listed, and how they are tried again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from rq.job import Job
from rq.serializers import JSONSerializer
from starlette.testclient import TestClient
from support.ingesting import ingested
from support.servers import Quiet, serving

from worker.config import load, to_published
from worker.edge.clock import SystemClock
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store import dead_pages
from worker.edge.store.articles import Archive
from worker.edge.store.done import DoneEntries
from worker.edge.store.published import Published
from worker.edge.store.upkeep import STORIES_KEPT, trim
from worker.model import Entry, WorkItem
from worker.run import jobs
from worker.run.ingest import IngestWorker
from worker.run.web.app import create_app

CONFIG = """
[redis]
url = "{redis}"
[network]
allow = ["127.0.0.0/8"]
[[topics]]
name = "Volcano"
query = "volcano"
"""
WORDS = "The sample bakery opened again near the sample harbour, and people stood in line for the whole of the day. "
PAGE = f"<html><body><article><h1>Sample report</h1>{'<p>' + WORDS * 3 + '</p>'}</article></body></html>"


class Site(Quiet):
    def do_GET(self):
        body = b"" if self.path == "/robots.txt" else PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def site():
    with serving(Site) as url:
        yield url


@pytest.fixture
def worker(store, tmp_path, redis_server, cli):
    """An ingest worker in this process, in the folder where the commands run."""
    path = tmp_path / "wirewatch.toml"
    path.write_text(CONFIG.format(redis=redis_server.url), "utf-8")
    settings = load(path, env={})
    Published(store).put(to_published(settings), settings.fingerprint, datetime.now(UTC))
    with structlog.testing.capture_logs():
        found = IngestWorker(store)
        assert found.live.refresh(at_once=True)
        yield found
        found.worker._stop.set()
        found.run()


def give_up(store, worker, site, title):
    """An entry whose page ended three workers, and that went on with the feed's own words."""
    item = WorkItem(
        entry=Entry(key=title, url=f"{site}/{title.replace(' ', '-')}", title=title, summary=f"{title} in short."),
        feed_url="https://example.org/rss",
        feed_name="Example",
        feed_title="Example",
        tags=(),
        full_text=True,
        seen_at=datetime.now(UTC),
        trace=title,
    )
    after = jobs.after_loss(jobs.INGEST_JOB, jobs.ingest_payload([item]), jobs.TRIES)
    with store.pipeline() as pipe:
        dead_pages.put(pipe, after.dead, reason="its worker died", tries=jobs.TRIES)
        pipe.execute()
    (payload,) = after.again
    ingested(worker, payload)
    return item


def waiting(store):
    """The payload of the one job on the queue."""
    (job_id,) = store.lrange("{ww}:rq:queue:ingest", 0, -1)
    (payload,) = Job.fetch(job_id.decode(), connection=store, serializer=JSONSerializer).args
    return payload


def articles(store):
    return {article.title: article for article in Archive(store).articles(datetime.fromtimestamp(0, UTC))}


def test_a_page_that_was_given_up_is_listed_and_fetched_again(store, worker, site, cli):
    item = give_up(store, worker, site, "Sample bakery")
    (listed,) = json.loads(cli("articles", "list", "--dead", "--json")[1])
    assert (listed["id"], listed["url"], listed["feed"]) == (item.id, item.entry.url, "Example")
    assert (listed["tries"], listed["reason"]) == (3, "its worker died")
    assert "item" not in listed
    assert articles(store)["Sample bakery"].partial
    assert cli("articles", "retry", item.id) == (0, "1 page to be fetched again\n", "")
    ingested(worker, waiting(store))
    (article,) = articles(store).values()
    assert not article.partial
    assert "people stood in line" in article.text
    assert cli("articles", "list", "--dead", "--json")[1] == "[]\n"
    assert cli("articles", "retry", item.id)[0] == 1


def test_what_the_feeds_own_words_told_already_is_left_as_it_is(store, worker, site, cli):
    told, other = give_up(store, worker, site, "Sample volcano"), give_up(store, worker, site, "Sample bakery")
    status, output, errors = cli("articles", "retry", "--dead")
    assert (status, output) == (0, "1 page to be fetched again\n")
    assert errors == f"told already by what the feed itself said, and left as it is: {told.id}\n"
    assert [letter["id"] for letter in dead_pages.newest(store)] == [told.id]
    assert set(articles(store)) == {"Sample volcano"}
    assert JobQueue(store).depths()[INGEST]["waiting"] == 1
    assert DoneEntries(store).article_of(other.id, datetime.now(UTC)) is None


def test_an_entry_that_was_given_up_as_a_whole_is_worked_on_again(store, worker, site, cli):
    item = give_up(store, worker, site, "Sample bakery")
    alone = jobs.after_loss(jobs.INGEST_JOB, jobs.ingest_payload([item], feed_only=True), jobs.TRIES)
    with store.pipeline() as pipe:
        dead_pages.put(pipe, alone.dead, reason="its worker died", tries=jobs.TRIES)
        DoneEntries(store).forget(pipe, item.id, datetime.now(UTC))  # it never came to an article
        pipe.execute()
    assert cli("articles", "retry", "--dead") == (0, "1 page to be fetched again\n", "")
    assert dead_pages.count(store) == 0


@pytest.mark.parametrize("words", [(), ("some-id", "--dead")])
def test_it_has_to_be_said_what_is_to_be_tried_again(worker, cli, words):
    status, _, errors = cli("articles", "retry", *words)
    assert status == 2
    assert "name one by its ID, or all by --dead" in " ".join(errors.split())


def test_status_the_dashboard_and_the_metrics_tell_of_it(store, worker, site, cli):
    item = give_up(store, worker, site, "Sample bakery")
    found = json.loads(cli("status", "--json")[1])["dead_pages"]
    assert (found["total"], found["newest"][0]["url"]) == (1, item.entry.url)
    shown = " ".join(cli("status")[1].split())
    assert "1 page given up; see wirewatch articles list --dead" in shown
    assert f"{item.entry.url} (Example): the page, its entry went on; 3 tries, its worker died" in shown
    client = TestClient(create_app(store, clock=SystemClock(), password=None), base_url="http://127.0.0.1")
    assert "1 page given up" in client.get("/").text
    assert "wirewatch_dead_pages 1.0\n" in client.get("/metrics").text


def test_old_ones_are_forgotten(store, worker, site):
    give_up(store, worker, site, "Sample bakery")
    trim(store, datetime.now(UTC) + timedelta(seconds=STORIES_KEPT - 60), articles_ttl=60)
    assert dead_pages.count(store) == 1
    trim(store, datetime.now(UTC) + timedelta(seconds=STORIES_KEPT + 60), articles_ttl=60)
    assert dead_pages.count(store) == 0
