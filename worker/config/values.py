"""The small languages inside wirewatch.toml: durations, quiet hours, addresses. ValueError carries the mend."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from worker.redis_address import sentinels

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])", re.ASCII)
_LONGEST = 3650 * 86400.0
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_SERVICE = re.compile(r"[a-z][a-z0-9+.-]{1,40}://[^\s\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_NO_REDIS = 'this is no Redis address; write one such as "redis://localhost:6379/0"'
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def duration(value: object) -> float:
    """Seconds of "30s", "15m", "6h" or "7d"; more than nothing, at most ten years."""
    if isinstance(value, int) and not isinstance(value, bool):
        # Not a TypeError: every parser here raises ValueError.
        raise ValueError(f'a duration needs a unit; write "{value}s", or another of s, m, h, d')  # noqa: TRY004
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError('this is no duration; write a whole number and a unit, such as "30s", "15m", "6h" or "7d"')
    seconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= _LONGEST:
        raise ValueError('a duration lies between "1s" and "3650d"; write one in between')
    return seconds


def limit(value: object) -> tuple[int, float]:
    """Messages and seconds of "20/1h"."""
    number, _, span = value.strip().partition("/") if isinstance(value, str) else ("", "", "")
    if not (number.isascii() and number.isdigit() and 0 < int(number[:9]) <= 100_000):
        raise ValueError('a limit is how many messages in which time; write for example "20/1h"')
    return int(number), duration(span)


def secrets(value: object) -> tuple[str, ...]:
    """One secret, or the new one and the former one while they change."""
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) and one for one in found) or not 1 <= len(found) <= 2:
        raise ValueError(
            'a secret is text, such as "env:NAME"; while it is being changed write both, the new one first: '
            '["env:NEW", "env:FORMER"]'
        )
    return tuple(found)


def quiet(value: object) -> tuple[str, str, str]:
    """Start, end and IANA time zone of "22:00-07:00 Europe/London"; an end before the start is on the next day."""
    span, _, zone = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
    start, _, end = span.partition("-")
    if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end) and zone.strip()):
        raise ValueError('quiet hours are written "22:00-07:00 Europe/London": start, end and time zone')
    if start == end:
        raise ValueError("quiet hours that end when they start never end; write two different times")
    try:
        ZoneInfo(zone.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f'"{zone.strip()}" is no time zone; write an IANA name such as "Europe/London" or "UTC"'
        ) from None
    return start, end, zone.strip()


def network(value: str) -> str:
    """A CIDR in its usual spelling."""
    try:
        return str(ipaddress.ip_network(value.strip()))
    except ValueError:
        pass
    try:
        wider = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        raise ValueError(f'"{value}" is no address range; write a CIDR such as "127.0.0.0/8"') from None
    raise ValueError(f'"{value}" names one host and a range at once; write "{wider}"')


def listen(value: object) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8080", "[::1]:8080" or "localhost:0"."""
    host, colon, port = value.strip().rpartition(":") if isinstance(value, str) else ("", "", "")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not (colon and host and _PORT.fullmatch(port) and int(port) <= 65535):
        raise ValueError('this is no address to listen on; write host and port, such as "127.0.0.1:8080"')
    if _address(host) is None and (bracketed or not _HOST.fullmatch(host)):
        raise ValueError('the host is no address; write one such as "127.0.0.1:8080" or "[::1]:8080"')
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether a server listening on `host` is reached from this machine only (RFC 6761 keeps "localhost" to it)."""
    address = _address(host)
    return address.is_loopback if address else host.lower() == "localhost"


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def web_url(value: str) -> str:
    """An absolute http or https address, trimmed. The message never shows it, as it may be a secret."""
    text = value.strip()
    if _split(text) is None:
        raise ValueError('this is no web address; write one that starts with "https://" or "http://"')
    return text


def public_url(value: str) -> str:
    """Where the world reaches the dashboard's port: an address without query or fragment, and without its last "/"."""
    text = web_url(value)
    parts = urlsplit(text)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError('this is more than an address; write scheme, host and path only, as in "https://news.example"')
    return text.rstrip("/")


