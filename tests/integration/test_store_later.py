"""Jobs kept for later, on a real Redis; times are given, not waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worker.edge import keys
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store.later import Later
from worker.run import jobs

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


class Taken:
    """What was handed on, by transactions that went through."""

    def __init__(self):
        self.payloads = []

    def __call__(self, pipe, payloads):
        self.payloads += payloads
        pipe.incrby("taken", len(payloads))


def test_what_is_due_is_handed_on_once_and_the_rest_waits(store):
    later, taken = Later(store), Taken()
    later.put(at(10), {"n": 1})
    later.put(at(20), {"n": 2})
    assert [later.wake(at(seconds), taken) for seconds in (9, 10, 10, 30)] == [0, 1, 0, 1]
    assert taken.payloads == [{"n": 1}, {"n": 2}]
    assert not store.exists(keys.LATER)


def test_the_same_payload_again_is_one_with_the_later_time(store):
    later, taken = Later(store), Taken()
    later.put(at(10), {"n": 1})
    later.put(at(20), {"n": 1})
    assert later.depth() == 1
    assert later.wake(at(19), taken) == 0
    assert later.wake(at(20), taken) == 1


def test_two_that_look_at_the_same_moment_hand_on_once(store):
    later, taken = Later(store), Taken()
    later.put(at(0), {"n": 1})

    def slower(pipe, payloads):
        assert later.wake(at(0), taken) == 1
        taken(pipe, payloads)

    assert later.wake(at(0), slower) == 0
    assert store.get("taken") == b"1"


def test_an_error_on_the_way_leaves_the_job_where_it_was(store):
    later = Later(store)
    later.put(at(0), {"n": 1})

    def broken(_pipe, _payloads):
        raise OSError("sample failure")

    with pytest.raises(OSError, match="sample failure"):
        later.wake(at(0), broken)
    assert later.depth() == 1


def test_a_batch_that_was_put_back_becomes_a_job(store):
    queue, later = JobQueue(store), Later(store)
    queue.warm()
    later.put(at(0), jobs.ingest_payload([], put_back=1))
    assert later.wake(at(0), jobs.queue_again(queue)) == 1
    assert queue.depths()[INGEST]["waiting"] == 1
