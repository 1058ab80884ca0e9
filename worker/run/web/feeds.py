"""The feeds and how they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

from worker.edge.store.feed_view import FeedView, count_by_health
from worker.edge.store.feeds import FeedStore
from worker.edge.store.heard import heard
from worker.edge.store.pauses import PAUSED, STATES, Pauses
from worker.poll.pace import read_pace
from worker.run.web.blind import SHOWN, BlindSpot, blind_spots
from worker.run.web.desk import Desk

# Of one page.
FEEDS = 100
# The order of the table: what needs a person comes first.
FEEDS_FIRST = ("failing", "gone", "new", "ok")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)

SORTS: Mapping[str, Callable[[FeedRow], Any]] = MappingProxyType(
    {
        "name": lambda row: row.feed.name.casefold(),
        "success": lambda row: row.feed.state.last_success or _LONG_AGO,
        "entry": lambda row: row.feed.state.last_new or _LONG_AGO,
        "poll": lambda row: row.feed.due or _NEVER,
        "lag": lambda row: -(row.lag or timedelta(0)),
        "unchanged": lambda row: -(row.unchanged or 0.0),
        "day": lambda row: -(row.per_day or 0.0),
        "entries": lambda row: -row.feed.state.entries,
    }
)
"""What the table can be sorted by, each beginning with what one looks for: the longest silence, the largest figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsWanted:
    """Which feeds to show: those in one `state` ("" for all), with `words` in name or address, sorted, and which page.

    `sort` is one of SORTS, "" for those first that need a person.
    """

    state: str = ""
    words: str = ""
    sort: str = ""
    number: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> FeedsWanted:
        """What an address asks for; what makes no sense is passed over."""
        state, number, sort = query.get("state", ""), query.get("page", ""), query.get("sort", "")
        return cls(
            state=state if state in STATES else "",
            words=query.get("q", "").strip()[:200],
            sort=sort if sort in SORTS else "",
            number=int(number) if number.isascii() and number.isdigit() and int(number[:6]) >= 1 else 1,
        )

    def address(self, *, state: str | None = None, sort: str | None = None, number: int = 1) -> str:
        """The address of the page that shows another state or order, or the same feeds from another page on."""
        asked = {
            "state": self.state if state is None else state,
            "q": self.words,
            "sort": self.sort if sort is None else sort,
            "page": number if number > 1 else "",
        }
        given = urlencode({name: value for name, value in asked.items() if value})
        return f"/feeds?{given}" if given else "/feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed and its state, see FeedView.health, or PAUSED. `unchanged` is the share of polls without a document (304).

    `per_day` is how many entries it publishes, None while that is not known.
    """

    feed: FeedView
    state: str
    host: str
    unchanged: float | None
    lag: timedelta | None
    per_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsPage:
    """The feeds that are wanted. `counts` are of all; `before` and `after` are addresses, "" where there is nothing.

    `blind` are the spots where nothing is heard, `more_blind` how many besides.
    """

    wanted: FeedsWanted
    counts: Mapping[str, int]
    rows: tuple[FeedRow, ...]
    found: int
    before: str
    after: str
    blind: tuple[BlindSpot, ...]
    more_blind: int


class FeedReader:
    """Reads the page of feeds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._feeds, self._pauses = FeedStore(desk.redis), Pauses(desk.redis)

    def page(self, wanted: FeedsWanted) -> FeedsPage:
        """The feeds, those in need of a person first, else as they are to be sorted."""
        feeds, paused, now = self._feeds.view(), self._pauses.ids(), self._desk.clock.now()
        active = [feed for feed in feeds if feed.id not in paused]
        blind = blind_spots(active, heard(self._desk.redis, now), host_of, now)
        found = [feed for feed in feeds if _fits(feed, wanted, paused)]
        start = FEEDS * (wanted.number - 1)
        return FeedsPage(
            wanted=wanted,
            counts={**count_by_health(active), PAUSED: len(feeds) - len(active)},
            rows=tuple(_rows(found, wanted.sort, paused, slice(start, start + FEEDS))),
            found=len(found),
            before=wanted.address(number=wanted.number - 1) if start and wanted.number > 1 else "",
            after=wanted.address(number=wanted.number + 1) if len(found) > start + FEEDS else "",
            blind=blind[:SHOWN],
            more_blind=max(0, len(blind) - SHOWN),
        )


def _fits(feed: FeedView, wanted: FeedsWanted, paused: frozenset[str]) -> bool:
    words = wanted.words.casefold()
    return wanted.state in {"", _state(feed, paused)} and (
        words in feed.name.casefold() or words in feed.url.casefold()
    )


def host_of(feed: FeedView) -> str:
    """The host of its address, "" where it names none."""
    return urlsplit(feed.url).hostname or ""


def _state(feed: FeedView, paused: frozenset[str]) -> str:
    return PAUSED if feed.id in paused else feed.health


def _rows(feeds: Iterable[FeedView], sort: str, paused: frozenset[str], wanted: slice) -> Sequence[FeedRow]:
    """Some of the feeds, as they are sorted; only for a sort by figures are those of all needed."""
    if sort:
        return sorted((_row(feed, paused) for feed in feeds), key=SORTS[sort])[wanted]
    order = (*FEEDS_FIRST, PAUSED)
    return [_row(feed, paused) for feed in sorted(feeds, key=lambda feed: order.index(_state(feed, paused)))[wanted]]


def _row(feed: FeedView, paused: frozenset[str]) -> FeedRow:
    state, pace = feed.state, read_pace(feed.state.rhythm)
    return FeedRow(
        feed=feed,
        state=_state(feed, paused),
        host=host_of(feed),
        unchanged=state.unchanged / state.polls if state.polls else None,
        lag=timedelta(seconds=state.lag) if state.lag is not None else None,
        per_day=pace.per_day if pace else None,
    )