def service_url(value: str) -> str:
    """An address of Apprise's (appriseit.com). The message never shows it, as it is a secret."""
    text = value.strip()
    if not _SERVICE.fullmatch(text):
        raise ValueError('this is no address of Apprise\'s; write one such as "mailtos://user:password@example.org"')
    return text


def feed_url(value: str) -> str:
    """A web address without a user name or password, which would show in every log line."""
    text = web_url(value)
    if "@" in urlsplit(text).netloc:
        raise ValueError(
            'a password in a feed address would show in logs; write headers = { Authorization = "env:NAME" }'
        )
    return text


def is_web(value: str) -> bool:
    """Whether this is meant as a web address rather than a file."""
    return value.strip().lower().startswith(("http://", "https://"))


def same_feed(url: str) -> str:
    """The one spelling of a feed's address under which it is polled, whatever way it was written.

    RFC 3986, sections 6.2.2 and 6.2.3: case of scheme and host, the usual port, an empty path, needless percent signs;
    besides, no fragment, no dot after the host, and an international name as DNS knows it.
    """
    parts = _split(url.strip())
    if parts is None:
        return url.strip()
    host = _dns_name((parts.hostname or "").removesuffix("."))
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port and parts.port != _DEFAULT_PORTS[parts.scheme] else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}" + _PERCENT.sub(_percent, f"{parts.path or '/'}{query}")


def _dns_name(host: str) -> str:
    if host.isascii():
        return host
    # Its tables take longer to load than a command that has no use for them takes.
    from worker.errors import BlockedError  # noqa: PLC0415
    from worker.fetch.urls import check_url  # noqa: PLC0415

    try:
        return check_url(f"http://{host}/").host
    except BlockedError:
        return host


def _percent(found: re.Match[str]) -> str:
    """Letters, digits and "-._~" as they are, anything else in capitals (RFC 3986, sections 2.3 and 6.2.2.1)."""
    letter = chr(int(found[1], 16))
    return letter if letter.isascii() and (letter.isalnum() or letter in "-._~") else found[0].upper()


def _split(text: str) -> SplitResult | None:
    if not text or _NOT_IN_URL.search(text):
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, an unclosed [
        return None
    return parts if usable else None


def redis_url(value: str) -> str:
    """A Redis address. The message never shows it, as it may hold a password."""
    text = value.strip()
    if _NOT_IN_URL.search(text):
        raise ValueError(_NO_REDIS)
    if sentinels(text):
        return text
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError(_NO_REDIS)
    try:
        urlsplit(text).port  # noqa: B018 - asking is what checks it
    except ValueError:
        raise ValueError("the port of this Redis address is no number up to 65535; correct it") from None
    return text


def header_name(value: str) -> str:
    """A field name (RFC 9110 section 5.1)."""
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("this is no header name; write letters, digits and hyphens only")
    return value


def header_value(value: str) -> str:
    """A field value (RFC 9110 section 5.5), kept to what every server reads alike."""
    text = value.strip()
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("a header's value is one line of plain ASCII; write it so")
    return text


def name(value: str) -> str:
    """A name people read and type: one line, not empty, at most 200 characters."""
    text = value.strip()
    if not text or len(text) > 200 or not text.isprintable():
        raise ValueError("a name is one line of 1 to 200 characters; write one")
    return text


def slack_channel(value: str) -> str:
    """A channel's ID, or its name without the "#" (docs.slack.dev/reference/methods/chat.postMessage, "channel")."""
    text = value.strip().removeprefix("#")
    if not text or len(text) > 80 or text.startswith("@") or not text.isprintable() or " " in text:
        raise ValueError(
            'this is no Slack channel; write its ID, such as "C0123456789" (at the end of the channel\'s details), '
            'or its name, such as "#newsroom"'
        )
    return text


def slack_api(value: str) -> str:
    """The address of Slack's API: slack.com's, GovSlack's, or a proxy's in front of them."""
    text = web_url(value).rstrip("/")
    if not text.endswith("/api"):
        raise ValueError(
            "with a token, url is the address of Slack's API and ends in /api; remove url, or remove token and channel "
            "to use an incoming webhook"
        )
    return text


def host(url: str) -> str:
    """The host of an address, by which a feed is called that has no name."""
    return urlsplit(url).hostname or url
