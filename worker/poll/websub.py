"""WebSub as its subscriber decides: what a feed offers, what hubs are asked and answered, and when it is done again.

W3C Recommendation "WebSub"; section numbers below are its own. PubSubHubbub 0.4 differs for a subscriber in nothing but
its name; 0.3 may leave the lease out, and had it end never.

The callback address and the secret of a subscription stay the same when it is renewed, although section 5.1.1 would
have the address change: the former one would deliver everything twice until its lease ends, and a secret that changes
before the hub has taken it loses what is pushed meanwhile.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import unquote, urlencode

from worker.model import FeedState
from worker.poll.links import header_links
from worker.poll.text import plain, shortened, web_link

LEASE = timedelta(days=10)
"""What is asked for; "a good default" (8.2)."""

LONGEST_LEASE = timedelta(days=14)
"""A longer one is renewed as if it were this: so a hub that has forgotten us is found out."""

SHORTEST_RENEWAL = timedelta(minutes=1)
_RENEWED_AFTER = 0.7  # of the lease; the rest is for hubs that are away just then
_SPREAD = 0.1

FIRST_PAUSE = timedelta(minutes=10)
"""Before a hub that failed, or did not verify, is asked again; doubled each time."""
LONGEST_PAUSE = timedelta(days=1)
DENIED_FOR = timedelta(days=7)
LEAVING_TRIES = 3

LONGEST_CHALLENGE = 4_096
_LONGEST_REASON = 200
# A hub takes a while to fetch, sign and send; a poll may be first without the hub having missed anything.
_HUB_DELAY = timedelta(minutes=10)
_TRUSTED_FOR = timedelta(days=1)

_ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_NEVER_VERIFIED = "the hub took the request and did not verify it; check that it can reach [web] public_url"


class State(StrEnum):
    """How a subscription stands."""

    ASKED = "asked"
    ACTIVE = "active"
    DENIED = "denied"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a feed says of itself: which hub tells of it, and under which address (`topic`) the hub knows it."""

    hub: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed at one hub. `token` is the unguessable end of `callback`; who knows it may speak as the hub.

    `due` is when it is looked at next. `asked_at` and `confirmed_at` are those of the latest request and verification.
    `why` is what is wrong, in words.
    """

    token: str = field(repr=False)
    feed_id: str
    hub: str
    topic: str
    callback: str = field(repr=False)
    secret: str = field(repr=False)
    due: datetime
    state: State = State.ASKED
    asked_at: datetime | None = None
    confirmed_at: datetime | None = None
    lease_until: datetime | None = None
    errors: int = 0
    why: str = ""

    def is_active(self, now: datetime) -> bool:
        """Whether the hub pushes."""
        return self.state is State.ACTIVE and self.lease_until is not None and self.lease_until > now


def offered(link_header: str, *, hub: str | None, topic: str | None, url: str) -> Offer | None:
    """What an answer from `url` offers: by its Link header, else by its document's `hub`; `topic` is its rel=self.

    Section 4, in its order. Of several hubs the first is taken, one by https before others (8.2).
    """
    links = header_links(link_header, url)
    hubs = [link.url for link in links if "hub" in link.rel] or [web_link(hub, url)]
    selves = [link.url for link in links if "self" in link.rel] or [web_link(topic, url)]
    named = [one for one in hubs if one]
    if not named:
        return None
    secure = (one for one in named if one.startswith("https:"))
    return Offer(hub=next(secure, named[0]), topic=selves[0] or url)


def callback_of(public_url: str, token: str) -> str:
    """The address a hub is given."""
    return f"{public_url}/websub/{token}"


def unfit(
    offers: Mapping[str, Offer], subscriptions: Mapping[str, Subscription], public_url: str | None
) -> tuple[list[Subscription], list[str]]:
    """Which of the `subscriptions` are no longer wanted, and which feeds need one, both by feed id.

    `public_url` is where hubs reach us, None where they cannot.
    """
    wanted = offers if public_url else {}
    kept = {
        feed_id: one
        for feed_id, one in subscriptions.items()
        if wanted.get(feed_id) == Offer(hub=one.hub, topic=one.topic)
        and one.callback == callback_of(public_url or "", one.token)
    }
    return [one for feed_id, one in subscriptions.items() if feed_id not in kept], sorted(wanted.keys() - kept.keys())


def request_form(subscription: Subscription) -> bytes:
    """The body of a request to the hub (5.1)."""
    leaving = subscription.state is State.LEAVING
    form = {
        "hub.mode": "unsubscribe" if leaving else "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": subscription.callback,
    }
    if not leaving:
        form |= {"hub.lease_seconds": str(int(LEASE.total_seconds())), "hub.secret": subscription.secret}
    return urlencode(form).encode("ascii")


def asking(subscription: Subscription, now: datetime) -> Subscription | None:
    """As it is kept before the hub is asked, since hubs may verify before they answer; None where it is given up.

    Each request counts as one that failed until the hub has verified it.
    """
    over = subscription.lease_until is None or subscription.lease_until <= now
    if subscription.state is State.LEAVING and (over or subscription.errors >= LEAVING_TRIES):
        return None
    return replace(
        subscription,
        state=State.ASKED if subscription.state is State.DENIED else subscription.state,
        asked_at=now,
        errors=subscription.errors + 1,
        why=(subscription.why or _NEVER_VERIFIED) if _unanswered(subscription) else "",
        due=now + min(FIRST_PAUSE * 2 ** min(subscription.errors, 8), LONGEST_PAUSE),
    )


def _unanswered(subscription: Subscription) -> bool:
    if subscription.asked_at is None or subscription.state is State.DENIED:
        return False
    return subscription.confirmed_at is None or subscription.confirmed_at < subscription.asked_at


def taken(subscription: Subscription, *, asked_at: datetime) -> Subscription:
    """After the hub took the request made at `asked_at`, and goes on to verify it."""
    if subscription.asked_at != asked_at or not _unanswered(subscription):
        return subscription
    return replace(subscription, why="")


def refused(
    subscription: Subscription, why: str, *, asked_at: datetime, retry_after: float | None, now: datetime
) -> Subscription:
    """After a request, made at `asked_at`, that failed; unchanged where the hub has verified or denied it meanwhile."""
    if subscription.asked_at != asked_at or not _unanswered(subscription):
        return subscription
    wanted = now + timedelta(seconds=min(retry_after or 0.0, DENIED_FOR.total_seconds()))
    return replace(subscription, why=why, due=max(subscription.due, wanted))


def leaving(subscription: Subscription, now: datetime) -> Subscription:
    """No longer wanted: the hub is told as soon as may be."""
    return replace(subscription, state=State.LEAVING, due=now, errors=0, why="", asked_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to a hub's GET: the text to echo, None for 404; and the subscription after it, None to forget it."""

    echo: str | None
    after: Subscription | None


