"""HTTP: the one client through which everything leaves this process.

`get` and `page` fetch what feeds name, which nobody has looked at: they go to permitted addresses only, and everything
is bounded. `post` brings alerts to what the operator named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Self

import httpcore2

from worker.edge.http_body import ACCEPT_ENCODING, BoundedBody
from worker.edge.http_budget import Budget
from worker.edge.http_guard import Guard, Resolve, system_resolve
from worker.edge.http_hosts import Hosts, LocalHosts
from worker.edge.http_pool import Answer, Pool
from worker.errors import FetchFailedError, HttpStatusError
from worker.fetch.addresses import parse_allow
from worker.fetch.redirects import carried_headers, moved_for_good, next_hop
from worker.fetch.responses import asked_pause, media_type, retry_after
from worker.fetch.urls import SplitTarget, check_url
from worker.model import Page

MAX_HEADERS = 100
"""Header fields in a response; their bytes are bounded by the pool, at 100 kB and one read."""

_MAX_POST_ANSWER = 64 * 1024

_PAGE_HEADERS = MappingProxyType({"accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


async def _no_objection(_target: SplitTarget) -> None:
    """Nothing speaks against the request."""


class Fields(Mapping[str, str]):
    """Header fields by name, in any case; those of one name are joined by commas (RFC 9110, 5.3)."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._fields: dict[str, str] = {}
        for name, value in raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            known = self._fields.get(key)
            self._fields[key] = text if known is None else f"{known}, {text}"

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What a server answered in the end.

    `url` is the final one. `headers` are looked up in any case; their values stand for bytes (latin-1), so that
    one can be sent back as it came. `body` is decoded. `permanent_redirect_to` is the final URL where
    every redirect on the way said that the old one is gone for good, None otherwise.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    permanent_redirect_to: str | None = None


