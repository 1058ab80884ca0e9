"""What the pipeline needs from the world, as small Protocols. `edge` implements them on HTTP, Redis and rq."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias, TypeVar

from worker.model import Alert, Article, DestinationSpec, Match, Page, Story

T = TypeVar("T")


class Stage(StrEnum):
    """The steps of the flow, as those who time them call them."""

    POLL = "poll"
    FETCH = "fetch"
    CLEAN = "clean"
    MATCH = "match"
    ALERT = "alert"
    DELIVER = "deliver"


# What a stage runs in: measures it, and keeps out of its way.
Timed: TypeAlias = Callable[[Stage], AbstractContextManager[object]]


class Clock(Protocol):
    """The time now, aware and in UTC."""

    def now(self) -> datetime: ...


class Fetcher(Protocol):
    """Fetches a page within its budgets; raises FetchError, or PostponedError where it is to be asked for later."""

    async def page(self, url: str) -> Page: ...


class Cleaner(Protocol):
    """Runs a pure function on bytes where it can be killed; raises StageTimeoutError at its budget."""

    async def run(self, function: Callable[..., T], *arguments: object, **named: object) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPage:
    """What is remembered of an article's page, to learn what its host repeats.

    `seen_at` is in whole seconds. `marks` (32 bits each) stand for its lines and their shapes, `words` (16 bits each)
    for the words of its title and opening; both are sorted.
    """

    article_id: str
    seen_at: datetime
    marks: tuple[int, ...]
    words: tuple[int, ...]


class HostMemory(Protocol):
    """What is remembered of the latest pages of each host."""

    def remember(self, host: str, page: SeenPage) -> Sequence[SeenPage]:
        """Remember a page, once however often it is told; the pages of its host, this one among them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one article changes: the stories it touched, the alerts that follow, and notes for the log in words.

    `merged` are stories that are part of another one from now on, each with that one's id.
    """

    stories: tuple[Story, ...] = ()
    merged: tuple[tuple[Story, str], ...] = ()
    alerts: tuple[Alert, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The live stories of a topic that an article may concern.

    It may be part of one of `stories`; `told` are others, those told last, which it may only follow. `frequency` says
    in how many of `counted` stories of the topic the terms of `stories` and of the article were, of late; None where
    nobody counted.
    """

    stories: tuple[Story, ...] = ()
    told: tuple[Story, ...] = ()
    frequency: Mapping[str, float] | None = None
    counted: float = 0.0


Decide: TypeAlias = Callable[[Mapping[str, Live]], Change]


class Store(Protocol):
    """Articles, stories and the outbox."""

    def is_done(self, item_id: str) -> bool:
        """Whether the entry with this id (WorkItem.id) was committed."""
        ...

    def commit(
        self,
        item_id: str,
        article: Article,
        matches: Sequence[Match],
        decide: Decide,
        *,
        signature: tuple[int, ...] = (),
    ) -> Change | None:
        """Store the article, the stories it changed and the alerts that follow in one transaction.

        `decide` gets the live stories of each matched topic that the article may concern, those of which it is a copy
        by the `signature` of its text, and may be called again when another worker was faster. None where this entry
        or this article had been committed before: then nothing changes.
        """
        ...


class Destination(Protocol):
    """Takes one alert; returns when the receiver has it, raises DeliveryError otherwise."""

    async def send(self, alert: Alert, spec: DestinationSpec) -> None: ...
