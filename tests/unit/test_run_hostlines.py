"""Lines at hosts: who may go, and who moves up when somebody leaves."""

from __future__ import annotations

import asyncio

import pytest

from worker.errors import PostponedError
from worker.run.hostlines import HostLines

NAMES = ("first", "second", "urgent 1", "third", "urgent 2")


def test_two_may_go_and_the_next_when_one_of_them_leaves():
    lines = HostLines(2)
    went = []

    async def visit(name, place, stays):
        async with place:
            went.append(name)
            await stays.wait()

    async def scene():
        stays = [asyncio.Event() for _ in range(4)]
        visits = [asyncio.create_task(visit(n, lines.join("a.example"), stays[n])) for n in range(4)]
        await asyncio.sleep(0)
        assert (went, lines.waiting) == ([0, 1], 2)
        stays[1].set()
        await visits[1]
        await asyncio.sleep(0)
        assert (went, lines.waiting) == ([0, 1, 2], 1)
        for event in stays:
            event.set()
        await asyncio.gather(*visits)

    asyncio.run(scene())
    assert went == [0, 1, 2, 3]
    assert lines.waiting == 0


def test_what_is_urgent_goes_before_all_that_is_not_and_after_those_who_may_go():
    lines = HostLines(1)
    went = []

    async def visit(name, place):
        async with place:
            went.append(name)

    async def scene():
        places = {name: lines.join("a.example", is_urgent=name.startswith("urgent")) for name in NAMES}
        await asyncio.gather(*(visit(name, place) for name, place in places.items()))

    asyncio.run(scene())
    assert went == ["first", "urgent 1", "urgent 2", "second", "third"]
    assert lines.waiting == 0


def test_who_joins_a_line_that_is_full_has_to_wait():
    lines = HostLines(2)
    lines.join("a.example")
    assert lines.is_at_once("a.example")
    lines.join("a.example")
    assert not lines.is_at_once("a.example")
    assert lines.is_at_once("b.example")


def test_another_host_is_another_line():
    lines = HostLines(2)
    for host in ("a.example", "a.example", "b.example", "b.example"):
        lines.join(host)
    assert lines.waiting == 0


def test_who_is_cancelled_while_waiting_holds_up_nobody():
    async def scene():
        lines = HostLines(1)
        first, second, third = (lines.join("a.example") for _ in range(3))
        async with first:
            gone = asyncio.create_task(second.__aenter__())
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            assert lines.waiting == 1
        async with third:
            assert lines.waiting == 0

    asyncio.run(scene())


def test_who_waited_too_long_is_sent_away_and_who_may_go_is_not():
    async def scene():
        lines = HostLines(1)
        first, second = lines.join("a.example"), lines.join("a.example")
        lines.send_away(3600)
        assert lines.waiting == 1
        lines.send_away(0)
        assert lines.waiting == 0
        with pytest.raises(PostponedError, match=r"a\.example is busy"):
            await second.__aenter__()
        async with first:
            pass

    asyncio.run(scene())


def test_of_a_long_line_the_first_may_stay():
    lines = HostLines(2)
    long, short = ([lines.join(host) for _ in range(count)] for host, count in (("a.example", 9), ("b.example", 3)))
    lines.cut(5)
    assert lines.waiting == (5 - 2) + (3 - 2)

    async def scene():
        for place in long[5:]:
            with pytest.raises(PostponedError, match=r"a\.example is busy"):
                await place.__aenter__()
        for place in (*long[:5], *short):
            async with place:
                pass

    asyncio.run(scene())


def test_those_who_may_go_stay_however_short_the_line_is_to_be():
    async def scene():
        lines = HostLines(2)
        first, second, third = (lines.join("a.example") for _ in range(3))
        lines.cut(1)
        async with first, second:
            assert lines.waiting == 0
        with pytest.raises(PostponedError):
            await third.__aenter__()

    asyncio.run(scene())
