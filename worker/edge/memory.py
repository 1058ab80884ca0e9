"""The memory there is, and what a long-running process tells Python's garbage collector."""

from __future__ import annotations

import gc
import os
from pathlib import Path

# Python's default is 700.
_NEW_OBJECTS = 20_000


def settle_memory() -> None:
    """Spare what is in memory now, such as compiled topics, further visits of the garbage collector.

    It also looks for cycles less often than by default: articles come and go by the hundred objects, hardly one of them
    in a cycle.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def usable_memory(root: Path = Path("/")) -> int:
    """Bytes that this process and its children may use: the machine's, or fewer where a control group says so.

    A container and a unit of systemd are control groups of version 2 (https://docs.kernel.org/admin-guide/cgroup-v2.html);
    the limit of each group above holds, too. `root` is where /proc and /sys are.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *_limits(root)])


def _limits(root: Path) -> list[int]:
    try:
        groups = (root / "proc/self/cgroup").read_text("ascii").splitlines()
    except OSError:  # not on Linux
        return []
    own = next((line.removeprefix("0::/") for line in groups if line.startswith("0::/")), None)
    if own is None:
        return []
    top = root / "sys/fs/cgroup"
    files = [top / folder / "memory.max" for folder in (Path(own), *Path(own).parents)]
    found = [file.read_text("ascii").strip() for file in files if file.exists()]
    return [int(limit) for limit in found if limit != "max"]
