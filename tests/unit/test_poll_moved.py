"""What permanent redirects are worth, day by day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from worker.model import FeedState
from worker.poll.moved import address, doubled, follow, unmoved

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
OLD, NEW, OTHER = "http://example.org/rss", "https://www.example.org/feed", "https://feeds.example.net/rss"


def day(state, number, target, *, known=True):
    return follow(state, OLD, target, known=known, now=NOW + timedelta(days=number))


def after_days(target, days, **given):
    state = FeedState()
    for number in days:
        state = day(state, number, target, **given)
    return state


def test_the_same_site_is_believed_after_three_days_of_the_same_answer():
    assert not after_days(NEW, (0, 1, 2)).moved
    state = after_days(NEW, (0, 1, 2, 3))
    assert (state.moved, address(OLD, state)) == (True, NEW)


def test_another_site_is_believed_after_a_week():
    assert not after_days(OTHER, range(7)).moved
    assert after_days(OTHER, range(8)).moved


def test_until_then_the_configured_address_is_asked():
    assert address(OLD, after_days(NEW, (0, 1))) == OLD


def test_one_answer_without_the_redirect_or_to_elsewhere_starts_anew():
    for between in (None, OTHER):
        state = day(after_days(NEW, (0, 1)), 2, between)
        for number in (3, 4, 5):
            state = day(state, number, NEW)
        assert not state.moved
        assert day(state, 6, NEW).moved


def test_a_feed_that_shows_nothing_known_is_not_the_one_we_know():
    assert not after_days(NEW, range(20), known=False).moved


def test_a_new_address_that_fails_is_given_up_at_once():
    state = unmoved(after_days(NEW, (0, 3)))
    assert (state.moved, state.moved_to, address(OLD, state)) == (False, None, OLD)


def test_a_failure_on_the_way_forgets_nothing():
    state = after_days(NEW, (0, 1))
    assert unmoved(state) == state


def test_who_moves_on_again_starts_from_the_configured_address():
    state = day(after_days(NEW, (0, 3)), 4, OTHER)
    assert (state.moved, state.moved_to, state.moved_since) == (False, OTHER, NOW + timedelta(days=4))


def test_what_has_moved_and_answers_stays_moved():
    state = after_days(NEW, (0, 3))
    assert day(state, 4, None) == state
    assert replace(state, moved=True) == state


def test_a_feed_that_leads_to_one_that_is_polled_says_so_and_is_asked_once_a_day():
    state = doubled(day(FeedState(), 0, OTHER), now=NOW)
    assert state.next_due == NOW + timedelta(days=1)
    assert OTHER in state.error
    assert state.failing_since == NOW
