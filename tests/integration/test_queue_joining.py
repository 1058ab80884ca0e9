"""A queue that grows long takes little room, and nothing in it is lost or waits longer for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from support.prose import START, Press

from worker.edge.redis_client import connect
from worker.edge.rq_engine.joining import IN_FRONT, Joiner, Rules, groups
from worker.edge.rq_engine.queue import INGEST, JobQueue, Queue
from worker.edge.rq_engine.worker import BatchWorker
from worker.model import Entry, WorkItem, trace_of
from worker.run import jobs
from worker.run.housekeeping import RULES

FEW, MANY = IN_FRONT + 100, 3_000


@pytest.fixture(scope="module")
def items():
    press = Press()
    return [item(press.article(number), number) for number in range(MANY)]


def item(article, number):
    entry = Entry(key=article.url, url=article.url, title=article.title, published=article.published)
    feed, name = f"https://{article.source.domain}/rss.xml", article.source.name
    seen = START + timedelta(seconds=number)
    return WorkItem(
        entry=entry,
        feed_url=feed,
        feed_name=name,
        feed_title=name,
        tags=(),
        full_text=True,
        seen_at=seen,
        trace=trace_of(feed, entry.key, seen),
    )


@pytest.fixture
def put(store):
    """Queue each of these as a job of its own, as the polls do that find one."""
    queue = JobQueue(store)
    queue.warm()
    add = jobs.queue_ingest(queue)

    def all_of(some):
        with store.pipeline() as pipe:
            pipe.multi()
            for one in some:
                add(pipe, [one])
            pipe.execute()

    return all_of


def waiting(store):
    """Ids and payloads of the jobs that wait, in their order."""
    ids = [raw.decode() for raw in store.lrange(Queue(INGEST, connection=store).key, 0, -1)]
    fetched = (Job.fetch(one, connection=store, serializer=JSONSerializer) for one in ids)
    return [(job.id, job.args[0]) for job in fetched]


def entries(store):
    return [item for _, payload in waiting(store) for item in jobs.read_ingest(payload)[0]]


def join(store, rules=RULES):
    joiner = Joiner(store, INGEST, rules)
    while joiner.look():
        pass
    return joiner


def drain(store):
    """All that is in the queue, as a worker of this release takes it; the entries of each job."""
    taken = []
    worker = BatchWorker(
        INGEST,
        connection=store,
        functions={jobs.INGEST_JOB: lambda payload: taken.append(jobs.read_ingest(payload)[0])},
        relaunch=jobs.after_loss,
        version=jobs.VERSION,
        parts=jobs.parts,
    )
    while store.llen(worker.queues[0].key):
        worker._round()
    return taken


def test_a_short_queue_stays_as_it_is_so_that_every_worker_finds_a_job(store, put, items):
    put(items[:IN_FRONT])
    before = waiting(store)
    assert Joiner(store, INGEST, RULES).look() == 0
    assert waiting(store) == before


def test_a_queue_of_thousands_keeps_its_order_and_takes_130_bytes_for_an_entry_behind_the_first(store, put, items):
    for start in range(0, MANY, 100):
        put(items[start : start + 100])
        join(store)
    assert entries(store) == items
    behind = waiting(store)[IN_FRONT:]
    taken = sum(store.memory_usage(Job.key_for(key), samples=0) for key, _ in behind)
    assert taken / (MANY - IN_FRONT) <= 130
    batches = drain(store)
    assert [one for batch in batches for one in batch] == items, "and is worked off in that order"
    assert max(map(len, batches)) == jobs.BATCH, "no more at a time than a job's hard limit is made for"
    assert not list(store.scan_iter(Job.key_for("*")))


def test_what_a_former_release_has_left_in_a_long_queue_is_joined_as_well(store, put, items):
    put(items[:1_000])
    join(store)
    assert len(waiting(store)) < IN_FRONT + 60
    assert sorted(item.trace for item in entries(store)) == sorted(item.trace for item in items[:1_000])


def test_a_job_that_a_worker_takes_while_it_is_being_joined_is_not_run_twice_nor_lost(store, put, items):
    put(items[:FEW])
    queue = Queue(INGEST, connection=store)
    popped = []

    def join_late(payloads):
        if not popped:
            popped.extend(store.rpop(queue.key, FEW - IN_FRONT - 1))  # and others came before it
        return RULES.join(payloads)

    join(store, Rules(may_join=RULES.may_join, join=join_late, title="sample"))
    assert len(popped) == FEW - IN_FRONT - 1
    assert entries(store) == items[: IN_FRONT + 1]
    store.rpush(queue.key, *reversed(popped))
    assert entries(store) == items[:FEW]


def test_two_schedulers_that_join_at_the_same_time_lose_nothing(store, redis_server, put, items):
    put(items[:FEW])
    queue = Queue(INGEST, connection=store)
    other = connect(redis_server.url)
    gone = []

    def join_late(payloads):
        if not gone:
            # So that the last of the jobs that were read here is the first that the other joins.
            gone.append(len(store.lpop(queue.key, len(payloads) - 1)))
            assert Joiner(other, INGEST, RULES).look()
        return RULES.join(payloads)

    join(store, Rules(may_join=RULES.may_join, join=join_late, title="sample"))
    assert entries(store) == items[gone[0] : FEW]
    other.close()


def test_a_job_that_was_lost_and_one_that_nobody_can_read_wait_by_themselves(store, put, items):
    put(items[:FEW])
    ids = [key for key, _ in waiting(store)]
    lost, broken = ids[IN_FRONT + 7], ids[IN_FRONT + 30]
    store.hset(Job.key_for(lost), "losses", 1)
    store.hset(Job.key_for(broken), "data", b"no job")
    for _ in range(2):  # the first finds out who cannot be read
        join(store)
    left = [raw.decode() for raw in store.lrange(Queue(INGEST, connection=store).key, 0, -1)]
    assert {lost, broken} < set(left)
    assert len(left) < IN_FRONT + 40
    store.delete(Job.key_for(broken))
    store.lrem(Queue(INGEST, connection=store).key, 1, broken)
    there = entries(store)
    assert len(there) == FEW - 1
    assert [one for one in items[:FEW] if one not in there] == [items[IN_FRONT + 30]]


def test_entries_that_cannot_be_read_keep_no_others_from_being_joined(store, put, items):
    queue = JobQueue(store)
    queue.warm()
    odd = jobs.ingest_payload([items[0]])
    odd["items"][0]["feed_name"] = None
    put(items[:IN_FRONT])
    with store.pipeline() as pipe:
        pipe.multi()
        queue.add(pipe, INGEST, jobs.INGEST_JOB, [odd], timeout=60, title="sample")
        pipe.execute()
    put(items[IN_FRONT:MANY])
    joiner = Joiner(store, INGEST, RULES)
    with structlog.testing.capture_logs() as lines:
        while joiner.look() or joiner.look():
            pass
    assert [line["event"] for line in lines] == ["jobs_not_joined"]
    assert store.llen(Queue(INGEST, connection=store).key) < IN_FRONT + 120


def test_a_joined_job_whose_bytes_are_broken_is_kept_for_people_to_look_at(store, put):
    queue = JobQueue(store)
    queue.warm()
    with store.pipeline() as pipe:
        pipe.multi()
        queue.add(pipe, INGEST, jobs.INGEST_JOB, [{"v": 2, "packed": "bm8=", "count": 900}], timeout=60, title="sample")
        pipe.execute()
    assert drain(store) == []
    assert len(FailedJobRegistry(INGEST, connection=store).get_job_ids(cleanup=False)) == 1


def test_only_those_of_about_one_size_are_joined_once_they_are_enough():
    small = [(str(number), 500) for number in range(40)]
    names = [name for name, _ in small]
    assert list(groups(small[:31])) == []
    assert list(groups(small[:33])) == [names[:32]]
    assert list(groups([*small[:20], ("large", 100_000), ("apart", 0), *small[20:]])) == [names[:32]]
    packed = [(f"packed {number}", 8_000) for number in range(15)]
    assert list(groups([*packed, *small])) == [names[:32], [name for name, _ in packed[:10]]]
    larger = [(f"larger {number}", 60_000) for number in range(8)]
    assert list(groups([*larger, *packed])) == [[name for name, _ in packed[:10]], [name for name, _ in larger[:7]]]
