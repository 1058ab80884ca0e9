"""Connections that go only where the policy lets them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from itertools import chain, zip_longest
from typing import TypeAlias

from worker.edge.http_budget import not_in_time, refused, unresolved
from worker.edge.http_wire import Wire
from worker.errors import FetchFailedError
from worker.fetch.addresses import Network, check_connection

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name (or address) and port -> IP addresses, best first. Raises OSError."""

# A host with a dozen dead addresses is dead.
_MOST_ATTEMPTS = 4

# The system's resolver blocks a thread, for half a minute where a nameserver is dead, also after its request has been
# given up. asyncio's own few threads (six on two cores) would all wait there, and every other name behind them.
_LOOKUPS = ThreadPoolExecutor(max_workers=100, thread_name_prefix="name")


async def system_resolve(host: str, port: int) -> list[str]:
    """What this machine's resolver says, hosts file and all.

    Names below localhost are loopback by themselves, which not every resolver knows (RFC 6761, 6.3).
    """
    if host.rstrip(".").endswith(".localhost"):
        return ["127.0.0.1"]
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKUPS, look_up)
    return list(dict.fromkeys(str(address[0]) for _family, _type, _proto, _name, address in found))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Guard:
    """Opens TCP connections, to checked addresses only; with `allow` None to any, for what the operator named.

    The name is resolved once; every address it has is checked, and the connection goes to one of these very addresses.
    A check before the request and a second resolution at the connection would let a name with a short time to live
    change in between (DNS rebinding). TLS and the Host header still use the name, which stays with the pool.
    """

    def __init__(self, *, allow: Sequence[Network] | None, resolve: Resolve) -> None:
        self._allow = allow
        self._resolve = resolve

    async def connect(self, host: str, port: int, seconds: float) -> Wire:
        """Connect to the first address that answers; they share the time, resolution included.

        BlockedError, FetchFailedError of kind "dns" or "timeout", or OSError.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        addresses = await self._addresses(host, port, deadline)
        if self._allow is not None:
            check_connection(host, port, addresses, allow=self._allow)
        return await _first_open(host, port, _alternating(addresses)[:_MOST_ATTEMPTS], deadline)

    async def _addresses(self, host: str, port: int, deadline: float) -> Sequence[str]:
        if _is_address(host):
            return [host]
        try:
            async with asyncio.timeout_at(deadline):
                return await self._resolve(host, port)
        except TimeoutError:
            why = f"{host} could not be resolved in time"
            raise FetchFailedError(why, kind="timeout", reached=False) from None
        except (OSError, UnicodeError):
            raise unresolved(host) from None


async def _first_open(host: str, port: int, addresses: Sequence[str], deadline: float) -> Wire:
    now = asyncio.get_running_loop().time
    failed = unresolved(host)
    for position, address in enumerate(addresses):
        share = max(0.0, deadline - now()) / (len(addresses) - position)
        try:
            async with asyncio.timeout(share):
                return await Wire.open(address, port)
        except TimeoutError:
            failed = not_in_time(host)
        except OSError as error:
            failed = refused(host, error)
    raise failed


def _alternating(addresses: Sequence[str]) -> list[str]:
    """IPv6 and IPv4 in turn, so that a broken family costs one attempt; the given order otherwise (RFC 8305, 4)."""
    first_is_v6 = ":" in addresses[0] if addresses else False
    first = [address for address in addresses if (":" in address) == first_is_v6]
    second = [address for address in addresses if (":" in address) != first_is_v6]
    return [address for address in chain.from_iterable(zip_longest(first, second)) if address is not None]
