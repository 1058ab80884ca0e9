"""What must hold of a system at rest, whatever happened to it before."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import redis

from support.processes import descendants
from support.recorder import Recorder
from support.wire import Wire
from worker.edge import keys
from worker.edge.rq_engine.queue import QUEUES, JobQueue
from worker.edge.store.articles import Archive
from worker.edge.store.later import Later
from worker.edge.store.outbox import Outbox

# What an article and all that comes with it may take in Redis, in bytes; far more than it does.
ARTICLE_BYTES = 30_000
# What Redis may take besides, and by how much the processes together may grow over a life, in bytes.
SLACK, GROWTH = 4 << 20, 400 << 20


class AtRest:
    """Compares what was published with what became of it, and what is left with what was there at first."""

    def __init__(self, connection: redis.Redis, wire: Wire, recorder: Recorder, supervisor: int) -> None:
        self._redis, self._wire, self._recorder = connection, wire, recorder
        self._memory = connection.info("memory")["used_memory"]
        self._resident = resident(supervisor)

    def reached(self) -> bool:
        """Whether everything published is an article, and nothing waits."""
        try:
            return (
                set(self._processed()) >= set(self._wire.ledger)
                and Outbox(self._redis).depth() == 0
                and Later(self._redis).depth() == 0
                # Last, since the above may have led to the last job; and twice, since a job goes from waiting by way of
                # being popped to running. What a worker popped whose line broke then is put back some seconds later.
                and self._is_idle()
                and not any(self._redis.llen(f"{keys.RQ_PREFIX}:queue:{name}:intermediate") for name in QUEUES)
                and self._is_idle()
            )
        except redis.RedisError:
            return False

    def _is_idle(self) -> bool:
        depths = JobQueue(self._redis).depths()
        return all(depths[name][state] == 0 for name in QUEUES for state in ("waiting", "running"))

    def check(self, supervisor: int) -> None:
        """Nothing was lost, doubled, made up or left behind."""
        processed = self._processed()
        assert set(processed) == set(self._wire.ledger)
        assert [url for url, number in processed.items() if number > 1] == []
        told = Counter(self._recorder.told())
        assert set(told) == self._wire.expected()
        assert [alert for alert, number in told.items() if number > 1] == []
        names = [raw.decode() for raw in self._redis.scan_iter(keys.PREFIX + "*", count=1000)]
        assert [name for name in names if ":job:" in name or "execution" in name or "intermediate" in name] == []
        used = self._redis.info("memory")["used_memory"]
        assert used < self._memory + len(self._wire.ledger) * ARTICLE_BYTES + SLACK
        assert resident(supervisor) < self._resident + GROWTH

    def _processed(self) -> Counter[str]:
        articles = Archive(self._redis).articles(datetime.fromtimestamp(0, UTC))
        return Counter(article.url for article in articles)


def resident(supervisor: int) -> int:
    """The memory of all processes below one, in bytes (Linux: proc(5), statm)."""
    pages = 0
    for pid in descendants(supervisor):
        with contextlib.suppress(OSError, IndexError):
            pages += int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
