"""A process is told from those that had its number before it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from worker.edge.process import has_ended, identity

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


def test_this_process_lives():
    assert identity() == identity()
    assert not has_ended(identity())


def test_one_that_ended_is_known_whether_or_not_somebody_has_waited_for_it():
    code = "from worker.edge.process import identity; print(identity(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        named = child.stdout.readline().decode().strip()
        assert not has_ended(named)
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert has_ended(named)
    assert has_ended(named)


def test_one_whose_number_somebody_else_has_now_has_ended():
    machine, pid, started = identity().split(" ")
    assert has_ended(f"{machine} {pid} {int(started) - 1}")


@pytest.mark.parametrize("place", ["", "elsewhere:1", "0f0f0f0f-0000-4000-8000-000000000000:4026531836"])
def test_of_one_on_another_machine_nothing_is_known(place):
    assert not has_ended(f"{place} 999999999 1")
    assert not has_ended(place)
