"""Runs a module and tells where its CPU time went, by samples of its main thread's stack; other threads count as one.

    python tests/bench/sampled.py FILE -m MODULE [ARGUMENT ...]

FILE gets a JSON object when the module ends: `stacks`, the innermost functions of a stack with how often it was met,
and `threads`, how often another thread was busy. Samples are taken every two milliseconds of CPU time, so that a busy
machine makes no difference.
"""

from __future__ import annotations

import json
import runpy
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

_EVERY = 0.002
_DEPTH = 40
_ROOT = str(Path(__file__).resolve().parents[2])


class Samples:
    """What was met so far."""

    def __init__(self) -> None:
        self.stacks: Counter[tuple[str, ...]] = Counter()
        self.threads = 0
        self._last = 0.0

    def take(self, _number: int, frame: FrameType | None) -> None:
        """As a signal handler, which runs in the main thread whichever was busy."""
        now = time.thread_time()
        if now - self._last < _EVERY / 4:
            self.threads += 1
            return
        self._last = now
        stack = []
        while frame is not None and len(stack) < _DEPTH:
            code = frame.f_code
            stack.append(f"{code.co_filename.removeprefix(_ROOT).rpartition('site-packages/')[2]}:{code.co_name}")
            frame = frame.f_back
        self.stacks[tuple(stack)] += 1

    def write(self, path: Path) -> None:
        path.write_text(json.dumps({"threads": self.threads, "stacks": list(self.stacks.items())}))


def main() -> None:
    path, (_, module, *rest) = Path(sys.argv[1]), sys.argv[2:]
    sys.argv, sys.path[0] = [module, *rest], _ROOT
    samples = Samples()
    signal.signal(signal.SIGPROF, samples.take)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        samples.write(path)


if __name__ == "__main__":
    main()
