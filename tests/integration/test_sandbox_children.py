"""The sandbox with real children: whatever one call does costs that call only."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from support.processes import alive, command_line, descendants

from worker.edge.sandbox import MEMORY, Sandbox
from worker.errors import FeedError, StageTimeoutError
from worker.match.query import parse
from worker.poll.parse import parse_feed

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def sandbox():
    box = Sandbox(workers=1, seconds=20.0)
    yield box
    box.close()


def run(sandbox, function, *arguments, **named):
    return asyncio.run(sandbox.run(function, *arguments, **named))


def several(sandbox, *calls):
    async def together():
        return await asyncio.gather(*(sandbox.run(*call) for call in calls), return_exceptions=True)

    return asyncio.run(together())


def test_a_call_runs_elsewhere_and_brings_its_result(sandbox):
    assert run(sandbox, sorted, [3, 1, 2], reverse=True) == [3, 2, 1]
    assert run(sandbox, os.getpid) != os.getpid()


def test_a_call_over_its_time_is_stopped_and_the_next_one_runs():
    sandbox = Sandbox(workers=1, seconds=0.1)
    try:
        victim = run(sandbox, os.getpid)
        with pytest.raises(StageTimeoutError, match=r"took longer than 0\.4 s"):
            run(sandbox, time.sleep, 600)
        assert not alive(victim)
        assert run(sandbox, abs, -1) == 1
    finally:
        sandbox.close()


def test_a_call_over_its_processor_time_is_stopped_and_the_next_one_runs(monkeypatch):
    monkeypatch.setattr("worker.edge.sandbox.WALL", 3_000)
    sandbox = Sandbox(workers=1, seconds=0.2)
    spinning, fine = several(sandbox, (sum, range(10**15)), (abs, -1))
    sandbox.close()
    assert str(spinning) == "took 0.2 s of processor time and was stopped"
    assert fine == 1


def test_a_call_over_its_memory_ends_alone(sandbox):
    with pytest.raises(StageTimeoutError, match="too much memory"):
        run(sandbox, bytearray, MEMORY * 2)
    assert run(sandbox, abs, -1) == 1


@pytest.mark.parametrize("end", [(os.abort,), (os._exit, 3)], ids=["abort", "exit"])
def test_a_child_that_dies_in_a_call_costs_that_call_only(sandbox, end):
    before, died, after, last = several(sandbox, (abs, -1), end, (abs, -2), (abs, -3))
    assert (before, after, last) == (1, 2, 3)
    assert isinstance(died, StageTimeoutError)


def test_a_pool_whose_idle_child_was_killed_serves_every_call_that_comes(sandbox, eventually):
    """All calls meet the broken pool at once; mending it for one must not end the others."""
    victim = run(sandbox, os.getpid)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not alive(victim), "the end of the child")
    assert several(sandbox, *((abs, -number) for number in range(16))) == list(range(16))
    again = run(sandbox, os.getpid)
    os.kill(again, signal.SIGKILL)
    eventually(lambda: not sandbox._pool.active, "the pool's notice of the second death")
    assert several(sandbox, *((abs, -number) for number in range(16))) == list(range(16))


def test_c_code_that_hangs_ends_at_the_first_signal(sandbox):
    assert run(sandbox, signal.getsignal, signal.SIGTERM) == signal.SIG_DFL


def test_our_own_errors_pass_as_they_are(sandbox):
    with pytest.raises(FeedError, match="the body is empty"):
        run(sandbox, parse_feed, b"", url="https://example.org/feed", now=NOW)


def test_a_function_that_crashes_on_its_input_costs_that_call_only(sandbox, capsys):
    deep, fine = several(sandbox, (json.loads, "[" * 100_000), (json.loads, "[1]"))
    assert fine == [1]
    assert isinstance(deep, StageTimeoutError)
    assert str(deep) == "crashed (RecursionError)"


def test_an_error_that_cannot_be_rebuilt_here_costs_that_call_only(sandbox):
    """QueryError wants arguments by name, which pickle does not keep."""
    child = run(sandbox, os.getpid)
    outcomes = several(sandbox, (abs, -1), (parse, "("), (abs, -2))
    assert outcomes[::2] == [1, 2]
    assert isinstance(outcomes[1], StageTimeoutError)
    assert "QueryError" in str(outcomes[1])
    assert run(sandbox, os.getpid) == child


def test_children_start_before_the_first_call_where_they_are_told_to(sandbox, eventually):
    def children():
        return {pid for pid in descendants(os.getpid()) if "spawn_main" in command_line(pid)}

    before = children()
    sandbox.warm()
    eventually(lambda: children() - before, "a child")
    started = children() - before
    assert run(sandbox, os.getpid) in started


def test_closing_leaves_no_child_and_takes_no_more_calls():
    sandbox = Sandbox(workers=2, seconds=20.0)
    children = {run(sandbox, os.getpid) for _ in range(20)}
    sandbox.close()
    assert [pid for pid in children if alive(pid)] == []
    with pytest.raises(RuntimeError, match="closed"):
        run(sandbox, abs, -1)


def test_closing_before_the_first_call_and_while_one_hangs():
    Sandbox(workers=1, seconds=20.0).close()
    sandbox = Sandbox(workers=1, seconds=600.0)

    async def close_under_way():
        child = await sandbox.run(os.getpid)
        hanging = asyncio.create_task(sandbox.run(time.sleep, 600))
        await asyncio.wait({hanging}, timeout=0.2)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        sandbox.close()
        return child

    assert not alive(asyncio.run(close_under_way()))


def test_a_child_dies_with_a_parent_that_is_killed(eventually):
    script = (
        "import asyncio, os, time\n"
        "from worker.edge.sandbox import Sandbox\n"
        "if __name__ == '__main__':\n"
        "    box = Sandbox(workers=1, seconds=600)\n"
        "    print(asyncio.run(box.run(os.getpid)), flush=True)\n"
        "    asyncio.run(box.run(time.sleep, 600))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    eventually(lambda: not alive(child), "the end of the child")


def test_what_libraries_say_in_a_child_does_not_reach_the_log():
    script = (
        "import asyncio, logging, warnings\n"
        "from worker.edge.sandbox import Sandbox\n"
        "if __name__ == '__main__':\n"
        "    box = Sandbox(workers=1, seconds=60)\n"
        "    asyncio.run(box.run(logging.getLogger('parser').warning, 'noise about a page'))\n"
        "    asyncio.run(box.run(warnings.warn, 'more noise'))\n"
        "    box.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert "noise" not in done.stderr
