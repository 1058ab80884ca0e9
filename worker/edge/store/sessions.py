"""Who is logged in to the dashboard, and who tried too often.

Tokens are kept as digests: whoever reads Redis cannot log in with what is found there.
"""

from __future__ import annotations

import hashlib
import secrets

import redis

from worker.edge import keys

SESSION_SECONDS = 30 * 86_400
ATTEMPTS = 10
ATTEMPT_SECONDS = 15 * 60


class Sessions:
    """Sessions in Redis. `lock` stands for the password: a session opened under another one is void."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def open(self, lock: str) -> str:
        """A new session; gives the token to know it by."""
        token = secrets.token_urlsafe(32)
        self._redis.set(_session(token), lock, ex=SESSION_SECONDS)
        return token

    def is_open(self, token: str, lock: str) -> bool:
        """Whether the token is that of a session under this lock."""
        return bool(token) and self._redis.get(_session(token)) == lock.encode()

    def close(self, token: str) -> None:
        """End a session now."""
        self._redis.delete(_session(token))

    def may_try(self, address: str) -> bool:
        """Count an attempt; False where there were too many from this address lately."""
        key = _attempts(address)
        with self._redis.pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, ATTEMPT_SECONDS, nx=True)
            tries, _ = pipe.execute()
        return int(tries) <= ATTEMPTS

    def forgive(self, address: str) -> None:
        """Whoever knows the password has used up none of the attempts."""
        self._redis.delete(_attempts(address))


def _session(token: str) -> str:
    return keys.SESSION + hashlib.sha256(token.encode()).hexdigest()


def _attempts(address: str) -> str:
    return keys.ATTEMPTS + hashlib.sha256(address.encode()).hexdigest()[:16]
