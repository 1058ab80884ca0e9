"""The queue engine on a real Redis with real processes that are killed for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from rq.job import Job
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.worker_registration import REDIS_WORKER_KEYS, WORKERS_BY_QUEUE_KEY
from support.queued import JOB, put
from support.reapers import Clock, watch

from worker.edge.embedded import EmbeddedRedis
from worker.edge.process import identity
from worker.edge.redis_client import connect
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.rq_engine.reaper import LOST_AFTER, OWNER, POPPED_FOR, Aftermath, Reaper
from worker.edge.rq_engine.worker import BatchWorker
from worker.edge.rq_engine.workers import alive_workers

# A worker process whose job notes every start under "starts" and then does what the payload says.
WORKER = """
import os, sys, time, signal
from worker.edge.redis_client import connect
from worker.edge.rq_engine.reaper import Aftermath
from worker.edge.rq_engine.worker import BatchWorker
connection = connect(sys.argv[1])
def job(payload):
    connection.rpush("starts", payload["name"])
    if payload.get("hang") and connection.llen("starts") == 1:
        connection.blpop("never", 120)
    if payload.get("raise"):
        raise ValueError("a bug")
    connection.rpush("done", payload["name"])
def relaunch(function, payload, losses):
    return Aftermath(again=[payload] if losses < 3 else None)
