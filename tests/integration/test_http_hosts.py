"""Several clients over one Redis at one host: what its server sees of them together."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from support.sites import OK, Names, answering, client, redirecting, routing, run, serving
from support.stores import SystemTime

from worker.edge import http_hosts, keys
from worker.edge.http_hosts import SharedHosts
from worker.edge.store.hosts import HostTable, Verdict, Visit
from worker.errors import FetchFailedError, HttpStatusError, PostponedError


def sharing(store, **options):
    """A client as another process would have it."""
    return client(hosts=SharedHosts(HostTable(store), SystemTime()), **options)


class Crowd:
    """Answers nobody before it is told to, and counts who is there."""

    def __init__(self):
        self.present, self.most, self.opened = 0, 0, asyncio.Event()
        self.full = asyncio.Event()

    async def answer(self, server, request, writer):
        self.present += 1
        self.most = max(self.most, self.present)
        if self.present == 2:
            self.full.set()
        await self.opened.wait()
        await answering("200 OK")(server, request, writer)
        self.present -= 1


def test_two_clients_never_send_a_host_more_than_two_requests_at_a_time(store):
    @run
    async def ask():
        crowd = Crowd()
        async with serving(crowd.answer) as server, sharing(store) as one, sharing(store) as other:
            gets = [
                asyncio.create_task(http.get(server.url(f"/{number}"), accept_status=OK))
                for number in range(4)
                for http in (one, other)
            ]
            await crowd.full.wait()
            # everybody who is going to look at Redis has looked
            for _ in range(3):
                with pytest.raises(PostponedError):
                    await other.get(server.url(host="127.0.0.1"), accept_status=OK, patience=0.05, named=False)
            assert crowd.most == 2
            crowd.opened.set()
            await asyncio.gather(*gets)
        assert crowd.most == 2
        assert len(server.requests) == 8
        assert store.zcard(keys.HOST_TURNS + "127.0.0.1") == 0

    ask()


def test_a_client_that_is_stopped_in_the_middle_gives_its_turn_back(store):
    @run
    async def ask():
        crowd = Crowd()
        async with serving(crowd.answer) as server, sharing(store) as http:
            gets = [asyncio.create_task(http.get(server.url(), accept_status=OK)) for _ in range(2)]
            await crowd.full.wait()
            for task in gets:
                task.cancel()
            await asyncio.gather(*gets, return_exceptions=True)
        assert store.zcard(keys.HOST_TURNS + "127.0.0.1") == 0
        assert not store.hexists(keys.HOST + "127.0.0.1", "failures")

    ask()


def test_a_request_that_takes_longer_than_a_lease_keeps_its_turn(store, monkeypatch):
    monkeypatch.setattr(http_hosts, "LEASE", 0.03)
    renewed = asyncio.Event()

    class Watched(HostTable):
        def renew(self, host, token, now):
            super().renew(host, token, now)
            renewed.set()

    async def slow(server, request, writer):
        await renewed.wait()
        await answering("200 OK")(server, request, writer)

    @run
    async def ask():
        async with serving(slow) as server, client(hosts=SharedHosts(Watched(store), SystemTime())) as http:
            await http.get(server.url(), accept_status=OK)
        assert store.zcard(keys.HOST_TURNS + "127.0.0.1") == 0

    ask()


def test_an_impatient_request_comes_back_later_without_having_asked(store):
    table = HostTable(store)
    for token in "ab":
        table.begin("127.0.0.1", 80, token, datetime.now(UTC), ask_dead=False)

    @run
    async def ask():
        async with serving(answering("200 OK")) as server, sharing(store) as http:
            with pytest.raises(PostponedError, match="busy") as caught:
                await http.get(server.url(), accept_status=OK, patience=0.05, named=False)
            assert caught.value.seconds > 0
            assert server.connections == 0

    ask()


def test_429_keeps_every_client_away_until_its_pause_ends(store):
    @run
    async def ask():
        limit = answering("429 Too Many Requests", "Retry-After: 100")
        async with serving(limit) as server, sharing(store) as one, sharing(store) as other:
            with pytest.raises(HttpStatusError, match="429"):
                await one.get(server.url(), accept_status=OK)
            with pytest.raises(PostponedError, match="asked for a pause") as page:
                await other.get(server.url(), accept_status=OK, patience=5.0, named=False)
            with pytest.raises(PostponedError, match="asked for a pause") as feed:
                await other.get(server.url(), accept_status=OK)
        assert 90 < page.value.seconds <= 100
        assert 90 < feed.value.seconds <= 100
        assert server.connections == 1

    ask()


def test_a_pause_too_long_to_wait_for_is_told_as_it_is(store):
    @run
    async def ask():
        limit = answering("503 Service Unavailable", "Retry-After: 3600")
        async with serving(limit) as server, sharing(store) as http:
            for _ in range(2):
                with pytest.raises(HttpStatusError) as caught:
                    await http.get(server.url(), accept_status=OK, patience=5.0, named=False)
                assert caught.value.status == 503
            with pytest.raises(PostponedError) as named:
                await http.get(server.url(), accept_status=OK)
            assert named.value.seconds > 3000
        assert server.connections == 1

    ask()


@pytest.mark.parametrize("answer", ["503 Service Unavailable", "500 Oops", "404 Not Found", "403 Forbidden"])
def test_other_errors_say_nothing_about_the_host(store, answer):
    @run
    async def ask():
        async with serving(answering(answer)) as server, sharing(store) as http:
            for _ in range(4):
                with pytest.raises(HttpStatusError):
                    await http.get(server.url(), accept_status=OK, patience=5.0, named=False)
        assert server.connections == 4

    ask()


def test_a_host_out_of_reach_is_left_alone_by_pages_and_asked_by_feeds(store):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"

        @run
        async def ask():
            async with sharing(store) as one, sharing(store) as other:
                kinds = []
                for http in (one, other, one, other):
                    with pytest.raises(FetchFailedError) as caught:
                        await http.get(url, accept_status=OK, patience=5.0, named=False)
                    kinds.append(caught.value.kind)
                assert kinds == ["connect", "connect", "connect", "dead_host"]
                with pytest.raises(FetchFailedError) as caught:
                    await one.get(url, accept_status=OK)
                assert caught.value.kind == "connect"

        ask()


def test_a_redirect_that_has_used_up_the_time_does_not_make_its_target_dead(store):
    """Else anybody could take a newspaper's pages from us by slow links to it."""

    async def never(server, _request, _writer):
        await server.stop.wait()

    @run
    async def ask():
        async with serving(never) as victim, serving(redirecting(victim.url(host="victim.example"))) as server:
            names = Names(victim_example=[["127.0.0.1"]])
            async with sharing(store, timeout=0.1, resolve=names) as http:
                for _ in range(4):
                    with pytest.raises(FetchFailedError) as caught:
                        await http.get(server.url(), accept_status=OK, patience=5.0, named=False)
                    assert caught.value.kind == "timeout"

    ask()


