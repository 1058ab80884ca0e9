"""A Redis that dies, hangs, is full, takes no writes, or is at the end of a bad line."""

from __future__ import annotations

import contextlib
import os
import signal
import threading

import pytest
import redis
from support.faultlab import EVERYONE
from support.toxics import Toxic

pytestmark = pytest.mark.timeout(600)

AWAY = "redis_unavailable"


def publish_and_strike(lab, trial, action):
    """The fault strikes at a poll, a page or an alert, as chance has it."""
    struck = lab.strike(trial.random.choice(["poll", "page"]), trial.random.randint(1, 8), lambda _port: action())
    lab.wire.publish(12)
    struck.wait()


def no_exit(lab):
    """The log's lines of ended processes: nobody leaves for lack of Redis."""
    return lab.logged('"event": "died"')


def test_kill_9_of_redis(lab, fault):
    with fault(
        "kill -9 of Redis (append-only file), back when all have felt it", "processes wait; nothing is lost"
    ) as trial:
        ends, felt = no_exit(lab), lab.felt(AWAY)
        publish_and_strike(lab, trial, lab.kill_redis)
        lab.wait(felt, "the outage in every process")
        assert lab.ready() == 503
        lab.hold(trial.longer)
        lab.server.start()
        trial.over()
    assert no_exit(lab) == ends
    assert lab.ready() == 200


def test_redis_hangs(lab, fault):
    with fault("Redis hangs for 5 s, twice", "nobody is taken for dead, nothing is lost") as trial:
        ends, lost = no_exit(lab), lab.logged('"event": "job_lost"')
        publish_and_strike(lab, trial, lambda: os.kill(lab.server.pid, signal.SIGSTOP))
        for again in (True, False):
            lab.hold(5)
            os.kill(lab.server.pid, signal.SIGCONT)
            lab.direct.ping()
            if again:
                os.kill(lab.server.pid, signal.SIGSTOP)
        trial.over()
    assert no_exit(lab) == ends
    assert lab.logged('"event": "job_lost"') == lost


def test_redis_sleeps(lab, fault):
    with fault("DEBUG SLEEP for 7 s, twice", "processes wait; readiness turns red") as trial:
        ends, lost = no_exit(lab), lab.logged('"event": "job_lost"')

        def sleep():
            lab.direct.execute_command("DEBUG", "SLEEP", "7")

        first = threading.Thread(target=sleep)
        publish_and_strike(lab, trial, first.start)
        lab.wait(lambda: lab.ready() == 503, "red readiness", seconds=10)
        first.join()
        lab.hold(trial.random.random())
        sleep()
        trial.over()
    assert no_exit(lab) == ends
    assert lab.logged('"event": "job_lost"') == lost


# Longer than the 5 s after which Redis answers BUSY (lua-time-limit).
BUSY = """
local start = redis.call('TIME')
while redis.call('TIME')[1] - start[1] < 6 do end
"""


def test_redis_is_busy_with_a_script(lab, fault):
    def block():
        with contextlib.suppress(redis.RedisError):
            lab.direct.eval(BUSY, 0)

    with fault("a script blocks Redis for 6 s", "processes wait") as trial:
        ends = no_exit(lab)
        publish_and_strike(lab, trial, block)
        trial.over()
    assert no_exit(lab) == ends


def test_client_pause(lab, fault):
    with fault("CLIENT PAUSE for 6 s", "processes wait; readiness turns red") as trial:
        ends = no_exit(lab)
        publish_and_strike(lab, trial, lambda: lab.direct.client_pause(6000))
        assert lab.ready() == 503
        lab.direct.ping()
        trial.over()
    assert no_exit(lab) == ends


