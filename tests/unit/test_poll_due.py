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
EVENING = datetime(2024, 6, 1, 20, tzinfo=UTC)
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


# --- the learned interval ---


def test_the_first_poll_starts_from_the_configured_interval():
    state = poll(NEW, Parsed(new=30, total=30))
    assert pause(state) == 900.0


def test_a_first_document_that_tells_of_a_busy_feed_brings_the_second_poll_sooner_and_never_later():
    busy = tuple(EVENING - timedelta(minutes=m) for m in range(1, 31))
    seldom = tuple(EVENING - timedelta(days=m) for m in range(1, 31))
    assert pause(poll(NEW, Parsed(new=30, total=30, published=busy), now=EVENING), EVENING) < 300.0
    assert pause(poll(NEW, Parsed(new=30, total=30, published=seldom), now=EVENING), EVENING) == 900.0


def played(outcomes, policy=POLICY):
    """The state after these polls, each made when it was due."""
    state, now = poll(NEW, Parsed(new=0, total=0), policy), NOW
    for outcome in outcomes:
        now = state.next_due
        state = poll(state, outcome, policy, now=now)
    return state


def test_news_shorten_the_interval_and_silence_lengthens_it():
    start = played([])
    assert played([Parsed(new=4, total=30)] * 10).interval < start.interval < played([Unchanged()] * 10).interval


def test_the_interval_stays_within_its_bounds():
    assert played([Parsed(new=200, total=200)] * 200).interval == 60.0
    assert played([Unchanged()] * 600, replace(POLICY, max_interval=3600.0)).interval == 3600.0


def test_a_tiny_minimum_is_reached():
    policy = PollPolicy(interval=2.0, min_interval=1.0, max_interval=5.0)
    state = played([Parsed(new=50, total=50)] * 20, policy)
    assert state.interval == 1.0
    assert pause(state, state.last_poll) == pytest.approx(1.0, rel=0.1)


def test_an_entry_without_a_date_counts_as_published_when_it_was_seen():
    dated = played([]), played([])
    now = dated[0].next_due
    without = poll(dated[0], Parsed(new=3, total=3), now=now)
    given = poll(dated[1], Parsed(new=3, total=3, published=(now, now, now)), now=now)
    assert without.rhythm == given.rhythm


def test_a_fixed_interval_stays_and_no_poll_comes_within_it():
    for outcome in (Parsed(new=5, total=5), Parsed(new=0, total=5), Unchanged()):
        assert pause(poll(KNOWN, outcome, FIXED, jitter=0.0)) == 300.0
        assert 300.0 < pause(poll(KNOWN, outcome, FIXED, jitter=0.999)) < 331.0


def test_hot_feeds_come_as_often_as_they_may_and_pushed_ones_as_seldom():
    told = Parsed(new=1, total=30, max_age=30.0)
    assert pause(poll(KNOWN, told, replace(POLICY, hot=True), jitter=0.0)) == 60.0
    assert pause(poll(KNOWN, told, replace(POLICY, pushed=True))) == 21600.0
    assert pause(poll(KNOWN, told, replace(POLICY, pushed=True, hot=True), jitter=0.0)) == 60.0
    polite = replace(POLICY, hot=True, courtesy=HOUR)
    assert pause(poll(KNOWN, Unchanged(), polite, jitter=0.0)) == HOUR
    assert pause(poll(KNOWN, Unchanged(max_age=600.0), polite, jitter=0.0)) == 600.0


def test_a_feed_that_says_nothing_is_asked_no_more_often_than_courtesy_allows():
    policy = replace(POLICY, courtesy=HOUR)
    busy = Parsed(new=200, total=200)
    assert pause(played([busy] * 20, policy), played([busy] * 20, policy).last_poll) >= HOUR
    says = Parsed(new=200, total=200, ttl=120.0)
    assert pause(played([says] * 20, policy), played([says] * 20, policy).last_poll) < 135.0


def test_what_a_document_said_holds_for_the_answers_without_one():
    told = poll(KNOWN, Parsed(new=1, total=1, ttl=7200.0, skip_hours=(14,)))
    again = poll(told, Unchanged(), now=NOW, jitter=0.0)
    assert again.not_before == NOW + timedelta(hours=3)
    assert (again.ttl, again.skip_hours) == (7200.0, 1 << 14)


def test_the_earliest_poll_allowed_is_noted_beside_the_one_intended():
    state = poll(KNOWN, Unchanged(max_age=300.0))
    assert state.not_before == NOW + timedelta(seconds=300)
    assert state.next_due >= state.not_before


def test_how_late_entries_are_seen_is_averaged_but_for_the_first_document():
    old = tuple(NOW - timedelta(minutes=m) for m in (5, 50))
    first = poll(NEW, Parsed(new=2, total=2, published=old))
    assert first.lag is None
    now = NOW + timedelta(hours=1)
    second = poll(first, Parsed(new=1, total=3, published=(now - timedelta(seconds=100),)), now=now)
    assert second.lag == 100.0
    future = poll(second, Parsed(new=1, total=3, published=(now + timedelta(days=3),)), now=now)
    assert future.lag == 100.0


# --- what publishers ask for ---


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (Parsed(new=1, total=1, ttl=7200.0), 7200.0),
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
    assert pause(poll(KNOWN, outcome, replace(POLICY, hot=True), jitter=0.0)) == seconds


def test_a_shorter_pause_asked_for_changes_nothing():
    asked = poll(KNOWN, Parsed(new=1, total=1, ttl=10.0, max_age=20.0, retry_after=30.0))
    assert pause(asked) == pause(poll(KNOWN, Parsed(new=1, total=1)))


