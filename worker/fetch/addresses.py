"""Which IP addresses may be connected to: an explicit table, so that the answer does not change with the platform.

A feed or page can name any host, and DNS can answer with any address. Without this table a hostile feed could make
wirewatch read the router's pages, a database on localhost or a cloud's instance credentials (OWASP: server-side
request forgery).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

from worker.errors import BlockedError, ConfigError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

PORTS = frozenset({80, 443})
"""The ports of the web. Others can reach mail servers and databases that take HTTP for their own protocol."""

_METADATA = "a cloud metadata address that hands out credentials"

# The first line that holds the address names it, so the narrow ones stand first. Source where no RFC is named: the
# IANA IPv4 and IPv6 special-purpose address registries, and the clouds' own documentation for metadata services.
_DENIED: tuple[tuple[str, str], ...] = (
    ("169.254.169.254/32", f"{_METADATA} (AWS, Azure, Google Cloud)"),
    ("169.254.170.2/32", f"{_METADATA} (AWS ECS)"),
    ("100.100.100.200/32", f"{_METADATA} (Alibaba Cloud)"),
    ("168.63.129.16/32", "the address of Azure's platform services"),
    ("192.0.0.192/32", f"{_METADATA} (Oracle Cloud)"),
    ("0.0.0.0/32", "the unspecified address (RFC 1122)"),
    ("0.0.0.0/8", 'an address of "this network" (RFC 791)'),
    ("10.0.0.0/8", "a private address (RFC 1918)"),
    ("100.64.0.0/10", "a carrier-grade NAT address (RFC 6598)"),
    ("127.0.0.0/8", "a loopback address (RFC 1122)"),
    ("169.254.0.0/16", "a link-local address (RFC 3927)"),
    ("172.16.0.0/12", "a private address (RFC 1918)"),
    ("192.0.0.0/24", "an address for protocol assignments (RFC 6890)"),
    ("192.0.2.0/24", "a documentation address (RFC 5737)"),
    ("192.88.99.0/24", "a 6to4 relay address (RFC 7526)"),
    ("192.168.0.0/16", "a private address (RFC 1918)"),
    ("198.18.0.0/15", "a benchmarking address (RFC 2544)"),
    ("198.51.100.0/24", "a documentation address (RFC 5737)"),
    ("203.0.113.0/24", "a documentation address (RFC 5737)"),
    ("224.0.0.0/4", "a multicast address (RFC 5771)"),
    ("255.255.255.255/32", "the broadcast address (RFC 919)"),
    ("240.0.0.0/4", "a reserved address (RFC 1112)"),
    ("fd00:ec2::254/128", f"{_METADATA} (AWS)"),
    ("fd20:ce::254/128", f"{_METADATA} (Google Cloud)"),
    ("::/128", "the unspecified address (RFC 4291)"),
    ("::1/128", "a loopback address (RFC 4291)"),
    ("64:ff9b::/96", "a NAT64 address, which hides an IPv4 address (RFC 6052)"),
    ("64:ff9b:1::/48", "a local-use NAT64 address, which hides an IPv4 address (RFC 8215)"),
    ("100::/64", "a discard-only address (RFC 6666)"),
    ("2001::/32", "a Teredo address, which hides an IPv4 address (RFC 4380)"),
    ("2001:2::/48", "a benchmarking address (RFC 5180)"),
    ("2001:db8::/32", "a documentation address (RFC 3849)"),
    ("2001::/23", "an address for protocol assignments (RFC 2928)"),
    ("2002::/16", "a 6to4 address, which hides an IPv4 address (RFC 3056)"),
    ("3fff::/20", "a documentation address (RFC 9637)"),
    ("5f00::/16", "a segment routing address (RFC 9602)"),
    ("fc00::/7", "a unique local address (RFC 4193)"),
    ("fe80::/10", "a link-local address (RFC 4291)"),
    ("fec0::/10", "a site-local address (RFC 3879)"),
    ("ff00::/8", "a multicast address (RFC 4291)"),
)
_TABLE: tuple[tuple[Network, str], ...] = tuple((ip_network(cidr), words) for cidr, words in _DENIED)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_V4_COMPATIBLE = IPv6Network("::/96")


def parse_allow(cidrs: Iterable[str]) -> tuple[Network, ...]:
    """[network] allow as networks; a single address is a network of one. ConfigError names the entry that is none."""
    networks: list[Network] = []
    for position, cidr in enumerate(cidrs):
        try:
            networks.append(ip_network(cidr, strict=False))
        except ValueError:
            raise ConfigError(
                f'"{cidr}" is no address range; write it like "10.1.0.0/16"', where=f"network.allow[{position}]"
            ) from None
    return tuple(networks)


def refusal(address: str, *, allow: Sequence[Network]) -> str | None:
    """Why `address` may not be fetched ("a private address (RFC 1918)"), or None where it may.

    IPv4-mapped and IPv4-compatible IPv6 addresses are judged by the IPv4 address in them (RFC 4291, 2.5.5). A scope
    id ("fe80::1%eth0") does not matter. What cannot be read as an address is refused.
    """
    try:
        given = ip_address(address)
    except ValueError:
        return "no IP address"
    if _named(given, allow):
        return None
    judged = _embedded_v4(given) or given
    for network, words in _TABLE:
        if judged in network:
            return words
    if isinstance(judged, IPv6Address) and judged not in _GLOBAL_UNICAST:
        return "an unassigned address (RFC 4291)"
    return None


def check_connection(
    host: str, port: int, addresses: Iterable[str], *, allow: Sequence[Network], ports: frozenset[int] = PORTS
) -> None:
    """BlockedError unless every one of the addresses `host` resolved to may be connected to at `port`.

    One forbidden address forbids the host: an answer that mixes public and private addresses is how rebinding
    attacks get a second try. Ports other than `ports` are for addresses that `allow` names.
    """
    for address in addresses:
        why = refusal(address, allow=allow)
        if why is not None:
            says = f"is {why}" if address == host else f"resolves to {address}, {why}"
            raise BlockedError(f"refused: {host} {says}; name it in [network] allow if you mean it")
        if port not in ports and not _named(ip_address(address), allow):
            raise BlockedError(
                f"refused: port {port} of {host} is not {_either(ports)}, the ports of the web; "
                f"name {address} in [network] allow if you mean it"
            )


def _embedded_v4(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    # :: and ::1 are addresses of their own, not IPv4-compatible ones
    if address in _V4_COMPATIBLE and int(address) > 1:
        return IPv4Address(int(address))
    return None


def _named(address: Address, allow: Sequence[Network]) -> bool:
    embedded = _embedded_v4(address)
    return any(address in network or (embedded is not None and embedded in network) for network in allow)


def _either(ports: frozenset[int]) -> str:
    return " or ".join(str(port) for port in sorted(ports))
