"""The HTTP client against real servers on loopback addresses, friendly and hostile."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from typing import Any

import pytest
from support.sites import (
    OK,
    Answer,
    Names,
    Server,
    answering,
    client,
    dripping,
    needs_aliases,
    redirecting,
    routing,
    run,
    sending,
    serving,
)

from worker.edge.http import MAX_HEADERS, HttpResponse
from worker.errors import BlockedError, FetchError, FetchFailedError, HttpStatusError
from worker.model import Page


async def refused(answer: Answer, *, max_bytes: int = 100_000, speaks_first: bool = False) -> FetchError:
    """The error that a get of this answer ends with; afterwards the pool holds nothing any more."""
    async with serving(answer, speaks_first=speaks_first) as server, client(timeout=10.0) as http:
        with pytest.raises(FetchError) as caught:
            await http.get(server.url("/secret-path"), max_bytes=max_bytes, accept_status=OK)
        assert http._guarded.connections == []
    assert "secret-path" not in str(caught.value)
    return caught.value


# --- what works ---------------------------------------------------------------------------------------------------


@run
async def test_a_get_brings_status_headers_and_the_decoded_body():
    answer = answering("200 OK", "ETag: x", "A: 1", "a: 2", "Content-Encoding: gzip", body=gzip.compress(b"hello"))
    async with serving(answer) as server, client() as http:
        response = await http.get(server.url("/a b?c=d#e"), accept_status=OK)
    assert response.url == server.url("/a%20b?c=d")
    assert (response.status, response.body, response.permanent_redirect_to) == (200, b"hello", None)
    assert response.headers["etag"] == response.headers["ETAG"] == "x"
    assert response.headers["a"] == "1, 2"


@run
async def test_a_request_says_who_asks_and_carries_the_given_headers():
    async with serving(answering("200 OK")) as server, client() as http:
        await http.get(server.url("/feed?x=1"), headers={"X-Key": "k", "ACCEPT": "text/xml"}, accept_status=OK)
    lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /feed?x=1 HTTP/1.1"
    sent = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    assert sent == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "wirewatch-test (+https://example.org/)",
        "accept": "text/xml",
        "accept-encoding": "gzip, deflate, br, zstd",
        "x-key": "k",
    }


@run
async def test_a_page_has_its_final_url_type_and_charset():
    answer = routing(
        old=redirecting("/new"),
        new=answering("200 OK", "Content-Type: Text/HTML; Charset=KOI8-R", body=b"\xf0"),
    )
    async with serving(answer) as server, client() as http:
        page = await http.page(server.url("/old"))
    assert page == Page(url=server.url("/new"), body=b"\xf0", content_type="text/html", charset="koi8-r")


@run
async def test_not_modified_is_an_answer_where_it_is_wanted_and_keeps_the_connection():
    async def twice(server: Server, _request: bytes, writer: asyncio.StreamWriter) -> None:
        # on one connection: the second answer goes out without a second accept
        writer.write(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9000000\r\n\r\n")
        await server.stop.wait()

    async with serving(twice) as server, client() as http:
        response = await http.get(server.url(), headers={"If-None-Match": "x"}, accept_status={200, 304})
        assert (response.status, response.body) == (304, b"")
        assert [connection.is_idle() for connection in http._guarded.connections] == [True]


@run
async def test_an_unwanted_status_is_an_error_that_knows_the_pause_asked_for():
    answer = answering("503 Service Unavailable", "Retry-After: 120")
    async with serving(answer) as server, client() as http:
        with pytest.raises(HttpStatusError, match="answered 503 Service Unavailable") as caught:
            await http.get(server.url(), accept_status=OK)
    assert (caught.value.status, caught.value.retry_after, caught.value.retry) == (503, 120.0, True)


@run
async def test_a_status_nobody_knows_is_an_error_too():
    error = await refused(answering("799 Go Away"))
    assert isinstance(error, HttpStatusError)
    assert (error.status, error.retry_after) == (799, None)


@run
async def test_cookies_are_not_kept():
    async with serving(answering("200 OK", "Set-Cookie: id=1; Path=/")) as server, client() as http:
        for _ in range(2):
            await http.get(server.url(), accept_status=OK)
    assert len(server.requests) == 2
    assert b"cookie" not in server.requests[1].lower()


@run
async def test_proxies_in_the_environment_are_not_used():
    with pytest.MonkeyPatch.context() as patch:
        async with serving(answering("200 OK")) as proxy, serving(answering("200 OK", body=b"direct")) as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                patch.setenv(name, proxy.url())
            async with client() as http:
                response = await http.get(server.url(), accept_status=OK)
    assert response.body == b"direct"
    assert proxy.connections == 0


@run
async def test_two_requests_at_a_time_to_one_host_and_others_are_not_held_up():
    two_are_there, gate = asyncio.Event(), asyncio.Event()
    waiting = []

    async def wait(server: Server, request: bytes, writer: asyncio.StreamWriter) -> None:
        waiting.append(request)
        if len(waiting) == 2:
            two_are_there.set()
        await gate.wait()
        await answering("200 OK")(server, request, writer)

    async with serving(wait) as busy, serving(answering("200 OK")) as idle, client() as http:
        gets = [asyncio.create_task(http.get(busy.url(f"/{n}"), accept_status=OK)) for n in range(5)]
        await two_are_there.wait()
        for _ in range(3):
            # the same machine under another name, so that a third request to the first one had time to arrive
            await http.get(idle.url(host="localhost"), accept_status=OK)
        assert len(waiting) == 2
        gate.set()
        await asyncio.gather(*gets)
        assert http._hosts._slots == {}
    assert len(busy.requests) == 5


# --- redirects ----------------------------------------------------------------------------------------------------


@run
async def test_permanent_redirects_tell_the_new_address():
    answer = routing(
        a=redirecting("/b", "301 Moved Permanently"),
        b=redirecting("/c", "308 Permanent Redirect"),
        c=answering("200 OK"),
        x=redirecting("/b"),
    )
    async with serving(answer) as server, client() as http:
        moved = await http.get(server.url("/a"), accept_status=OK)
        for_now = await http.get(server.url("/x"), accept_status=OK)
    assert moved.url == moved.permanent_redirect_to == server.url("/c")
    assert for_now.url == server.url("/c")
    assert for_now.permanent_redirect_to is None


@run
async def test_a_circle_of_redirects_is_left_at_once():
    async with serving(routing(a=redirecting("/b"), b=redirecting("/a"))) as server, client() as http:
        with pytest.raises(FetchFailedError, match="circle"):
            await http.get(server.url("/a"), accept_status=OK)
    assert server.connections == 2


@run
async def test_an_endless_way_ends_after_five_redirects():
    async def onward(server: Server, request: bytes, writer: asyncio.StreamWriter) -> None:
        await redirecting(f"/{len(server.requests)}")(server, request, writer)

    async with serving(onward) as server, client() as http:
        with pytest.raises(FetchFailedError, match="6th time"):
            await http.get(server.url("/start"), accept_status=OK)
    assert server.connections == 6


@run
async def test_a_redirect_without_a_location_is_an_unwanted_status():
    error = await refused(answering("302 Found"))
    assert isinstance(error, HttpStatusError)
    assert error.status == 302


@run
async def test_secret_headers_do_not_go_to_another_host():
    secret = {"Authorization": "Basic x", "If-None-Match": "e"}
    async with (
        serving(answering("200 OK")) as other,
        serving(redirecting(other.url(host="localhost"))) as server,
        client("127.0.0.0/8", "::1") as http,
    ):
        await http.get(server.url(), headers=secret, accept_status=OK)
    assert b"authorization: basic x" in server.requests[0].lower()
    assert b"authorization" not in other.requests[0].lower()
    assert b"if-none-match: e" in other.requests[0].lower()


# --- addresses ----------------------------------------------------------------------------------------------------


@run
async def test_the_words_say_what_was_resolved_and_the_mend():
    async with client("127.0.0.2/32", resolve=Names(intranet_example=[["10.0.0.5"]])) as http:
        with pytest.raises(BlockedError) as caught:
            await http.page("http://intranet.example/wiki?token=secret")
    assert str(caught.value) == (
        "refused: intranet.example resolves to 10.0.0.5, a private address (RFC 1918); "
        "name it in [network] allow if you mean it"
    )


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST"])
@run
async def test_localhost_is_refused_unless_allowed(host):
    async with serving(answering("200 OK", body=b"ours")) as server:
        async with client("192.0.2.0/24") as http:
            with pytest.raises(BlockedError, match="loopback"):
                await http.get(server.url(host=host), accept_status=OK)
        assert server.connections == 0
        async with client("127.0.0.0/8", "::1") as http:
            response = await http.get(server.url(host=host), accept_status=OK)
    assert response.body == b"ours"


@run
async def test_other_ports_are_for_allowed_addresses_only():
    async with client(resolve=Names(public_example=[["1.1.1.1"]])) as http:
        with pytest.raises(BlockedError, match="port 6379"):
            await http.get("http://public.example:6379/", accept_status=OK)


@run
async def test_the_name_stays_in_the_host_header():
    async with serving(answering("200 OK")) as server, client(resolve=Names(news_example=[["127.0.0.1"]])) as http:
        await http.get(server.url(host="news.example"), accept_status=OK)
    assert f"host: news.example:{server.port}\r\n" in server.requests[0].decode().lower()


@run
async def test_the_name_stays_in_the_tls_handshake_and_a_failed_one_is_told():
    # RFC 8446, 6: a fatal alert, handshake_failure
    alert = sending(b"\x15\x03\x03\x00\x02\x02\x28")
    names = Names(news_example=[["127.0.0.1"]])
    async with serving(alert, speaks_first=True) as server, client(resolve=names) as http:
        with pytest.raises(FetchFailedError) as caught:
            await http.get(f"https://news.example:{server.port}/", accept_status=OK)
    assert caught.value.kind == "tls"
    assert b"news.example" in server.requests[0]
    assert b"127.0.0.1" not in server.requests[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for news.example that this process trusts, as the server's TLS context."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "certificate.pem"
    make = (
        f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=sample -addext subjectAltName=DNS:news.example"
    )
    subprocess.run([*make.split(), "-keyout", key, "-out", pem], check=True, capture_output=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(pem))
        yield pem, key


def server_tls(certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_a_valid_certificate_is_that_of_the_name_not_of_the_address(certificate):
    @run
    async def fetch():
        names = Names(news_example=[["127.0.0.1"]])
        tls = server_tls(certificate)
        async with serving(answering("200 OK", body=b"safe"), tls=tls) as server, client(resolve=names) as http:
            response = await http.get(f"https://news.example:{server.port}/", accept_status=OK)
        assert response.body == b"safe"

    fetch()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "other.example"])
def test_a_certificate_for_another_name_is_refused(certificate, host):
    @run
    async def fetch():
        names = Names(other_example=[["127.0.0.1"]], localhost=[["127.0.0.1"]])
        tls = server_tls(certificate)
        async with serving(answering("200 OK"), tls=tls) as server, client(resolve=names) as http:
            with pytest.raises(FetchFailedError, match="certificate that is not valid") as caught:
                await http.get(f"https://{host}:{server.port}/", accept_status=OK)
        assert caught.value.kind == "tls"
        assert server.requests == []

    fetch()


def nonsense_after_the_handshake(tls: ssl.SSLContext) -> Answer:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = tls.wrap_bio(incoming, outgoing, server_side=True)

    def handshake_is_done() -> bool:
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    async def answer(server: Server, hello: bytes, writer: asyncio.StreamWriter) -> None:
        incoming.write(hello)
        while not handshake_is_done():
            writer.write(outgoing.read())
            incoming.write(await server.readers[-1].read(65_536))
        writer.write(outgoing.read() + b"\x17\x03\x03\x00\x20" + bytes(32))
        await server.stop.wait()

    return answer


def test_a_connection_that_is_tampered_with_is_told(certificate):
    @run
    async def fetch():
        names = Names(news_example=[["127.0.0.1"]])
        answer = nonsense_after_the_handshake(server_tls(certificate))
        async with serving(answer, speaks_first=True) as server, client(resolve=names) as http:
            with pytest.raises(FetchFailedError) as caught:
                await http.get(f"https://news.example:{server.port}/", accept_status=OK)
            assert http._guarded.connections == []
        assert caught.value.kind == "tls"

    fetch()


@needs_aliases
@run
async def test_the_next_address_is_tried_where_one_does_not_answer():
    async with serving(answering("200 OK", body=b"second"), "127.0.0.2") as server:
        names = Names(two_example=[["127.0.0.3", "::1", "127.0.0.2"]])
        async with client("127.0.0.0/8", "::1", resolve=names) as http:
            response = await http.get(server.url(host="two.example"), accept_status=OK)
    assert response.body == b"second"
    assert names.asked == ["two.example"]


@run
async def test_a_port_nobody_listens_on_is_told():
    async with serving(answering("200 OK")) as server:
        pass
    async with client() as http:
        with pytest.raises(FetchFailedError, match="does not accept connections") as caught:
            await http.get(server.url(), accept_status=OK)
    assert caught.value.kind == "connect"


@run
async def test_a_name_without_an_address_is_told():
    async def fails(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolve in (fails, Names(empty_example=[[]])):
        async with client(resolve=resolve) as http:
            with pytest.raises(FetchFailedError, match=r"empty\.example has no address") as caught:
                await http.get("http://empty.example/", accept_status=OK)
        assert caught.value.kind == "dns"


def test_names_of_dead_nameservers_hold_up_no_other(monkeypatch):
    """The system's resolver blocks the thread that asks it."""
    over = threading.Event()
    real = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        if host.endswith(".dead.example"):
            over.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    @run
    async def fetch():
        async with serving(answering("200 OK", body=b"ok")) as server, client() as http:
            dead = [
                asyncio.create_task(http.get(f"http://n{number}.dead.example/", accept_status=OK))
                for number in range(40)
            ]
            await asyncio.sleep(0)
            assert (await http.get(server.url(host="good.localhost"), accept_status=OK)).body == b"ok"
            assert not any(task.done() for task in dead)
            over.set()
            for end in await asyncio.gather(*dead, return_exceptions=True):
                assert end.kind == "dns"

    try:
        fetch()
    finally:
        over.set()


