"""The flag that signal handlers set."""

from __future__ import annotations

import subprocess
import sys
import threading

from worker.edge.process import StopFlag

# A signal every few microseconds, each setting the flag of the moment, while the main thread waits on it.
STORM = """
import signal
from worker.edge.process import StopFlag
flag = StopFlag()
signal.signal(signal.SIGALRM, lambda *_: flag.set())
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0002)
for _ in range(20_000):
    flag = StopFlag()
    flag.wait(0.00005)
    flag.is_set()
signal.setitimer(signal.ITIMER_REAL, 0)
print("done")
"""


def test_it_is_set_once_and_for_all():
    flag = StopFlag()
    assert not flag.is_set()
    assert not flag.wait(0.001)
    flag.set()
    flag.set()
    assert flag.is_set()
    assert flag.wait()
    assert flag.wait(0)


def test_setting_it_wakes_every_thread_that_waits():
    flag = StopFlag()
    woken = []
    threads = [threading.Thread(target=lambda: woken.append(flag.wait())) for _ in range(3)]
    for thread in threads:
        thread.start()
    flag.set()
    for thread in threads:
        thread.join()
    assert woken == [True, True, True]


def test_a_handler_that_sets_it_in_the_middle_of_a_wait_never_blocks():
    done = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "done\n", done.stderr
