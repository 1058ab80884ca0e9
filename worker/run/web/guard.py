"""Who is let in, and what browsers are told about every answer. Plain ASGI, so that streams pass through unbuffered."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlencode

import redis
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.edge.scope import Scope as TokenScope
from worker.edge.store.sessions import ATTEMPT_SECONDS
from worker.edge.store.tokens import Token, Tokens
from worker.ports import Clock
from worker.run.web.api.problems import is_api, problem
from worker.run.web.lock import TOO_OFTEN, Entry, Lock

# Nothing is loaded from elsewhere and nothing inline runs, so markup from a feed that slipped through stays text.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that, browsers send `Origin: null` on our own forms (Fetch standard, "Origin" header).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Probes know no password and call by address.
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
# What the page that asks for the password needs.
LOGIN_PATHS = ("/login", "/static/")
# WebSub hubs come from anywhere, under whatever name this port has there. A callback asks for no password or cookie, so
# a page elsewhere cannot lend anybody's rights to a call: who knows its address is let in to it, and to nothing else.
CALLBACK = re.compile(r"/websub/[A-Za-z0-9_-]{43}")
# Readers of output feeds know no password either; the secret in the address lets them in to this feed.
OUTPUT_FEED = re.compile(r"/topics/[0-9a-f]{16}/[A-Za-z0-9_-]{32}/(?:atom\.xml|feed\.json)")
# What programs read with a token.
METRICS = "/metrics"

_OTHER_NAME = (
    "This dashboard has no password, so it answers to 127.0.0.1 and localhost only. "
    "To reach it under another name, set [web] password in wirewatch.toml.\n"
)
_ELSEWHERE = "This change was asked for by a page of another site, or by nothing that says where it comes from.\n"
_SHOW_ONE = "This changes something, so show a token that may: wirewatch tokens create NAME --scope write"
_VOID = "This token is not known or was revoked; wirewatch tokens create NAME makes one"
_READS_ONLY = "This token may only read; make another one: wirewatch tokens create NAME --scope write"
_NOT_HERE = "A token opens the API and /metrics only"
_ASK_PROGRAM = "Show a token (Authorization: Bearer), or the password by HTTP Basic: wirewatch tokens create NAME"
_AWAY = "Redis does not answer, so nobody can be let in; try again in a moment\n"
_BEARER = 'Bearer realm="wirewatch"'
# Where a scope says that a token opened it.
_OPENED_BY = "wirewatch.token"
_ASK = "This dashboard asks for the password in [web] password of wirewatch.toml; any user name will do.\n"


class SecurityHeaders:
    """Adds HEADERS to every answer, and forbids keeping those that say nothing about it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class Door:
    """Lets in who is logged in (a session cookie), gives the password by HTTP Basic, or shows a token of the API.

    Others are shown the way to it. Without a password, only calls for a loopback name are answered: a page elsewhere
    can point its own name at 127.0.0.1 and have the browser read us (DNS rebinding); the Host header then still carries
    that name. These need no token to read, but one that is shown has to be a good one.
    """

    def __init__(self, app: ASGIApp, lock: Lock | None, tokens: Tokens, clock: Clock) -> None:
        self._app = app
        self._lock = lock
        self._tokens = tokens
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or CALLBACK.fullmatch(scope["path"]):
            return None
        headers = Headers(scope=scope)
        if self._lock is None and not is_loopback_name(headers.get("host", "")):
            return _refused(scope, 403, _OTHER_NAME)
        try:
            shown = _bearer(headers)
            if shown is not None:
                return await self._shown(shown, scope)
            return await self._asked(self._lock, scope, headers) if self._lock and not _is_open(scope["path"]) else None
        except redis.RedisError:
            return _refused(scope, 503, _AWAY)

    async def _shown(self, shown: str, scope: Scope) -> Response | None:
        token = await run_in_threadpool(self._tokens.check, shown, self._clock.now())
        if token is None:
            return _refused(scope, 401, _VOID, {"WWW-Authenticate": f'{_BEARER}, error="invalid_token"'})
        if not (is_api(scope["path"]) or scope["path"] == METRICS):
            return _refused(scope, 403, _NOT_HERE)
        if scope["method"] not in _READING and token.scope is not TokenScope.WRITE:
            challenge = f'{_BEARER}, error="insufficient_scope", scope="{TokenScope.WRITE.value}"'
            return _refused(scope, 403, _READS_ONLY, {"WWW-Authenticate": challenge})
        scope[_OPENED_BY] = token
        return None

    async def _asked(self, lock: Lock, scope: Scope, headers: Headers) -> Response | None:
        entry = await run_in_threadpool(lock.entry, Request(scope))
        if entry is Entry.OPEN:
            return None
        if entry is Entry.TOO_OFTEN:
            return _refused(scope, 429, TOO_OFTEN, {"Retry-After": str(ATTEMPT_SECONDS)})
        return _way_to_the_password(scope, headers)


def token_of(scope: Scope) -> str | None:
    """The digest of the token that opened a request, None where something else did."""
    token: Token | None = scope.get(_OPENED_BY)
    return token.digest if token else None


def _is_open(path: str) -> bool:
    return path.startswith(LOGIN_PATHS) or OUTPUT_FEED.fullmatch(path) is not None


def _bearer(headers: Headers) -> str | None:
    scheme, _, shown = headers.get("authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else None


def _refused(scope: Scope, status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    """Said to programs and people in their own ways."""
    if is_api(scope["path"]):
        return problem(status, why, headers=headers)
    return PlainTextResponse(why.strip() + "\n", status, headers=headers)


def _way_to_the_password(scope: Scope, headers: Headers) -> Response:
    """People are led to a page, programs asked in their own way."""
    if is_api(scope["path"]):
        return problem(401, _ASK_PROGRAM, headers={"WWW-Authenticate": _BEARER})
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        query = scope["query_string"].decode("ascii", "replace")
        asked = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?{urlencode({'back': asked})}", 303)
    return PlainTextResponse(_ASK, 401, headers={"WWW-Authenticate": 'Basic realm="wirewatch", charset="UTF-8"'})


class OwnPagesOnly:
    """Lets only our own pages change anything: a page elsewhere could have a browser send its forms here.

    Browsers say so in Sec-Fetch-Site (Fetch Metadata), over plain HTTP under a name of its own only in Origin; what
    says neither is refused. A token no browser sends by itself, so whoever shows one may be anywhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_free = scope["type"] != "http" or scope["method"] in _READING or CALLBACK.fullmatch(scope["path"])
        if is_free or token_of(scope) or _is_from_here(Headers(scope=scope)):
            await self._app(scope, receive, send)
        else:
            why = _SHOW_ONE if is_api(scope["path"]) else _ELSEWHERE
            await _refused(scope, 403, why)(scope, receive, send)


def _is_from_here(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    scheme, _, host = headers.get("origin", "").partition("://")
    return scheme in {"http", "https"} and bool(host) and host.lower() == headers.get("host", "").lower()


def is_loopback_name(host: str) -> bool:
    """Whether a Host header names this machine's loopback, at any port."""
    name, colon, port = host.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()):
        name = host
    if name.lower() == "localhost":
        return True
    try:
        if name.startswith("[") and name.endswith("]"):
            return ipaddress.IPv6Address(name[1:-1]).is_loopback
        return ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False
