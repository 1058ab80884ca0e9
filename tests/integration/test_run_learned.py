"""What a host repeats, learned by ingest workers on a real Redis from a real site, and left out before matching."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import redis
from support.hosts import LANGUAGES, long_story, story
from support.ingesting import ingested
from support.servers import Quiet, serving

from worker.config import load, to_published
from worker.edge import keys
from worker.edge.store.articles import Archive
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Published
from worker.model import Entry, WorkItem
from worker.run import jobs
from worker.run.ingest import IngestWorker

CONFIG = """
[network]
allow = ["127.0.0.0/8"]
[[topics]]
name = "Weekend"
query = "\\"weekend edition\\""
[[destinations]]
name = "desk"
type = "console"
"""
NOTICE = LANGUAGES["en"]["notice"]
PAGES = 14


class Site(Quiet):
    """Fourteen stories, each with the notice of the site below it."""

    def do_GET(self):
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        number = int(self.path.rpartition("/")[2])
        title, lines = long_story("en", number)
        body = "".join(f"<p>{line}</p>" for line in [*lines, NOTICE])
        page = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page.encode())))
        self.end_headers()
        self.wfile.write(page.encode())


@pytest.fixture
def site():
    with serving(Site) as url:
        yield url


@pytest.fixture
def start(store, tmp_path):
    """Ingest workers in this process, on one Redis."""
    path = tmp_path / "wirewatch.toml"
    path.write_text(CONFIG, "utf-8")
    settings = load(path, env={})
    Published(store).put(to_published(settings), settings.fingerprint, datetime.now(UTC))
    started = []

    def build():
        worker = IngestWorker(store)
        started.append(worker)
        assert worker.live.refresh(at_once=True)
        return worker

    yield build
    for worker in started:
        worker.worker._stop.set()
        worker.run()


def item(url, number):
    now = datetime.now(UTC)
    return WorkItem(
        entry=Entry(
            key=str(number), url=f"{url}/{number}", title=story("en", number)[0], published=now - timedelta(minutes=1)
        ),
        feed_url=f"{url}/feed",
        feed_name="Example",
        feed_title="Example",
        tags=(),
        full_text=True,
        seen_at=now,
        trace=f"trace-{number}",
    )


def payload(url, *numbers):
    return jobs.ingest_payload([item(url, number) for number in numbers])


def by_number(store):
    found = Archive(store).articles(datetime.fromtimestamp(0, UTC))
    return {int(article.url.rpartition("/")[2]): article for article in found}


def remembered(store, site):
    return store.hlen(f"{keys.LEARNED}{site.removeprefix('http://')}")


def test_two_workers_learn_together_and_the_notice_no_longer_alerts(store, site, start):
    one, other = start(), start()
    for number in range(11):
        ingested((one, other)[number % 2], payload(site, number))
    told = len(Outbox(store).recent())
    assert told > 0
    for number in range(11, PAGES):
        ingested((one, other)[number % 2], payload(site, number))
    found = by_number(store)
    assert all(NOTICE in found[number].text and found[number].removed == () for number in range(11))
    for number in range(11, PAGES):
        assert NOTICE not in found[number].text
        assert [line.text for line in found[number].removed] == [NOTICE]
        assert all(line in found[number].text for line in story("en", number)[1])
    assert len(Outbox(store).recent()) == told


def test_a_worker_that_ends_before_its_commit_counts_no_page_twice(store, site, start, monkeypatch):
    worker = start()
    for number in range(10):
        ingested(worker, payload(site, number))
    commit = worker._pipeline._store.commit

    def lost(*_arguments, **_options):
        raise redis.ConnectionError("away")

    monkeypatch.setattr(worker._pipeline._store, "commit", lost)
    for _ in range(5):
        with pytest.raises(redis.ConnectionError):
            ingested(worker, payload(site, 10))
    assert remembered(store, site) == 11
    monkeypatch.setattr(worker._pipeline._store, "commit", commit)
    later = start()
    ingested(later, payload(site, 10))
    ingested(later, payload(site, 10))
    assert remembered(store, site) == 11
    assert by_number(store)[10].removed == ()
    ingested(later, payload(site, 11))
    assert [line.text for line in by_number(store)[11].removed] == [NOTICE]
