"""Scripts called together on a real Redis: one message, and to each its own answer."""

from __future__ import annotations

import asyncio

import pytest
import redis

from worker.edge.store.mailbox import Mailbox


@pytest.fixture
def twice(store):
    return store.register_script("redis.call('INCR', '{ww}:sample'); return 2 * ARGV[1]")


def asked(mailbox, *calls):
    async def together():
        tasks = [asyncio.ensure_future(mailbox.ask(script, (), args)) for script, args in calls]
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(together())


def reads(store):
    return store.info("stats")["total_reads_processed"]


def test_what_is_asked_at_the_same_time_goes_in_one_message(store, twice):
    mailbox = Mailbox(store)
    asked(mailbox, (twice, [0]))  # which teaches Redis the script
    before = reads(store)
    assert asked(mailbox, *((twice, [number]) for number in range(5))) == [0, 2, 4, 6, 8]
    assert reads(store) - before == 2  # the message, and the question about reads itself


def test_a_call_that_fails_fails_alone(store, twice):
    broken = store.register_script("return redis.error_reply('SAMPLE does not work')")
    first, failed, last = asked(Mailbox(store), (twice, [1]), (broken, []), (twice, [3]))
    assert (first, last) == (2, 6)
    assert isinstance(failed, redis.ResponseError)


def test_what_was_posted_goes_along(store, twice):
    async def posted():
        mailbox = Mailbox(store)
        mailbox.post(twice, [1])
        await mailbox.ask(twice, (), [2])

    asyncio.run(posted())
    assert store.get("{ww}:sample") == b"2"


def test_who_asked_and_was_cancelled_keeps_nobody_from_an_answer(store, twice):
    async def cancelled():
        mailbox = Mailbox(store)
        leaving, staying = (asyncio.ensure_future(mailbox.ask(twice, (), [number])) for number in (1, 2))
        await asyncio.sleep(0)
        leaving.cancel()
        return await asyncio.gather(leaving, staying, return_exceptions=True)

    gone, answer = asyncio.run(cancelled())
    assert isinstance(gone, asyncio.CancelledError)
    assert answer == 4


def test_an_outage_is_told_to_everybody_who_asked(twice, tmp_path):
    away = redis.Redis(unix_socket_path=str(tmp_path / "nobody.sock"))
    answers = asked(Mailbox(away), (twice, [1]), (twice, [2]))
    assert [type(answer) for answer in answers] == [redis.ConnectionError] * 2
