"""How often a worker that has jobs in hand looks for more."""

from __future__ import annotations

import pytest

from worker.edge.rq_engine.worker import LOOK_LATER, LOOK_SOON, next_look


def looks(seconds):
    """How often it looks while nothing comes."""
    at, count = 0.0, 0
    while at < seconds:
        at, count = at + next_look(at), count + 1
    return count


def test_what_comes_soon_after_the_last_job_is_found_at_once():
    assert next_look(0.0) == LOOK_SOON


@pytest.mark.parametrize(("seconds", "at_the_most"), [(0.1, 2), (0.4, 4), (0.8, 5), (10.8, 25)])
def test_the_longer_nothing_comes_the_more_seldom_it_looks(seconds, at_the_most):
    assert looks(seconds) <= at_the_most


def test_nothing_waits_for_longer_than_half_a_second_where_there_is_room():
    assert max(next_look(tenths / 10) for tenths in range(1_000)) == LOOK_LATER == 0.5
