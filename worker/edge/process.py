"""Parents and children: nobody outlives the supervisor."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
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