def test_every_hop_of_a_redirect_is_a_turn_at_its_own_host(store):
    @run
    async def ask():
        names = Names(a_example=[["127.0.0.1"]], b_example=[["127.0.0.1"]])
        async with serving(routing(end=answering("200 OK"))) as last:
            first = redirecting(last.url("/end", host="b.example"))
            async with serving(first) as server, sharing(store, resolve=names) as http:
                await http.get(server.url(host="a.example"), accept_status=OK)
        hosts = {key.decode() for key in store.scan_iter(keys.HOST + "*")}
        assert hosts == {keys.HOST + "a.example", keys.HOST + "b.example"}

    ask()


def test_a_turn_left_by_a_process_that_died_is_given_anew(store):
    """The lease is over before anybody asks, as the clock of the test has it."""
    table = HostTable(store)
    for token in "ab":
        assert (
            table.begin("127.0.0.1", 80, token, datetime(2026, 5, 1, tzinfo=UTC), ask_dead=False).verdict is Verdict.GO
        )

    @run
    async def ask():
        async with serving(answering("200 OK")) as server, sharing(store) as http:
            await http.get(server.url(), accept_status=OK, patience=5.0, named=False)
        assert server.connections == 1

    ask()


def test_what_a_process_knew_of_a_host_is_known_to_one_that_starts(store):
    HostTable(store).end("127.0.0.1", 80, "x", datetime.now(UTC), Visit(reached=True, pause=60.0, status=429))

    @run
    async def ask():
        async with serving(answering("200 OK")) as server, sharing(store) as http:
            with pytest.raises(PostponedError):
                await http.get(server.url(), accept_status=OK, patience=5.0, named=False)
        assert server.connections == 0

    ask()
