"""Who is let in, and what browsers are told about every answer. Plain ASGI, so that streams pass through unbuffered."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
# Probes know no password and call by address.
OPEN_PATHS = frozenset({"/healthz", "/readyz"})

_OTHER_NAME = (
    "This dashboard has no password, so it answers to 127.0.0.1 and localhost only. "
    "To reach it under another name, set [web] password in wirewatch.toml.\n"
)
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
    """Asks for the password by HTTP Basic; without one, only calls for a loopback name are answered.

    A page elsewhere can point its own name at 127.0.0.1 and have the browser read us (DNS rebinding); the Host header
    then still carries that name.
    """

    def __init__(self, app: ASGIApp, password: str | None) -> None:
        self._app = app
        self._password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            return None
        headers = Headers(scope=scope)
        if self._password is None:
            known = is_loopback_name(headers.get("host", ""))
            return None if known else PlainTextResponse(_OTHER_NAME, 403)
        if _same(_given_password(headers.get("authorization", "")), self._password):
            return None
        ask = {"WWW-Authenticate": 'Basic realm="wirewatch", charset="UTF-8"'}
        return PlainTextResponse(_ASK, 401, headers=ask)


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


def _given_password(authorization: str) -> str | None:
    """The password of an `Authorization: Basic` header (RFC 7617); the user name may be anything."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return decoded.partition(":")[2] if ":" in decoded else None


def _same(given: str | None, wanted: str) -> bool:
    """Takes as long whatever was given; the digests keep the length secret too."""
    return hmac.compare_digest(_digest(given or ""), _digest(wanted)) and given is not None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
