"""Calls that go to a child together, with real children: whatever one does costs that call only."""

from __future__ import annotations

import asyncio
import json
import os
import time

import pytest

from worker.edge.batches import MOST_BYTES, MOST_CALLS, Batches
from worker.edge.sandbox import MEMORY, Sandbox
from worker.errors import FeedError, StageTimeoutError
from worker.poll.parse import parse_feed


@pytest.fixture(scope="module")
def sandbox():
    box = Sandbox(workers=2, seconds=20.0)
    yield box
    box.close()


class Noting:
    """A real sandbox; `sent` are the batches that went to it, as the places of their calls."""

    def __init__(self, sandbox):
        self.sandbox, self.sent, self.alone = sandbox, [], 0

    async def run(self, function, *arguments, **named):
        self.alone += 1
        return await self.sandbox.run(function, *arguments, **named)

    async def run_all(self, calls):
        self.sent.append(len(calls))
        return await self.sandbox.run_all(calls)


def several(sandbox, *calls):
    async def together():
        batches = Batches(sandbox)
        return await asyncio.gather(*(batches.run(*call) for call in calls), return_exceptions=True)

    return asyncio.run(together())


def test_calls_of_one_moment_go_together_and_everybody_gets_the_own_answer(sandbox):
    noting = Noting(sandbox)
    numbers = range(MOST_CALLS + 3)
    assert several(noting, *((abs, -number) for number in numbers)) == list(numbers)
    assert noting.sent == [MOST_CALLS, 3]


def test_what_holds_many_bytes_shares_a_batch_with_few_or_goes_alone(sandbox):
    noting = Noting(sandbox)
    half, more = bytes(MOST_BYTES // 2), bytes(MOST_BYTES // 2 + 1)
    lengths = several(noting, (len, half), (len, half), (len, half), (len, more))
    assert lengths == [len(half)] * 3 + [len(more)]
    assert (noting.sent, noting.alone) == ([2, 1], 1)


def test_errors_and_crashes_go_to_those_who_made_the_call(sandbox):
    noting = Noting(sandbox)
    fine, empty, deep, last = several(
        noting, (abs, -1), (parse_feed, b""), (json.loads, "[" * 100_000), (json.loads, "[1]")
    )
    assert (fine, last, noting.sent) == (1, [1], [4])
    assert isinstance(empty, StageTimeoutError)
    assert str(empty) == "crashed (TypeError)"
    assert str(deep) == "crashed (RecursionError)"


def test_our_own_errors_pass_as_they_are(sandbox):
    async def empty():
        await Batches(sandbox).run(parse_feed, b"", url="https://example.org/feed", now=None)

    with pytest.raises(FeedError, match="the body is empty"):
        asyncio.run(empty())


@pytest.mark.parametrize("end", [(os._exit, 3), (bytearray, MEMORY * 2)], ids=["exit", "memory"])
def test_the_end_of_a_child_costs_only_the_call_that_brought_it(sandbox, end):
    noting = Noting(sandbox)
    before, ended, after = several(noting, (abs, -1), end, (abs, -2))
    assert (before, after) == (1, 2)
    assert isinstance(ended, StageTimeoutError)
    assert noting.sent == [3, 1, 1, 1]


def test_each_call_has_processor_time_of_its_own():
    box = Sandbox(workers=1, seconds=0.3)
    try:
        spin = (sum, range(4_000_000))
        assert several(box, spin, spin, spin, (abs, -1))[-1] == 1
        stuck, fine = several(box, (sum, range(10**15)), (abs, -2))
    finally:
        box.close()
    assert fine == 2
    assert isinstance(stuck, StageTimeoutError)


def test_who_waits_no_longer_is_no_hindrance(sandbox):
    async def leave():
        batches = Batches(sandbox)
        left = asyncio.create_task(batches.run(time.sleep, 0))
        stays = asyncio.create_task(batches.run(abs, -1))
        await asyncio.sleep(0)
        left.cancel()
        return await stays

    assert asyncio.run(leave()) == 1
