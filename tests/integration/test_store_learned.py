"""What is remembered of hosts, on a real Redis: once a page, bounded, and still there after a restart."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.hosts import article, page_of, story

from worker.clean.learned import MAX_AGE, MAX_PAGES
from worker.edge import keys
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.store.learned import SLACK, HostPages
from worker.model import short_id
from worker.ports import SeenPage

HOST = "repeats.example"
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def pages(count):
    return [
        page_of(
            article(number, story("en", number)[1], title=story("en", number)[0], seen=NOW + timedelta(minutes=number))
        )
        for number in range(count)
    ]


def heaviest(number):
    """A page with all that is ever kept of one."""
    return SeenPage(
        article_id=short_id("article", str(number)),
        seen_at=NOW + timedelta(seconds=number),
        marks=tuple(range(96)),
        words=tuple(range(32)),
    )


def by_id(found):
    return {page.article_id: page for page in found}


def test_pages_come_back_as_they_were(store):
    hosts, given = HostPages(store), pages(3)
    for page in given:
        found = hosts.remember(HOST, page)
    assert by_id(found) == by_id(given)
    assert hosts.remember("other.example", given[0]) == [given[0]]


def test_a_page_told_again_is_the_same_page(store):
    hosts, (one, two) = HostPages(store), pages(2)
    for page in (one, two, one, one, two):
        found = hosts.remember(HOST, page)
    assert by_id(found) == by_id([one, two])
    changed = replace(one, marks=(1, 2, 3))
    assert by_id(hosts.remember(HOST, changed)) == by_id([changed, two])


def test_two_workers_that_take_the_same_pages_in_different_order_keep_the_latest(store):
    given, barrier = pages(100), threading.Barrier(2)
    orders = (given, [*reversed(given)])

    def work(order):
        hosts = HostPages(store)
        barrier.wait()
        for page in order:
            hosts.remember(HOST, page)

    workers = [threading.Thread(target=work, args=(order,)) for order in orders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = by_id(HostPages(store).remember(HOST, given[-1]))
    assert {page.article_id for page in given[-MAX_PAGES:]} <= found.keys()
    assert store.hlen(keys.LEARNED + HOST) <= MAX_PAGES + SLACK
    assert all(found[page.article_id] == page for page in given[-MAX_PAGES:])


def test_no_host_grows_beyond_its_bound(store):
    hosts = HostPages(store)
    for number in range(300):
        found = hosts.remember(HOST, heaviest(number))
        assert len(found) <= MAX_PAGES + SLACK
    assert store.hlen(keys.LEARNED + HOST) <= MAX_PAGES + SLACK
    assert store.memory_usage(keys.LEARNED + HOST, samples=0) <= 48_000


def test_the_host_that_has_been_silent_for_longest_makes_room(store):
    hosts = HostPages(store, max_hosts=3)
    for minute, host in enumerate(["a", "b", "c", "a", "d"]):
        hosts.remember(host, replace(heaviest(minute), seen_at=NOW + timedelta(minutes=minute)))
    assert store.zrange(keys.LEARNED_HOSTS, 0, -1) == [b"c", b"a", b"d"]
    assert sorted(store.scan_iter(keys.LEARNED + "*")) == [(keys.LEARNED + host).encode() for host in "acd"]


def test_a_silent_host_is_forgotten(store):
    hosts = HostPages(store)
    hosts.remember("old", heaviest(1))
    assert 0 < store.ttl(keys.LEARNED + "old") <= MAX_AGE
    hosts.remember("new", replace(heaviest(2), seen_at=NOW + timedelta(seconds=MAX_AGE + 5)))
    assert store.zrange(keys.LEARNED_HOSTS, 0, -1) == [b"new"]


def test_a_late_page_does_not_make_a_host_look_silent(store):
    hosts = HostPages(store)
    hosts.remember(HOST, heaviest(50))
    hosts.remember(HOST, heaviest(2))
    assert store.zscore(keys.LEARNED_HOSTS, HOST) == heaviest(50).seen_at.timestamp()


def test_a_record_of_a_later_release_is_passed_over(store):
    hosts, (one,) = HostPages(store), pages(1)
    store.hset(keys.LEARNED + HOST, "from-tomorrow", b"\x63anything")
    assert hosts.remember(HOST, one) == [one]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_learned_survives_the_end_of_redis(tmp_path, stop):
    server = EmbeddedRedis(tmp_path)
    server.start()
    *known, last = pages(13)
    connection = connect(server.url)
    connection.config_set("appendfsync", "always")
    hosts = HostPages(connection)
    for page in known:
        hosts.remember(HOST, page)
    if stop == signal.SIGKILL:
        os.kill(server.pid, stop)
    else:
        server.stop()
    server.start()
    try:
        assert by_id(HostPages(connect(server.url)).remember(HOST, last)) == by_id([*known, last])
    finally:
        server.stop()
