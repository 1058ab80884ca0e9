"""Which delivery goes when: in line with its story, and never behind another destination."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from support.deliverers import alert
from support.servers import Quiet, receiving, serving

from worker.run.lanes import ABREAST

HOOK = """
[[destinations]]
name = "{name}"
type = "webhook"
url = "{url}"
secret = "env:HOOK_SECRET"
"""
FIRST, SECOND, OTHER = alert(1), alert(2), alert(1, story="s2")


@pytest.fixture
def hook(bench):
    with receiving() as found:
        bench.configure(HOOK.format(name="hook", url=found.url))
        yield found


def came(receiver):
    return [headers["webhook-id"] for headers, _ in receiver.requests]


def test_an_alert_waits_for_the_one_before_it_of_its_story_and_for_no_other(bench, hook):
    hook.answer = lambda _number: 500
    worker = bench.start()
    bench.put(FIRST)
    bench.wake(worker)
    hook.answer = lambda _number: 200
    bench.put(SECOND, OTHER)
    bench.wake(worker)
    assert came(hook) == [FIRST.id, OTHER.id]
    assert bench.where(SECOND).attempts == 0
    bench.pass_by(worker, seconds=6)
    assert came(hook) == [FIRST.id, OTHER.id, FIRST.id, SECOND.id]


def test_the_line_goes_on_when_one_is_given_up(bench, hook):
    hook.answer = lambda _number: 500
    worker = bench.start()
    bench.put(FIRST, SECOND)
    bench.until(worker, lambda: bench.where(FIRST).state == "dead")
    assert set(came(hook)[:-1]) == {FIRST.id}
    hook.answer = lambda _number: 200
    bench.until(worker, lambda: bench.where(SECOND).state == "delivered")
    assert came(hook)[-1] == SECOND.id


def test_the_line_is_that_of_one_destination(bench):
    with receiving() as down, receiving() as up:
        down.answer = lambda _number: 503
        bench.configure(HOOK.format(name="down", url=down.url) + HOOK.format(name="up", url=up.url))
        worker = bench.start()
        bench.put(FIRST, to=("down", "up"))
        bench.wake(worker)
        bench.put(SECOND, to=("down", "up"))
        bench.wake(worker)
        assert came(up) == [FIRST.id, SECOND.id]
        assert came(down) == [FIRST.id]


def test_an_alert_that_is_held_is_not_overtaken(bench, hook):
    worker = bench.start()
    bench.put(FIRST, due=bench.clock.now().replace(hour=13))
    bench.put(SECOND)
    bench.wake(worker)
    assert came(hook) == []
    bench.pass_by(worker, hours=1)
    assert came(hook) == [FIRST.id, SECOND.id]


def test_a_story_that_became_part_of_another_keeps_its_place_in_front(bench, hook, store):
    hook.answer = lambda _number: 500
    worker = bench.start()
    bench.put(FIRST)
    bench.wake(worker)
    store.sadd("{ww}:story:absorbed:s2", "s1")
    hook.answer = lambda _number: 200
    bench.put(OTHER)
    bench.wake(worker)
    assert came(hook) == [FIRST.id]
    bench.until(worker, lambda: bench.where(OTHER).state == "delivered")
    assert came(hook) == [FIRST.id, FIRST.id, OTHER.id]


def test_who_asks_for_an_alert_again_does_not_wait_for_the_next_of_its_story(bench, hook):
    worker = bench.start()
    bench.put(FIRST)
    bench.wake(worker)
    bench.put(SECOND, due=bench.clock.now().replace(hour=20))
    bench.outbox.resend(FIRST.id, bench.clock.now())
    bench.wake(worker)
    assert came(hook) == [FIRST.id, FIRST.id]


class Hanging:
    """A receiver that answers nobody before it is told to; counts who is waiting."""

    def __init__(self):
        self.go_on = threading.Event()
        self.lock = threading.Lock()
        self.inside = self.most = self.came = 0
        self.full = threading.Event()
        self.url = ""

    def __enter__(self):
        hanging = self

        class Handler(Quiet):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                with hanging.lock:
                    hanging.came += 1
                    hanging.inside += 1
                    hanging.most = max(hanging.most, hanging.inside)
                    if hanging.inside == ABREAST:
                        hanging.full.set()
                hanging.go_on.wait(60)
                with hanging.lock:
                    hanging.inside -= 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.stack = ExitStack()
        self.url = self.stack.enter_context(serving(Handler))
        return self

    def __exit__(self, *_error):
        self.go_on.set()
        self.stack.close()


def test_a_destination_that_hangs_delays_no_other(bench, eventually):
    with Hanging() as slow, receiving() as quick:
        bench.configure(HOOK.format(name="slow", url=slow.url) + HOOK.format(name="quick", url=quick.url))
        worker = bench.start()
        many = [alert(number, story=f"s{number}") for number in range(50)]
        bench.put(*many, to=("slow",))
        thread = bench.waking(worker)
        assert slow.full.wait(60)
        late = [alert(number, story=f"late{number}") for number in range(3)]
        for count, one in enumerate(late, start=1):
            bench.put(one, to=("quick",))
            eventually(lambda count=count: len(quick.requests) == count, "the alert of the quick destination")
        assert slow.came == ABREAST
        slow.go_on.set()
        thread.join()
        assert slow.most == ABREAST
        assert {bench.where(one, "slow").state for one in many} == {"delivered"}
        assert came(quick) == [one.id for one in late]


def test_a_change_of_the_configuration_is_live_while_a_destination_hangs(bench, eventually):
    with Hanging() as slow, receiving() as new:
        bench.configure(HOOK.format(name="slow", url=slow.url))
        worker = bench.start()
        bench.put(FIRST, to=("slow",))
        thread = bench.waking(worker)
        eventually(lambda: slow.came == 1, "the attempt that hangs")
        bench.started.clear()  # the worker finds the change by itself
        bench.configure(HOOK.format(name="slow", url=slow.url) + HOOK.format(name="new", url=new.url))
        eventually(lambda: "new" in worker._specs, "the new configuration")
        bench.put(OTHER, to=("new",))
        eventually(lambda: came(new) == [OTHER.id], "the alert of the new destination")
        slow.go_on.set()
        thread.join()
        worker.close()
        assert bench.where(FIRST, "slow").state == "delivered"


def test_a_destination_that_was_added_a_moment_ago_is_known_whoever_finds_its_alert(bench, hook):
    worker = bench.start()
    bench.started.clear()  # nobody tells the worker of the change
    with receiving() as new:
        bench.configure(HOOK.format(name="hook", url=hook.url) + HOOK.format(name="new", url=new.url))
        worker.live._checked = float("inf")  # it has just looked
        bench.put(FIRST, to=("new",))
        bench.wake(worker)
        worker.close()
        assert bench.where(FIRST, "new").state == "delivered"


def test_a_worker_that_is_to_stop_finishes_what_is_under_way_and_begins_nothing(bench, eventually):
    with Hanging() as slow:
        bench.configure(HOOK.format(name="hook", url=slow.url))
        worker = bench.start()
        bench.put(*(alert(number, story=f"s{number}") for number in range(20)))
        thread = bench.waking(worker)
        assert slow.full.wait(60)
        worker.worker._stop.set()
        slow.go_on.set()
        thread.join()
        assert slow.came == ABREAST
        assert bench.outbox.depth() == 20 - ABREAST


def test_an_alert_that_cannot_be_read_costs_nothing_but_itself(bench, hook, store):
    worker = bench.start()
    bench.put(FIRST, OTHER)
    store.set("{ww}:alert:" + FIRST.id, b'{"id": 1}')
    bench.wake(worker)
    assert came(hook) == [OTHER.id]
    assert (bench.where(FIRST).state, bench.where(FIRST).error) == ("dead", "the alert cannot be read")
