"""A deliver worker on a real Redis with real receivers; only its clock is moved by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis

from support.clocks import HandClock
from support.servers import SECRET
from worker.config import load, to_published
from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store import outbox
from worker.edge.store.outbox import Address, Delivery, Outbox
from worker.edge.store.published import Published
from worker.model import Alert, Article, Match, Reason, Report, Source, Story, short_id
from worker.run import jobs
from worker.run.deliver import DeliverWorker

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def alert(number: int, *, story: str = "s1", topic: str = "Bridge", created: datetime = NOW, **more: Any) -> Alert:
    """Sample text: the nth alert of a story."""
    title = f"Sample: the harbour bridge, report {number}"
    report = Report(
        article_id=f"{story}-{number}",
        source="coast.example",
        title=title,
        url=f"https://coast.example/{story}/{number}",
        published=created,
        seen_at=created,
    )
    about = Story(id=story, topic=topic, headline=title, first_seen=created, last_seen=created, reports=(report,))
    article = Article(
        id=report.article_id,
        title=title,
        url=report.url,
        canonical_url=report.url,
        source=Source(domain="coast.example"),
        published=created,
    )
    made = Alert(
        id=short_id("alert", story, str(number)),
        reason=Reason.NEW_STORY,
        topic=topic,
        sent_because=f"sample reason {number}",
        created=created,
        story=about,
        article=article,
        match=Match(topic=topic, query="bridge", score=1.0, highlights=()),
    )
    return replace(made, **more)


@dataclass
class Bench:
    """Deliver workers on one Redis."""

    store: redis.Redis
    folder: Path
    clock: HandClock = field(default_factory=lambda: HandClock(NOW))
    started: list[DeliverWorker] = field(default_factory=list)

    def configure(self, text: str, **env: str) -> None:
        path = self.folder / "wirewatch.toml"
        path.write_text(text, "utf-8")
        settings = load(path, env={"HOOK_SECRET": SECRET, **env})
        Published(self.store).put(to_published(settings), settings.fingerprint, self.clock.now())
        for worker in self.started:
            worker.live.refresh(at_once=True)

    def start(self) -> DeliverWorker:
        worker = DeliverWorker(self.store)
        worker.clock = self.clock
        worker.live.refresh(at_once=True)
        self.started.append(worker)
        return worker

    def put(self, *alerts: Alert, to: tuple[str, ...] = ("hook",), due: datetime | None = None) -> None:
        queue = JobQueue(self.store)
        queue.warm()
        for one in alerts:
            with self.store.pipeline() as pipe:
                pipe.multi()
                first = dict.fromkeys(to, due or self.clock.now())
                outbox.put(pipe, one, first, self.clock.now(), jobs.queue_deliver(queue))
                pipe.execute()

    def wake(self, worker: DeliverWorker) -> None:
        """What the scheduler's call leads to."""
        worker.deliver({"v": 1, "members": []})

    def waking(self, worker: DeliverWorker) -> threading.Thread:
        """The same in a thread, for receivers that make it wait."""
        thread = threading.Thread(target=self.wake, args=(worker,))
        thread.start()
        return thread

    def pass_by(self, worker: DeliverWorker, **span: float) -> None:
        self.clock.time += timedelta(**span)
        self.wake(worker)

    def until(self, worker: DeliverWorker, condition: Callable[[], bool]) -> None:
        """Go from one time of next attempt to the next, at most a hundred times."""
        for _ in range(100):
            if condition():
                return
            scores = [
                score
                for name in self.store.smembers("{ww}:outboxes")
                for _, score in self.store.zrange("{ww}:outbox:" + name.decode(), 0, 0, withscores=True)
            ]
            assert scores, "nothing is left to deliver"
            self.clock.time = max(self.clock.time, datetime.fromtimestamp(min(scores) + 0.001, UTC))
            self.wake(worker)
        raise AssertionError("it did not come to that")

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.store)

    def where(self, one: Alert, name: str = "hook") -> Delivery:
        found = Outbox(self.store).delivery(Address(alert_id=one.id, destination=name))
        assert found is not None
        return found
