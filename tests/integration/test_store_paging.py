"""Pages of a sorted set, and the log of alerts."""

from __future__ import annotations

import pytest
from support.newsroom import make_story

from worker.edge.store.alert_log import BEGINNING, AlertLog
from worker.edge.store.paging import Place, places_below
from worker.model import Reason

KEY = "{ww}:sample"


def walked(store, limit):
    """All members, page by page, with cursors as they travel."""
    found, after = [], None
    while page := places_below(store, KEY, after, limit):
        assert len(page) <= limit
        found += [place.member for place in page]
        after = Place.at(page[-1].cursor())
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_every_member_comes_once_also_where_many_share_a_score(store, limit):
    scores = {f"m{number:02}": 1700000000.1 + number // 8 for number in range(20)}
    store.zadd(KEY, scores)
    assert walked(store, limit) == sorted(scores, key=lambda member: (scores[member], member), reverse=True)


def test_what_is_added_meanwhile_moves_nothing(store):
    store.zadd(KEY, {"a": 1, "b": 2, "c": 3})
    (first,) = places_below(store, KEY, None, 1)
    store.zadd(KEY, {"d": 4, "c": 5})
    assert [place.member for place in places_below(store, KEY, first, 9)] == ["b", "a"]


@pytest.mark.parametrize("cursor", ["", "x", "%", "bmFuIG0", "aW5mIG0", "MS4w\n", "é", "A" * 4_000])
def test_a_cursor_nobody_gave_is_refused(cursor):
    with pytest.raises(ValueError, match="no cursor"):
        Place.at(cursor)


def test_the_log_goes_on_behind_an_alert_and_from_its_beginning_where_that_is_unknown(newsroom):
    log = AlertLog(newsroom.redis)
    assert (log.end(), log.after(BEGINNING, 10)) == (BEGINNING, (BEGINNING, []))
    story = make_story()
    newsroom.commit(story, {"number": 9}, {"number": 1, "reason": Reason.CORROBORATED, "because": "2 sources"})
    position, alerts = log.after(BEGINNING, 10)
    # In the order in which they were committed, though the second carries the earlier time.
    assert [alert.reason for alert in alerts] == [Reason.NEW_STORY, Reason.CORROBORATED]
    assert alerts[1].created < alerts[0].created
    assert position == log.end()
    assert log.after(position, 10) == (position, [])
    behind = log.behind(alerts[0].id)
    assert [alert.id for alert in log.after(behind, 10)[1]] == [alerts[1].id]
    assert log.behind("unknown") == BEGINNING
    assert log.wait(BEGINNING, block_ms=1) == position
    assert log.wait(position, block_ms=1) == position
