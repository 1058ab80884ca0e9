"""Pages as the ingest worker fetches them: robots.txt first, and what waits is put off, on real sockets and Redis."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from support.sites import Names, answering, client, needs_aliases, redirecting, routing, run, sending, serving
from support.stores import SystemTime

from worker.edge import keys
from worker.edge.http_hosts import SharedHosts
from worker.edge.pages import PolitePages
from worker.edge.robots import Robots
from worker.edge.store.hosts import HostTable
from worker.errors import BlockedError, FetchError, FetchFailedError, HttpStatusError, PostponedError

PAGE = answering("200 OK", "Content-Type: text/html", body=b"<p>Sample page</p>")
CLOSED = b"User-agent: wirewatch-test\nDisallow: /private\n"
BODY = b"<p>Sample page</p>"


def polite(http, store, *, patience=5.0, seconds=30.0):
    robots = Robots(http, store, user_agent="wirewatch-test/1 (+https://example.org/)", patience=patience)
    return PolitePages(http, robots=robots, patience=patience, seconds=seconds)


def site(robots, **pages):
    """`robots` answers /robots.txt, anything else is a page."""

    async def answer(server, request, writer):
        path = request.split()[1].decode().strip("/")
        chosen = robots if path == "robots.txt" else pages.get(path, PAGE)
        await chosen(server, request, writer)

    return answer


def asked(server):
    return [request.split()[1].decode() for request in server.requests]


def test_what_robots_txt_keeps_from_us_is_not_asked_for(store):
    @run
    async def fetch():
        async with serving(site(answering("200 OK", body=CLOSED))) as server, client() as http:
            pages = polite(http, store)
            with pytest.raises(FetchError, match=r"asks programs not to read this page.*respect_robots") as caught:
                await pages.page(server.url("/private/1"))
            assert (caught.value.kind, caught.value.retry) == ("robots", False)
            assert (await pages.page(server.url("/public"))).body == BODY
        assert asked(server) == ["/robots.txt", "/public"]

    fetch()


def test_robots_txt_is_asked_once_however_many_pages_and_processes_wait_for_it(store):
    @run
    async def fetch():
        async with serving(site(answering("200 OK", body=CLOSED))) as server, client() as one, client() as other:
            first = polite(one, store)
            await asyncio.gather(*(first.page(server.url(f"/{number}")) for number in range(6)))
            await polite(other, store).page(server.url("/6"))
        assert asked(server).count("/robots.txt") == 1
        assert len(asked(server)) == 8

    fetch()


def test_what_is_remembered_ends_within_a_day_and_belongs_to_one_origin_and_name(store):
    @run
    async def fetch():
        async with serving(site(answering("200 OK", body=CLOSED))) as server, client() as http:
            await polite(http, store).page(server.url("/a"))
            key = f"{keys.ROBOTS}wirewatch-test:http://127.0.0.1:{server.port}"
        assert list(store.scan_iter(keys.ROBOTS + "*")) == [key.encode()]
        assert 0 < store.ttl(key) <= 86_400

    fetch()


def test_a_robots_txt_that_would_fill_redis_is_not_kept_for_long(store):
    from random import Random

    seeded = Random(4)
    rules = "".join(f"Disallow: /{seeded.randbytes(30).hex()}\n" for _ in range(3_000))

    @run
    async def fetch():
        robots = answering("200 OK", body=b"User-agent: *\n" + rules.encode())
        async with serving(site(robots)) as server, client() as http:
            await polite(http, store).page(server.url("/a"))
        (key,) = store.scan_iter(keys.ROBOTS + "*")
        assert 0 < store.ttl(key) <= 300

    fetch()


@pytest.mark.parametrize(
    "robots",
    [
        answering("404 Not Found"),
        answering("403 Forbidden"),
        answering("410 Gone"),
        answering("302 Found"),
        answering("200 OK", body=b""),
        answering("200 OK", "Content-Type: text/html", body=b"<html>Not found</html>"),
        redirecting("/robots.txt"),
        redirecting("http://10.0.0.1/robots.txt"),
    ],
    ids=["404", "403", "410", "302 to nowhere", "empty", "a web page", "in a circle", "to a forbidden address"],
)
def test_without_a_robots_txt_everything_may_be_read(store, robots):
    @run
    async def fetch():
        async with serving(site(robots)) as server, client() as http:
            assert (await polite(http, store).page(server.url("/a"))).body == BODY

    fetch()


@pytest.mark.parametrize(
    "robots",
    [
        answering("500 Oops"),
        answering("503 Service Unavailable"),
        answering("200 OK", "Content-Encoding: gzip", body=b"no gzip"),
        sending(b"nonsense\r\n\r\n"),
    ],
    ids=["500", "503", "broken", "no HTTP"],
)
def test_a_robots_txt_that_cannot_be_had_closes_the_host_for_a_while(store, robots):
    """RFC 9309, 2.3.1.4."""

    @run
    async def fetch():
        async with serving(site(robots)) as server, client() as http:
            for _ in range(2):
                with pytest.raises(FetchFailedError, match=r"robots\.txt") as caught:
                    await polite(http, store).page(server.url("/a"))
                assert caught.value.kind == "robots"
        assert asked(server) == ["/robots.txt"]
        (key,) = store.scan_iter(keys.ROBOTS + "*")
        assert 0 < store.ttl(key) <= 300

    fetch()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_of_a_robots_txt_of_5_mb_the_start_is_read(store, pack):
    """RFC 9309, 2.5."""
    long = CLOSED + b"# sample\n" * 600_000
    packing = ["Content-Encoding: gzip"] if pack is gzip.compress else []

    @run
    async def fetch():
        async with serving(site(answering("200 OK", *packing, body=pack(long)))) as server, client() as http:
            pages = polite(http, store)
            assert (await pages.page(server.url("/a"))).body == BODY
            with pytest.raises(FetchError, match="asks programs not to read"):
                await pages.page(server.url("/private/1"))
        assert asked(server) == ["/robots.txt", "/a"]

    fetch()


def test_a_redirect_to_another_host_is_under_that_host_s_rules(store):
    @run
    async def fetch():
        names = Names(a_example=[["127.0.0.1"]], b_example=[["127.0.0.1"]])
        async with serving(site(answering("200 OK", body=CLOSED))) as other:
            onward = redirecting(other.url("/private/1", host="b.example"))
            async with (
                serving(site(answering("404 Not Found"), start=onward)) as server,
                client(resolve=names) as http,
            ):
                with pytest.raises(FetchError, match=r"b\.example asks programs not to read"):
                    await polite(http, store).page(server.url("/start", host="a.example"))
        assert asked(other) == ["/robots.txt"]

    fetch()


@needs_aliases
def test_robots_txt_is_no_way_around_the_guard(store):
    """Neither as a request of its own, nor by a name that changes between it and the page."""

    @run
    async def fetch():
        names = Names(rebinding_example=[["127.0.0.2"], ["127.0.0.3"]], forbidden_example=[["127.0.0.3"]])
        robots = answering("200 OK", body=CLOSED)
        async with (
            serving(site(robots), "127.0.0.2") as server,
            serving(site(robots), "127.0.0.3") as forbidden,
            client("127.0.0.2/32", resolve=names) as http,
        ):
            pages = polite(http, store)
            for url in (
                forbidden.url("/a"),
                forbidden.url("/a", host="forbidden.example"),
                server.url("/a", host="rebinding.example"),
            ):
                with pytest.raises(BlockedError):
                    await pages.page(url)
            assert asked(server) == ["/robots.txt"]
            assert forbidden.connections == 0

    fetch()


def test_feeds_named_by_the_user_are_asked_whatever_robots_txt_says(store):
    @run
    async def fetch():
        async with serving(site(answering("200 OK", body=b"User-agent: *\nDisallow: /\n"))) as server, client() as http:
            await http.get(server.url("/feed"), accept_status={200})
        assert asked(server) == ["/feed"]

    fetch()


def test_where_robots_are_not_respected_nothing_is_asked(store):
    @run
    async def fetch():
        async with serving(site(answering("200 OK", body=CLOSED))) as server, client() as http:
            pages = PolitePages(http, robots=None, patience=5.0, seconds=30.0)
            assert (await pages.page(server.url("/private/1"))).body == BODY
        assert asked(server) == ["/private/1"]

    fetch()


def test_a_page_whose_host_asks_for_a_short_pause_is_put_off(store):
    limit = answering("429 Too Many Requests", "Retry-After: 20")

    @run
    async def fetch():
        async with serving(site(answering("404 Not Found"), a=limit)) as server, client() as http:
            with pytest.raises(PostponedError, match="429") as caught:
                await polite(http, store).page(server.url("/a"))
        assert caught.value.seconds == 20.0

    fetch()


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_page_whose_host_asks_for_a_long_pause_is_given_up(store, status):
    limit = answering(status, "Retry-After: 7200")

    @run
    async def fetch():
        async with serving(site(answering("404 Not Found"), a=limit)) as server, client() as http:
            with pytest.raises(HttpStatusError) as caught:
                await polite(http, store).page(server.url("/a"))
        assert caught.value.retry_after == 7200.0

    fetch()


def test_429_for_robots_txt_puts_the_page_off_and_closes_nothing(store):
    limit = answering("429 Too Many Requests", "Retry-After: 20")

    @run
    async def fetch():
        async with serving(site(limit)) as server, client() as http:
            with pytest.raises(PostponedError):
                await polite(http, store).page(server.url("/a"))
        assert list(store.scan_iter(keys.ROBOTS + "*")) == []
        assert asked(server) == ["/robots.txt"]

    fetch()


def test_one_busy_host_puts_off_all_that_wait_for_its_robots_txt_at_once(store):
    @run
    async def fetch():
        table = HostTable(store)
        for token in "ab":
            table.begin("127.0.0.1", 80, token, SystemTime().now(), ask_dead=False)
        async with serving(site(PAGE)) as server, client(hosts=SharedHosts(table, SystemTime())) as http:
            pages = polite(http, store, patience=0.2)
            ends = await asyncio.gather(
                *(pages.page(server.url(f"/{number}")) for number in range(8)), return_exceptions=True
            )
        assert [type(end) for end in ends] == [PostponedError] * 8
        assert server.connections == 0

    fetch()


def test_a_page_that_takes_too_long_with_all_its_waits_is_given_up(store):
    async def never(server, _request, _writer):
        await server.stop.wait()

    @run
    async def fetch():
        async with serving(routing(**{"robots.txt": PAGE, "a": never})) as server, client() as http:
            with pytest.raises(FetchFailedError, match=r"within 0\.3 s") as caught:
                await polite(http, store, seconds=0.3).page(server.url("/a"))
        assert caught.value.kind == "timeout"

    fetch()
