"""Turns at a host, on a real Redis: what several processes may do to one host together. Times are given, not waited."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from worker.edge import keys
from worker.edge.redis_client import connect
from worker.edge.store.hosts import LEASE, LONGEST_PAUSE, PER_HOST, HostTable, Verdict, Visit

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOST = "news.example"


def at(seconds):
    return START + timedelta(seconds=seconds)


class Play:
    """One host's table with shorter calls; `name` is the token of a request."""

    def __init__(self, store):
        self.table = HostTable(store)

    def begin(self, name, seconds, *, host=HOST, port=443, ask_dead=False):
        return self.table.begin(host, port, name, at(seconds), ask_dead=ask_dead)

    def end(self, name, seconds, *, host=HOST, port=443, **visit):
        self.table.end(host, port, name, at(seconds), Visit(**{"reached": True, "wanted": True, **visit}))

    def visit(self, seconds, **visit):
        assert self.begin("v", seconds, ask_dead=True).verdict is Verdict.GO
        self.end("v", seconds, **visit)

    def fail(self, seconds):
        self.visit(seconds, reached=False, wanted=False)


@pytest.fixture
def play(store):
    return Play(store)


def test_two_requests_run_at_a_time_and_a_third_waits_for_either(play):
    assert [play.begin(name, 0).verdict for name in "abc"] == [Verdict.GO, Verdict.GO, Verdict.BUSY]
    assert play.begin("d", 0, host="other.example").verdict is Verdict.GO
    play.end("a", 0)
    assert [play.begin(name, 0).verdict for name in "cd"] == [Verdict.GO, Verdict.BUSY]


def test_the_turn_of_a_process_that_died_comes_back_when_its_lease_ends(play):
    play.begin("a", 0)
    play.begin("b", 5)
    assert play.begin("c", LEASE - 0.001).verdict is Verdict.BUSY
    assert play.begin("c", LEASE).verdict is Verdict.GO
    assert play.begin("d", LEASE).verdict is Verdict.BUSY


def test_a_turn_that_is_renewed_lasts_and_one_that_was_lost_counts_again(play, store):
    play.begin("a", 0)
    play.begin("b", 0)
    play.table.renew(HOST, "a", at(LEASE - 1))
    assert play.begin("c", LEASE).verdict is Verdict.GO
    assert play.begin("d", LEASE).verdict is Verdict.BUSY
    play.end("c", LEASE)
    play.table.renew(HOST, "b", at(LEASE))
    assert play.begin("d", LEASE).verdict is Verdict.BUSY
    assert 0 < store.pttl(keys.HOST_TURNS + HOST) <= LEASE * 1000


def test_a_redis_that_lost_everything_learns_who_is_at_a_host_from_those_who_are(play, store):
    play.begin("a", 0)
    play.begin("b", 0)
    store.flushdb()
    for name in "ab":
        play.table.renew(HOST, name, at(3))
    assert play.begin("c", 3).verdict is Verdict.BUSY


def test_a_turn_given_back_twice_or_after_its_lease_frees_nobody_else_s(play):
    play.begin("a", 0)
    play.end("a", 0)
    play.begin("b", 0)
    play.begin("c", 0)
    play.end("a", 1)
    assert play.begin("d", 1).verdict is Verdict.BUSY


def test_however_many_ask_at_once_two_have_a_turn(redis_server, store):
    verdicts, together = [], threading.Barrier(8)

    def ask(number):
        connection = connect(redis_server.url)
        table = HostTable(connection)
        together.wait()
        verdicts.extend(table.begin(HOST, 443, f"{number}-{turn}", START, ask_dead=False).verdict for turn in range(20))
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts.count(Verdict.GO) == PER_HOST
    assert verdicts.count(Verdict.BUSY) == 160 - PER_HOST


def test_the_next_start_follows_what_the_host_needs_for_an_answer(play):
    play.visit(0, latency=2.0)
    assert play.begin("a", 10).verdict is Verdict.GO
    early = play.begin("b", 10.5)
    assert (early.verdict, early.seconds) == (Verdict.EARLY, 1.5)
    assert play.begin("b", 12).verdict is Verdict.GO


def test_the_average_moves_towards_the_newest_latency_and_errors_never_make_it_shorter(play):
    play.visit(0, latency=1.0)
    play.visit(10, latency=2.0)
    play.begin("a", 20)
    slower = play.begin("b", 20).seconds
    assert 1.0 < slower < 2.0
    play.end("a", 20, wanted=False, latency=0.01, status=404)
    play.begin("a", 30)
    assert play.begin("b", 30).seconds == slower
    play.end("a", 30, wanted=False, latency=9.0, status=500)
    play.begin("a", 60)
    assert play.begin("b", 60).seconds > slower