def test_a_pause_asked_for_leaves_the_learned_interval_alone():
    assert poll(KNOWN, Parsed(new=1, total=1, ttl=DAY)).interval == poll(KNOWN, Parsed(new=1, total=1)).interval


def test_an_operators_own_interval_overrules_ttl_and_freshness_but_not_retry_after():
    asked = Parsed(new=0, total=1, ttl=DAY, max_age=DAY, skip_hours=(12, 13))
    assert pause(poll(KNOWN, asked, FIXED, jitter=0.0)) == 300.0
    assert pause(poll(KNOWN, Unchanged(retry_after=1000.0), FIXED)) >= 1000.0


def test_dice_spread_our_interval_both_ways_and_the_publishers_only_upwards():
    pushed = replace(POLICY, pushed=True)
    assert pause(poll(KNOWN, Unchanged(), pushed, jitter=0.0)) == pytest.approx(0.9 * 21600)
    assert pause(poll(KNOWN, Unchanged(), pushed, jitter=0.999)) == 21600.0
    asked = Unchanged(retry_after=100_000.0)
    assert pause(poll(KNOWN, asked, jitter=0.0)) == 100_000.0
    assert pause(poll(KNOWN, asked, jitter=0.999)) == pytest.approx(110_000.0, rel=0.001)


def test_hours_to_be_skipped_are_left_out():
    assert poll(KNOWN, Parsed(new=1, total=1, skip_hours=(12, 13, 14))).next_due.hour == 15
    assert NOW.weekday() == 5
    assert poll(KNOWN, Parsed(new=1, total=1, skip_days=(5,))).next_due.weekday() == 6


# --- errors ---


def test_errors_back_off_to_a_day_and_keep_the_interval():
    state, pauses = KNOWN, []
    for _ in range(12):
        state = poll(state, Failed(error="status 500", status=500), jitter=0.0)
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
    assert pause(poll(failing, Failed(error="x"), jitter=0.0)) == WEEK
    for errors in (1_000, 10**9):
        assert poll(replace(failing, errors=errors), Failed(error="x")).next_due is not None


def test_retry_after_of_an_error_is_obeyed():
    assert pause(poll(KNOWN, Failed(error="busy", status=503, retry_after=50_000.0))) >= 50_000.0


def test_a_feed_that_never_worked_backs_off_from_the_configured_interval():
    policy = PollPolicy(interval=4.0, min_interval=1.0, max_interval=9.0)
    assert pause(poll(NEW, Failed(error="x"), policy, jitter=0.0)) == 4.0
    assert pause(poll(NEW, Failed(error="x"), replace(policy, courtesy=HOUR), jitter=0.0)) == HOUR


def test_too_many_requests_double_the_pause_at_once():
    assert pause(poll(KNOWN, Failed(error="x", status=429), jitter=0.0)) == 1800.0
    assert pause(poll(KNOWN, Failed(error="x", status=429, retry_after=9000.0), jitter=0.0)) == 9000.0


def test_recovery_is_immediate():
    failing = replace(KNOWN, failing_since=NOW - timedelta(days=30), errors=40, error="x", interval=120.0)
    for outcome in (Unchanged(), Parsed(new=3, total=30)):
        state = poll(failing, outcome)
        assert (state.errors, state.error, state.failing_since) == (0, None, None)
        assert state.last_success == NOW
        assert pause(state) == pause(poll(KNOWN, outcome))


def test_410_stops_with_a_notice_and_a_success_brings_it_back():
    gone = poll(KNOWN, Failed(error="the publisher removed this feed for good", status=410))
    assert (gone.gone, gone.next_due, gone.error) == (True, None, "the publisher removed this feed for good")
    back = poll(gone, Parsed(new=0, total=3))
    assert (back.gone, back.next_due is None) == (False, False)


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


def test_validators_come_with_a_body_that_was_read_and_only_so():
    state = poll(KNOWN, Parsed(new=0, total=1, last_modified="Sat", title="New title"))
    assert (state.etag, state.last_modified, state.title) == (None, "Sat", "New title")
    assert state.body_hash is None, "who read the body knows its hash"
    state = replace(state, body_hash="h")
    same = poll(state, Unchanged(whole=True, etag='W/"b"'))
    assert (same.etag, same.last_modified, same.body_hash) == ('W/"b"', None, "h")
    assert poll(state, Unchanged(etag='W/"b"')).etag is None


def test_when_a_whole_document_was_last_sent_or_asked_for():
    later = NOW + timedelta(hours=1)
    assert poll(KNOWN, Unchanged(), now=later).whole_at is None
    for outcome in (Parsed(new=0, total=1), Unchanged(whole=True)):
        assert poll(KNOWN, outcome, now=later).whole_at == later
    asked = after_poll(KNOWN, Failed(error="x"), POLICY, now=later, jitter=0.0, whole=True)
    assert asked.whole_at == later


def test_errors_and_empty_titles_forget_nothing():
    failed = poll(KNOWN, Failed(error="x"))
    assert (failed.etag, failed.title) == ('"a"', "T")
    assert poll(KNOWN, Parsed(new=0, total=1)).title == "T"


def test_a_new_feed_is_due_at_once_but_not_all_in_one_moment():
    assert first_due(POLICY, now=NOW, jitter=0.0) == NOW
    assert first_due(POLICY, now=NOW, jitter=0.999) < NOW + timedelta(seconds=5)
    quick = replace(POLICY, min_interval=1.0)
    assert first_due(quick, now=NOW, jitter=0.5) == NOW + timedelta(seconds=0.5)
