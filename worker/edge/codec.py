"""Records to JSON bytes and back, for Redis. Unknown fields from newer releases are ignored, missing ones defaulted."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter

from worker.model import Alert, Article, FeedState, Story, WorkItem

R = TypeVar("R", Alert, Article, FeedState, Story, WorkItem)

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type[R]) -> TypeAdapter[R]:
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)
    return found


def dump(record: Alert | Article | FeedState | Story | WorkItem) -> bytes:
    """The record as JSON."""
    return _adapter(type(record)).dump_json(record)  # type: ignore[type-var]  # type() widens the constrained variable


def load(kind: type[R], data: bytes) -> R:
    """The record from `dump`'s JSON."""
    return _adapter(kind).validate_json(data)


def to_plain(record: WorkItem) -> dict[str, Any]:
    """The record as JSON-ready values, for job payloads."""
    plain: dict[str, Any] = _adapter(WorkItem).dump_python(record, mode="json")
    return plain


def from_plain(kind: type[R], data: Any) -> R:
    """The record from JSON-ready values."""
    return _adapter(kind).validate_python(data)


def pack(record: Article) -> bytes:
    """Compressed; articles are by far the most of what is stored."""
    return zlib.compress(dump(record), 6)


def unpack(data: bytes) -> Article:
    """The article from `pack`'s bytes."""
    return load(Article, zlib.decompress(data))


_JSON = b"{"
_HEAD = struct.Struct(">I")
_PRINT = struct.Struct(">HH")
_BITS = 0xFFFF


def pack_story(story: Story) -> bytes:
    """Compressed, the signatures of its reports beside it: they are noise, which does not compress."""
    prints = b"".join(
        _PRINT.pack(at, len(report.signature)) + struct.pack(f">{len(report.signature)}H", *report.signature)
        for at, report in enumerate(story.reports)
        if report.signature
    )
    bare = replace(story, reports=tuple(replace(report, signature=()) for report in story.reports))
    body = zlib.compress(dump(bare), 6)
    return _HEAD.pack(len(body)) + body + prints


def unpack_story(data: bytes) -> Story:
    """The story from `pack_story`'s bytes, or from the plain JSON of earlier releases."""
    if data[:1] == _JSON:
        return _with_signatures(load(Story, data), {})
    end = _HEAD.size + _HEAD.unpack_from(data)[0]
    story = load(Story, zlib.decompress(data[_HEAD.size : end]))
    found = {}
    while end < len(data):
        at, size = _PRINT.unpack_from(data, end)
        found[at] = struct.unpack_from(f">{size}H", data, end + _PRINT.size)
        end += _PRINT.size + 2 * size
    return _with_signatures(story, found)


def _with_signatures(story: Story, found: Mapping[int, tuple[int, ...]]) -> Story:
    """Signatures of earlier releases have 32 bits, of which today's are the lower half."""
    reports = (
        replace(report, signature=found.get(at) or tuple(value & _BITS for value in report.signature))
        for at, report in enumerate(story.reports)
    )
    return replace(story, reports=tuple(reports))
