"""Records to JSON bytes and back, for Redis. Unknown fields from newer releases are ignored, missing ones defaulted."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

from worker.model import Alert, Article, FeedState, Story, WorkItem
from worker.poll.websub import Subscription

R = TypeVar("R", Alert, Article, FeedState, Story, Subscription, WorkItem)

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type[R]) -> TypeAdapter[R]:
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)
    return found


def dump(record: Alert | Article | FeedState | Story | Subscription | WorkItem) -> bytes:
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
