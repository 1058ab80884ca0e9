"""What a request may take, and the plain words for how it failed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpcore2

from worker.errors import FetchError, FetchFailedError


class Budget:
    """Time that several steps share, in seconds. A server that drips a byte a second runs out of it too."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = seconds

    @asynccontextmanager
    async def spend(self, host: str) -> AsyncIterator[None]:
        """Raises FetchFailedError when the budget is used up, and in place of what the pool raises."""
        now = asyncio.get_running_loop().time
        start = now()
        try:
            async with asyncio.timeout(self._left):
                with plain_errors(host):
                    yield
        except TimeoutError:
            raise FetchFailedError(f"{host} was not done within {self._seconds:g} s", kind="timeout") from None
        finally:
            self._left = max(0.0, self._left - (now() - start))


@contextmanager
def plain_errors(host: str) -> Iterator[None]:
    """Turns the pool's errors into ours, without their texts.

    Ours name the host only, because paths, queries and headers can hold secrets; and what a hostile server sent, which
    the pool's texts repeat, has no place in a log.
    """
    try:
        yield
    except httpcore2.ConnectTimeout:
        raise FetchFailedError(f"{host} did not accept a connection in time", kind="timeout") from None
    except httpcore2.ConnectError as error:
        # the pool drops the cause, but builds its error from it
        raise _no_connection(host, error.args[0] if error.args else None) from None
    except httpcore2.LocalProtocolError:
        raise FetchError(
            f"a header meant for {host} has characters that HTTP forbids; mend it", kind="request"
        ) from None
    except httpcore2.ProtocolError:
        raise FetchFailedError(f"{host} sent an answer that breaks off or is no HTTP", kind="protocol") from None
    except ssl.SSLError as error:
        # what goes wrong after the handshake comes as it is
        raise _no_connection(host, error) from None
    except (httpcore2.NetworkError, OSError):
        raise FetchFailedError(f"{host} broke the connection off", kind="connection") from None


def _no_connection(host: str, cause: object) -> FetchFailedError:
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = f"{host} has a certificate that is not valid for it: {cause.verify_message}"
        return FetchFailedError(why, kind="tls")
    if isinstance(cause, ssl.SSLError):
        return FetchFailedError(f"{host} and this machine agree on no secure connection", kind="tls")
    return FetchFailedError(f"{host} does not accept connections", kind="connect")