BatchWorker("ingest", connection=connection, functions={"test.job": job}, relaunch=relaunch, version=1).run()
"""


def relaunch_always(_function, payload, _losses):
    return Aftermath(again=[payload])


@pytest.fixture
def start_worker(redis_server, tmp_path):
    processes = []

    def start():
        log = (tmp_path / f"worker-{len(processes)}.log").open("wb")
        with log:
            process = subprocess.Popen([sys.executable, "-c", WORKER, redis_server.url], stderr=log, stdout=log)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_a_job_exists_only_once_the_transaction_is_executed(store):
    queue = JobQueue(store)
    queue.warm()
    with store.pipeline() as pipe:
        pipe.multi()
        queue.add(pipe, INGEST, JOB, [{"name": "a"}], timeout=60, title="test")
        assert queue.depths()[INGEST]["waiting"] == 0
        pipe.execute()
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}


def test_a_worker_runs_jobs_in_order_and_leaves_nothing_behind(store, start_worker, eventually):
    queue = put(store, {"name": "a"}, {"name": "b"}, {"name": "c"})
    process = start_worker()
    eventually(lambda: store.llen("done") == 3, "three jobs")
    assert store.lrange("done", 0, -1) == [b"a", b"b", b"c"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 0}
    left = [key for key in store.scan_iter("*") if b":job:" in key or b"execution" in key]
    assert left == []


def test_a_batch_of_a_killed_worker_runs_again(store, start_worker, eventually):
    put(store, {"name": "a", "hang": True})
    victim = start_worker()
    eventually(lambda: store.llen("starts") == 1, "the first run")
    victim.kill()
    victim.wait()
    start_worker()
    eventually(lambda: store.lrange("done", 0, -1) == [b"a"], "the second run")


def test_within_ten_seconds(store):
    put(store, {"name": "a"})
    paused_worker(store).take()
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    assert watch(reaper, clock, 9) == 1


OWNER_ELSEWHERE = "0f0f0f0f-0000-4000-8000-000000000000:1 1 1"


def test_what_a_process_of_this_machine_had_in_hand_is_back_as_soon_as_it_has_ended(store, start_worker, eventually):
    put(store, {"name": "a", "hang": True})
    victim = start_worker()
    eventually(lambda: store.llen("starts") == 1, "the first run")
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    assert watch(reaper, clock, 1) == 0
    victim.send_signal(signal.SIGSTOP)
    assert watch(reaper, clock, 1) == 0
    # Not waited for: a supervisor that is busy leaves it a zombie for a while.
    victim.kill()
    eventually(lambda: Path(f"/proc/{victim.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z", "its end")
    assert watch(reaper, clock, 1) == 1


@pytest.mark.parametrize(
    "owner", [OWNER_ELSEWHERE, "", "nonsense", identity()], ids=["elsewhere", "unsaid", "nonsense", "alive"]
)
def test_of_who_lives_or_cannot_be_seen_from_here_nothing_is_taken_before_its_time(store, owner):
    put(store, {"name": "a"})
    _job, execution = paused_worker(store).take()
    store.hset(execution.key, OWNER, owner)
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    assert watch(reaper, clock, LOST_AFTER) == 0
    assert watch(reaper, clock, 2) == 1


def test_a_job_popped_by_a_worker_that_died_before_it_started_is_returned(store):
    put(store, {"name": "a"})
    queue_key = next(key for key in store.scan_iter("*:queue:ingest"))
    store.lmove(queue_key, queue_key + b":intermediate", "LEFT", "RIGHT")
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    assert reaper.tick() == 0
    assert watch(reaper, clock, POPPED_FOR - 1) == 0
    assert watch(reaper, clock, 2) == 1
    assert store.llen(queue_key) == 1
    assert store.llen(queue_key + b":intermediate") == 0


def test_an_id_without_a_job_is_cleared_from_the_intermediate_list(store):
    put(store, {"name": "a"})
    queue_key = next(key for key in store.scan_iter("*:queue:ingest"))
    store.rpush(queue_key + b":intermediate", "ghost")
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    watch(reaper, clock, POPPED_FOR + 2)
    assert store.llen(queue_key + b":intermediate") == 0
    assert store.llen(queue_key) == 1


class Paused(BatchWorker):
    """A worker that has taken a job and goes no further."""

    def take(self):
        job = self._next_job()
        return job, self._start(job)


def paused_worker(store):
    return Paused(INGEST, connection=store, functions={}, relaunch=relaunch_always, version=1)


def test_a_lease_that_is_renewed_is_never_taken(store):
    put(store, {"name": "a"})
    worker = paused_worker(store)
    job, execution = worker.take()
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    key = StartedJobRegistry(INGEST, connection=store).key
    for _ in range(5):
        assert watch(reaper, clock, LOST_AFTER - 1) == 0
        store.zincrby(key, 1, execution.composite_key)
    assert watch(reaper, clock, LOST_AFTER - 1) == 0
    assert worker.renew([(job, execution)]) == [True]


def test_an_owner_that_wakes_up_after_its_lease_was_taken_does_not_get_it_back(store):
    put(store, {"name": "a"})
    worker = paused_worker(store)
    job, execution = worker.take()
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    reaper.tick()
    assert watch(reaper, clock, LOST_AFTER) == 1
    assert worker.renew([(job, execution)]) == [False]
    assert store.hget(job.key, "losses") == b"1"
    assert JobQueue(store).depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}


class RenewedMeanwhile(Paused):
    """A worker whose leases on `held` are renewed once, in the middle of its putting a job away."""

    held = ()

    def increment_successful_job_count(self, **how):
        held, self.held = self.held, ()
        assert all(self.renew(held))
        super().increment_successful_job_count(**how)


def test_a_renewal_in_the_middle_of_finishing_does_not_leave_the_job_to_the_reaper(store):
    put(store, {"name": "a"})
    worker = RenewedMeanwhile(INGEST, connection=store, functions={}, relaunch=relaunch_always, version=1)
    job, execution = worker.take()
    worker.held = [(job, execution)]
    worker._finish(job, execution)
    assert worker.held == ()
    assert JobQueue(store).depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 0}
    assert not store.exists(job.key)
    assert store.hget(worker.key, "successful_job_count") == b"1"


def test_a_renewal_in_the_middle_of_handing_back_does_not_leave_the_job_to_the_reaper(store):
    put(store, {"name": "a"})
    worker = paused_worker(store)
    job, execution = worker.take()
    renewals = iter([True])

    def relaunch(_function, payload, _losses):
        if next(renewals, False):
            assert worker.renew([(job, execution)]) == [True]
        return Aftermath(again=[payload])

    Reaper(store, [INGEST], relaunch=relaunch).hand_back(job, execution.composite_key)
    assert next(renewals, None) is None
    assert JobQueue(store).depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}
    assert store.hget(job.key, "losses") == b"0"


def test_a_redis_outage_starts_every_observation_anew(tmp_path):
    with EmbeddedRedis(tmp_path) as server:
        connection = connect(server.url)
        connection.config_set("appendfsync", "always")
        put(connection, {"name": "a"})
        paused_worker(connection).take()
        clock = Clock()
        reaper = Reaper(connection, [INGEST], relaunch=relaunch_always, monotonic=clock)
        reaper.tick()
        assert watch(reaper, clock, LOST_AFTER - 1) == 0
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(redis.RedisError):
            watch(reaper, clock, 1)
        server.start()
        assert watch(reaper, clock, LOST_AFTER) == 0
        assert watch(reaper, clock, 1) == 1


def test_a_reaper_that_slept_takes_nothing_from_those_who_slept_with_it(store):
    put(store, {"name": "a"})
    worker = paused_worker(store)
    job, execution = worker.take()
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock)
    for _ in range(3):
        reaper.tick()
        clock.at += 3600
        assert reaper.tick() == 0
        assert worker.renew([(job, execution)]) == [True]
        clock.at += 1


def test_a_job_that_raises_is_tried_again_and_then_kept_as_failed(store, start_worker, eventually):
    queue = put(store, {"name": "bad", "raise": True}, {"name": "good"})
    start_worker()
    eventually(lambda: queue.depths()[INGEST]["failed"] == 1, "the failure")
    assert store.lrange("starts", 0, -1).count(b"bad") == 3
    eventually(lambda: store.lrange("done", 0, -1) == [b"good"], "the good job")
    failed = FailedJobRegistry(INGEST, connection=store).get_job_ids()
    job = Job.fetch(failed[0], connection=store, serializer=JSONSerializer)
    assert "a bug" in job.latest_result().exc_string


def test_a_function_that_is_not_in_the_table_never_runs(store, start_worker, eventually, tmp_path):
    queue = JobQueue(store)
    queue.warm()
    marker = tmp_path / "ran"
    with store.pipeline() as pipe:
        pipe.multi()
        queue.add(pipe, INGEST, "os.system", [f"touch {marker}"], timeout=60, title="hostile")
        pipe.execute()
    start_worker()
    eventually(lambda: queue.depths()[INGEST]["failed"] == 1, "the refusal")
    assert not marker.exists()


def test_a_corrupt_job_costs_only_itself(store, start_worker, eventually):
    queue = put(store, {"name": "corrupt"}, {"name": "good"})
    queue_key = next(key for key in store.scan_iter("*:queue:ingest"))
    first = store.lindex(queue_key, 0).decode()
    store.hset(Job.key_for(first), "data", b"\x00not zlib")
    start_worker()
    eventually(lambda: store.lrange("done", 0, -1) == [b"good"], "the good job")
    assert queue.depths()[INGEST]["failed"] == 1


def test_sigterm_lets_the_batch_in_hand_finish(store, start_worker, eventually):
    put(store, {"name": "a", "hang": True}, {"name": "b"})
    process = start_worker()
    eventually(lambda: store.llen("starts") == 1, "the first run")
    process.send_signal(signal.SIGTERM)
    store.rpush("never", "go on")
    assert process.wait(30) == 0
    assert store.lrange("done", 0, -1) == [b"a"]
    assert JobQueue(store).depths()[INGEST]["waiting"] == 1


def test_a_worker_outlives_a_redis_that_is_killed(tmp_path, eventually):
    with EmbeddedRedis(tmp_path / "data") as server:
        log = (tmp_path / "log").open("wb")
        with log, subprocess.Popen([sys.executable, "-c", WORKER, server.url], stderr=log, stdout=log) as process:
            try:
                connection = connect(server.url)
                connection.config_set("appendfsync", "always")
                put(connection, {"name": "a"})
                eventually(lambda: connection.llen("done") == 1, "the first job")
                os.kill(server.pid, signal.SIGKILL)
                server.start()
                put(connection, {"name": "b"})
                eventually(lambda: connection.llen("done") == 2, "the job after the outage")
            finally:
                process.kill()


def test_workers_that_live_are_listed(store, start_worker, eventually):
    from datetime import UTC, datetime, timedelta

    process = start_worker()
    eventually(lambda: alive_workers(store, datetime.now(UTC)), "the worker's first sign of life")
    (worker,) = alive_workers(store, datetime.now(UTC))
    assert worker["role"] == "worker ingest"
    assert str(process.pid) in worker["name"]
    assert alive_workers(store, datetime.now(UTC) + timedelta(minutes=5)) == []


def test_rq_still_has_the_parts_that_are_overridden_or_used():
    """Pins what the engine relies on in rq 3.0; a change here means reading rq's release notes."""
    import inspect

    import rq
    from rq.executions import Execution

    assert rq.__version__.startswith("3.0.")
    assert list(inspect.signature(Execution.create).parameters) == ["job", "ttl", "pipeline", "worker_name"]
    assert list(inspect.signature(Execution.delete).parameters) == ["self", "job", "pipeline"]
    assert list(inspect.signature(Job.prepare_for_execution).parameters) == ["self", "worker_name", "pipeline"]
    assert list(inspect.signature(Job._handle_failure).parameters)[:3] == ["self", "exc_string", "pipeline"]
    assert Path(inspect.getfile(rq)).name == "__init__.py"


def test_dead_workers_are_forgotten(store):
    clock = Clock()
    store.sadd(REDIS_WORKER_KEYS, "{ww}:rq:worker:of-yesterday")
    store.sadd(WORKERS_BY_QUEUE_KEY % INGEST, "{ww}:rq:worker:of-yesterday")
    Reaper(store, [INGEST], relaunch=relaunch_always, monotonic=clock).tick()
    assert store.smembers(REDIS_WORKER_KEYS) == set()
    assert store.smembers(WORKERS_BY_QUEUE_KEY % INGEST) == set()
