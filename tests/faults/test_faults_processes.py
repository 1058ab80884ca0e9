"""Processes that are killed, stopped and asked to end, in the middle of their work."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from support.processes import alive

from worker.edge import keys
from worker.edge.store import dead_pages
from worker.edge.store.feeds import FeedStore

pytestmark = pytest.mark.timeout(600)


def test_nothing_happens(lab, fault):
    with fault("none, for comparison", "entries are processed and told") as trial:
        lab.wire.publish(12)
        trial.over()


@pytest.mark.parametrize(
    ("words", "at", "promise"),
    [
        ("scheduler", "poll", "its feeds are taken over"),
        ("worker deliver", "alert", "what it was sending is sent again with the same id"),
        ("web", "page", "the others go on, the dashboard is back"),
    ],
)
def test_kill_9(lab, fault, words, at, promise):
    def kill(port):
        os.kill(lab.asking(words, port) if port else lab.pids(words)[0], signal.SIGKILL)

    with fault(f"kill -9 of `wirewatch {words}`", promise) as trial:
        struck = lab.strike(at, trial.random.randint(1, 2 if at == "alert" else 6), kill)
        lab.wire.publish(12)
        struck.wait()
        trial.over(struck.at)


def test_kill_9_of_an_ingest_worker(lab, fault):
    asked, victims = [], []

    def kill(port):
        victims.append(next(url for url, by, _ in reversed(asked) if by == port))
        os.kill(lab.asking("worker ingest", port), signal.SIGKILL)

    with fault("kill -9 of `wirewatch worker ingest`", "its batch runs again within 10 s") as trial:
        struck = lab.strike("page", trial.random.randint(1, 6), kill)
        strike = lab.wire.on_request

        def note(url, asker):
            asked.append((url, asker[1], time.monotonic()))
            strike(url, asker)

        lab.wire.on_request = note
        lab.wire.publish(12)
        struck.wait()
        trial.over(struck.at)

        def again():
            return [at for url, _, at in list(asked) if url == victims[0] and at > struck.at]

        lab.wait(again, "the page of the killed worker again")
        title = "kill -9 of `wirewatch worker ingest`, until the page it died at is asked for again"
        trial.part(title, "within 10 s", again()[0] - struck.at)


def test_kill_9_of_every_worker_at_once(lab, fault):
    def kill(_port):
        for pid in (*lab.pids("worker ingest"), *lab.pids("worker deliver")):
            os.kill(pid, signal.SIGKILL)

    with fault("kill -9 of every worker at once", "all batches run again") as trial:
        struck = lab.strike("page", trial.random.randint(1, 6), kill)
        lab.wire.publish(12)
        struck.wait()
        trial.over(struck.at)


def test_kill_9_of_the_supervisor(lab, fault):
    with fault("kill -9 of `wirewatch up`, then its restart", "no orphan, no doubled worker") as trial:
        orphans = []
        struck = lab.strike("page", trial.random.randint(1, 6), lambda _port: orphans.extend(lab.kill_supervisor()))
        lab.wire.publish(12)
        struck.wait()
        lab.wait(lambda: not [pid for pid in orphans if alive(pid)], "the end of all children")
        trial.over()
        lab.start_up()
    lab.wait(lambda: sum(lab.roles().values()) == 5, "five processes")
    assert lab.roles() == {"scheduler": 1, "worker ingest": 2, "worker deliver": 1, "web": 1}


def test_a_process_is_stopped_for_20_seconds(lab, fault):
    stopped = []

    def stop(port):
        words = {"poll": "scheduler", "page": "worker ingest"}[at]
        stopped.append(lab.asking(words, port))
        os.kill(stopped[0], signal.SIGSTOP)

    with fault("SIGSTOP of the scheduler or an ingest worker for 20 s", "others take over") as trial:
        at = trial.random.choice(["poll", "page"])
        struck = lab.strike(at, trial.random.randint(1, 6), stop)
        lab.wire.publish(12)
        struck.wait()
        lab.hold(20)
        os.kill(stopped[0], signal.SIGCONT)
        trial.over()


def test_sigterm_in_the_middle_of_a_batch(lab, fault):
    asked, release = [], threading.Event()

    def ask(port):
        asked.append(lab.asking("worker ingest", port))
        os.kill(asked[0], signal.SIGTERM)
        release.wait(60)

    with fault("SIGTERM of an ingest worker whose page hangs", "handed back and gone within 25 s") as trial:
        struck = lab.strike("page", trial.random.randint(1, 6), ask)
        lab.wire.publish(12)
        lab.wait(lambda: asked, "a page in hand")
        trial.over()
        lab.wait(lambda: not alive(asked[0]), "the end of the worker", seconds=25)
        release.set()
        struck.wait()


def test_two_schedulers(lab, fault):
    def polls():
        return {view.name: view.state.polls for view in FeedStore(lab.direct).view()}

    def served():
        return {outlet.name: lab.wire.polls[outlet.key] for outlet in lab.wire.outlets}

    def polled(times):
        return lambda: all(number >= before[name] + times for name, number in polls().items())

    with fault("two schedulers, one of which is killed", "every feed polled once per due time") as trial:
        second = lab.start("scheduler")
        lab.wait(lambda: str(second.pid) in str(lab.direct.hkeys(keys.PROCESSES)), "the second scheduler")
        before, served_before = polls(), served()
        lab.wire.publish(12)
        lab.wait(polled(3), "three polls of every feed")
        after = served()
        # A poll that is under way is served and not yet noted.
        assert all(after[name] - served_before[name] <= polls()[name] - before[name] + 1 for name in after)
        if trial.random.random() < 0.5:
            second.kill()
        else:
            lab.kill("scheduler")
        trial.over()
        lab.wire.publish(6)
        lab.settle()
        second.terminate()
        second.wait(30)


def test_a_page_that_kills_its_worker(lab, fault):
    poison, kills = [], []

    def kill(url, asker):
        if poison and poison[0].url == url:
            kills.append(lab.asking("worker ingest", asker[1]))
            os.kill(kills[-1], signal.SIGKILL)

    with fault("a page that kills every worker that takes it", "alone in the dead letters after 3 tries") as trial:
        lab.wire.on_request = kill
        poison.append(lab.wire.publish(8)[trial.random.randrange(8)])
        trial.over()
    assert len(kills) == 3
    letter = dead_pages.newest(lab.direct)[0]
    assert letter["url"] == poison[0].url
    assert (letter["tries"], letter["reason"]) == (3, "its worker died")
