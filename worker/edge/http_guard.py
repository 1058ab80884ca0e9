"""Connections that go only where the policy lets them."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, zip_longest
from typing import TypeAlias

import httpcore2

from worker.errors import FetchFailedError
from worker.fetch.addresses import Network, check_connection

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name (or address) and port -> IP addresses, best first. Raises OSError."""

# A host with a dozen dead addresses is dead.
_MAX_ATTEMPTS = 4

# The system's resolver blocks a thread, for half a minute where a nameserver is dead, also after its request has been
# given up. asyncio's own few threads (six on two cores) would all wait there, and every other name behind them.
_LOOKUPS = ThreadPoolExecutor(max_workers=100, thread_name_prefix="name")


async def system_resolve(host: str, port: int) -> list[str]:
    """What this machine's resolver says, hosts file and all.

    Names below localhost are loopback by themselves, which not every resolver knows (RFC 6761, 6.3).
    """
    if host.rstrip(".").endswith(".localhost"):
        host = "127.0.0.1"
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKUPS, look_up)
    return list(dict.fromkeys(str(address[0]) for _family, _type, _proto, _name, address in found))


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens TCP connections for the pool, to checked addresses only.

    The name is resolved once; every address it has is checked, and the connection goes to one of these very addresses.
    A check before the request and a second resolution at the connection would let a name with a short time to live
    change in between (DNS rebinding). TLS and the Host header still use the name, which stays with the pool.
    """

    def __init__(self, *, allow: Sequence[Network], resolve: Resolve) -> None:
        self._allow = allow
        self._resolve = resolve
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers; they share `timeout` (seconds), resolution included.

        BlockedError, FetchFailedError of kind "dns" or "timeout", or the pool's own connection errors.
        """
        now = asyncio.get_running_loop().time
        deadline = now() + (math.inf if timeout is None else timeout)
        addresses = await self._addresses(host, port, deadline)
        check_connection(host, port, addresses, allow=self._allow)
        candidates = _alternating(addresses)[:_MAX_ATTEMPTS]
        for position, address in enumerate(candidates, start=1):
            share = max(0.0, deadline - now()) / (len(candidates) - position + 1)
            try:
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if position == len(candidates):
                    raise
        raise _unresolved(host)

    async def _addresses(self, host: str, port: int, deadline: float) -> Sequence[str]:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._resolve(host, port)
        except TimeoutError:
            raise FetchFailedError(f"{host} could not be resolved in time", kind="timeout") from None
        except (OSError, UnicodeError):
            raise _unresolved(host) from None


def _unresolved(host: str) -> FetchFailedError:
    return FetchFailedError(f"{host} has no address; check the name, and this machine's DNS", kind="dns")


def _alternating(addresses: Sequence[str]) -> list[str]:
    """IPv6 and IPv4 in turn, so that a broken family costs one attempt; the given order otherwise (RFC 8305, 4)."""
    first_is_v6 = ":" in addresses[0] if addresses else False
    first = [address for address in addresses if (":" in address) == first_is_v6]
    second = [address for address in addresses if (":" in address) != first_is_v6]
    return [address for address in chain.from_iterable(zip_longest(first, second)) if address is not None]
