"""Machines whose clock can be set and whose disk can be full."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

SHIM = Path(__file__).with_name("bad_machine.c")


class BadMachine:
    """A clock that can be set and a disk that can be full, for processes with its `environment`."""

    def __init__(self, folder: Path, disk: Path) -> None:
        library, self._file = folder / "bad_machine.so", folder / "bad_machine"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SHIM)], check=True)
        self.environment = {"LD_PRELOAD": str(library), "BAD_MACHINE": str(self._file), "FULL_DISK": str(disk)}
        self._file.write_bytes(struct.pack("ll", 0, 0))

    def set(self, *, clock: int = 0, is_full: bool = False) -> None:
        with self._file.open("r+b") as file:
            file.write(struct.pack("ll", clock, is_full))


def lacking(what: str) -> NoReturn:
    """Where a change is judged everything is to be there."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
