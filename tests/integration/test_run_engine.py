"""What the queue engine does with what should not happen: broken bytes, lost leases, errors that hold secrets."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
import structlog
from rq.job import Job
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer
from support.reapers import Clock, watch

from worker.edge import keys, logs
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.rq_engine.reaper import LOST_AFTER, Aftermath, Reaper
from worker.edge.rq_engine.worker import BatchWorker
from worker.edge.rq_engine.workers import alive_workers
from worker.edge.store import dead_pages
from worker.edge.store.articles import ArticleStore
from worker.model import Article, Match, Story
from worker.ports import Change

JOB = "test.job"
SECRET = "canary-of-a-token-in-an-error"


class Engine(BatchWorker):
    """A worker whose rounds are made by hand; it has the lease of a job from `take` on."""

    def take(self):
        job = self._next_job()
        return job, self._start(job)


def again(_function, payload, losses):
    return Aftermath(again=[payload] if losses < 3 else None)


def fail(_payload):
    raise ValueError(f"refused with {SECRET}")


@pytest.fixture
def queue(store):
    queue = JobQueue(store)
    queue.warm()
    return queue


def put(store, queue, *payloads):
    with store.pipeline() as pipe:
        pipe.multi()
        queue.add(pipe, INGEST, JOB, payloads, timeout=60, title="test")
        pipe.execute()


def engine(store, function=fail, relaunch=again):
    return Engine(INGEST, connection=store, functions={JOB: function}, relaunch=relaunch, version=1)


def lose_lease(store):
    """Another process sees no sign of life and takes the job back."""
    clock = Clock()
    reaper = Reaper(store, [INGEST], relaunch=again, monotonic=clock)
    return watch(reaper, clock, LOST_AFTER + 1)


def test_an_owner_that_finishes_after_its_lease_was_taken_leaves_the_job_to_the_next(store, queue):
    put(store, queue, {"name": "a"})
    worker = engine(store)
    job, execution = worker.take()
    assert lose_lease(store) == 1
    worker._finish(job, execution)
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}
    assert store.exists(job.key)


def test_what_redis_interrupts_is_handed_back_and_counts_no_loss(store, queue):
    def away(_payload):
        raise redis.ConnectionError("away")

    put(store, queue, {"name": "a"})
    worker = engine(store, function=away)
    with pytest.raises(redis.ConnectionError):
        worker._round()
    assert queue.depths()[INGEST]["running"] == 1
    worker._hand_back()
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}
    (job_id,) = store.lrange("{ww}:rq:queue:ingest", 0, -1)
    assert store.hget(Job.key_for(job_id.decode()), "losses") in {None, b"0"}


def test_a_job_that_redis_did_not_let_a_worker_start_is_back_as_soon_as_it_answers(store, queue):
    class Refused(Engine):
        def _start(self, job):
            raise redis.ResponseError("MISCONF Errors writing to the AOF file")

    put(store, queue, {"name": "a"})
    worker = Refused(INGEST, connection=store, functions={JOB: fail}, relaunch=again, version=1)
    with pytest.raises(redis.ResponseError):
        worker._round()
    assert store.llen("{ww}:rq:queue:ingest:intermediate") == 1
    worker._hand_back()
    assert store.llen("{ww}:rq:queue:ingest:intermediate") == 0
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}


def test_a_job_of_which_a_worker_does_not_know_that_it_was_started_is_back_as_well(store, queue):
    class Cut(Engine):
        def _start(self, job):
            super()._start(job)
            raise redis.ConnectionError("the answer was lost")

    put(store, queue, {"name": "a"}, {"name": "b"})
    other, worker = engine(store), Cut(INGEST, connection=store, functions={JOB: fail}, relaunch=again, version=1)
    other.name = "another-worker"
    other.take()
    with pytest.raises(redis.ConnectionError):
        worker._round()
    assert queue.depths()[INGEST]["running"] == 2
    worker._hand_back()
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 1, "failed": 0}
    (job_id,) = store.lrange("{ww}:rq:queue:ingest", 0, -1)
    assert store.hget(Job.key_for(job_id.decode()), "losses") in {None, b"0"}


def test_a_payload_that_redis_refuses_for_what_it_is_does_not_stop_the_queue(store, queue):
    def refused(payload):
        store.set("sample", "text")
        store.rpush("sample", payload["name"])

    put(store, queue, {"name": "a"})
    worker = engine(store, function=refused)
    for _ in range(3):
        worker._round()
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 1}


def test_what_is_given_up_is_a_dead_letter_with_its_reason_and_no_secret(store, queue):
    def give_up(_function, payload, losses):
        return Aftermath(again=[{"name": "less"}] if losses < 2 else None, dead=[{"url": payload["name"]}])

    logs.hide([SECRET])
    put(store, queue, {"name": "https://example.org/poison"})
    worker = engine(store, relaunch=give_up)
    worker._round()
    worker._round()
    second, first = dead_pages.newest(store)
    assert dead_pages.count(store) == 2
    assert (first["url"], first["tries"]) == ("https://example.org/poison", 1)
    assert (second["url"], second["tries"]) == ("less", 2)
    assert "ValueError: refused with ***" in first["reason"]


def test_an_owner_that_fails_after_its_lease_was_taken_queues_nothing(store, queue):
    put(store, queue, {"name": "a"})
    worker = engine(store)
    job, execution = worker.take()
    assert lose_lease(store) == 1
    worker._reaper.lost(job, execution.composite_key, "late")
    assert store.hget(job.key, "losses") == b"1"
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}


def test_a_job_whose_bytes_broke_while_it_ran_does_not_stop_the_reaper(store, queue):
    put(store, queue, {"name": "broken"}, {"name": "good"})
    worker = engine(store)
    broken, _ = worker.take()
    worker.take()
    store.hset(broken.key, "data", b"\x00 no longer what it was")
    assert lose_lease(store) == 1
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 1}
    assert 0 < store.ttl(broken.key) <= 86_400


def test_an_id_without_a_job_is_no_failure(store, queue):
    put(store, queue, {"name": "a"})
    worker = engine(store)
    (raw,) = store.lrange(worker.queues[0].key, 0, -1)
    store.delete(Job.key_for(raw.decode()))
    assert worker._next_job() is None
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 0}
    assert store.llen(worker.queues[0].intermediate_queue_key) == 0


def test_the_ids_of_failed_jobs_are_forgotten_with_the_jobs(store, queue):
    registry = FailedJobRegistry(INGEST, connection=store)
    past, future = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(hours=1)
    store.zadd(registry.key, {"old": past.timestamp(), "new": future.timestamp()})
    Reaper(store, [INGEST], relaunch=again, monotonic=Clock()).tick()
    assert store.zrange(registry.key, 0, -1) == [b"new"]


def test_a_secret_in_an_error_is_not_kept_with_the_failed_job(store, queue):
    logs.hide([SECRET])
    put(store, queue, {"name": "a"})
    worker = engine(store)
    while queue.depths()[INGEST]["waiting"]:
        worker._round()
    (job_id,) = FailedJobRegistry(INGEST, connection=store).get_job_ids(cleanup=False)
    job = Job.fetch(job_id, connection=store, serializer=JSONSerializer)
    assert "given up after 3 tries: ValueError: refused with ***" in job.latest_result().exc_string
    assert SECRET.encode() not in b"".join(store.hvals(job.key))


def test_giving_up_is_told_with_the_reason(store, queue):
    put(store, queue, {"name": "a"})
    worker = engine(store, relaunch=lambda *_: Aftermath(again=None))
    with structlog.testing.capture_logs() as lines:
        worker._round()
    (line,) = [line for line in lines if line["event"] == "job_given_up"]
    assert "ValueError" in line["error"]
    assert line["log_level"] == "error"


def test_a_rule_that_does_not_understand_a_payload_gives_only_that_job_up(store, queue):
    put(store, queue, {"name": "odd"}, {"name": "also odd"})
    worker = engine(store, relaunch=lambda _function, payload, _losses: payload["items"])
    worker._round()
    worker._round()
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 2}
    assert store.zcard(StartedJobRegistry(INGEST, connection=store).key) == 0


# A worker process whose job never ends; it is given a short patience after SIGTERM.
ENDLESS = """
import sys, threading
from worker.edge.redis_client import connect
from worker.edge.rq_engine.reaper import Aftermath
from worker.edge.rq_engine.worker import BatchWorker
connection = connect(sys.argv[1])
def job(payload):
    connection.rpush("starts", payload["name"])
    threading.Event().wait()
