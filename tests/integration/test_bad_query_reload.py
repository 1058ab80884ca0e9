"""A running scheduler meets a configuration whose query is malformed: it is refused, and the last good one goes on."""

from __future__ import annotations

import os

import pytest
import structlog
from support.schedulers import play

from worker.config import from_published, load
from worker.edge.store.published import Published
from worker.errors import QueryError
from worker.model import Article
from worker.run.live import LiveSettings
from worker.run.scheduler import Scheduler
from worker.run.watching import watch_of

ARTICLE = Article(id="1", title="Sample: a ferry is late")


@pytest.fixture
def config(tmp_path):
    """Write the configuration with this query; each text gets a time of its own."""
    path = tmp_path / "wirewatch.toml"
    stamps = iter(range(1_000_000_000, 1_000_000_100))

    def write(query):
        path.write_text(f"[[topics]]\nname = \"Sample\"\nquery = '''{query}'''\n", "utf-8")
        at = next(stamps)
        os.utime(path, (at, at))
        return path

    return write


@pytest.mark.parametrize(
    ("query", "sentence", "picture"),
    [
        (
            "ferry NEAR/x late",
            "(column 7); write a whole number from 0 to 9999, e.g. NEAR/10",
            "ferry NEAR/x late\n      ^",
        ),
        ("ferry OR\n  @ferri", "(line 2, column 3); ", "  @ferri\n  ^"),
        ("NOT ferry", "(column 1); say also what must be there", "NOT ferry\n^"),
    ],
)
def test_an_invalid_query_is_refused_while_the_last_good_one_goes_on(store, config, query, sentence, picture):
    published = Published(store)
    path = config("ferry")
    first = load(path, env={}).fingerprint
    watched = []
    worker = LiveSettings(store, lambda settings: watched.append(watch_of(settings)))

    def seen_by_a_worker():
        worker.refresh(at_once=True)
        return bool(watched[-1].matcher.match(ARTICLE)) or pytest.fail("the last good query does not go on")

    with structlog.testing.capture_logs() as logged:
        play(
            Scheduler(store, path, load(path, env={})),
            lambda: published.version() == first,
            seen_by_a_worker,
            lambda: config(query),
            lambda: published.refused() is not None,
            seen_by_a_worker,
        )
    assert published.version() == first
    assert [topic.query for topic in from_published(published.body()).topics] == ["ferry"]
    refused = published.refused()
    assert "topics[0].query: " in refused
    assert sentence in refused
    assert refused.endswith(picture)
    assert "config_refused" in [line["event"] for line in logged]

    play(Scheduler(store, path, load(config("ferry OR late"), env={})), lambda: published.version() != first)
    worker.refresh(at_once=True)
    assert len(watched) == 2
    assert published.refused() is None


def test_a_published_query_that_a_worker_does_not_understand_leaves_its_last_one(store, config):
    published = Published(store)
    good = load(config("ferry"), env={})
    watched = []
    worker = LiveSettings(store, lambda settings: watched.append(watch_of(settings)))
    play(Scheduler(store, config("ferry"), good), lambda: published.version() == good.fingerprint)
    assert worker.refresh(at_once=True)
    body = published.body()
    store.hset("{ww}:config", mapping={"body": body.replace("ferry", "ferry NEAR/x"), "version": "of another release"})
    with structlog.testing.capture_logs() as logged:
        assert not worker.refresh(at_once=True)
    assert [line["event"] for line in logged] == ["config_refused"]
    assert "topic Sample: NEAR/x: a number is wanted" in logged[0]["error"]
    assert watched[-1].matcher.match(ARTICLE)
    assert len(watched) == 1
    with pytest.raises(QueryError):
        watch_of(from_published(body.replace("ferry", "ferry NEAR/x")))
