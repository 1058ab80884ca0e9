"""What one Redis has to do for a poll and for an article, in commands and in CPU time of its own. Run by hand:

    PYTHONPATH=. python tests/bench/redis_cost.py

Polls are claimed and committed as the scheduler does it, a hundred at a time. Articles go the whole way: batches of 32
entries on the queue, a real `wirewatch worker ingest`, pages from a server on loopback addresses, one article in ten
matches a topic. Redis' CPU is what `INFO cpu` says of its main thread, so it does not depend on who else waits; a busy
machine makes it rise all the same. deploy/scaling.md is written from it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))

import redis
from poll_many import ENTRIES, host_of, state
from support.prose import Press

from worker.config import Settings, to_published
from worker.edge import keys
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store.feeds import FeedStore
from worker.edge.store.published import Published
from worker.model import Entry, Feed, Topic, WorkItem, short_id
from worker.poll.identity import seen_key
from worker.run import jobs

FEEDS, AT_ONCE = 2_000, 100
BATCHES, HOSTS = 60, 300
_SHARE = 0.1


def main() -> None:
    """Print the table."""
    lines = ["| what | commands | CPU of Redis, ms |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as server:
        connection = connect(server.url)
        for what, count, (commands, seconds) in (*polls(connection), articles(connection, server.url)):
            lines.append(f"| {what} | {commands / count:.1f} | {1000 * seconds / count:.3f} |")
    sys.stdout.write("\n".join(lines) + "\n")


class Meter:
    """What Redis did since this was made; commands inside of scripts count too."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._start = self._now()

    def read(self) -> tuple[float, float]:
        """Commands and CPU seconds."""
        commands, seconds = self._now()
        return commands - self._start[0], seconds - self._start[1]

    def _now(self) -> tuple[float, float]:
        found: dict[str, Any] = self._redis.info("everything")
        cpu = found["used_cpu_sys_main_thread"] + found["used_cpu_user_main_thread"]
        return float(found["total_commands_processed"]), float(cpu)


def polls(connection: redis.Redis) -> list[tuple[str, int, tuple[float, float]]]:
    """Polls without news, and with one new entry, which is queued."""
    store, queue, now = FeedStore(connection), JobQueue(connection), datetime.now(UTC)
    queue.warm()
    known = [Feed(url=f"http://{host_of(at, FEEDS)}/{at}.xml", name=f"Sample feed {at}") for at in range(FEEDS)]
    store.sync(known, lambda _feed: now)
    found = []
    for turn, (what, news) in enumerate((("", 0), ("poll without news", 0), ("poll with one new entry", 1))):
        moment, meter = now + timedelta(hours=turn), Meter(connection)
        after = replace(state(moment, timedelta(hours=12)), next_due=moment + timedelta(minutes=30))
        for _ in range(FEEDS // AT_ONCE):
            for claim in store.claim(moment, lease=60, limit=AT_ONCE):
                new = [seen_key(f"{claim.feed_id} {turn} {at}") for at in range(news)]
                shown = (
                    [*new, *(seen_key(f"{claim.feed_id} {at}") for at in range(ENTRIES))] if news or not what else []
                )
                items = [item(Entry(key=f"{key}", url=f"http://sample.example/{key}", title="Sample")) for key in new]
                add = jobs.queue_ingest(queue)
                assert store.commit(claim, after, work=items, shown=shown, queue_work=add, outcome="parsed")
        if what:
            found.append((what, FEEDS, meter.read()))
    connection.flushdb()
    return found


def item(entry: Entry) -> WorkItem:
    return WorkItem(
        entry=entry,
        feed_url="http://127.1.0.1/rss.xml",
        feed_name="Sample",
        feed_title="Sample",
        tags=(),
        full_text=True,
        seen_at=datetime.now(UTC),
        trace=short_id(entry.key),
    )


def articles(connection: redis.Redis, url: str) -> tuple[str, int, tuple[float, float]]:
    """Articles from the queue to the store, by one worker."""
    press, count = Press(), BATCHES * jobs.BATCH
    pages = {f"/{at}.html": press.article(at) for at in range(count)}
    often = sorted(
        (sum(word in one.text for one in pages.values()), word) for word in press.article(count).text.split()
    )
    word = next(word for hits, word in often if hits >= _SHARE * count)
    settings = Settings(
        storage_dir=Path("data"),
        topics=(Topic(name="Sample topic", query=word.strip(".").lower()),),
        allow=("127.0.0.0/8",),
    )
    Published(connection).put(to_published(settings), settings.fingerprint, datetime.now(UTC))
    queue = JobQueue(connection)
    queue.warm()
    with Pages(pages) as port:
        urls = [
            f"http://127.1.{at % HOSTS // 200}.{1 + at % HOSTS % 200}:{port}{path}" for at, path in enumerate(pages)
        ]
        items = [item(Entry(key=one, url=one, title="Sample title")) for one in urls]
        # The first batches load scripts and learn hosts.
        run_worker(connection, queue, items[: HOSTS + 20], url)
        meter = Meter(connection)
        run_worker(connection, queue, items[HOSTS + 20 :], url)
        measured = meter.read()
    stored, matched = connection.zcard(keys.ARTICLES), connection.zcard(keys.STORIES)
    assert stored > 0.9 * count, f"only {stored} of {count} became articles"
    return f"article, fetched, one in {stored // max(1, matched)} opens a story", count - HOSTS - 20, measured


def run_worker(connection: redis.Redis, queue: JobQueue, items: list[WorkItem], url: str) -> None:
    with connection.pipeline() as pipe:
        pipe.multi()
        jobs.queue_ingest(queue)(pipe, items)
        pipe.execute()
    before = int(connection.zcard(keys.ARTICLES))
    command = [sys.executable, "-m", "worker", "worker", "ingest"]
    environment = {**os.environ, "REDIS_URL": url, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=environment, stderr=log, cwd="/") as process:
        while any(queue.depths()["ingest"][state] for state in ("waiting", "running")):
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
    sys.stderr.write(f"{connection.zcard(keys.ARTICLES) - before} of {len(items)}\n")


class Pages:
    """Serves the pages to this machine alone."""

    def __init__(self, pages: dict[str, Any]) -> None:
        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                article = pages.get(self.path)
                self.send_response(200 if article else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                if article:
                    text = "".join(f"<p>{part}</p>" for part in article.text.split("\n\n"))
                    page = f"<title>{article.title}</title><article><h1>{article.title}</h1>{text}</article>"
                    self.wfile.write(page.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers, bind_and_activate=False)
        self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        self._server.server_address = ("0.0.0.0", 0)
        self._server.request_queue_size = 256
        self._server.server_bind()
        self._server.server_activate()

    def __enter__(self) -> int:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return int(self._server.socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


if __name__ == "__main__":
    main()
