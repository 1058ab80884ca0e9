"""Connections to Redis, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from worker.errors import UnavailableError

# One quick second try covers a connection that the server closed while idle; longer outages belong to the callers,
# which know what to do meanwhile. What hangs is not asked twice: every step of a new connection could hang as long.
RETRY = Retry(ExponentialBackoff(cap=0.2, base=0.05), 1, supported_errors=(redis.ConnectionError,))

# Answers of a server that takes no writes now and will again: out of memory, a replica, a disk that is full, too few
# replicas, loading, busy with a script, a cluster or sentinel that is moving.
_REFUSALS = frozenset(
    "OOM READONLY MISCONF NOREPLICAS LOADING BUSY MASTERDOWN CLUSTERDOWN TRYAGAIN".split()  # noqa: SIM905  one line of codes
)


def is_outage(error: redis.RedisError) -> bool:
    """Whether the error says that Redis cannot serve now, whatever it was asked; others are the question's fault."""
    if isinstance(error, redis.ResponseError):
        # redis-py keeps the code beside some messages and at the start of others, and writes the command before it.
        code = getattr(error, "status_code", None) or str(error).rpartition("caused error: ")[2].partition(" ")[0]
        return code in _REFUSALS
    return isinstance(error, (redis.ConnectionError, redis.TimeoutError, redis.WatchError, redis.InvalidResponse))


def connect(url: str) -> redis.Redis:
    """A client that fails within seconds instead of hanging; no connection is made yet."""
    try:
        return redis.Redis.from_url(
            url, socket_connect_timeout=5, socket_timeout=10, health_check_interval=30, retry=RETRY
        )
    except ValueError as error:
        raise UnavailableError(f"the Redis URL {hide_password(url)} cannot be read: {error}") from error


def impatient(connection: redis.Redis, seconds: float) -> redis.Redis:
    """A client of the same server that gives up after `seconds`, at the first try."""
    pool = connection.connection_pool
    hasty = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": Retry(NoBackoff(), 0)}
    return redis.Redis(
        connection_pool=redis.ConnectionPool(
            connection_class=pool.connection_class, **{**pool.connection_kwargs, **hasty}
        )
    )


def hide_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)


@contextmanager
def redis_errors(url: str) -> Iterator[None]:
    """Turn redis-py's errors into one sentence."""
    try:
        yield
    except redis.AuthenticationError as error:
        raise UnavailableError(f"Redis at {hide_password(url)} refused the password: {error}") from error
    except redis.RedisError as error:
        raise UnavailableError(
            f"Redis at {hide_password(url)} does not answer ({error}); start it, or mend [redis] url or REDIS_URL"
        ) from error
