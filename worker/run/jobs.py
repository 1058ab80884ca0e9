"""The jobs on the queues: their stored names, their payloads, and what becomes of a job whose worker died.

The names are kept in Redis with every job, so they never change. Payloads carry a version, `v`: a job queued by
yesterday's release runs on today's, so what it may lack has a default here. `VERSION` rises where yesterday's release
would misread what today's writes; then its workers leave such jobs to newer ones (`rq_engine.newer`). What they may
overlook is added without. Entries that wait behind many others are joined into jobs of version 2 (`packed`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redis.client import Pipeline

from worker.edge import codec
from worker.edge.rq_engine.newer import version_of
from worker.edge.rq_engine.queue import DELIVER, INGEST, JobQueue
from worker.edge.rq_engine.reaper import Aftermath
from worker.edge.store.dead_pages import ITEM
from worker.model import WorkItem
from worker.run.packed import pack, unpack

INGEST_JOB = "worker.run.jobs.ingest"
DELIVER_JOB = "worker.run.jobs.deliver"
BATCH = 32
TRIES = 3
PLAIN, PACKED = 1, 2
VERSION = PACKED
# Of a feed that carries whole articles, or makes believe it does, jobs stay by themselves.
_TEXT_JOINED = 4_000
# Hard limits in seconds, beyond what the budgets inside a batch allow in the worst case (32 pages that wait behind
# those of other batches, hang until their time is up, half of them at a time, and hang the parser with the entry as a
# whole, with the page and without it).
INGEST_LIMIT = 780
DELIVER_LIMIT = 120


def ingest_payload(items: Sequence[WorkItem], *, feed_only: bool = False, put_back: int = 0) -> dict[str, Any]:
    """A batch of entries; `feed_only` makes the articles from the feed's own words, their pages untouched.

    `put_back` counts how often their host had no time for them.
    """
    items_plain = [codec.to_plain(item) for item in items]
    return {"v": PLAIN, "items": items_plain, "feed_only": feed_only, "put_back": put_back}


def read_ingest(payload: dict[str, Any]) -> tuple[list[WorkItem], bool]:
    """The entries of a batch, and whether their pages are to be left alone."""
    if "packed" in payload:
        return unpack(payload["packed"]), False
    return [codec.from_plain(WorkItem, plain) for plain in payload["items"]], bool(payload.get("feed_only"))


def put_backs(payload: dict[str, Any]) -> int:
    """How often the entries of a batch were put back."""
    return int(payload.get("put_back", 0))


def may_be_joined(function: str, payload: Any) -> bool:
    """Whether the entries of a job that waits may wait in one with those of others: new ones, without whole articles.

    A poison page is looked for one entry at a time, and what a host has no time for waits for that host alone.
    """
    if function != INGEST_JOB or version_of(payload) > VERSION or payload.get("feed_only") or put_backs(payload):
        return False
    if "packed" in payload:
        return True
    texts = (str(value) for plain in payload["items"] for value in plain["entry"].values())
    return sum(map(len, texts)) <= _TEXT_JOINED * len(payload["items"])


def joined(payloads: Sequence[Any]) -> dict[str, Any]:
    """One payload with the entries of all, which are in the same order; of any number."""
    items = [item for payload in payloads for item in read_ingest(payload)[0]]
    return {"v": PACKED, "packed": pack(items), "count": len(items)}


def parts(payload: Any) -> Sequence[Any]:
    """What a job that was joined of many is run as: payloads of `BATCH` entries at the most."""
    if payload.get("count", 0) <= BATCH:
        return [payload]
    items, _ = read_ingest(payload)
    return [ingest_payload(items[start : start + BATCH]) for start in range(0, len(items), BATCH)]


def queue_ingest(queue: JobQueue) -> Callable[[Pipeline, Sequence[WorkItem]], None]:
    """Adds the jobs for new entries to a transaction."""

    def add(pipe: Pipeline, items: Sequence[WorkItem]) -> None:
        batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
        payloads = [ingest_payload(batch) for batch in batches]
        title = f"ingest from {items[0].feed_name}"[:80]
        queue.add(pipe, INGEST, INGEST_JOB, payloads, timeout=INGEST_LIMIT, title=title)

    return add


def queue_again(queue: JobQueue) -> Callable[[Pipeline, Sequence[Any]], None]:
    """Adds batches that were put back to a transaction."""

    def add(pipe: Pipeline, payloads: Sequence[Any]) -> None:
        queue.add(pipe, INGEST, INGEST_JOB, payloads, timeout=INGEST_LIMIT, title="ingest what was put back")

    return add


def queue_deliver(queue: JobQueue) -> Callable[[Pipeline, Sequence[str]], None]:
    """Adds a wake-up call for deliveries (outbox members) to a transaction, one job each."""

    def add(pipe: Pipeline, members: Sequence[str]) -> None:
        queue.add(
            pipe,
            DELIVER,
            DELIVER_JOB,
            [{"v": PLAIN, "members": [member]} for member in members],
            timeout=DELIVER_LIMIT,
            title="deliver",
        )

    return add


def queue_wake_up(queue: JobQueue, pipe: Pipeline) -> None:
    """Adds a call to look at what is due to a transaction."""
    queue.add(
        pipe, DELIVER, DELIVER_JOB, [{"v": PLAIN, "members": []}], timeout=DELIVER_LIMIT, title="deliver what is due"
    )


def queue_refresh(queue: JobQueue) -> Callable[[Pipeline, Sequence[str]], None]:
    """Adds to a transaction that what deliverers have told of these stories (ids) is to be brought up to date."""

    def add(pipe: Pipeline, stories: Sequence[str]) -> None:
        payload = {"v": PLAIN, "members": [], "stories": list(stories)}
        queue.add(pipe, DELIVER, DELIVER_JOB, [payload], timeout=DELIVER_LIMIT, title="refresh")

    return add


def after_loss(function: str, payload: Any, losses: int) -> Aftermath:
    """What becomes of a job that was lost for the `losses`th time (its worker died, or it raised).

    The entries of an ingest batch are tried one by one, so that a poison page takes only itself down. A page that took
    its worker down `TRIES` times, the first in its batch, is a dead letter; its entry goes on without it. What a
    deliver job was to send is known to the outbox; only what it was to show of stories runs once more. With 0 losses a
    worker had to leave the job, which tells nothing about it. A payload of a newer release is for its workers to judge.
    """
    if version_of(payload) > VERSION or (function == INGEST_JOB and losses == 0):
        return Aftermath(again=[payload])
    if function != INGEST_JOB:
        return Aftermath(again=[{**payload, "members": []}] if losses <= 1 and payload.get("stories") else [])
    if "packed" in payload:
        payload = ingest_payload(unpack(payload["packed"]))
    if len(payload["items"]) > 1:
        return Aftermath(again=[{**payload, "items": [item]} for item in payload["items"]])
    if losses < TRIES:
        return Aftermath(again=[payload])
    if payload.get("feed_only"):
        return Aftermath(again=None, dead=_facts(payload, "the entry, also without its page"))
    return Aftermath(again=[{**payload, "feed_only": True}], dead=_facts(payload, "the page, its entry went on"))


def _facts(payload: Any, given_up: str) -> list[dict[str, Any]]:
    items, _ = read_ingest(payload)
    return [
        {
            "id": item.id,
            "url": item.entry.url,
            "title": item.entry.title,
            "feed": item.feed_name,
            "given_up": given_up,
            ITEM: codec.to_plain(item),
        }
        for item in items
    ]
