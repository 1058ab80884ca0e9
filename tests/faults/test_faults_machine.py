"""What happens to the machine: its clock is set, its disk is full. Each has a life of its own."""

from __future__ import annotations

import contextlib
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from support.faultlab import lab_in

pytestmark = pytest.mark.timeout(600)

SHIM = Path(__file__).parents[1] / "support" / "set_clock.c"
HOUR = 3600


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler (cc) to build the clock's shim with")
def test_the_clock_is_set_an_hour_forth_and_back(tmp_path, fault, monkeypatch):
    library, offset = tmp_path / "set_clock.so", tmp_path / "offset"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SHIM)], check=True)
    fake = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}
    for name, value in fake.items():
        monkeypatch.setenv(name, value)  # for Redis, which is started from here

    def set_clock(seconds):
        with offset.open("r+b") as file:
            file.write(struct.pack("l", seconds))

    offset.write_bytes(struct.pack("l", 0))
    with lab_in(tmp_path / "life", seed="clock", environment=fake) as lab:
        for title, hours in (("an hour ahead", 1), ("two hours back", -1), ("right again", 0)):
            with fault(f"all clocks are set {title}", "no storm, no stall", lab=lab) as trial:
                struck = lab.strike("page", trial.random.randint(1, 6), lambda _port, at=hours: set_clock(at * HOUR))
                before = lab.wire.polls.total()
                lab.wire.publish(12)
                struck.wait()
                trial.over()
                lab.settle()
            # A feed that is due every second at the most, give or take a tenth, is asked no more often than that.
            assert lab.wire.polls.total() - before <= len(lab.wire.outlets) * (3 + 1.2 * trial.lasted())


def can_mount(folder):
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def test_the_disk_is_full(tmp_path, fault):
    small = tmp_path / "small"
    if not can_mount(small):
        pytest.skip("a small file system cannot be mounted here (that needs root)")
    try:
        with lab_in(tmp_path / "life", seed="disk", redis_folder=small / "redis") as lab:
            filler = small / "filler"

            def fill():
                with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                    while file.write(b"\0" * 65536):
                        pass

            with fault("the disk is full, until all have felt it", "processes wait; nothing is lost", lab=lab) as trial:
                felt = lab.felt("redis_unavailable")
                struck = lab.strike("page", trial.random.randint(1, 6), lambda _port: fill())
                lab.wire.publish(12)
                struck.wait()
                lab.wait(felt, "the refusal in every process")
                assert lab.ready() == 503
                filler.unlink()
                trial.over()
            assert lab.ready() == 200
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
