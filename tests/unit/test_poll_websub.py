"""What a WebSub subscriber decides, by the sections of the Recommendation."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from worker.model import FeedState
from worker.poll import websub
from worker.poll.due import PollPolicy, Unchanged, after_poll, after_push
from worker.poll.pace import read_pace
from worker.poll.websub import Offer, State, Subscription, offered, refused, taken, verdict

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
URL = "https://gazette.example/feed"
HUB = "https://hub.example/"
DAY = timedelta(days=1)

WANTED = Subscription(
    token="t" * 43,
    feed_id="f",
    hub=HUB,
    topic=f"{URL}?a=b c",
    callback="https://me.example/websub/ttt",
    secret="sample secret",
    due=NOW,
)
ASKED = websub.asking(WANTED, NOW)


def told(mode="subscribe", topic=WANTED.topic, challenge="echo me", lease="3600", **more):
    given = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge, "hub.lease_seconds": lease, **more}
    return {name: value for name, value in given.items() if value is not None}


def after(subscription, query, *, jitter=0.5, now=NOW):
    return verdict(subscription, query, now=now, jitter=jitter)


ACTIVE = after(ASKED, told()).after


# --- 4: discovery -------------------------------------------------------------------------------------------------


def test_link_headers_come_before_what_the_document_says():
    header = '<https://hub.example/>; rel="hub", <https://gazette.example/feed.xml>; rel="self"'
    assert offered(header, hub="https://other.example/", topic="https://gazette.example/x", url=URL) == Offer(
        hub=HUB, topic="https://gazette.example/feed.xml"
    )
    assert offered("", hub=HUB, topic="/feed.xml", url=URL) == Offer(hub=HUB, topic="https://gazette.example/feed.xml")


def test_a_feed_that_does_not_say_who_it_is_is_known_by_its_address():
    assert offered("", hub=HUB, topic=None, url=URL) == Offer(hub=HUB, topic=URL)
    assert offered("<https://hub.example/>; rel=hub", hub=None, topic=None, url=URL) == Offer(hub=HUB, topic=URL)


def test_a_hub_by_https_is_preferred():
    header = "<http://one.example/>; rel=hub, <https://two.example/>; rel=hub"
    assert offered(header, hub=None, topic=None, url=URL).hub == "https://two.example/"


@pytest.mark.parametrize("hub", [None, "", "javascript:alert(1)", "urn:hub"])
def test_no_hub_is_no_offer(hub):
    assert offered('<https://gazette.example/>; rel="self"', hub=hub, topic=URL, url=URL) is None


# --- 5.1: asking --------------------------------------------------------------------------------------------------


def test_the_request_has_what_the_recommendation_wants():
    assert dict(parse_qsl(websub.request_form(WANTED).decode())) == {
        "hub.mode": "subscribe",
        "hub.topic": WANTED.topic,
        "hub.callback": WANTED.callback,
        "hub.lease_seconds": "864000",
        "hub.secret": "sample secret",
    }
    left = dict(parse_qsl(websub.request_form(websub.leaving(ACTIVE, NOW)).decode()))
    assert left == {"hub.mode": "unsubscribe", "hub.topic": WANTED.topic, "hub.callback": WANTED.callback}


def test_secrets_are_not_shown():
    assert "sample secret" not in repr(ACTIVE)
    assert WANTED.token not in repr(ACTIVE)
    assert WANTED.callback not in repr(ACTIVE)


def test_a_hub_that_never_verifies_is_asked_ever_more_seldom_and_that_is_told():
    one, at, pauses = ASKED, NOW, []
    for _ in range(12):
        pauses.append(one.due - at)
        at = one.due
        one = websub.asking(taken(one, asked_at=one.asked_at), at)
        assert "did not verify" in one.why
    assert pauses[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert pauses[-1] == DAY
    assert after(one, told()).after.errors == 0


def test_a_refusal_is_told_and_a_pause_that_is_asked_for_is_kept():
    one = refused(ASKED, "the hub answered 429", asked_at=NOW, retry_after=7200.0, now=NOW)
    assert (one.why, one.due) == ("the hub answered 429", NOW + timedelta(hours=2))
    assert refused(ASKED, "x", asked_at=NOW, retry_after=1e12, now=NOW).due == NOW + timedelta(days=7)
    again = websub.asking(one, one.due)
    assert (again.why, again.errors) == ("the hub answered 429", 2)
    assert taken(again, asked_at=again.asked_at).why == ""


def test_a_refusal_after_the_hub_has_verified_changes_nothing():
    assert refused(ACTIVE, "timed out", asked_at=NOW, retry_after=None, now=NOW) == ACTIVE
    assert taken(ACTIVE, asked_at=NOW) == ACTIVE
    renewing = websub.asking(ACTIVE, NOW + DAY)
    assert refused(renewing, "late", asked_at=NOW, retry_after=None, now=NOW + DAY) == renewing


# --- 5.3: verification --------------------------------------------------------------------------------------------


def test_what_was_asked_for_is_confirmed_with_the_challenge():
    answer = after(ASKED, told())
    assert answer.echo == "echo me"
    assert (answer.after.state, answer.after.lease_until) == (State.ACTIVE, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("subscription", "query"),
    [
        (WANTED, told()),  # nobody has asked yet
        (ASKED, told(topic=None)),
        (ASKED, told(topic="https://other.example/feed")),
        (ASKED, told(challenge=None)),
        (ASKED, told(challenge="")),
        (ASKED, told(challenge="x" * 5_000)),
        (ASKED, told("unsubscribe")),
        (ASKED, told("publish")),
        (ASKED, told(mode=None)),
        (ACTIVE, told("unsubscribe")),
        (websub.leaving(ACTIVE, NOW), told("unsubscribe")),  # not asked yet
        (websub.asking(websub.leaving(ACTIVE, NOW), NOW), told("subscribe")),
        (after(ASKED, told("denied")).after, told("subscribe")),
    ],
)
def test_what_was_not_asked_for_is_refused_and_changes_nothing(subscription, query):
    answer = after(subscription, query)
    assert answer.echo is None
    assert answer.after == subscription


def test_the_topic_may_be_encoded_in_another_way():
    assert after(ASKED, told(topic=f"{URL}?a=b%20c")).echo == "echo me"


@pytest.mark.parametrize(
    ("lease", "means"),
    [
        ("60", timedelta(seconds=60)),
        (None, websub.LEASE),
        ("", websub.LEASE),
        ("0", websub.LEASE),
        ("-5", websub.LEASE),
        ("1e3", websub.LEASE),
        ("٣", websub.LEASE),
        ("9" * 400, websub.LONGEST_LEASE),
    ],
)
def test_leases(lease, means):
    assert after(ASKED, told(lease=lease)).after.lease_until == NOW + means


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("lease", [600, 86_400, 864_000])
def test_a_lease_is_renewed_well_before_its_end(lease, jitter):
    active = after(ASKED, told(lease=str(lease)), jitter=jitter).after
    assert 0.69 * lease <= (active.due - NOW).total_seconds() <= 0.81 * lease
    again = websub.asking(active, active.due)
    assert (again.state, again.callback, again.secret) == (State.ACTIVE, WANTED.callback, WANTED.secret)
    renewed = after(again, told(lease=str(lease)), now=active.due + timedelta(seconds=5)).after
    assert renewed.lease_until == active.due + timedelta(seconds=5 + lease)


def test_leases_of_a_second_do_not_keep_us_busy():
    assert after(ASKED, told(lease="1")).after.due == NOW + timedelta(minutes=1)


def test_a_hub_may_confirm_again_what_is_still_wanted():
    again = after(ACTIVE, told(lease="7200"), now=NOW + timedelta(minutes=30))
    assert again.echo == "echo me"
    assert again.after.lease_until == NOW + timedelta(minutes=150)


# --- 5.2: denial, and leaving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("subscription", [ASKED, ACTIVE])
def test_a_denial_is_kept_with_its_reason_and_not_asked_again_for_a_week(subscription):
    answer = after(subscription, told("denied", challenge=None, **{"hub.reason": "no <b>such</b>\x1b[31m topic"}))
    assert answer.echo == ""
    assert answer.after.state is State.DENIED
    assert answer.after.why.startswith("the hub denied the subscription: no such ")
    assert answer.after.why.isprintable()
    assert answer.after.due == NOW + timedelta(days=7)
    assert len(after(ASKED, told("denied", **{"hub.reason": "x " * 999})).after.why) < 250
    assert after(subscription, told("denied", topic="https://other.example/")).after == subscription
    again = websub.asking(answer.after, answer.after.due)
    assert (again.state, again.why) == (State.ASKED, "")


def test_leaving_is_confirmed_once_asked_for_and_then_forgotten():
    left = websub.asking(websub.leaving(ACTIVE, NOW), NOW)
    assert after(left, told("unsubscribe")) == websub.Verdict(echo="echo me", after=None)
    assert after(left, told("denied")) == websub.Verdict(echo="", after=None)


def test_leaving_is_given_up_after_some_tries_or_with_the_lease():
    left, tries = websub.leaving(replace(ACTIVE, lease_until=NOW + 30 * DAY), NOW), 0
    while (asked := websub.asking(left, left.due)) is not None:
        left, tries = asked, tries + 1
    assert tries == websub.LEAVING_TRIES
    assert websub.asking(websub.leaving(ACTIVE, NOW), ACTIVE.lease_until) is None
    assert websub.asking(websub.leaving(ASKED, NOW), NOW) is None, "the hub never had us"


# --- 7.1: signatures ----------------------------------------------------------------------------------------------

BODY = b"<feed>sample</feed>"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_algorithm_of_the_recommendation(method):
    digest = hmac.new(b"sample secret", BODY, getattr(hashlib, method)).hexdigest()
    assert websub.is_signed(f"{method}={digest}", BODY, "sample secret")
    assert websub.is_signed(f" {method.upper()}={digest.upper()} ", BODY, "sample secret")
    assert not websub.is_signed(f"{method}={digest}", BODY + b" ", "sample secret")
    assert not websub.is_signed(f"{method}={digest}", BODY, "another secret")
    assert not websub.is_signed(f"{method}={digest[:-1]}", BODY, "sample secret")


@pytest.mark.parametrize("header", ["", "=", "sha1", "sha1=", "md5={md5}", "{sha1}", "sha1=\xe9", "sha1;{sha1}"])
def test_what_is_no_signature(header):
    digests = {name: hmac.new(b"sample secret", BODY, name).hexdigest() for name in ("md5", "sha1")}
    assert not websub.is_signed(header.format(**digests), BODY, "sample secret")


def test_the_known_answer_of_rfc_2202():
    assert websub.is_signed("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", b"what do ya want for nothing?", "Jefe")


# --- what it means for polling ------------------------------------------------------------------------------------

POLLED = FeedState(
    etag='"1"', last_modified="x", body_hash="h", last_poll=NOW - DAY, next_due=NOW + DAY, entries=3, polls=4
)


def after_news(state=POLLED):
    return after_push(state, new=2, published=(NOW - timedelta(seconds=40),), now=NOW)


def test_a_push_teaches_the_rhythm_and_moves_nothing_that_belongs_to_polls():
    state = after_news()
    assert replace(state, rhythm=b"") == replace(POLLED, pushed_at=NOW, last_new=NOW, entries=5, lag=40.0)
    assert read_pace(state.rhythm).per_day > 0
    again = after_push(POLLED, new=0, published=(), now=NOW)
    assert again == POLLED, "what was pushed before tells of no news"


def test_a_pushed_feed_is_polled_seldom_but_daily():
    for longest, pause in ((6 * 3600.0, 6 * 3600.0), (7 * 86_400.0, 86_400.0)):
        policy = PollPolicy(interval=900.0, min_interval=60.0, max_interval=longest, pushed=True)
        state = after_poll(after_news(), Unchanged(), policy, now=NOW, jitter=0.5)
        assert (state.next_due - NOW).total_seconds() == pytest.approx(pause, rel=0.11)


def test_a_feed_is_trusted_to_its_hub_for_a_day_after_each_news():
    state = after_news()
    assert websub.is_pushed(state, NOW + DAY - timedelta(seconds=1))
    assert not websub.is_pushed(state, NOW + DAY)
    assert not websub.is_pushed(POLLED, NOW)


def test_a_poll_that_finds_what_no_push_told_of_ends_the_trust():
    state = after_news()
    soon, later = NOW + timedelta(minutes=5), NOW + timedelta(hours=2)
    assert websub.found_by_poll(state, new=1, now=soon) == state, "the hub may be on its way"
    assert websub.found_by_poll(state, new=0, now=later) == state
    assert not websub.is_pushed(websub.found_by_poll(state, new=1, now=later), later)


def test_a_push_without_content_is_followed_by_a_poll_as_soon_as_publisher_and_operator_permit():
    assert websub.pinged(FeedState(), NOW).next_due == NOW
    assert websub.pinged(replace(POLLED, not_before=NOW - timedelta(seconds=1)), NOW).next_due == NOW
    asked_to_wait = replace(POLLED, not_before=NOW + timedelta(minutes=40))
    assert websub.pinged(asked_to_wait, NOW).next_due == NOW + timedelta(minutes=40)