def verdict(subscription: Subscription, query: Mapping[str, str], *, now: datetime, jitter: float) -> Verdict:
    """Whether a hub's GET (5.2, 5.3) says what we want; what we did not ask for is refused.

    Hubs may confirm again and again that a subscription is still wanted (5). `jitter` is a random number in [0, 1).
    """
    mode, challenge = query.get("hub.mode", ""), query.get("hub.challenge", "")
    refusal = Verdict(echo=None, after=subscription)
    # Percent-encoding is the hub's own (5.1.1).
    if unquote(query.get("hub.topic", "")) != unquote(subscription.topic):
        return refusal
    leaves = subscription.state is State.LEAVING
    if mode == "denied":
        return Verdict(echo="", after=None if leaves else _denied(subscription, query.get("hub.reason", ""), now))
    if not 0 < len(challenge) <= LONGEST_CHALLENGE or subscription.asked_at is None:
        return refusal
    if mode == "unsubscribe" and leaves:
        return Verdict(echo=challenge, after=None)
    if mode == "subscribe" and subscription.state in {State.ASKED, State.ACTIVE}:
        return Verdict(echo=challenge, after=_confirmed(subscription, query.get("hub.lease_seconds", ""), now, jitter))
    return refusal


def _denied(subscription: Subscription, reason: str, now: datetime) -> Subscription:
    words = shortened(plain(reason, markup=False), _LONGEST_REASON)
    why = f"the hub denied the subscription: {words}" if words else "the hub denied the subscription"
    return replace(subscription, state=State.DENIED, due=now + DENIED_FOR, lease_until=None, errors=0, why=why)


def _confirmed(subscription: Subscription, lease_seconds: str, now: datetime, jitter: float) -> Subscription:
    lease = _lease(lease_seconds)
    renewal = max(lease * (_RENEWED_AFTER + _SPREAD * jitter), SHORTEST_RENEWAL)
    return replace(
        subscription,
        state=State.ACTIVE,
        confirmed_at=now,
        lease_until=now + lease,
        due=now + renewal,
        errors=0,
        why="",
    )


def _lease(seconds: str) -> timedelta:
    """How long the hub will push: LEASE where it does not say (PubSubHubbub 0.3), never longer than LONGEST_LEASE."""
    given = int(seconds[:12]) if seconds.isascii() and seconds.isdigit() else 0
    return min(timedelta(seconds=given), LONGEST_LEASE) if given else LEASE


def is_signed(header: str, body: bytes, secret: str) -> bool:
    """Whether X-Hub-Signature is that of `body` (7.1), by an algorithm of 7.1.1; as long whatever it is."""
    method, _, given = header.strip().partition("=")
    if method.lower() not in _ALGORITHMS or not given.isascii():
        return False
    wanted = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(wanted, given.strip().lower())


def poll_soon(state: FeedState, now: datetime) -> datetime:
    """When a feed is polled that has news: now, as far as its publisher and the operator permit."""
    return max(now, state.not_before or now)


def pinged(state: FeedState, now: datetime) -> FeedState:
    """After a push without content that can be read: the feed itself is polled."""
    return replace(state, pushed_at=now, next_due=poll_soon(state, now))


def is_pushed(state: FeedState, now: datetime) -> bool:
    """Whether a hub tells of this feed, so that polls need only look after it: it did within a day."""
    return state.pushed_at is not None and now - state.pushed_at < _TRUSTED_FOR


def found_by_poll(state: FeedState, *, new: int, now: datetime) -> FeedState:
    """After a poll with `new` entries: what no push told of shows that the hub is not to be relied on."""
    if new and state.pushed_at is not None and now - state.pushed_at > _HUB_DELAY:
        return replace(state, pushed_at=None)
    return state
