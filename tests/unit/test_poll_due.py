"""When a feed is due next, rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.model import FeedState
from worker.poll.due import DAY, HOUR, WEEK, Failed, Parsed, PollPolicy, Unchanged, after_poll, first_due

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
POLICY = PollPolicy(interval=900.0, min_interval=60.0, max_interval=21600.0)
FIXED = replace(POLICY, interval=300.0, fixed=True)
NEW = FeedState()
KNOWN = FeedState(
    interval=900.0,
    polls=9,
    unchanged=4,
    entries=50,
    last_poll=NOW,
    last_success=NOW,
    last_new=NOW,
    etag='"a"',
    title="T",
)
# In the middle of its range the dice change nothing of our own interval.
MIDDLE = 0.5


def poll(state, outcome, policy=POLICY, *, now=NOW, jitter=MIDDLE):
    return after_poll(state, outcome, policy, now=now, jitter=jitter)


def pause(state, now=NOW):
    return (state.next_due - now).total_seconds()


def ago(*minutes):
    return tuple(NOW - timedelta(minutes=m) for m in minutes)


# --- the adaptive interval ---


def test_the_first_poll_starts_from_the_configured_interval():
    state = poll(NEW, Parsed(new=30, total=30))
    assert state.interval == 900.0
    assert pause(state) == 900.0


def test_news_halve_the_interval_and_quiet_polls_lengthen_it():
    assert poll(KNOWN, Parsed(new=1, total=30)).interval == 450.0
    assert poll(KNOWN, Parsed(new=0, total=30)).interval == 1125.0
    assert poll(KNOWN, Unchanged()).interval == 1125.0


def test_the_interval_stays_within_its_bounds():
    busy = quiet = KNOWN
    for _ in range(50):
        busy, quiet = poll(busy, Parsed(new=1, total=30)), poll(quiet, Unchanged())
    assert (busy.interval, quiet.interval) == (60.0, 21600.0)


def test_a_tiny_minimum_is_reached():
    policy = PollPolicy(interval=2.0, min_interval=1.0, max_interval=5.0)
    state = poll(NEW, Parsed(new=1, total=1), policy)
    for _ in range(3):
        state = poll(state, Parsed(new=1, total=1), policy)
    assert pause(state) == 1.0


def test_a_burst_shortens_the_interval_at_once():
    # Five entries in ten minutes: two minutes apart, so one minute is enough.
    assert poll(KNOWN, Parsed(new=5, total=30, published=ago(2, 4, 6, 8, 10))).interval == 60.0


def test_slow_or_few_or_future_dates_never_lengthen_the_interval():
    slow = Parsed(new=1, total=30, published=ago(5, 10_000, 20_000, 30_000))
    few = Parsed(new=1, total=30, published=ago(1, 2))
    future = Parsed(new=1, total=30, published=ago(-1, -2, -3, -4))
    assert [poll(KNOWN, outcome).interval for outcome in (slow, few, future)] == [450.0] * 3


def test_dates_of_old_news_do_not_matter():
    assert poll(KNOWN, Parsed(new=0, total=5, published=ago(2, 4, 6, 8, 10))).interval == 1125.0


def test_a_fixed_interval_stays():
    for outcome in (Parsed(new=5, total=5), Parsed(new=0, total=5), Unchanged()):
        assert pause(poll(KNOWN, outcome, FIXED)) == 300.0


# --- what publishers ask for ---


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (Parsed(new=1, total=1, ttl=3600.0), 3600.0),
        (Parsed(new=1, total=1, ttl=DAY), 21600.0),
        (Parsed(new=1, total=1, max_age=1800.0), 1800.0),
        (Unchanged(max_age=WEEK), HOUR),
        (Unchanged(retry_after=7200.0), 7200.0),
        (Unchanged(retry_after=DAY), DAY),
        (Parsed(new=1, total=1, retry_after=52 * WEEK), WEEK),
        (Parsed(new=1, total=1, ttl=3600.0, max_age=1800.0, retry_after=7200.0), 7200.0),
    ],
)
def test_a_longer_pause_asked_for_is_kept_within_bounds(outcome, seconds):
    assert pause(poll(KNOWN, outcome, jitter=0.0)) == seconds


def test_a_shorter_pause_asked_for_changes_nothing():
    assert pause(poll(KNOWN, Parsed(new=1, total=1, ttl=10.0, max_age=20.0, retry_after=30.0))) == 450.0


def test_a_pause_asked_for_leaves_the_learned_interval_alone():
    assert poll(KNOWN, Parsed(new=1, total=1, ttl=3600.0)).interval == 450.0


def test_an_operators_own_interval_overrules_ttl_and_freshness_but_not_retry_after():
    assert pause(poll(KNOWN, Parsed(new=0, total=1, ttl=DAY, max_age=DAY), FIXED)) == 300.0
    assert pause(poll(KNOWN, Unchanged(retry_after=1000.0), FIXED)) >= 1000.0


def test_dice_spread_our_interval_both_ways_and_the_publishers_only_upwards():
    assert pause(poll(KNOWN, Unchanged(), FIXED, jitter=0.0)) == pytest.approx(270.0)
    assert pause(poll(KNOWN, Unchanged(), FIXED, jitter=0.999)) == pytest.approx(330.0, rel=0.001)
    asked = Unchanged(retry_after=10_000.0)
    assert pause(poll(KNOWN, asked, jitter=0.0)) == 10_000.0
    assert pause(poll(KNOWN, asked, jitter=0.999)) == pytest.approx(11_000.0, rel=0.001)


# --- errors ---


def test_errors_back_off_to_a_day_and_keep_the_interval():
    state, pauses = KNOWN, []
    for _ in range(12):
        state = poll(state, Failed(error="status 500", status=500))
        pauses.append(pause(state))
    assert pauses[:4] == [900.0, 1800.0, 3600.0, 7200.0]
    assert pauses[-1] == DAY
    assert (state.interval, state.errors, state.error) == (900.0, 12, "status 500")


def test_failing_since_is_the_first_failure():
    first = poll(KNOWN, Failed(error="timeout"))
    second = poll(first, Failed(error="refused"), now=NOW + timedelta(hours=1))
    assert second.failing_since == NOW
    assert second.error == "refused"
    assert second.last_success == KNOWN.last_success


def test_after_two_weeks_of_failing_weekly_and_never_given_up():
    failing = replace(KNOWN, failing_since=NOW - timedelta(days=14), errors=30, error="x")
    assert pause(poll(failing, Failed(error="x"))) == WEEK
    for errors in (1_000, 10**9):
        assert poll(replace(failing, errors=errors), Failed(error="x")).next_due is not None


def test_retry_after_of_an_error_is_obeyed():
    assert pause(poll(KNOWN, Failed(error="busy", status=503, retry_after=50_000.0))) >= 50_000.0


def test_a_feed_that_never_worked_backs_off_from_the_configured_interval():
    state = poll(NEW, Failed(error="x"), PollPolicy(interval=4.0, min_interval=1.0, max_interval=9.0))
    assert pause(state) == 4.0


def test_recovery_is_immediate():
    failing = replace(KNOWN, failing_since=NOW - timedelta(days=30), errors=40, error="x", interval=120.0)
    for outcome in (Unchanged(), Parsed(new=3, total=30)):
        state = poll(failing, outcome)
        assert (state.errors, state.error, state.failing_since) == (0, None, None)
        assert state.last_success == NOW
        assert pause(state) <= 150.0


def test_410_stops_with_a_notice_and_a_success_brings_it_back():
    gone = poll(KNOWN, Failed(error="the publisher removed this feed for good", status=410))
    assert (gone.gone, gone.next_due, gone.error) == (True, None, "the publisher removed this feed for good")
    back = poll(gone, Parsed(new=0, total=3))
    assert (back.gone, pause(back)) == (False, 1125.0)


def test_404_is_an_error_like_others():
    assert not poll(KNOWN, Failed(error="not found", status=404)).gone


# --- what is remembered ---


def test_counters_after_each_outcome():
    later = NOW + timedelta(hours=1)
    parsed = poll(KNOWN, Parsed(new=2, total=30), now=later)
    assert (parsed.polls, parsed.unchanged, parsed.entries) == (10, 4, 52)
    assert parsed.last_poll == parsed.last_success == parsed.last_new == later
    unchanged = poll(KNOWN, Unchanged(), now=later)
    assert (unchanged.polls, unchanged.unchanged, unchanged.entries) == (10, 5, 50)
    assert (unchanged.last_success, unchanged.last_new) == (later, NOW)
    failed = poll(KNOWN, Failed(error="x"), now=later)
    assert (failed.polls, failed.unchanged, failed.entries) == (10, 4, 50)
    assert (failed.last_poll, failed.last_success) == (later, NOW)


def test_a_body_replaces_validators_and_a_304_only_what_it_carries():
    state = poll(KNOWN, Parsed(new=0, total=1, last_modified="Sat", body_hash="h", title="New title"))
    assert (state.etag, state.last_modified, state.body_hash, state.title) == (None, "Sat", "h", "New title")
    state = poll(state, Unchanged(etag='W/"b"'))
    assert (state.etag, state.last_modified, state.body_hash) == ('W/"b"', "Sat", "h")


def test_errors_and_empty_titles_forget_nothing():
    failed = poll(KNOWN, Failed(error="x"))
    assert (failed.etag, failed.title) == ('"a"', "T")
    assert poll(KNOWN, Parsed(new=0, total=1)).title == "T"


def test_a_new_feed_is_due_at_once_but_not_all_in_one_moment():
    assert first_due(POLICY, now=NOW, jitter=0.0) == NOW
    assert first_due(POLICY, now=NOW, jitter=0.999) < NOW + timedelta(seconds=5)
    quick = replace(POLICY, min_interval=1.0)
    assert first_due(quick, now=NOW, jitter=0.5) == NOW + timedelta(seconds=0.5)
