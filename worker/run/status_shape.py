"""How the system is, as programs read it from `wirewatch status --json` and from /api/v1/status.

Times are RFC 3339 in UTC, durations seconds. deploy/observability.md tells what each key means; one that stands there
stays, with its meaning.
"""

from __future__ import annotations

from typing_extensions import TypedDict


class RedisTrouble(TypedDict):
    """`trouble` says why Redis takes no writes and what to do, null where it takes them."""

    trouble: str | None


class LiveConfig(TypedDict):
    """`version` is a fingerprint of what is live, null where nothing is; `refused` says why a newer file is not."""

    version: str | None
    refused: str | None


class DestinationStatus(TypedDict):
    """`state` is ok, failing, or the word why it is off; `waiting` deliveries wait for it."""

    name: str
    state: str
    since: str | None
    waiting: int
    why: str


class MuteRecord(TypedDict):
    """What is silent: a topic by its name or a story by its id."""

    kind: str
    of: str
    until: str


class WorkerStatus(TypedDict):
    """A process with a sign of life in the last 30 seconds; `role` is the command that it runs."""

    name: str
    role: str
    state: str
    heartbeat: str


class FailingFeed(TypedDict):
    """A feed that is failing or gone, and not paused."""

    name: str
    url: str
    error: str | None
    failing_since: str | None
    next_poll: str | None


class MovedFeed(TypedDict):
    """A feed that is asked at another address than the configured one."""

    name: str
    url: str
    moved_to: str | None


class WaitingHost(TypedDict):
    """A host, and how many feeds are due and wait for it."""

    host: str
    waiting: int


class FeedsStatus(TypedDict):
    """The feeds by state; the lags are how late half of the latest polls began, and 99 % at the most."""

    total: int
    ok: int
    failing: int
    gone: int
    new: int
    paused: int
    lag_p50: float | None
    lag_p99: float | None
    failing_list: list[FailingFeed]
    moved_list: list[MovedFeed]
    behind: list[WaitingHost]


class ListStatus(TypedDict):
    """A list of feeds on the web."""

    url: str
    read_at: str | None
    feeds: int
    failing_since: str | None
    error: str | None
    next_reading: str | None


class DeadPage(TypedDict):
    """A page that was given up, by the entry that led to it."""

    id: str
    at: str
    url: str
    title: str
    feed: str
    given_up: str
    reason: str
    tries: int


class DeadPages(TypedDict):
    """How many pages were given up, and the newest of them."""

    total: int
    newest: list[DeadPage]


class AlertStatus(TypedDict):
    """One of the newest alerts; `because` says why it was sent."""

    id: str
    at: str
    reason: str
    topic: str
    headline: str
    because: str


class TrimmedArticles(TypedDict):
    """The last time within the hour that articles went early, for want of room: how many, when, and of before when."""

    count: int
    at: str
    before: str


class StatusRecord(TypedDict):
    """How the whole is doing.

    `version` is the release. `queues` hold jobs by state; `outbox` and `dead_letters` count deliveries.
    """

    at: str
    version: str
    redis: RedisTrouble
    config: LiveConfig
    dashboard: str | None
    queues: dict[str, dict[str, int]]
    outbox: int
    dead_letters: int
    destinations: list[DestinationStatus]
    muted: list[MuteRecord]
    workers: list[WorkerStatus]
    feeds: FeedsStatus
    lists: list[ListStatus]
    dead_pages: DeadPages
    articles: int
    articles_trimmed: TrimmedArticles | None
    alerts: list[AlertStatus]
