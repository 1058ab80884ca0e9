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
from types import CodeType, FrameType

_EVERY = 0.002
_DEPTH = 100
_ROOT = str(Path(__file__).resolve().parents[2])


class Samples:
    """What was met so far."""

    def __init__(self) -> None:
        self.stacks: Counter[tuple[CodeType, ...]] = Counter()
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
            stack.append(frame.f_code)
            frame = frame.f_back
        self.stacks[tuple(stack)] += 1

    def write(self, path: Path) -> None:
        stacks = [([_name(code) for code in stack], count) for stack, count in self.stacks.items()]
        path.write_text(json.dumps({"threads": self.threads, "stacks": stacks}))


def _name(code: CodeType) -> str:
    """A function by its file, which is told from the root of the project, or of the packages."""
    return f"{code.co_filename.removeprefix(_ROOT).rpartition('site-packages/')[2].lstrip('/')}:{code.co_name}"


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
