"""A feed as bytes in Redis: whose it is, how it fares, and its state between polls in a third of what JSON takes.

    version 2 | health | length, host (where the URL spells it otherwise) | length, url | length, name | fields

Lengths are two bytes. A field is its number and form in one varint, then its value: a varint, eight or seven bytes, or
bytes with their length before them (as in Protocol Buffers), so that a release passes over fields it does not know.
Values left at their default take nothing. Times are whole microseconds; one that equals `last_poll` takes two bytes.
Releases before kept JSON, which `read_state` reads as well.
"""

from __future__ import annotations

import re
import struct
from base64 import b85decode
from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from worker.edge import codec
from worker.errors import BlockedError
from worker.fetch.urls import check_url
from worker.model import Feed, FeedState

VERSION = 2
HEALTHS = ("new", "ok", "failing", "gone")
"""What the second byte of a record means."""

_PLAIN_HOST = re.compile(r"[A-Za-z]+://([^/:?#]+)")
_HEAD = struct.Struct("<BB")
_LENGTH = struct.Struct("<H")
_LONGEST = 65_535
_REAL = struct.Struct("<d")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VARINT, _EIGHT, _SEVEN, _BYTES = range(4)
_DEFAULT = FeedState()
# The year 9999 in seconds.
_LAST_DATE = 253_370_764_800
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT")


class _Kind(NamedTuple):
    """How the values of a field are written: as a form and what follows it. `read` gets the form and what it holds."""

    write: Callable[[Any], tuple[int, bytes]]
    read: Callable[[int, Any], Any]


