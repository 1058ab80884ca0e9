"""What happens to the machine: its clock is set, its disk is full. One life, on a machine of its own, for all of it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess

import pytest
from support.machines import BadMachine, lacking

pytestmark = pytest.mark.timeout(600)

HOUR = 3600


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """The folder of the disk Redis writes to, and whether it is a file system of its own, of 64 MB."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    is_small = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield folder, is_small
    finally:
        if is_small:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def machine(tmp_path_factory, disk):
    """A machine for all processes of the life, Redis among them."""
    if shutil.which("cc") is None:
        lacking("no C compiler (cc) to build the machine's shim with")
    found = BadMachine(tmp_path_factory.mktemp("machine"), disk[0])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.environment.items():
            patch.setenv(name, value)
        yield found


@pytest.fixture(scope="module")
def lives(tmp_path_factory, lives_in, machine, disk):
    found = lives_in(tmp_path_factory.mktemp("lives"), redis_folder=disk[0] / "redis", environment=machine.environment)
    yield found
    found.end()


@pytest.fixture(autouse=True)
def sound_again(lives, machine):
    """Nothing is wrong with the machine when a trial begins."""
    machine.set()


def test_the_clock_is_set_an_hour_forth_and_back(lab, fault, machine):
    for title, hours in (("an hour ahead", 1), ("two hours back", -1), ("right again", 0)):
        with fault(f"all clocks are set {title}", "no storm, no stall") as trial:
            nth = trial.random.randint(1, 6)
            struck = lab.strike("page", nth, lambda _port, at=hours: machine.set(clock=at * HOUR))
            before = lab.wire.polls.total()
            lab.wire.publish(12)
            struck.wait()
            trial.over()
            lab.settle()
        # A feed that is due every second at the most, give or take a tenth, is asked no more often than that.
        assert lab.wire.polls.total() - before <= len(lab.wire.outlets) * (3 + 1.2 * trial.lasted())


def a_disk_is_full(lab, fault, what, fill, make_room):
    with fault(f"{what}, until all have felt it", "processes wait; nothing is lost") as trial:
        felt = lab.felt("redis_unavailable")
        struck = lab.strike("page", trial.random.randint(1, 6), lambda _port: fill())
        lab.wire.publish(12)
        struck.wait()
        lab.wait(felt, "the refusal in every process")
        assert lab.ready() == 503
        make_room()
        trial.over()
    assert lab.ready() == 200


def test_the_disk_is_full(lab, fault, disk):
    folder, is_small = disk
    if not is_small:
        pytest.skip("a small file system cannot be mounted here (that needs root); the next one does without")
    filler = folder / "filler"

    def fill():
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\0" * 65536):
                pass

    a_disk_is_full(lab, fault, "the disk is full (a small tmpfs)", fill, filler.unlink)


def test_the_disk_is_full_as_far_as_redis_can_tell(lab, fault, machine):
    """Where nothing can be mounted, as in most containers."""
    what = "every write to disk is refused (ENOSPC)"
    a_disk_is_full(lab, fault, what, lambda: machine.set(is_full=True), machine.set)
