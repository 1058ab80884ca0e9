"""Two machines of workers over a Redis with Sentinels, and what happens when one of them is cut off in the middle.

Nothing is lost, nothing is told twice, and outlets are asked no more than one machine alone would ask them.
"""

from __future__ import annotations

import random
import sys
import time

import pytest

pytest.register_assert_rewrite("support.atrest", "support.fleet")

from support.fleet import WORKERS, fleet_in  # noqa: E402  its checks are asserts of the tests

from worker.edge.store.hosts import PER_HOST  # noqa: E402  as above

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux'"),
]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with fleet_in(tmp_path_factory.mktemp("fleet"), "fleet") as fleet:
        yield fleet


def test_two_machines_share_the_work_and_ask_no_outlet_more_at_a_time_than_one_would(fleet):
    fleet.both_at_work()
    assert 1 <= max(fleet.wire.together.values()) <= PER_HOST


@pytest.fixture
def nth(request, round_):
    """The number of the request at which the fault of a round strikes."""
    return random.Random(f"{request.function.__name__} {round_}").randrange(1, 6)


def test_a_machine_that_is_cut_off_is_replaced_and_does_nothing_twice_when_it_is_back(fleet, nth, recovered):
    alpha = fleet.network.machines["alpha"]
    lost = fleet.logged("beta", '"event": "job_lost"')
    struck = fleet.strike(alpha.cut_off, nth, machine="alpha")
    while not struck.struck:
        fleet.wire.publish(12)
        fleet.wait(lambda: struck.struck or fleet.at_rest(), "the moment of the cut, or rest")
    fleet.settle()
    recovered(
        "one of two machines of workers is cut off",
        "the other takes over what it had in hand",
        time.monotonic() - struck.at,
    )
    assert fleet.logged("beta", '"event": "job_lost"') > lost, "what it had in hand was taken over"
    fleet.wait(lambda: fleet.logged("alpha", "redis_unavailable"), "that it notices")
    alpha.join()
    fleet.both_at_work()


def test_the_redis_in_charge_is_cut_off_and_another_takes_its_place(fleet, nth, recovered):
    before = fleet.primary()
    struck = fleet.strike(before.cut_off, nth)
    fleet.wire.publish(16)
    struck.wait()
    fleet.settle()
    recovered(
        "the Redis in charge is cut off", "Sentinels name another, processes go on there", time.monotonic() - struck.at
    )
    assert fleet.primary() is not before
    before.join()
    fleet.wait(lambda: fleet.direct.info("replication")["connected_slaves"] == 2, "that it follows the new one")
    fleet.both_at_work()


def test_not_even_then_was_an_outlet_asked_more_than_once_too_often(fleet):
    """What a machine sent into the void arrives once it is back, and may meet those who took the turn meanwhile."""
    assert max(fleet.wire.together.values()) <= 2 * PER_HOST


def test_the_documented_user_was_refused_nothing(fleet):
    refused = [entry for entry in fleet.direct.acl_log() if entry["username"] == "wirewatch"]
    assert [(entry["reason"], entry["object"]) for entry in refused] == []
    assert all(not fleet.logged(name, "NOPERM") for name in WORKERS)
