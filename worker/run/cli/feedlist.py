"""`wirewatch feeds list`: how every feed is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.run.cli.common import AsJson, ConfigFile, ago, count, lasting, moment, open_redis, print_json

if TYPE_CHECKING:  # loading them costs more than all of --help
    from worker.edge.store.feed_view import FeedView
    from worker.edge.store.feeds import FeedStore
    from worker.poll.websub import Subscription
    from worker.run.lists import ListState

# What is wrong comes first: of ten thousand feeds nobody reads the list to its end.
ORDER = {state: place for place, state in enumerate(("failing", "gone", "new", "ok", "paused"))}
# Each is as wide as its widest; the name gets what is left of the line, but no less than this.
FIXED = ("state", "next poll", "a day", "lag", "unchanged", "push")
TO_THE_RIGHT = frozenset({"a day", "lag", "unchanged"})
NARROWEST_NAME = 12
SOON = timedelta(seconds=0.5)
# So many are read in half a second; a bar for fewer would only flicker.
MANY = 5_000


def feeds_list(
    failing: Annotated[bool, typer.Option("--failing", help="Only feeds that fail or are gone.")] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List every feed with its health, those with trouble first.

    States: ok, failing (the line below says since when and why; asked again at the next poll), gone (the server said
    for ever), new (not polled yet), paused (asked no more until `feeds resume`). "a day" is how many entries a feed is
    expected to bring, "lag" how long after their publication they were seen, "unchanged" the share of polls that
    brought no new document, and "push" whether a WebSub hub tells of news. With --json there is more.
    """
    from worker.edge.store.feeds import FeedStore
    from worker.edge.store.pauses import Pauses, count_by_state
    from worker.edge.store.subscriptions import Subscriptions
    from worker.run.lists import list_states

    connection = open_redis(config)
    feeds, paused = FeedStore(connection), Pauses(connection).ids()
    counts = count_by_state(connection)
    if failing:
        shown = [view for view in feeds.unwell() if view.id not in paused]
    else:
        shown = sorted(_each(feeds, sum(counts.values())), key=lambda view: view.name.casefold())
    subscribed = Subscriptions(connection).wanted()
    now = datetime.now(UTC)
    rows = [_facts(view, subscribed.get(view.id), now, is_paused=view.id in paused) for view in shown]
    if as_json:
        print_json([{name: _plain(value) for name, value in row.items()} for row in rows])
        return
    if rows:
        rows.sort(key=lambda row: (ORDER[row["state"]], row["failing_since"] or now))
        _print_lines(rows, now)
    _say_how_many(counts, shown)
    _tell_of_lists(list_states(connection), now)


def _each(feeds: FeedStore, total: int) -> Iterator[FeedView]:
    """All of them, with a bar where they are so many that reading them takes a while."""
    each = feeds.each()
    if total < MANY:
        return each
    from worker.run.cli.progress import Listed, with_progress

    return with_progress(Listed(each, total), "reading", "feeds", besides=True)


def _facts(view: FeedView, subscription: Subscription | None, now: datetime, *, is_paused: bool) -> dict[str, Any]:
    """What is known of a feed; durations are in seconds. The keys are stable."""
    from worker.edge.store.pauses import PAUSED
    from worker.poll.pace import read_pace

    state = view.state
    pace = read_pace(state.rhythm)
    return {
        "name": view.name,
        "url": view.url,
        "title": state.title,
        "state": PAUSED if is_paused else view.health,
        "next_poll": None if is_paused else view.due,
        "last_poll": state.last_poll,
        "last_success": state.last_success,
        "last_new": state.last_new,
        "entries": state.entries,
        "per_day": None if pace is None else round(pace.per_day, 2),
        "lag": None if state.lag is None else round(state.lag, 1),
        "polls": state.polls,
        "unchanged": state.unchanged,
        "error": state.error,
        "errors": state.errors,
        "failing_since": state.failing_since,
        "moved_to": state.moved_to if state.moved else None,
        "push": _push(subscription, now),
        "push_error": subscription.why or None if subscription else None,
        "hub": subscription.hub if subscription else None,
        "pushed_at": state.pushed_at,
    }


def _push(subscription: Subscription | None, now: datetime) -> str | None:
    """Active, asked (not verified yet, or the lease is over) or denied."""
    if subscription is None:
        return None
    from worker.poll.websub import State

    if subscription.state is State.DENIED:
        return "denied"
    return "active" if subscription.is_active(now) else "asked"