class HttpClient:
    """Two pools, one guarded and one not, for one event loop; `async with` closes them.

    `allow` are the ranges ([network] allow) that may be fetched although they are private or loopback, on any port.
    `hosts` says whose turn it is at a host; left out, only the requests of this client wait for each other. `timeout`
    is the whole time of one `get` with its redirects, in seconds, without the waits for a turn; `connect_timeout` is
    for name, TCP and again for TLS. Proxies named in the environment are not used: they would resolve names
    themselves, out of reach of the guard. `resolve` is there for tests.
    """

    def __init__(
        self,
        *,
        allow: Sequence[str],
        user_agent: str,
        hosts: Hosts | None = None,
        timeout: float = 30.0,
        connect_timeout: float = 10.0,
        max_connections: int = 50,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._user_agent = user_agent
        self._timeout = timeout
        self._hosts = hosts or LocalHosts()
        tls = httpcore2.default_ssl_context()
        tls.set_alpn_protocols(["http/1.1"])
        guarded, unguarded = Guard(allow=parse_allow(allow), resolve=resolve), Guard(allow=None, resolve=resolve)
        self._guarded = Pool(guarded.connect, tls, most=max_connections, connect_timeout=connect_timeout)
        self._unguarded = Pool(unguarded.connect, tls, most=max_connections, connect_timeout=connect_timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        self._guarded.close()
        self._unguarded.close()
        await asyncio.sleep(0)  # in which the transports let go of their sockets

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        max_bytes: int = 5_000_000,
        accept_status: Container[int],
        patience: float | None = None,
        named: bool = True,
        before: Callable[[SplitTarget], Awaitable[None]] = _no_objection,
        cut: bool = False,
        held: tuple[str, str] | None = None,
    ) -> HttpResponse:
        """Fetch `url`, following redirects, where the policy permits.

        BlockedError where it does not, HttpStatusError for an answer outside `accept_status`, FetchFailedError where no
        usable answer came within the budgets; `max_bytes` counts the decoded body, and with `cut` a longer one is cut
        there. `headers` are carried to another host only as far as they say nothing about the user. `patience` and
        `named` are those of Hosts.turn, which raises too; `before` is awaited before every request, redirects included,
        and may raise. `held` is a host, and the token of a turn there that is held already: it is used up by the first
        request.
        """
        target = check_url(url)
        budget = Budget(self._timeout)
        token = held[1] if held and held[0] == target.host else None
        body_of = partial(BoundedBody, limit=max_bytes, cut=cut)
        hops: list[str] = []
        statuses: list[int] = []
        while True:
            await before(target)
            turns = self._hosts.turn(target.host, target.port, patience=patience, named=named, held=token)
            token = None
            async with turns as turn, budget.spend(target.host):
                answer = await self._ask(target, headers, accept_status, body_of)
                turn.note(answer.status, wanted=answer.status in accept_status, pause=_pause(answer))
            if answer.status in accept_status:
                break
            onward = next_hop(answer.status, _text(answer.headers.get("location")), target.url, hops)
            if onward is None:
                raise _unwanted(target.host, answer)
            hops.append(target.url)
            statuses.append(answer.status)
            source, target = target, check_url(onward)
            headers = carried_headers(headers, source, target)
        for_good = moved_for_good(statuses, [*hops, target.url])
        return replace(answer, permanent_redirect_to=target.url if for_good else None)

    async def page(
        self,
        url: str,
        *,
        patience: float | None = None,
        named: bool = True,
        before: Callable[[SplitTarget], Awaitable[None]] = _no_objection,
    ) -> Page:
        """The page at `url`: a Fetcher (worker.ports). Arguments and errors as `get`; only 200 is an answer."""
        response = await self.get(
            url, headers=_PAGE_HEADERS, accept_status={HTTPStatus.OK}, patience=patience, named=named, before=before
        )
        kind, charset = media_type(response.headers.get("content-type", ""))
        link = response.headers.get("link", "")
        return Page(url=response.url, body=response.body, content_type=kind, charset=charset, link=link)

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: float = 15.0,  # noqa: ASYNC109 - a budget for all of it, which asyncio.timeout around it would not split
        guarded: bool = False,
    ) -> HttpResponse:
        """Send `body` and return the answer, whatever its status; redirects are not followed.

        Where the operator named the URL there is no guard. The answer's body is cut at 64 kB and at `timeout` (seconds)
        without an error: once the status is there the receiver has taken the request, and sending it again because of
        the rest would tell people twice. FetchFailedError where no status came; its words name the host only, since
        such URLs can be secrets.
        """
        target = check_url(url)
        budget = Budget(timeout)
        pool = self._guarded if guarded else self._unguarded
        received = bytearray()
        async with AsyncExitStack() as stack:
            async with budget.spend(target.host):
                request = self._request(pool, "POST", target, {**headers, "accept-encoding": "identity"}, body)
                response = await stack.enter_async_context(request)
            with suppress(FetchFailedError):
                async with budget.spend(target.host), aclosing(response.body) as chunks:
                    async for chunk in chunks:
                        received += chunk
                        if len(received) >= _MAX_POST_ANSWER:
                            break
        return HttpResponse(
            url=target.url,
            status=response.status,
            headers=Fields(response.headers),
            body=bytes(received[:_MAX_POST_ANSWER]),
        )

    async def _ask(
        self,
        target: SplitTarget,
        headers: Mapping[str, str],
        accept_status: Container[int],
        body_of: Callable[..., BoundedBody],
    ) -> HttpResponse:
        """One request. The body is read only where the status is wanted, else the connection is closed."""
        sent = {**headers, "accept-encoding": ACCEPT_ENCODING}
        async with self._request(self._guarded, "GET", target, sent) as response:
            if len(response.headers) > MAX_HEADERS:
                raise FetchFailedError(
                    f"{target.host} sent {len(response.headers)} header fields, more than {MAX_HEADERS}", kind="headers"
                )
            answer = HttpResponse(url=target.url, status=response.status, headers=Fields(response.headers), body=b"")
            if response.status not in accept_status:
                return answer
            encoding = answer.headers.get("content-encoding", "")
            body = body_of(host=target.host, encoding=encoding)
            async with aclosing(response.body) as chunks:
                async for chunk in chunks:
                    body.feed(chunk)
                    if body.full:
                        break
            return replace(answer, body=body.finish())

    def _request(
        self, pool: Pool, method: str, target: SplitTarget, headers: Mapping[str, str], content: bytes = b""
    ) -> AbstractAsyncContextManager[Answer]:
        fields = {"host": target.authority, "user-agent": self._user_agent, "accept": "*/*"}
        fields |= {name.lower(): value for name, value in headers.items()}
        if method == "POST":
            fields["content-length"] = str(len(content))
        return pool.exchange(
            method, target, [(name.encode(), _bytes(value)) for name, value in fields.items()], content
        )


def _bytes(value: str) -> bytes:
    """Values that came from a server go back byte for byte; what else a user may write is UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def _text(value: str | None) -> str | None:
    """A field that is meant as text: UTF-8, as browsers take it, where it is that."""
    if value is None:
        return None
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _unwanted(host: str, answer: HttpResponse) -> HttpStatusError:
    known = answer.status in HTTPStatus.__members__.values()
    words = f"{answer.status} {HTTPStatus(answer.status).phrase}" if known else str(answer.status)
    return HttpStatusError(f"{host} answered {words}", status=answer.status, retry_after=_retry_after(answer))


def _retry_after(answer: HttpResponse) -> float | None:
    return retry_after(answer.headers.get("retry-after"), answer.headers.get("date"))


def _pause(answer: HttpResponse) -> float:
    return asked_pause(answer.status, _retry_after(answer))