def test_a_very_slow_host_is_asked_every_ten_seconds_all_the_same(play):
    play.visit(0, latency=29.0)
    play.begin("a", 0)
    assert play.begin("b", 0).seconds == 10.0


def test_a_pause_holds_for_every_process_until_it_ends(play):
    play.visit(0, pause=120.0, status=429, wanted=False)
    paused = play.begin("a", 20, ask_dead=True)
    assert (paused.verdict, paused.seconds, paused.status) == (Verdict.PAUSED, 100.0, 429)
    assert play.begin("a", 120).verdict is Verdict.GO


def test_a_shorter_pause_does_not_end_a_longer_one_and_the_longest_is_bounded(play):
    play.begin("a", 0)
    play.begin("b", 0)
    play.end("a", 0, pause=600.0, status=503)
    play.end("b", 0, pause=5.0, status=429)
    assert (play.begin("c", 10).seconds, play.begin("c", 10).status) == (590.0, 503)
    play.visit(600, pause=10.0**9, status=429)
    assert play.begin("c", 600).seconds == LONGEST_PAUSE


def test_a_host_out_of_reach_three_times_in_a_row_is_dead_for_twice_as_long_each_time(play):
    play.fail(0)
    play.fail(1)
    assert play.begin("a", 2).verdict is Verdict.GO
    play.end("a", 2, reached=False)
    dead = play.begin("a", 2)
    assert (dead.verdict, dead.seconds) == (Verdict.DEAD, 60.0)
    assert play.begin("a", 62).verdict is Verdict.GO
    play.end("a", 62, reached=False)
    assert play.begin("a", 62).seconds == 120.0
    for _ in range(40):
        play.fail(62)
    assert play.begin("a", 62).seconds == 3600.0


def test_a_feed_asks_a_dead_host_and_its_answer_wakes_it_for_the_pages(play):
    for _ in range(3):
        play.fail(0)
    assert play.begin("page", 1).verdict is Verdict.DEAD
    play.visit(1)
    assert play.begin("page", 1).verdict is Verdict.GO
    play.end("page", 1)
    play.fail(2)
    assert play.begin("page", 2).verdict is Verdict.GO


def test_a_port_nobody_listens_on_does_not_make_the_others_dead(play):
    for _ in range(3):
        play.begin("a", 0, port=443)
        play.end("a", 0, port=443, reached=False)
    assert play.begin("a", 0, port=443).verdict is Verdict.DEAD
    assert play.begin("a", 0, port=80).verdict is Verdict.GO


def test_a_request_of_which_nothing_is_known_changes_nothing_but_its_turn(play):
    for _ in range(3):
        play.fail(0)
    play.visit(0, reached=None, latency=9.0, pause=9.0)
    assert play.begin("a", 0).verdict is Verdict.DEAD
    assert play.begin("a", 0, ask_dead=True).verdict is Verdict.GO
    assert play.begin("b", 0, ask_dead=True).verdict is Verdict.GO


def test_every_key_about_a_host_ends_by_itself(play, store):
    play.begin("a", 0)
    play.fail(0)
    play.visit(0, pause=60.0, latency=1.0)
    found = sorted(store.scan_iter("*"))
    assert found == sorted([(keys.HOST + HOST).encode(), (keys.HOST_TURNS + HOST).encode()])
    assert 0 < store.pttl(keys.HOST_TURNS + HOST) <= LEASE * 1000
    assert 0 < store.pttl(keys.HOST + HOST) <= LONGEST_PAUSE * 1000


DAY = 86_400


def test_a_clock_that_is_set_back_closes_no_host(play):
    """What was written before lies a day ahead; nothing that is meant can."""
    for _ in range(3):
        play.fail(DAY)
    play.begin("a", DAY, ask_dead=True)
    play.visit(DAY, reached=True, latency=5.0)
    play.begin("b", DAY)
    play.table.end(HOST, 80, "-", at(DAY), Visit(reached=True, pause=60.0))
    for _ in range(3):
        play.end("-", DAY, reached=False)
    assert play.begin("c", DAY).verdict is Verdict.DEAD
    assert [play.begin(name, 0).verdict for name in "cd"] == [Verdict.GO, Verdict.EARLY]


def test_turns_are_kept_by_clocks_that_differ_by_less_than_a_lease(play):
    play.begin("a", LEASE - 1)
    play.begin("b", LEASE - 1)
    assert play.begin("c", 0).verdict is Verdict.BUSY


def test_a_pause_asked_for_after_the_clock_was_set_back_is_kept(play):
    play.visit(DAY, pause=60.0)
    play.visit(0, pause=30.0, status=429)
    standing = play.begin("a", 10)
    assert (standing.verdict, standing.seconds) == (Verdict.PAUSED, 20.0)