def _number(value: int) -> bytes:
    """A varint."""
    if value < 128:
        return _SMALL[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


_SMALL = [bytes([value]) for value in range(128)]


def _text(value: str) -> tuple[int, bytes]:
    return _raw(value.encode("utf-8", "surrogatepass"))


def _read_text(_form: int, raw: Any) -> str:
    return str(raw, "utf-8", "surrogatepass")


def _raw(value: bytes) -> tuple[int, bytes]:
    return _BYTES, _number(len(value)) + value


def _date(value: str) -> tuple[int, bytes]:
    """An HTTP date in its usual form is a number of seconds; any other is sent back byte for byte as well."""
    if (found := _HTTP_DATE.fullmatch(value)) is not None and found[2] in _MONTHS:
        day, year, *clock = map(int, found.group(1, 3, 4, 5, 6))
        seconds = timegm((year, _MONTHS.index(found[2]) + 1, day, *clock))
        if 0 <= seconds < _LAST_DATE and _read_date(_VARINT, seconds) == value:
            return _VARINT, _number(seconds)
    return _text(value)


def _read_date(form: int, raw: Any) -> str:
    if form != _VARINT:
        return _read_text(form, raw)
    at = _EPOCH + timedelta(seconds=raw)
    return (
        f"{_WEEKDAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} "
        f"{at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"
    )


def _hex(value: str) -> tuple[int, bytes]:
    """Text that stands for bytes; what does not is kept as it is, behind a zero byte."""
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        raw = b""
    return _raw(b"\x01" + raw if raw.hex() == value else b"\x00" + value.encode("utf-8", "surrogatepass"))


def _read_hex(_form: int, raw: Any) -> str:
    return str(raw[1:].hex()) if raw[0] else _read_text(_BYTES, raw[1:])


def _time(value: datetime) -> tuple[int, bytes]:
    return _SEVEN, ((value - _EPOCH) // _MICROSECOND).to_bytes(7, "little", signed=True)


def _seconds(value: float) -> tuple[int, bytes]:
    return (_VARINT, _number(int(value))) if value == int(value) >= 0 else (_EIGHT, _REAL.pack(value))


_TEXT = _Kind(_text, _read_text)
_DATE = _Kind(_date, _read_date)
_HEX = _Kind(_hex, _read_hex)
# The byte before says that they are no text, which they were in a former release where they could not be packed.
_PACKED = _Kind(lambda value: _raw(b"\x01" + value), lambda _form, raw: raw[1:] if raw[0] else b"")
_COUNT = _Kind(lambda value: (_VARINT, _number(value)), lambda _form, raw: raw)
_FLAG = _Kind(lambda value: (_VARINT, _SMALL[value]), lambda _form, raw: bool(raw))
_SECONDS = _Kind(_seconds, lambda _form, raw: float(raw))
_TIME = _Kind(_time, lambda _form, raw: _EPOCH + raw * _MICROSECOND)

# The numbers are stored, so they never change.
_FIELDS: dict[str, tuple[int, _Kind]] = {
    "last_poll": (1, _TIME),
    "etag": (2, _TEXT),
    "last_modified": (3, _DATE),
    "body_hash": (4, _HEX),
    "interval": (5, _SECONDS),
    "last_success": (6, _TIME),
    "last_new": (7, _TIME),
    "next_due": (8, _TIME),
    "failing_since": (9, _TIME),
    "errors": (10, _COUNT),
    "error": (11, _TEXT),
    "title": (12, _TEXT),
    "polls": (13, _COUNT),
    "unchanged": (14, _COUNT),
    "entries": (15, _COUNT),
    "gone": (16, _FLAG),
    "updated": (17, _COUNT),
    "rhythm": (18, _PACKED),
    "lag": (19, _SECONDS),
    "ttl": (20, _SECONDS),
    "skip_hours": (21, _COUNT),
    "skip_days": (22, _COUNT),
    "not_before": (23, _TIME),
    "whole_at": (24, _TIME),
    "moved_to": (25, _TEXT),
    "moved_since": (26, _TIME),
    "moved": (27, _FLAG),
    "known": (28, _PACKED),
    "pushed_at": (29, _TIME),
}
_BY_NUMBER = {number: (name, kind) for name, (number, kind) in _FIELDS.items()}
_NAMES = sorted((field.name for field in fields(FeedState)), key=lambda name: _FIELDS[name][0])
_values_of = attrgetter(*_NAMES)
# For every field its default, whether it is a time that may equal `last_poll`, its tag in each form, and its writer.
_WRITTEN = [
    (
        getattr(_DEFAULT, name),
        _FIELDS[name][1] is _TIME and name != "last_poll",
        [_number(_FIELDS[name][0] << 2 | form) for form in range(4)],
        _FIELDS[name][1].write,
    )
    for name in _NAMES
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRecord:
    """What is kept of a feed. `host` is the one its turns are taken at, "" where the URL names none."""

    host: str
    url: str
    name: str
    health: str
    state: bytes


def health_of(state: FeedState) -> str:
    """One of HEALTHS."""
    if state.gone:
        return "gone"
    if state.failing_since is not None:
        return "failing"
    return "ok" if state.polls or state.last_poll else "new"


def write_head(feed: Feed) -> bytes:
    """What stands between a record's second byte and the state: where the feed is, and what it is called."""
    try:
        host = check_url(feed.url).host
    except BlockedError:
        host = ""
    if (plain := _PLAIN_HOST.match(feed.url)) is not None and plain[1] == host:
        host = ""
    parts = (host.encode(), feed.url.encode("utf-8", "surrogatepass"), feed.name.encode("utf-8", "surrogatepass"))
    return b"".join(_LENGTH.pack(len(part)) + part for part in (part[:_LONGEST] for part in parts))


def read_record(data: bytes) -> FeedRecord:
    """The record in what `write_record` wrote."""
    _, health = _HEAD.unpack_from(data)
    at, parts = _HEAD.size, []
    for _ in range(3):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        parts.append(data[at : at + length].decode("utf-8", "surrogatepass"))
        at += length
    host, url, name = parts
    if not host and (plain := _PLAIN_HOST.match(url)) is not None:
        host = plain[1]
    return FeedRecord(host=host, url=url, name=name, health=HEALTHS[health], state=data[at:])


def write_state(state: FeedState) -> bytes:
    """The state's fields."""
    out: list[bytes] = []
    polled = state.last_poll
    for value, (default, may_be_same, tags, write) in zip(_values_of(state), _WRITTEN, strict=True):
        if value == default:
            continue
        form, payload = (_VARINT, b"\x01") if may_be_same and value == polled else write(value)
        out += (tags[form], payload)
    return b"".join(out)


def read_state(data: bytes) -> FeedState:
    """The state in what `write_state` wrote, or in the JSON of a former release."""
    if data.startswith(b"{"):
        return _read_json(data)
    values: dict[str, Any] = {}
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        form = tag & 3
        raw, at = _varint(data, at) if form == _VARINT else _value(data, at, form)
        if (field := _BY_NUMBER.get(tag >> 2)) is not None:
            name, kind = field
            same = kind is _TIME and form == _VARINT
            values[name] = values.get("last_poll") if same else kind.read(form, raw)
    return FeedState(**values)


def _read_json(data: bytes) -> FeedState:
    state = codec.load(FeedState, data)
    return replace(state, known=_unpacked(state.known), rhythm=_unpacked(state.rhythm))


def _unpacked(text: bytes) -> bytes:
    try:
        return b85decode(text)
    except ValueError:
        return b""


def _value(data: bytes, at: int, form: int) -> tuple[Any, int]:
    if form == _EIGHT:
        return _REAL.unpack_from(data, at)[0], at + 8
    if form == _SEVEN:
        return int.from_bytes(data[at : at + 7], "little", signed=True), at + 7
    length, at = _varint(data, at)
    return data[at : at + length], at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 128:
        return byte, at + 1
    value = shift = 0
    while byte > 127:
        value |= (byte & 127) << shift
        shift += 7
        at += 1
        byte = data[at]
    return value | byte << shift, at + 1
