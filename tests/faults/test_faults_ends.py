"""Both ends of the flow: feeds that answer badly, receivers that do not take what they are sent."""

from __future__ import annotations

import threading

import pytest
from support.recorder import GOOD, Reply
from support.toxics import Toxic
from support.wire import Trouble

from worker.edge.store.feeds import FeedStore

pytestmark = pytest.mark.timeout(600)


def failing(lab):
    return {view.name for view in FeedStore(lab.direct).view() if view.health == "failing"}


def test_feeds_answer_badly_and_recover(lab, fault):
    kinds = [Trouble.ERROR, Trouble.DRIP, Trouble.TRUNCATED]
    with fault("feeds that answer 500, drip or are cut off, until they have failed", "each costs itself only") as trial:
        outlets = trial.random.sample(lab.wire.outlets, len(kinds))
        for outlet, kind in zip(outlets, kinds, strict=True):
            lab.wire.trouble[outlet.key] = kind
        lab.wire.publish(16)
        fails = {outlet.name for outlet, kind in zip(outlets, kinds, strict=True) if kind is not Trouble.DRIP}
        lab.wait(lambda: failing(lab) >= fails, "the failures")
        lab.wire.trouble.clear()
        trial.over()
    lab.wait(lambda: not failing(lab), "health")


def test_feeds_with_the_same_guid_or_none(lab, fault):
    with fault("feeds with one GUID for all entries, or none, for a while", "every entry once") as trial:
        rss = [outlet for outlet in lab.wire.outlets if outlet.feed_format == "rss"]
        for outlet, kind in zip(trial.random.sample(rss, 2), [Trouble.SAME_GUID, Trouble.NO_GUID], strict=True):
            lab.wire.trouble[outlet.key] = kind
        lab.wire.publish(16, stories=4)
        lab.settle()
        lab.wire.trouble.clear()
        lab.wire.publish(8)
        trial.over()


def test_receiver_refuses_at_first(lab, fault):
    """Each alert meets another refusal at its first attempt."""
    hold = threading.Event()
    first = [
        Reply(status=429, headers={"Retry-After": "2"}),
        Reply(status=500),
        Reply(status=503, headers={"Retry-After": "1"}),
        Reply(status=200, hold=hold),
    ]
    met = []

    def behave(ident, attempt):
        if attempt > 1:
            return GOOD
        met.append(ident)
        return first[len(met) % len(first)]

    with fault("receiver: 429, 500, 503, 15 s of silence at first", "sent again with the same id") as trial:
        lab.recorder.behave = behave
        lab.wire.publish(12, stories=4)
        lab.wait(lambda: len(met) >= 4, "four first attempts")
        trial.over()
        lab.settle()
        hold.set()


def test_receiver_resets_after_it_accepted(lab, fault):
    with fault("receiver: resets connections it accepted, then is well", "sent again with the same id") as trial:
        before = lab.hook_line.resets
        lab.hook_line.become(Toxic.RESET)
        lab.wire.publish(8)
        lab.wait(lambda: lab.hook_line.resets > before + 1, "two resets")
        lab.hook_line.become(Toxic.NONE)
        trial.over()


def test_receiver_is_down_for_the_whole_run(lab, fault):
    with fault("receiver: down until everything was tried, then up", "every alert arrives") as trial:
        lab.hook_line.become(Toxic.DOWN)
        failed = lab.logged("delivery_failed")["worker-deliver"]
        lab.wire.publish(12, stories=3)
        lab.wait(lambda: lab.logged("delivery_failed")["worker-deliver"] >= failed + 3, "three failed deliveries")
        lab.hook_line.become(Toxic.NONE)
        trial.over()
