"""Parents and children: nobody outlives the supervisor."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
PARENT_PIPE = "WIREWATCH_PARENT_PIPE"


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Have the kernel send this process `number` when the thread that started it ends (Linux: prctl(2)).

    Safe between fork and exec, so it serves as `preexec_fn` for programs that are not ours.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def identity() -> str:
    """Names this process for the others on its machine, for `has_ended`; "" where that is not Linux."""
    machine, pid = _machine(), os.getpid()
    return f"{machine} {pid} {_started(pid)}" if machine else ""


def has_ended(named: str) -> bool:
    """Whether the process that `identity` named is known to be no more.

    False while it lives, and where that cannot be seen from here: on another machine, in another container.
    """
    machine, _, process = named.partition(" ")
    if not machine or machine != _machine():
        return False
    pid, _, started = process.partition(" ")
    try:
        os.kill(int(pid), 0)
        return _started(int(pid)) != started
    except ProcessLookupError:
        return True
    except OSError:  # a process of another user, of which nothing is shown
        return False


@cache
def _machine() -> str:
    """The same for processes that see each other: one boot of a kernel, and one pid namespace (pid_namespaces(7))."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in ticks of the kernel since its boot, "ended" for one that nobody has waited for.

    Fields 3 and 22 of /proc/PID/stat (proc_pid_stat(5)); the name before them may hold anything but ends with ")".
    """
    state, *fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return "ended" if state in {"Z", "X"} else fields[18]


class StopFlag:
    """Set once, also from a signal handler.

    threading.Event is not made for that: a handler that runs while its own thread is inside `wait` meets a lock that is
    held already, and both wait for ever. SimpleQueue.put may be called at any point.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._wakeups: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        self._is_set = True
        self._wakeups.put(None)

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is set, at most `seconds`; whether it is."""
        if not self._is_set:
            try:
                self._wakeups.get(timeout=seconds)
            except Empty:
                return self._is_set
            self._wakeups.put(None)  # for the next thread that waits
        return self._is_set


def watch_parent_pipe(on_end: Callable[[], None]) -> bool:
    """Call `on_end` from a thread when the supervisor is gone, however it went; False where there is none.

    The supervisor holds the writing end of a pipe whose reading end we inherited; the kernel closes it with the
    supervisor. Works on every POSIX system, and also when prctl does not (a parent thread that ended early).
    """
    name = os.environ.pop(PARENT_PIPE, "")
    if not name:
        return False
    descriptor = int(name)
    os.set_inheritable(descriptor, False)

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        on_end()

    threading.Thread(target=wait, name="parent", daemon=True).start()
    return True