def relaunch(_function, payload, losses):
    return Aftermath(again=None if losses else [payload])
BatchWorker("ingest", connection=connection, functions={"test.job": job}, relaunch=relaunch, version=1, drain=0.3).run()
"""


def start(script, redis_server, log):
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, "-c", script, redis_server.url], stderr=file)


def test_a_job_that_does_not_end_in_time_is_handed_back_by_a_stopping_worker(
    store, queue, redis_server, tmp_path, eventually
):
    put(store, queue, {"name": "a"})
    with start(ENDLESS, redis_server, tmp_path / "log") as process:
        eventually(lambda: store.llen("starts") == 1, "the start of the job")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 0, "failed": 0}
    (job_id,) = store.lrange("{ww}:rq:queue:ingest", 0, -1)
    assert store.hget(Job.key_for(job_id.decode()), "losses") in {None, b"0"}


def test_a_worker_makes_itself_known_again_to_a_redis_that_came_back_empty(store, redis_server, tmp_path, eventually):
    script = ENDLESS.replace("0.3", "5.0")
    with start(script, redis_server, tmp_path / "log") as process:
        try:
            eventually(lambda: alive_workers(store, datetime.now(UTC)), "a living worker")
            store.flushdb()
            eventually(lambda: alive_workers(store, datetime.now(UTC)), "the worker's second registration")
            assert alive_workers(store, datetime.now(UTC))[0]["role"] == "worker ingest"
        finally:
            process.kill()


def test_a_topic_forgets_stories_that_are_live_no_longer(store, queue):
    now = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

    class Today:
        def now(self):
            return now

    articles = ArticleStore(
        store,
        clock=Today(),
        ttl=3600,
        window=3600,
        topic_ids={"Sample": "t1"},
        due=lambda _alert, _now: {},
        queue_deliveries=lambda _pipe, _members: None,
    )
    match = Match(topic="Sample", query="sample", score=0.5, highlights=())
    two_hours_ago = now - timedelta(hours=2)
    old = Story(id="old", topic="Sample", headline="x", first_seen=two_hours_ago, last_seen=two_hours_ago)
    new = replace(old, id="new", last_seen=now)
    for story in (old, new):
        articles.commit(story.id, Article(id=story.id), [match], lambda _live, story=story: Change(stories=(story,)))
    assert store.zrange(keys.TOPIC_STORIES + "t1", 0, -1) == [b"new"]


class Abreast:
    """Jobs that end when they are told to, and who was under way when each began."""

    def __init__(self, store):
        self.loop = asyncio.Runner()
        self.ends = {}
        self.began = []
        names = {JOB: self.begin}
        self.worker = Engine(
            INGEST, connection=store, functions=names, relaunch=again, version=1, loop=self.loop, room=lambda: True
        )

    def begin(self, payload):
        self.ends[payload["name"]] = self.loop.get_loop().create_future()
        self.began.append({name for name, end in self.ends.items() if not end.done()})
        return self.loop.get_loop().create_task(self._job(payload["name"]))

    async def _job(self, name):
        await self.ends[name]

    @property
    def under_way(self):
        return {name for name, end in self.ends.items() if not end.done()}


@pytest.fixture
def abreast(store):
    found = Abreast(store)
    yield found
    for end in found.ends.values():
        end.cancel()
    found.worker._hand_back(found.worker._in_hand.runs)
    found.loop.close()


def test_a_job_that_takes_long_holds_up_none_of_the_others(store, queue, abreast):
    put(store, queue, {"name": "long"}, {"name": "short"})
    abreast.worker._round()
    assert abreast.under_way == {"long", "short"}
    abreast.ends["short"].set_result(None)
    put(store, queue, {"name": "late"})
    abreast.worker._round()
    abreast.worker._round()
    assert abreast.under_way == {"long", "late"}
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 2, "failed": 0}
    for name in ("long", "late"):
        abreast.ends[name].set_result(None)
    while abreast.worker.tasks:
        abreast.worker._go_on()
    assert queue.depths()[INGEST] == {"waiting": 0, "running": 0, "failed": 0}


def test_a_job_that_was_lost_twice_runs_alone_so_that_it_takes_no_other_with_it(store, queue, abreast):
    put(store, queue, {"name": "a"}, {"name": "suspect"}, {"name": "b"})
    suspect = store.lrange("{ww}:rq:queue:ingest", 1, 1)[0].decode()
    store.hset(Job.key_for(suspect), "losses", 2)
    abreast.worker._round()
    assert abreast.under_way == {"a"}
    abreast.ends["a"].set_result(None)
    abreast.worker._round()
    abreast.worker._round()
    assert abreast.under_way == {"suspect"}
    abreast.ends["suspect"].set_result(None)
    abreast.worker._round()
    abreast.worker._round()
    assert abreast.began == [{"a"}, {"suspect"}, {"b"}]


def test_an_outage_that_one_job_meets_hands_back_all_that_are_in_hand(store, queue, abreast):
    put(store, queue, {"name": "meets it"}, {"name": "waits"})
    abreast.worker._round()
    abreast.ends["meets it"].set_exception(redis.ConnectionError("away"))
    with pytest.raises(redis.ConnectionError):
        abreast.worker._round()
    abreast.worker._hand_back()
    assert queue.depths()[INGEST] == {"waiting": 2, "running": 0, "failed": 0}
    assert not abreast.worker.tasks
    lost = [store.hget(Job.key_for(raw.decode()), "losses") for raw in store.lrange("{ww}:rq:queue:ingest", 0, -1)]
    assert set(lost) <= {None, b"0"}


def test_a_bug_in_one_job_costs_none_of_those_beside_it(store, queue, abreast):
    put(store, queue, {"name": "bad"}, {"name": "good"})
    abreast.worker._round()
    abreast.ends["bad"].set_exception(ValueError("a bug"))
    abreast.worker._round()
    assert abreast.under_way == {"good"}
    assert queue.depths()[INGEST] == {"waiting": 1, "running": 1, "failed": 0}
