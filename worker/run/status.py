"""How the system is, as one record for scripts and one screen for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import redis
from rich.console import Console
from rich.text import Text

from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store import given_up
from worker.edge.store.articles import Archive
from worker.edge.store.destinations import Destinations
from worker.edge.store.feeds import FeedStore, count_by_health
from worker.edge.store.later import Later
from worker.edge.store.mutes import Mutes
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Published, web_url
from worker.run.alive import processes
from worker.run.cli.common import ago, moment, printable
from worker.run.cli.table import cell, console, print_table

LAST_ALERTS = 5
FAILING_SHOWN = 10
DEAD_SHOWN = 5


def collect(connection: redis.Redis) -> dict[str, Any]:
    """Everything `wirewatch status` shows; the keys are stable."""
    now = datetime.now(UTC)
    published, outbox, archive = Published(connection), Outbox(connection), Archive(connection)
    views = FeedStore(connection).view()
    return {
        "at": moment(now),
        "config": {"version": published.version(), "refused": published.refused()},
        "dashboard": web_url(connection),
        "queues": _queues(connection),
        "outbox": outbox.depth(),
        "dead_letters": len(outbox.dead()),
        "destinations": [
            {
                "name": one.name,
                "state": one.state or ("failing" if one.failing_since else "ok"),
                "since": moment(one.since or one.failing_since),
                "waiting": one.waiting,
                "why": one.why or one.error,
            }
            for one in Destinations(connection).states()
        ],
        "muted": [
            {"kind": one.kind, "of": one.of, "until": moment(one.until)} for one in Mutes(connection).active(now)
        ],
        "workers": [
            {"name": p.name, "role": p.role, "state": p.state, "heartbeat": moment(p.heartbeat)}
            for p in processes(connection, now)
        ],
        "feeds": {
            "total": len(views),
            **count_by_health(views),
            "failing_list": [
                {
                    "name": view.name,
                    "url": view.url,
                    "error": view.state.error,
                    "failing_since": moment(view.state.failing_since),
                    "next_poll": moment(view.due),
                }
                for view in views
                if view.health in {"failing", "gone"}
            ],
        },
        "given_up": {"total": given_up.count(connection), "newest": given_up.newest(connection)},
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


def _queues(connection: redis.Redis) -> dict[str, dict[str, int]]:
    """The depths; "put_back" counts the batches whose pages wait for a host that has no time for them now."""
    queues = {name: dict(depth) for name, depth in JobQueue(connection).depths().items()}
    queues[INGEST]["put_back"] = Later(connection).depth()
    return queues


def as_text(found: dict[str, Any]) -> None:
    """The screen."""
    out = console()
    if found["config"]["refused"]:
        _say(out, "config", f"refused, the last good one goes on: {printable(found['config']['refused'])}", "bold red")
    feeds = found["feeds"]
    states = ", ".join(f"{feeds[state]} {state}" for state in ("ok", "failing", "gone", "new"))
    _say(out, "feeds", f"{feeds['total']}: {states}")
    for name, depth in found["queues"].items():
        counts = [f"{number} {state.replace('_', ' ')}" for state, number in depth.items()]
        _say(out, "queue", f"{name}: {', '.join(counts)}")
    dead = f", {found['dead_letters']} given up; see wirewatch alerts list --dead" if found["dead_letters"] else ""
    _say(out, "outbox", f"{found['outbox']} to deliver{dead}", "red" if dead else "")
    _destinations(out, found["destinations"])
    for mute in found["muted"]:
        _say(out, "muted", f"{mute['kind']} {cell(mute['of'])}, until {ago(datetime.fromisoformat(mute['until']))}")
    _say(out, "articles", f"{found['articles']} stored")
    if found["dashboard"]:
        _say(out, "dashboard", found["dashboard"])
    _failing(out, feeds["failing_list"])
    _given_up(out, found["given_up"])
    _alerts(out, found["alerts"])
    _workers(out, found["workers"])


def _say(out: Console, label: str, text: str, style: str = "") -> None:
    out.print(Text(f"{label:<10} {text}", style=style), soft_wrap=True)


def _destinations(out: Console, destinations: list[dict[str, Any]]) -> None:
    for one in destinations:
        name, why = cell(one["name"]), cell(one["why"])
        if one["state"] == "failing":
            _say(out, "failing", f"{name}, since {ago(datetime.fromisoformat(one['since']))}: {why}", "red")
        elif one["state"] != "ok":
            mend = f"mend it, then run wirewatch destinations resume {name}"
            _say(out, one["state"], f"{name}, {one['waiting']} waiting: {why}; {mend}", "bold red")


def _failing(out: Console, feeds: list[dict[str, Any]]) -> None:
    for feed in feeds[:FAILING_SHOWN]:
        _say(out, "failing", f"{cell(feed['name'])}: {cell(feed['error'])}", "red")
    if len(feeds) > FAILING_SHOWN:
        _say(out, "failing", f"and {len(feeds) - FAILING_SHOWN} more; see wirewatch feeds list", "red")


def _given_up(out: Console, letters: dict[str, Any]) -> None:
    shown = letters["newest"][:DEAD_SHOWN]
    for letter in shown:
        words = f"{cell(letter['url'])} ({cell(letter['feed'])}): {cell(letter['given_up'])}"
        _say(out, "given up", f"{words}; {letter['tries']} tries, {cell(letter['reason'])}", "red")
    if letters["total"] > len(shown):
        _say(out, "given up", f"and {letters['total'] - len(shown)} more; see wirewatch status --json", "red")


def _alerts(out: Console, alerts: list[dict[str, Any]]) -> None:
    if not alerts:
        _say(out, "alerts", "none yet; try a query on what is stored: wirewatch topics test QUERY", "dim")
    for alert in alerts:
        when = ago(datetime.fromisoformat(alert["at"]))
        _say(out, "alert", f"{when}, {alert['reason']}, {cell(alert['topic'])}: {cell(alert['headline'])}")


def _workers(out: Console, workers: list[dict[str, Any]]) -> None:
    if not workers:
        _say(out, "processes", "none is running; start them with wirewatch up", "bold red")
        return
    out.print()
    rows = [
        {
            "process": worker["name"],
            "role": worker["role"],
            "state": worker["state"],
            "heartbeat": datetime.fromisoformat(worker["heartbeat"]),
        }
        for worker in workers
    ]
    print_table(rows, ("process", "role", "state", "heartbeat"), out=out)