@run
async def test_a_resolver_that_never_answers_costs_the_connect_timeout():
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async with client(resolve=never, connect_timeout=0.05) as http:
        with pytest.raises(FetchFailedError, match="resolved in time") as caught:
            await http.get("http://slow.example/", accept_status=OK)
    assert caught.value.kind == "timeout"


# --- hostile answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        dripping(b"", b""),
    ],
    ids=["header fields", "one header", "early hints", "body", "chunks", "trailers", "silence"],
)
@run
async def test_a_dripping_server_runs_out_of_the_total_time(answer):
    async with serving(answer) as server, client(timeout=0.2) as http:
        with pytest.raises(FetchFailedError, match=r"not done within 0\.2 s") as caught:
            await http.get(server.url(), accept_status=OK)
        assert http._guarded.connections == []
    assert caught.value.kind == "timeout"
    assert caught.value.retry


@run
async def test_redirects_share_the_total_time():
    async def late(server: Server, request: bytes, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(server.stop.wait(), 0.2)
        await redirecting(f"/{len(server.requests)}")(server, request, writer)

    async with serving(late) as server, client(timeout=0.5) as http:
        with pytest.raises(FetchFailedError, match=r"not done within 0\.5 s"):
            await http.get(server.url("/start"), accept_status=OK)


@run
async def test_a_body_of_50_mb_is_left_early():
    sent = []

    async def flood(_server: Server, _request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        for _ in range(500):
            writer.write(bytes(100_000))
            await writer.drain()
            sent.append(100_000)

    error = await refused(flood, max_bytes=1_000_000)
    assert error.kind == "too_large"
    assert sum(sent) < 50_000_000


@run
async def test_an_endless_body_without_a_length_is_left_early():
    async def flood(server: Server, _request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not server.stop.is_set():
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await writer.drain()

    assert (await refused(flood, max_bytes=1_000_000)).kind == "too_large"


@run
async def test_a_compressed_bomb_is_left_early():
    bomb = gzip.compress(bytes(50_000_000))
    error = await refused(answering("200 OK", "Content-Encoding: gzip", body=bomb), max_bytes=1_000_000)
    assert error.kind == "too_large"


@run
async def test_a_hundred_headers_are_read_and_no_more():
    some = [f"X-{number}: y" for number in range(MAX_HEADERS - 2)]
    async with serving(answering("200 OK", *some)) as server, client() as http:
        assert len((await http.get(server.url(), accept_status=OK)).headers) == MAX_HEADERS
    error = await refused(answering("200 OK", *some, "One-More: y"))
    assert error.kind == "headers"


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9_000 + b"\r\n", "headers"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90_000 + b"\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n", "protocol"),
        (b"", "protocol"),
        (b"220 mail.example ESMTP\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbreaks off", "protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nhello", "protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 1_000_000, "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "encoding"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, br\r\nContent-Length: 5\r\n\r\nhello", "encoding"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "protocol"),
    ],
)
@run
async def test_answers_that_are_none_are_told_by_kind(wire, kind):
    error = await refused(sending(wire))
    assert error.kind == kind
    assert len(str(error)) < 200


@run
async def test_a_header_that_http_forbids_is_told_without_its_value():
    async with serving(answering("200 OK")) as server, client() as http:
        with pytest.raises(FetchError) as caught:
            await http.get(server.url(), headers={"X-Key": "secret\r\nX: y"}, accept_status=OK)
    assert caught.value.kind == "request"
    assert not caught.value.retry
    assert "secret" not in str(caught.value)
    assert server.requests == []


@run
async def test_the_client_works_on_after_every_kind_of_failure():
    answer = routing(
        broken=sending(b"nonsense\r\n\r\n"),
        slow=dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        large=answering("200 OK", body=bytes(50_000)),
        fine=answering("200 OK", body=b"fine"),
    )
    async with serving(answer) as server, client(timeout=0.2, max_connections=2) as http:
        for _ in range(3):
            for path in ("/broken", "/slow", "/large"):
                with pytest.raises(FetchFailedError):
                    await http.get(server.url(path), max_bytes=10_000, accept_status=OK)
        assert (await http.get(server.url("/fine"), accept_status=OK)).body == b"fine"


# --- destinations -------------------------------------------------------------------------------------------------


async def posted(answer: Answer, **options: Any) -> tuple[Server, HttpResponse]:
    async with serving(answer) as server, client("192.0.2.0/24") as http:
        return server, await http.post(
            server.url("/hook"), body=b'{"a": 1}', headers={"Content-Type": "application/json"}, **options
        )


@run
async def test_a_post_goes_where_the_operator_says_with_its_body():
    server, response = await posted(answering("202 Accepted", "X: y", body=b"thanks"))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"content-type: application/json" in head.lower()
    assert body == b'{"a": 1}'
    assert (response.status, response.headers["x"], response.body) == (202, "y", b"thanks")


@pytest.mark.parametrize("status", ["301 Moved", "400 Bad Request", "410 Gone", "429 Too Many", "500 Oops"])
@run
async def test_any_status_is_an_answer_to_a_post(status):
    server, response = await posted(answering(status, "Location: /elsewhere"))
    assert response.status == int(status[:3])
    assert server.connections == 1


@run
async def test_a_guarded_post_is_refused_like_a_get():
    async with serving(answering("200 OK")) as server, client("192.0.2.0/24") as http:
        with pytest.raises(BlockedError, match="loopback"):
            await http.post(server.url(), body=b"", headers={}, guarded=True)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        (answering("200 OK", body=bytes(1_000_000)), 65_536),
        (dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789", b""), 10),
        (sending(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789"), 10),
        (answering("200 OK", *["X: y"] * 200), 0),
    ],
    ids=["long", "hanging", "broken off", "many headers"],
)
@run
async def test_a_post_is_taken_once_the_status_is_there(answer, size):
    _, response = await posted(answer, timeout=0.5)
    assert response.status == 200
    assert len(response.body) == size


@pytest.mark.parametrize("answer", [sending(b""), dripping(b"", b""), sending(b"nonsense\r\n\r\n")])
@run
async def test_a_post_without_a_status_failed_and_the_words_hide_the_url(answer):
    async with serving(answer) as server, client() as http:
        with pytest.raises(FetchFailedError) as caught:
            await http.post(server.url("/T000/B000/secret"), body=b"x", headers={"X": "secret"}, timeout=0.2)
        assert http._unguarded.connections == []
    assert caught.value.retry
    assert "secret" not in str(caught.value)
