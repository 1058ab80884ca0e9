"""How the system is, in lines for people: what is wrong stands out, and says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from worker.run.cli.common import ago, count, lasting, printable
from worker.run.cli.table import cell, console, print_table
from worker.run.durability import ROOM
from worker.run.status_shape import (
    AlertStatus,
    DeadPages,
    DestinationStatus,
    FailingFeed,
    FeedsStatus,
    StatusRecord,
    WorkerStatus,
)

FAILING_SHOWN = 10
DEAD_SHOWN = 5
_LABEL = 11
BAD, WRONG = "bold red", "red"
PROCESS_COLUMNS = ("process", "role", "state", "heartbeat")


def print_status(found: StatusRecord) -> None:
    """The screen, once."""
    out = console()
    for line in status_lines(found):
        if out.is_terminal:
            out.print(_hanging(line))
        else:
            out.print(line, soft_wrap=True)
    if found["workers"]:
        out.print()
        print_table(process_rows(found["workers"]), PROCESS_COLUMNS, out=out)


def _hanging(line: Text) -> Table:
    """The line broken between words, its continuation below its text and not below its label."""
    grid = Table.grid()
    grid.add_column(width=_LABEL, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(line[:_LABEL], line[_LABEL:])
    return grid


def process_rows(workers: Sequence[WorkerStatus]) -> list[dict[str, Any]]:
    """The table of the processes."""
    return [
        {
            "process": worker["name"],
            "role": worker["role"],
            "state": worker["state"],
            "heartbeat": datetime.fromisoformat(worker["heartbeat"]),
        }
        for worker in workers
    ]


def status_lines(found: StatusRecord) -> Iterator[Text]:
    """Everything but the processes, one line each."""
    if trouble := found["redis"]["trouble"]:
        yield _line("redis", printable(trouble), BAD)
    if found["config"]["refused"]:
        yield _line("config", f"refused, the last good one goes on: {printable(found['config']['refused'])}", BAD)
    yield from _feeds(found["feeds"])
    for name, depth in found["queues"].items():
        counts = [f"{number} {state.replace('_', ' ')}" for state, number in depth.items()]
        yield _line("queue", f"{name}: {', '.join(counts)}")
    yield _line("outbox", f"{found['outbox']} to deliver")
    if number := found["dead_letters"]:
        dead = f"{count(number, 'delivery', 'deliveries')} given up; see wirewatch alerts list --dead"
        yield _line("dead", dead, WRONG)
    yield from _dead_pages(found["dead_pages"])
    yield from _destinations(found["destinations"])
    for mute in found["muted"]:
        yield _line("muted", f"{mute['kind']} {cell(mute['of'])}, until {ago(datetime.fromisoformat(mute['until']))}")
    yield from _articles(found)
    if found["dashboard"]:
        yield _line("dashboard", found["dashboard"])
    yield from _failing(found["feeds"]["failing_list"])
    for one in found["lists"]:
        if one["error"]:
            words = f"the list {cell(one['url'])}{_since(one['failing_since'])}: {cell(one['error'])}"
            yield _line("failing", words, WRONG)
    yield from _alerts(found["alerts"])
    if not found["workers"]:
        yield _line("processes", "none is running; start them with wirewatch up", BAD)


def _line(label: str, text: str, style: str = "") -> Text:
    return Text(f"{label:<{_LABEL}}{text}", style=style)


def _since(at: str | None) -> str:
    return f", since {ago(datetime.fromisoformat(at))}" if at else ""


def _feeds(feeds: FeedsStatus) -> Iterator[Text]:
    states = f"{feeds['ok']} ok, {feeds['failing']} failing, {feeds['gone']} gone, {feeds['new']} new"
    paused = f", {feeds['paused']} paused" if feeds["paused"] else ""
    yield _line("feeds", f"{feeds['total']}: {states}{paused}")
    if feeds["lag_p50"] is not None and feeds["lag_p99"] is not None:
        late = f"polls begin {feeds['lag_p50']:.1f} s after they are due, 99 % within {feeds['lag_p99']:.1f} s"
        yield _line("lag", late)
    for host in feeds["behind"]:
        yield _line("waiting", f"{host['waiting']} feeds of {cell(host['host'])} are due and wait for their host")


def _articles(found: StatusRecord) -> Iterator[Text]:
    yield _line("articles", f"{found['articles']} stored")
    if trimmed := found["articles_trimmed"]:
        age = datetime.fromisoformat(trimmed["at"]) - datetime.fromisoformat(trimmed["before"])
        words = f"older ones than {lasting(age.total_seconds())} went early: Redis has little room; {ROOM}"
        yield _line("", words, WRONG)


def _destinations(destinations: Sequence[DestinationStatus]) -> Iterator[Text]:
    for one in destinations:
        name, why = cell(one["name"]), cell(one["why"])
        if one["state"] == "failing":
            yield _line("failing", f"{name}{_since(one['since'])}: {why}", WRONG)
        elif one["state"] != "ok":
            mend = f"mend it, then run wirewatch destinations resume {name}"
            yield _line(one["state"], f"{name}, {one['waiting']} waiting: {why}; {mend}", BAD)


def _failing(feeds: Sequence[FailingFeed]) -> Iterator[Text]:
    for feed in feeds[:FAILING_SHOWN]:
        words = f"{cell(feed['name'])}{_since(feed['failing_since'])}: {cell(feed['error'])}"
        yield _line("failing", words, WRONG)
    if len(feeds) > FAILING_SHOWN:
        yield _line("failing", f"and {len(feeds) - FAILING_SHOWN} more; see wirewatch feeds list --failing", WRONG)


def _dead_pages(pages: DeadPages) -> Iterator[Text]:
    if not pages["total"]:
        return
    yield _line("dead", f"{count(pages['total'], 'page')} given up; see wirewatch articles list --dead", WRONG)
    for page in pages["newest"][:DEAD_SHOWN]:
        words = f"{cell(page['url'])} ({cell(page['feed'])}): {cell(page['given_up'])}"
        yield _line("", f"{words}; {page['tries']} tries, {cell(page['reason'])}", WRONG)


def _alerts(alerts: Sequence[AlertStatus]) -> Iterator[Text]:
    if not alerts:
        yield _line("alerts", "none yet; try a query on what is stored: wirewatch topics test QUERY", "dim")
    for alert in alerts:
        when = ago(datetime.fromisoformat(alert["at"]))
        yield _line("alert", f"{when}, {alert['reason']}, {cell(alert['topic'])}: {cell(alert['headline'])}")
