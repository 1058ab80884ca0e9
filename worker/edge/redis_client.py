"""Connections to Redis, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import (
    MasterNotFoundError,
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from worker.errors import UnavailableError
from worker.redis_address import Sentinels, sentinels, without_passwords

# One quick second try covers a connection that the server closed while idle; longer outages belong to the callers,
# which know what to do meanwhile. What hangs is not asked twice: every step of a new connection could hang as long.
RETRY = Retry(ExponentialBackoff(cap=0.2, base=0.05), 1, supported_errors=(redis.ConnectionError,))
_ONCE = Retry(NoBackoff(), 0)
# Seconds. An address may say otherwise.
_PATIENCE: Final = {"socket_connect_timeout": 5, "socket_timeout": 10, "health_check_interval": 30, "retry": RETRY}
# One Sentinel that hangs must not take the time in which the others would have answered.
_SENTINEL_SECONDS = 1.5

# Answers of a server that takes no writes now and will again: out of memory, a replica, a disk that is full, too few
# replicas, loading, busy with a script, a cluster or sentinel that is moving.
_REFUSALS = frozenset(
    "OOM READONLY MISCONF NOREPLICAS LOADING BUSY MASTERDOWN CLUSTERDOWN TRYAGAIN".split()  # noqa: SIM905  one line of codes
)


def is_outage(error: redis.RedisError) -> bool:
    """Whether the error says that Redis cannot serve now, whatever it was asked; others are the question's fault."""
    # A slot of a cluster that is, or is about to be, another node's (MOVED and ASK, which is what it derives from), and
    # a user who may not do what this release does: work waits for the operator, instead of being given up.
    if isinstance(error, (redis.exceptions.AskError, redis.exceptions.NoPermissionError)):
        return True
    if isinstance(error, redis.ResponseError):
        # redis-py keeps the code beside some messages and at the start of others, and writes the command before it.
        code = getattr(error, "status_code", None) or str(error).rpartition("caused error: ")[2].partition(" ")[0]
        return code in _REFUSALS
    return isinstance(error, (redis.ConnectionError, redis.TimeoutError, redis.WatchError, redis.InvalidResponse))


def connect(url: str) -> redis.Redis:
    """A client that fails within seconds instead of hanging; no connection is made yet.

    Raises UnavailableError where the address says what cannot be.
    """
    try:
        found = sentinels(url)
        pool = redis.ConnectionPool.from_url(url, **_PATIENCE) if found is None else _behind(found)
        # Only a connection that is made, though not opened, tells of options that do not exist.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, redis.RedisError) as error:
        why = str(error).rpartition("__init__() ")[2]
        raise UnavailableError(
            f"the Redis URL {without_passwords(url)} cannot be read: {why}; mend [redis] url or REDIS_URL"
        ) from error
    return redis.Redis.from_pool(pool)


class _InStep:
    """Lets go of a connection whose answer did not come in time, so that it is not taken for the next one's.

    redis-py does so everywhere but behind Sentinel, where the default of this method is the other (8.1.0).
    """

    def read_response(self, disable_decoding: bool = False, *, disconnect_on_error: bool = True, **more: Any) -> Any:
        return super().read_response(disable_decoding, disconnect_on_error=disconnect_on_error, **more)  # type: ignore[misc]  # a mixin


class _Plain(_InStep, SentinelManagedConnection):  # type: ignore[misc]  # redis.sentinel has no types
    pass


class _Tls(_InStep, SentinelManagedSSLConnection):  # type: ignore[misc]  # as above
    pass


class _Sentinels(Sentinel):  # type: ignore[misc]  # as above
    def discover_master(self, service_name: str) -> tuple[str, int]:
        try:
            address: tuple[str, int] = super().discover_master(service_name)
        except MasterNotFoundError:
            # redis-py's words are pages of what its clients hold.
            raise MasterNotFoundError(f"no Sentinel names a primary of {service_name!r} that is up") from None
        return address


def _behind(found: Sentinels) -> SentinelConnectionPool:
    """Connections to whoever is the primary when each is opened. TLS and its options hold for the Sentinels too."""
    options: dict[str, Any] = {**_PATIENCE, **parse_url(found.primary.get_secret_value())}
    is_tls = options.pop("connection_class", None) is not None
    asked: dict[str, Any] = {name: value for name, value in options.items() if name.startswith("ssl_")}
    asked |= {"ssl": is_tls, "username": found.username, "password": found.password.get_secret_value() or None}
    asked |= {"socket_timeout": _SENTINEL_SECONDS, "socket_connect_timeout": _SENTINEL_SECONDS, "retry": _ONCE}
    options["connection_class"] = _Tls if is_tls else _Plain
    return SentinelConnectionPool(found.service, _Sentinels(found.hosts, sentinel_kwargs=asked), **options)


def impatient(connection: redis.Redis, seconds: float) -> redis.Redis:
    """A client of the same server that gives up after `seconds`, at the first try."""
    pool = connection.connection_pool
    hasty = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": _ONCE}
    options = {**pool.connection_kwargs, **hasty, "connection_class": pool.connection_class}
    if isinstance(pool, SentinelConnectionPool):
        del options["connection_pool"]
        return redis.Redis.from_pool(SentinelConnectionPool(pool.service_name, pool.sentinel_manager, **options))
    return redis.Redis.from_pool(redis.ConnectionPool(**options))


@contextmanager
def redis_errors(url: str) -> Iterator[None]:
    """Turn redis-py's errors into one sentence."""
    try:
        yield
    except redis.AuthenticationError as error:
        raise UnavailableError(f"Redis at {without_passwords(url)} refused the password: {error}") from error
    except redis.exceptions.NoPermissionError as error:
        raise UnavailableError(
            f"Redis at {without_passwords(url)} lets this user do less than is needed ({error}); "
            "give it the rules of deploy/machines.md"
        ) from error
    except redis.RedisError as error:
        raise UnavailableError(
            f"Redis at {without_passwords(url)} does not answer ({error}); start it, or mend [redis] url or REDIS_URL"
        ) from error
