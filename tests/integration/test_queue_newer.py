"""Old workers and new ones at once: a job of a newer release waits for a worker that knows it."""

from __future__ import annotations

import pytest
import structlog
from support.queued import JOB, put
from support.reapers import Clock, watch

from worker.edge.rq_engine.look import queues
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.rq_engine.reaper import LOST_AFTER, Reaper
from worker.edge.rq_engine.worker import BatchWorker
from worker.run import jobs


@pytest.fixture
def ran():
    return []


@pytest.fixture
def worker(store, ran):
    """A worker of the release that knows payloads up to this version; each of its rounds runs one job at the most."""

    def of(version):
        names = {JOB: lambda payload: ran.append((version, payload.get("name")))}
        return BatchWorker(INGEST, connection=store, functions=names, relaunch=jobs.after_loss, version=version)

    return of


def rounds(worker, number):
    for _ in range(number):
        worker._round()


def test_a_job_of_a_newer_release_is_left_to_a_newer_worker_and_holds_nobody_up(store, worker, ran):
    queue = put(store, {"v": 3, "name": "newest"}, {"v": 2, "name": "new"}, {"v": 1, "name": "old"}, {"name": "oldest"})
    with structlog.testing.capture_logs() as lines:
        rounds(worker(1), 5)
    assert ran == [(1, "old"), (1, "oldest")]
    told = [(line["version"], line["known"]) for line in lines if line["event"] == "job_of_newer_release"]
    assert told == [(3, 1), (2, 1)], "each once, not every time an old worker comes by"
    assert queue.depths()[INGEST] == {"waiting": 2, "running": 0, "failed": 0}
    assert next(view for view in queues(store) if view.name == INGEST).waiting == 2
    assert not queue.has_waiting(INGEST)
    rounds(worker(2), 2)
    assert ran[2:] == [(2, "new")]
    rounds(worker(3), 1)
    assert ran[3:] == [(3, "newest")]
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 0}
    assert [key for key in store.scan_iter("*") if b":job:" in key or b"newer" in key] == []


def test_a_new_workers_job_that_an_old_one_finds_lost_comes_back_as_it_was(store, worker):
    put(store, {"v": jobs.VERSION + 1, "shaped": "otherwise"})

    class Dying(BatchWorker):
        def _begin(self, job):
            self._start(job)

    names = {JOB: lambda _payload: None}
    Dying(INGEST, connection=store, functions=names, relaunch=jobs.after_loss, version=jobs.VERSION + 1)._round()
    clock = Clock()
    old = Reaper(store, [INGEST], relaunch=jobs.after_loss, monotonic=clock)
    assert watch(old, clock, LOST_AFTER + 2) == 1
    rounds(worker(jobs.VERSION), 1)
    assert JobQueue(store).depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}