def test_client_kill(lab, fault):
    with fault("CLIENT KILL of all connections, five times", "connections are made anew") as trial:
        ends = no_exit(lab)

        def kill():
            for client in lab.direct.client_list():
                if client["name"] != "lab":
                    with contextlib.suppress(redis.ResponseError):
                        lab.direct.client_kill_filter(_id=client["id"])

        lab.direct.client_setname("lab")
        publish_and_strike(lab, trial, kill)
        for _ in range(4):
            lab.hold(trial.random.random())
            kill()
        trial.over()
    assert no_exit(lab) == ends


REFUSING = {
    "maxmemory reached": ({"maxmemory": "1mb"}, {"maxmemory": "0"}),
    "too few replicas to take writes": ({"min-replicas-to-write": "1"}, {"min-replicas-to-write": "0"}),
}


@pytest.mark.parametrize("what", REFUSING)
def test_redis_takes_no_writes(lab, fault, what):
    bad, good = REFUSING[what]

    def become(settings):
        for name, value in settings.items():
            lab.direct.config_set(name, value)

    with fault(f"{what}, until all have felt it", "processes wait; nothing is seen that was not queued") as trial:
        ends, felt = no_exit(lab), lab.felt(AWAY)
        publish_and_strike(lab, trial, lambda: become(bad))
        lab.wait(felt, "the refusal in every process")
        assert lab.ready() == 503
        lab.hold(trial.longer)
        become(good)
        trial.over()
    assert no_exit(lab) == ends
    assert lab.ready() == 200


def test_redis_becomes_a_read_only_replica(lab, fault):
    with fault("Redis becomes a read-only replica, until all have felt it", "processes wait") as trial:
        ends, felt = no_exit(lab), lab.felt(AWAY)
        # of a port where nobody listens, so that its own data stays
        publish_and_strike(lab, trial, lambda: lab.direct.replicaof("127.0.0.1", "1"))
        lab.wait(felt, "the refusal in every process")
        assert lab.ready() == 503
        lab.hold(trial.longer)
        lab.direct.replicaof("NO", "ONE")
        trial.over()
    assert no_exit(lab) == ends
    assert lab.ready() == 200


@pytest.mark.parametrize("toxic", [Toxic.DOWN, Toxic.RESET, Toxic.HALF_OPEN], ids=lambda toxic: toxic.value)
def test_the_line_to_redis_fails(lab, fault, toxic):
    with fault(f"line to Redis: {toxic.value}, until it was felt", "processes wait; nothing is lost") as trial:
        # Where nothing answers and nothing ends, it takes some until a worker's patience with its line is over.
        who = ("scheduler",) if toxic is Toxic.HALF_OPEN else EVERYONE
        ends, felt = no_exit(lab), lab.felt(AWAY, *who)
        publish_and_strike(lab, trial, lambda: lab.redis_line.become(toxic))
        lab.wait(felt, "the outage in the processes")
        assert lab.ready() == 503
        lab.hold(trial.longer)
        lab.redis_line.become(Toxic.NONE)
        trial.over()
    assert no_exit(lab) == ends


def test_the_line_to_redis_is_cut_again_and_again(lab, fault):
    with fault("line to Redis: cut, eight times", "connections are made anew; nothing is lost or doubled") as trial:
        ends = no_exit(lab)
        publish_and_strike(lab, trial, lab.redis_line.cut)
        for _ in range(7):
            lab.hold(trial.random.random())
            lab.redis_line.cut()
        trial.over()
    assert no_exit(lab) == ends


@pytest.mark.parametrize("toxic", [Toxic.LATENCY, Toxic.DRIP], ids=lambda toxic: toxic.value)
def test_the_line_to_redis_is_slow(lab, fault, toxic):
    with fault(f"line to Redis: {toxic.value}, all the time", "slower, and nothing else") as trial:
        ends, lost = no_exit(lab), lab.logged('"event": "job_lost"')
        publish_and_strike(lab, trial, lambda: lab.redis_line.become(toxic))
        trial.over()
        lab.settle()
    assert no_exit(lab) == ends
    assert lab.logged('"event": "job_lost"') == lost
