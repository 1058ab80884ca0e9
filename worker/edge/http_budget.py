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
        """Raises FetchFailedError when the budget is used up, and in place of what a connection raises."""
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
    """Turns what goes wrong with a connection into our errors, without its texts.

    Ours name the host only, because paths, queries and headers can hold secrets; and what a hostile server sent, which
    other texts repeat, has no place in a log.
    """
    try:
        yield
    except httpcore2.LocalProtocolError:
        raise FetchError(
            f"a header meant for {host} has characters that HTTP forbids; mend it", kind="request"
        ) from None
    except httpcore2.ProtocolError:
        raise FetchFailedError(f"{host} sent an answer that breaks off or is no HTTP", kind="protocol") from None
    except ssl.SSLCertVerificationError as error:
        why = f"{host} has a certificate that is not valid for it: {error.verify_message}"
        raise FetchFailedError(why, kind="tls") from None
    except ssl.SSLError:
        raise FetchFailedError(f"{host} and this machine agree on no secure connection", kind="tls") from None
    except TimeoutError:
        raise
    except OSError:
        raise FetchFailedError(f"{host} broke the connection off", kind="connection") from None


def unresolved(host: str) -> FetchFailedError:
    """The name has no address."""
    why = f"{host} has no address; check the name, and this machine's DNS"
    return FetchFailedError(why, kind="dns", reached=False)


def refused(host: str, error: OSError) -> FetchFailedError:
    """Nobody takes the connection. A refusal comes from the host itself, anything else from nearer by."""
    reached = isinstance(error, ConnectionRefusedError)
    return FetchFailedError(f"{host} does not accept connections", kind="connect", reached=reached)


def not_in_time(host: str) -> FetchFailedError:
    """Nobody takes the connection within the time for it."""
    return FetchFailedError(f"{host} did not accept a connection in time", kind="timeout", reached=False)