def _plain(value: Any) -> Any:
    return moment(value) if isinstance(value, datetime) else value


def _print_lines(rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """One line a feed, as wide as the terminal; below it what is wrong. Programs get all of it in the line itself."""
    head = {"name": "name", **dict(zip(FIXED, FIXED, strict=True))}
    cells = [head, *(_cells(row, now) for row in rows)]
    troubles: list[list[str]] = [[], *(list(_trouble(row, now)) for row in rows)]
    columns = [name for name in FIXED if name != "push" or any(row["push"] for row in rows)]
    terminal = sys.stdout.isatty()
    for line, told in zip(_lines(cells, columns, fit=terminal), troubles, strict=True):
        if terminal:
            sys.stdout.write("\n    ".join([line.rstrip(), *told]) + "\n")
        else:
            sys.stdout.write("  ".join([line, *told]).rstrip() + "\n")


def _lines(cells: Sequence[Mapping[str, str]], columns: Sequence[str], *, fit: bool) -> Iterator[str]:
    """Names and columns below one another; names that do not fit the terminal end in an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    from worker.run.cli.table import cut

    width = {name: max(cell_len(row[name]) for row in cells) for name in ("name", *columns)}
    if fit:
        room = shutil.get_terminal_size().columns - sum(width[name] + 2 for name in columns)
        width["name"] = min(width["name"], max(NARROWEST_NAME, room))
    for row in cells:
        name = cut(row["name"], width["name"])
        others = (_aligned(row[column], width[column], column) for column in columns)
        yield "  ".join([set_cell_size(name, width["name"]), *others])


def _aligned(text: str, width: int, column: str) -> str:
    return text.rjust(width) if column in TO_THE_RIGHT else text.ljust(width)


def _cells(row: Mapping[str, Any], now: datetime) -> dict[str, str]:
    from worker.run.cli.table import cell

    per_day, due = row["per_day"], row["next_poll"]
    return {
        "name": cell(row["name"]),
        "state": row["state"],
        "next poll": "-" if due is None else "now" if due <= now + SOON else ago(due, now),
        "a day": "-" if per_day is None else f"{per_day:.1f}" if per_day < 10 else f"{per_day:.0f}",
        "lag": "-" if row["lag"] is None else lasting(row["lag"]),
        "unchanged": f"{row['unchanged'] / row['polls']:.0%}" if row["polls"] else "-",
        "push": row["push"] or "-",
    }


def _trouble(row: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """What is wrong with a feed, in words."""
    from worker.run.cli.table import cell

    if row["state"] == "paused":
        yield f"go on with it: wirewatch feeds resume {row['url']}"
        return
    if row["state"] == "gone":
        yield f"gone for good: {cell(row['error'])}; remove it with wirewatch feeds remove {row['url']}"
    elif row["failing_since"] is not None:
        failing_for = lasting((now - row["failing_since"]).total_seconds())
        yield f"failing for {failing_for} ({count(row['errors'], 'poll')}): {cell(row['error'])}"
    if row["moved_to"]:
        yield f"moved to {cell(row['moved_to'])}, which is polled; write that into the configuration"
    if row["push_error"]:
        yield f"not pushed: {cell(row['push_error'])}"


def _say_how_many(counts: Mapping[str, int], shown: Sequence[FeedView]) -> None:
    total = sum(counts.values())
    if not total:
        sys.stderr.write("no feeds yet; add one with `wirewatch feeds add URL`\n")
    elif not shown:
        sys.stderr.write(f"none of {count(total, 'feed')} fails\n")
    elif sys.stdout.isatty() and sys.stderr.isatty():
        states = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
        sys.stderr.write(f"{count(total, 'feed')}: {states}\n")


def _tell_of_lists(states: Sequence[ListState], now: datetime) -> None:
    """Lists on the web that cannot be had: their feeds are those of the last good reading."""
    from worker.run.cli.table import cell

    for state in states:
        if state.failing_since is not None:
            failing_for = lasting(now.timestamp() - state.failing_since)
            held = f"its last good reading holds ({count(state.feeds, 'feed')})" if state.feeds else "none was read yet"
            sys.stderr.write(f"the list {cell(state.url)} has failed for {failing_for}: {cell(state.error)}; {held}\n")
