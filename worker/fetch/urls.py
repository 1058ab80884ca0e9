"""URLs that may be requested, taken apart once, so that what is checked is what is connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

import idna

from worker.errors import BlockedError

MAX_URL = 8192
"""Characters; servers need not take more than 8,000 (RFC 9110, 4.1)."""

MAX_HOST = 253
"""Characters of a host name in DNS (RFC 1035, 2.3.4, without the length bytes)."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# What the URL standard leaves as it is in a path and a query (https://url.spec.whatwg.org/#path-percent-encode-set);
# "%" is kept so that what is encoded already is not encoded twice.
_PATH_KEPT = "/%:@!$&'()*+,;=~|[]"
_QUERY_KEPT = _PATH_KEPT + "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTarget:
    """A URL in the parts a request needs, all of them ASCII.

    `host` is lower case, without brackets, IP addresses in their one usual spelling. `target` is the path with the
    query. The fragment is not part of a request and left out.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.target}"


def check_url(url: str) -> SplitTarget:
    """Take `url` apart; BlockedError where it is none that may be fetched, whatever it resolves to.

    Refused are schemes other than http and https, names and passwords in the URL, hosts that are neither a name nor
    an address, control characters and overlong ones. Spellings of IPv4 addresses that the URL standard knows
    ("2130706433", "0x7f.1", "0177.0.0.1", full-width digits) become the address they mean. Which address and port may
    be connected to is decided after resolution (addresses.check_connection).
    """
    parts = _split(url.strip(" "))
    host = _host(parts)
    port = _port(parts)
    try:
        target = quote(parts.path or "/", safe=_PATH_KEPT)
        if parts.query:
            target += "?" + quote(parts.query, safe=_QUERY_KEPT)
    except UnicodeEncodeError:
        raise BlockedError("refused: the URL has characters that are no text; mend the link") from None
    return SplitTarget(scheme=parts.scheme, host=host, port=port, target=target)


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL:
        raise BlockedError(f"refused: the URL has {len(url)} characters, more than {MAX_URL}")
    if _CONTROL.search(url):
        raise BlockedError("refused: the URL has control characters in it")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BlockedError("refused: the URL's host is no valid address; mend the link") from None
    if parts.scheme not in _DEFAULT_PORTS:
        given = f"{parts.scheme[:20]}: URLs are" if parts.scheme else "a URL without a scheme is"
        raise BlockedError(f"refused: {given} not fetched; only http and https are")
    if "@" in parts.netloc:
        raise BlockedError("refused: the URL carries a name or password; send it as a header instead")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise BlockedError("refused: the URL's port is not between 1 and 65535")
    return port or _DEFAULT_PORTS[parts.scheme]


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if not host:
        raise BlockedError("refused: the URL names no host")
    if len(host) > MAX_HOST:
        raise BlockedError(f"refused: the URL's host has {len(host)} characters, more than {MAX_HOST}")
    if parts.netloc.startswith("["):
        return _ipv6(host)
    name = _ascii(host).removesuffix(".")
    labels = name.split(".")
    if len(name) > MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise BlockedError("refused: the URL's host is no valid host name; mend the link")
    return _ipv4(labels) if _NUMBER.fullmatch(labels[-1]) else name


def _ipv6(host: str) -> str:
    # A zone ("%eth0") names a network card of this machine; the URL standard knows none.
    try:
        address = None if "%" in host else IPv6Address(host)
    except AddressValueError:
        address = None
    if address is None:
        raise BlockedError("refused: the URL's host is no valid IPv6 address")
    return str(address.ipv4_mapped or address)


def _ascii(host: str) -> str:
    """The name as DNS knows it (UTS 46, IDNA 2008). ASCII labels stay: DNS has "_" and "--" where IDNA forbids them."""
    if host.isascii():
        return host
    try:
        mapped = idna.uts46_remap(host, std3_rules=False)
        return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in mapped.split("."))
    except (idna.IDNAError, UnicodeError):
        raise BlockedError("refused: the URL's host is no valid international name; mend the link") from None


def _ipv4(labels: list[str]) -> str:
    """A host whose last label is a number is an IPv4 address (https://url.spec.whatwg.org/#concept-ipv4-parser)."""
    try:
        numbers = [_number(label) for label in labels]
    except ValueError:
        numbers = []
    *front, last = numbers or [-1]
    room = 256 ** (4 - len(front)) if len(front) <= 3 else 0
    if not 0 <= last < room or any(number > 255 for number in front):
        raise BlockedError("refused: the URL's host is a number but no valid IPv4 address")
    value = last + sum(number * 256 ** (3 - position) for position, number in enumerate(front))
    return str(IPv4Address(value))


def _number(label: str) -> int:
    if not _NUMBER.fullmatch(label):
        raise ValueError(label)
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)
