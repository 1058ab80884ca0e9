"""The supervisor with real child processes; only its clock is moved by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from support.processes import alive, descendants

from worker.run import supervisor
from worker.run.supervisor import Program, Supervisor

# What a child does is its argument; it notes its ends in a file.
CHILD = """
import os, signal, sys, threading
what, path = sys.argv[1:3]
def note(text):
    with open(path, "a") as file:
        file.write(text + "\\n")
def end(*_):
    if what == "slow":
        threading.Event().wait(0.3)
    note(what + " ended")
    sys.exit(0)
if what == "die":
    sys.exit(3)
signal.signal(signal.SIGTERM, signal.SIG_IGN if what == "deaf" else end)
note(what + " runs")
while True:
    signal.pause()
"""


@pytest.fixture(autouse=True)
def on_linux():
    if sys.platform != "linux":
        pytest.skip("processes are looked up in /proc")


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def tree(monkeypatch, notes):
    """A supervisor of children that do what their names say; whatever is left is killed at the end."""
    monkeypatch.setattr(supervisor, "command", lambda: [sys.executable, "-c", CHILD])
    built = []

    def build(*names, last=()):
        programs = [Program(name=name, arguments=(name, str(notes)), last=name in last) for name in names]
        built.append(Supervisor(programs, embedded=None, environment=dict(os.environ)))
        return built[-1]

    yield build
    for one in built:
        for pid in one.pids().values():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


class Clock:
    def __init__(self):
        self.at = 1_000.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(supervisor.time, "monotonic", clock)
    return clock


def test_a_child_that_keeps_dying_is_restarted_more_and_more_slowly(tree, clock):
    running = tree("die")
    running.start()
    pauses = []
    for _ in range(7):
        running._children[0].process.wait()
        running.look()
        assert running.pids() == {}
        pauses.append(running._children[0].restart_at - clock.at)
        clock.at += pauses[-1] - 0.01
        running.look()
        assert running.pids() == {}, "it was started before its pause had ended"
        clock.at += 0.02
        running.look()
        assert list(running.pids()) == ["die"]
    assert pauses == sorted(pauses)
    assert pauses[0] < 1
    assert pauses[-1] == supervisor.SLOWEST_RESTART
    running.stop()


def test_a_child_that_ran_long_is_restarted_at_once_and_the_others_go_on(tree, clock, notes):
    running = tree("steady", "victim")
    running.start()
    before = running.pids()
    clock.at += supervisor.SETTLED + 1
    os.kill(before["victim"], signal.SIGKILL)
    running._children[1].process.wait()
    running.look()
    clock.at += 0.3
    running.look()
    after = running.pids()
    assert after["steady"] == before["steady"]
    assert after["victim"] != before["victim"]
    running.stop()


def test_the_makers_end_before_the_last_are_asked_to(tree, notes, eventually):
    running = tree("slow", "web", last=("web",))
    running.start()
    eventually(lambda: len(notes.read_text().splitlines()) == 2, "two running children")
    pids = running.pids()
    running.stop()
    assert notes.read_text().splitlines()[2:] == ["slow ended", "web ended"]
    assert [pid for pid in pids.values() if alive(pid)] == []


def test_what_does_not_stop_in_time_is_killed(tree, notes, eventually, monkeypatch):
    monkeypatch.setattr(supervisor, "MAKERS_UNTIL", 0.2)
    monkeypatch.setattr(supervisor, "ALL_UNTIL", 0.4)
    running = tree("deaf", "web", last=("web",))
    running.start()
    eventually(lambda: len(notes.read_text().splitlines()) == 2, "two running children")
    pids = running.pids()
    running.stop()
    assert [pid for pid in pids.values() if alive(pid)] == []
    assert "web ended" in notes.read_text()


def test_a_program_that_cannot_be_started_leaves_the_others_running(tree, monkeypatch, clock, notes):
    running = tree("steady")
    running.start()
    missing = [str(notes.parent / "not there")]
    before = running.pids()
    monkeypatch.setattr(supervisor, "command", lambda: missing)
    running._children.append(supervisor._Child(Program(name="broken", arguments=())))
    running.look()
    assert running.pids() == before
    pause = running._children[1].restart_at - clock.at
    assert pause > 0
    running.stop()


def test_asking_to_stop_ends_the_run_with_all_children(notes, eventually):
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, CHILD, str(notes)]) as parent:
        eventually(lambda: notes.read_text().count("runs") == 2, "two running children")
        children = descendants(parent.pid)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(30) == 0
    assert [pid for pid in children if alive(pid)] == []
    assert notes.read_text().count("ended") == 2


# A process that runs two children under a supervisor, with or without the kernel's signal for orphans.
SUPERVISOR = """
import os, sys
from worker.run import supervisor
child, path = sys.argv[1:3]
supervisor.command = lambda: [sys.executable, "-c", child]
if "no-prctl" in sys.argv:
    supervisor.die_with_parent = lambda: None
programs = [supervisor.Program(name=name, arguments=(name, path)) for name in ("one", "two")]
supervisor.Supervisor(programs, embedded=None, environment=dict(os.environ)).run()
"""


def test_killing_the_supervisor_leaves_no_orphan(notes, eventually):
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, CHILD, str(notes)]) as parent:
        eventually(lambda: notes.read_text().count("runs") == 2, "two running children")
        children = descendants(parent.pid)
        assert len(children) == 2
        parent.kill()
    eventually(lambda: not [pid for pid in children if alive(pid)], "the end of the children")
    assert "ended" not in notes.read_text()


WATCHING = "from worker.edge.process import watch_parent_pipe\nimport os\nwatch_parent_pipe(lambda: os._exit(1))\n"


def test_the_pipe_alone_ends_the_children_where_the_kernel_does_not(notes, eventually):
    command = [sys.executable, "-c", SUPERVISOR, WATCHING + CHILD, str(notes), "no-prctl"]
    with subprocess.Popen(command) as parent:
        eventually(lambda: notes.read_text().count("runs") == 2, "two running children")
        children = descendants(parent.pid)
        parent.kill()
    eventually(lambda: not [pid for pid in children if alive(pid)], "the end of the children")


def test_without_a_supervisor_there_is_nothing_to_watch(monkeypatch):
    from worker.edge.process import PARENT_PIPE, watch_parent_pipe

    monkeypatch.delenv(PARENT_PIPE, raising=False)
    ended = []
    watch_parent_pipe(lambda: ended.append(True))
    assert ended == []
