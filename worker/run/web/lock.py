"""The password: what it is compared with, who is logged in, and how often one may guess."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from enum import Enum, auto
from threading import Lock as Mutex

import structlog
from starlette.requests import Request

from worker.edge.store.sessions import Sessions

log = structlog.get_logger()

COOKIE = "wirewatch_session"
TOO_OFTEN = "There were too many wrong passwords from this address; try again in 15 minutes.\n"
# scrypt with 16 MB and some 50 ms for each guess (RFC 7914; OWASP Password Storage, 2^14, 8, 5 or more for hashes that
# leak: these never leave the process).
_COST, _BLOCK, _LANES = 2**14, 8, 1


class Entry(Enum):
    """Whether somebody is let in."""

    OPEN = auto()
    REFUSED = auto()
    TOO_OFTEN = auto()


class Lock:
    """The password of the dashboard. What was wrong once takes as long as what is right."""

    def __init__(self, password: str, sessions: Sessions) -> None:
        self._salt = secrets.token_bytes(16)
        self._wanted = _hashed(password, self._salt)
        # The same in every process with this password, and useless to whoever reads it.
        self._name = _hashed(password, b"wirewatch sessions").hex()
        self._sessions = sessions
        # Programs send the password with every request: what was right is known again without hashing it.
        self._key = secrets.token_bytes(32)
        self._right: bytes | None = None
        self._one_at_a_time = Mutex()

    def entry(self, request: Request) -> Entry:
        """Whether a request comes with a session or with the password."""
        if self._sessions.is_open(request.cookies.get(COOKIE, ""), self._name):
            return Entry.OPEN
        given = _given_password(request.headers.get("authorization", ""))
        if given is None:
            return Entry.REFUSED
        if self._right is not None and hmac.compare_digest(self._right, self._mark(given)):
            return Entry.OPEN
        return self._tried(given, _address(request))

    def log_in(self, given: str, request: Request) -> str | Entry:
        """The token of a new session, or why there is none."""
        entry = self._tried(given, _address(request))
        return self._sessions.open(self._name) if entry is Entry.OPEN else entry

    def log_out(self, request: Request) -> None:
        """End the session that the request belongs to."""
        self._sessions.close(request.cookies.get(COOKIE, ""))

    def _tried(self, given: str, address: str) -> Entry:
        if not self._sessions.may_try(address):
            log.warning("login_blocked", address=address)
            return Entry.TOO_OFTEN
        with self._one_at_a_time:  # guesses in a bunch would take the memory of all of them
            is_right = hmac.compare_digest(_hashed(given, self._salt), self._wanted)
        if not is_right:
            log.warning("login_refused", address=address)
            return Entry.REFUSED
        self._sessions.forgive(address)
        self._right = self._mark(given)
        return Entry.OPEN

    def _mark(self, given: str) -> bytes:
        return hmac.digest(self._key, given.encode("utf-8", "surrogatepass"), "sha256")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _hashed(password: str, salt: bytes) -> bytes:
    given = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=32)


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
