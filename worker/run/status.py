"""How the system is, as one record for scripts and one screen for people."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import redis
from rich.console import Console
from rich.table import Table

from worker.edge.rq_engine.queue import JobQueue
from worker.edge.rq_engine.workers import alive_workers
from worker.edge.store.articles import Archive
from worker.edge.store.feeds import FeedStore, FeedView
from worker.edge.store.outbox import Address, Outbox
from worker.edge.store.published import Processes, Published, web_url
from worker.run.cli.common import ago, moment, plain

LAST_ALERTS = 5


def collect(connection: redis.Redis) -> dict[str, Any]:
    """Everything `wirewatch status` shows; the keys are stable."""
    now = datetime.now(UTC)
    published, outbox, archive = Published(connection), Outbox(connection), Archive(connection)
    views = FeedStore(connection).view()
    states = Counter(feed_state(view) for view in views)
    return {
        "at": moment(now),
        "config": {"version": published.version(), "refused": published.refused()},
        "dashboard": web_url(connection),
        "queues": {name: dict(depth) for name, depth in JobQueue(connection).depths().items()},
        "outbox": outbox.depth(),
        "workers": [*alive_workers(connection, now), *_processes(connection, now)],
        "feeds": {
            "total": len(views),
            **{state: states[state] for state in ("ok", "failing", "gone", "new")},
            "failing_list": [
                {
                    "name": view.name,
                    "url": view.url,
                    "error": view.state.error,
                    "failing_since": moment(view.state.failing_since),
                    "next_poll": moment(view.due),
                }
                for view in views
                if feed_state(view) in {"failing", "gone"}
            ],
        },
        "articles": archive.article_count(),
        "alerts": [
            {
                "id": alert.id,
                "at": moment(alert.created),
                "reason": alert.reason.value,
                "topic": alert.topic,
                "headline": alert.story.headline,
                "because": alert.sent_because,
            }
            for alert in outbox.recent(LAST_ALERTS)
        ],
    }


def feed_state(view: FeedView) -> str:
    """ok, failing, gone, or new (not polled yet)."""
    if view.state.gone:
        return "gone"
    if view.state.errors:
        return "failing"
    return "ok" if view.state.polls else "new"


def _processes(connection: redis.Redis, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "role": facts.get("role", name.partition("-")[0]),
            "state": "running",
            "heartbeat": moment(datetime.fromtimestamp(facts["at"], UTC)),
        }
        for name, facts in Processes(connection).alive(now).items()
    ]


def delivery_states(outbox: Outbox, alert_id: str, destinations: list[str]) -> dict[str, str]:
    """Where an alert stands per destination."""
    found = {name: outbox.delivery(Address(alert_id=alert_id, destination=name)) for name in destinations}
    return {name: delivery.state for name, delivery in found.items() if delivery}


def as_text(found: dict[str, Any]) -> None:
    """The screen."""
    out = Console(highlight=False)
    if found["config"]["refused"]:
        out.print(f"configuration refused: {plain(found['config']['refused'])}", style="bold red")
    feeds = found["feeds"]
    states = ", ".join(f"{feeds[state]} {state}" for state in ("ok", "failing", "gone", "new"))
    out.print(f"feeds      {feeds['total']}: {states}")
    for name, depth in found["queues"].items():
        out.print(
            f"queue      {name}: {depth['waiting']} waiting, {depth['running']} running, {depth['failed']} failed"
        )
    out.print(f"outbox     {found['outbox']} to deliver")
    out.print(f"articles   {found['articles']} stored")
    if found["dashboard"]:
        out.print(f"dashboard  {found['dashboard']}")
    _workers(out, found["workers"])
    for feed in feeds["failing_list"][:10]:
        out.print(f"failing    {plain(feed['name'])}: {plain(feed['error'])}", style="red")
    if not found["alerts"]:
        out.print("alerts     none yet; try a query on what is stored: wirewatch topics test QUERY", style="dim")
    for alert in found["alerts"]:
        when = ago(datetime.fromisoformat(alert["at"]))
        out.print(f"alert      {when}  {alert['reason']}  {plain(alert['topic'])}: {plain(alert['headline'])}")


def _workers(out: Console, workers: list[dict[str, Any]]) -> None:
    if not workers:
        out.print("processes  none is running; start them with wirewatch up", style="bold red")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("process", "role", "state", "heartbeat"):
        table.add_column(column)
    for worker in workers:
        heartbeat = ago(datetime.fromisoformat(worker["heartbeat"]))
        table.add_row(worker["name"], worker["role"], worker["state"], heartbeat)
    out.print(table)
