"""Tokens for programs, and the secrets in the addresses of output feeds.

Of a token only its digest is kept: whoever reads Redis cannot act with what is found there. It has 256 random bits, so
a plain SHA-256 cannot be turned back, and looking it up by its digest tells nothing by the time it takes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from worker.edge import keys
from worker.edge.scope import Scope

PREFIX = "ww_"
# A use is noted at most so often.
_NOTED_EVERY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token without what opens with it; `digest` stands for it, `used` is its last use to the minute."""

    name: str
    scope: Scope
    created: datetime
    digest: str
    used: datetime | None = None


class Tokens:
    """Tokens in Redis, by name."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def create(self, name: str, scope: Scope, now: datetime) -> str | None:
        """A new token, which is shown this once; None where the name is taken."""
        if any(token.name == name for token in self.all()):
            return None
        token = PREFIX + secrets.token_urlsafe(32)
        facts = {"name": name, "scope": scope.value, "created": now.timestamp()}
        self._redis.hset(keys.TOKENS, _digest(token), json.dumps(facts))
        return token

    def all(self) -> list[Token]:
        """Every token, by name."""
        used = self._redis.hgetall(keys.TOKENS_USED)
        found = [_token(digest, raw, used.get(digest)) for digest, raw in self._redis.hgetall(keys.TOKENS).items()]
        return sorted(found, key=lambda token: token.name)

    def revoke(self, name: str) -> bool:
        """Make a token void at once; False where there is none of this name."""
        digests = [token.digest for token in self.all() if token.name == name]
        if digests:
            self._redis.hdel(keys.TOKENS, *digests)
            self._redis.hdel(keys.TOKENS_USED, *digests)
        return bool(digests)

    def check(self, given: str, now: datetime) -> Token | None:
        """The token that somebody shows, None where it is void; notes its use."""
        token = self.find(_digest(given)) if given.startswith(PREFIX) else None
        if token is not None and (token.used is None or (now - token.used).total_seconds() >= _NOTED_EVERY):
            with suppress(redis.ResponseError):  # one that takes no writes can be read all the same
                self._redis.hset(keys.TOKENS_USED, token.digest, now.timestamp())
        return token

    def find(self, digest: str) -> Token | None:
        """The token with this digest, None where it was revoked."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.hget(keys.TOKENS, digest)
        pipe.hget(keys.TOKENS_USED, digest)
        raw, used = pipe.execute()
        return _token(digest.encode(), raw, used) if raw else None


class TopicSecrets:
    """The secret in the addresses of each topic's output feeds, kept as it is: pages show these addresses.

    It opens nothing that Redis does not hold beside it.
    """

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def of(self, topic_id: str) -> str:
        """The secret, made when it is first asked for; redis.ResponseError where there is none and none can be."""
        known = self._redis.hget(keys.TOPIC_SECRETS, topic_id)
        if known is None:
            self._redis.hsetnx(keys.TOPIC_SECRETS, topic_id, secrets.token_urlsafe(24))
            known = self._redis.hget(keys.TOPIC_SECRETS, topic_id)
        return str(known.decode())

    def renew(self, topic_id: str) -> str:
        """Another secret; the addresses with the former one lead nowhere from now on."""
        made = secrets.token_urlsafe(24)
        self._redis.hset(keys.TOPIC_SECRETS, topic_id, made)
        return made

    def opens(self, topic_id: str, given: str) -> bool:
        """Whether this is the topic's secret."""
        wanted = self._redis.hget(keys.TOPIC_SECRETS, topic_id)
        return wanted is not None and hmac.compare_digest(wanted, given.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _token(digest: bytes, raw: bytes, used: bytes | None) -> Token:
    facts = json.loads(raw)
    return Token(
        name=facts["name"],
        scope=Scope(facts["scope"]),
        created=datetime.fromtimestamp(facts["created"], UTC),
        digest=digest.decode(),
        used=datetime.fromtimestamp(float(used), UTC) if used else None,
    )
