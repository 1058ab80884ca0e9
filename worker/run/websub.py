"""WebSub in a scheduler: hubs are asked to push what feeds say they tell of, and what they pushed is read.

Everything is kept in Redis and leased, so any number of schedulers share the work.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import structlog

from worker.edge.http import HttpClient, HttpResponse
from worker.edge.store.feeds import FeedStore
from worker.edge.store.subscriptions import Push, Subscriptions
from worker.errors import FetchError, FetchFailedError
from worker.fetch.responses import retry_after
from worker.model import Feed
from worker.poll import websub
from worker.poll.text import plain, shortened
from worker.poll.websub import Offer, State, Subscription
from worker.ports import Clock
from worker.run.polling import Poller

log = structlog.get_logger()

ASKED_AT_ONCE = 20
READ_AT_ONCE = 20
# A hub may take as long as a request may, several times over where it redirects.
REQUEST_LEASE = 120.0
READ_LEASE = 30.0
BUSY_AGAIN = timedelta(seconds=1)
MOST_REDIRECTS = 3
_LONGEST_REASON = 200
_FORM = {"content-type": "application/x-www-form-urlencoded"}


class HubWork:
    """What a scheduler does for WebSub. `public_url` is where hubs reach us, None where they cannot."""

    def __init__(self, subscriptions: Subscriptions, feeds: FeedStore, clock: Clock) -> None:
        self._subscriptions, self._feeds, self._clock = subscriptions, feeds, clock
        self._said: dict[int, int] | None = None
        self._changed = True
        self._asking, self._reading = asyncio.Lock(), asyncio.Lock()

    def note(self, feed_id: str, offer: Offer | None) -> None:
        """What a feed said of its hub in a poll; most have none, or say the same each time."""
        if self._said is None:
            self._said = {int(one, 16): hash(known) for one, known in self._subscriptions.offers().items()}
        number, mark = int(feed_id, 16), None if offer is None else hash(offer)
        if self._said.get(number) == mark:
            return
        self._subscriptions.note(feed_id, offer)
        if mark is None:
            del self._said[number]
        else:
            self._said[number] = mark
        self._changed = True

    def look_again(self) -> None:
        """Feeds were added or removed, or the configuration is another one."""
        self._said = None
        self._changed = True

    async def ask(self, http: HttpClient, public_url: str | None) -> None:
        """Subscribe what should be, leave what should not, renew what is due; nothing while it is at it already."""
        if self._asking.locked():
            return
        async with self._asking:
            await self._ask(http, public_url)

    async def _ask(self, http: HttpClient, public_url: str | None) -> None:
        if self._changed:
            self._changed = False
            await asyncio.to_thread(self._fit, public_url)
        due = self._subscriptions.due(self._clock.now(), lease=REQUEST_LEASE, limit=ASKED_AT_ONCE)
        by_hub: dict[str, list[Subscription]] = defaultdict(list)
        for one in due:
            by_hub[urlsplit(one.hub).netloc].append(one)
        await asyncio.gather(*(self._ask_hub(http, some) for some in by_hub.values()))

    def _fit(self, public_url: str | None) -> None:
        now = self._clock.now()
        offers = self._subscriptions.offers() if public_url else {}
        unwanted, lacking = websub.unfit(offers, self._subscriptions.wanted(), public_url)
        for one in unwanted:
            self._subscriptions.change(one.token, lambda found: websub.leaving(found, now))
        for feed_id in lacking:
            self._subscriptions.add(_new(feed_id, offers[feed_id], public_url or "", now))

    async def _ask_hub(self, http: HttpClient, subscriptions: Sequence[Subscription]) -> None:
        """One hub after the other subscription; once it cannot be reached the others wait for their lease to end."""
        for one in subscriptions:
            if not await self._ask_one(http, one):
                return

    async def _ask_one(self, http: HttpClient, subscription: Subscription) -> bool:
        began = self._clock.now()
        asked = self._subscriptions.change(subscription.token, lambda found: websub.asking(found, began))
        if asked is None:
            return True
        why, pause, reached = "", None, True
        try:
            answer = await _post(http, asked.hub, websub.request_form(asked))
            if not HTTPStatus(200) <= answer.status < HTTPStatus(300):
                why, pause = (
                    _refusal(answer),
                    retry_after(answer.headers.get("retry-after"), answer.headers.get("date")),
                )
        except FetchError as error:
            why, reached = str(error), False
        if not why:
            self._subscriptions.change(asked.token, lambda found: websub.taken(found, asked_at=began))
            log.info("hub_asked", hub=asked.hub, topic=asked.topic, state=asked.state.value)
            return True
        now = self._clock.now()
        self._subscriptions.change(
            asked.token, lambda found: websub.refused(found, why, asked_at=began, retry_after=pause, now=now)
        )
        log.warning("hub_refused", hub=asked.hub, topic=asked.topic, error=why)
        return reached

    async def read(self, poller: Poller, feeds: Mapping[str, Feed]) -> None:
        """Read what was pushed. Does nothing while it is at it already."""
        if self._reading.locked():
            return
        async with self._reading:
            unread = self._subscriptions.unread(self._clock.now(), lease=READ_LEASE, limit=READ_AT_ONCE)
            reads = (self._read_all(token, found, poller, feeds) for token, found in unread.items())
            await asyncio.gather(*reads)

    async def _read_all(self, token: str, pushes: Sequence[Push], poller: Poller, feeds: Mapping[str, Feed]) -> None:
        """One push after the other; the rest a moment later where the feed is being polled."""
        subscription = self._subscriptions.get(token)
        feed = feeds.get(subscription.feed_id) if subscription else None
        if subscription is None or (feed is None and subscription.state is State.LEAVING):
            self._subscriptions.read(token, pushes, self._clock.now())
            return
        todo: Sequence[Push | None] = pushes or [None]
        for push in todo:
            # The file of another scheduler may name a feed that ours does not.
            if feed is None or not await self._read_one(feed, push, poller):
                self._subscriptions.put_off(token, self._clock.now() + BUSY_AGAIN)
                return
            self._subscriptions.read(token, [push] if push else [], self._clock.now())

    async def _read_one(self, feed: Feed, push: Push | None, poller: Poller) -> bool:
        """Whether it was read; no push at all asks for a poll."""
        now = self._clock.now()
        claim = self._feeds.claim_one(feed.id, now, lease=READ_LEASE)
        if claim is None:
            return False
        if push is None:
            self._feeds.release(claim, websub.poll_soon(claim.state, now))
            return True
        try:
            return await poller.take(claim, feed, push)
        except Exception:  # a job boundary: a bug met in one push must not end the scheduler
            log.exception("push_crashed", feed=feed.name)
            self._feeds.release(claim, claim.state.next_due or now)
            return True


def _new(feed_id: str, offer: Offer, public_url: str, now: datetime) -> Subscription:
    token = secrets.token_urlsafe(32)
    return Subscription(
        token=token,
        feed_id=feed_id,
        hub=offer.hub,
        topic=offer.topic,
        callback=websub.callback_of(public_url, token),
        secret=secrets.token_urlsafe(32),
        due=now,
    )


async def _post(http: HttpClient, hub: str, form: bytes) -> HttpResponse:
    """Ask a hub, by https where it answers there (8.2), and the one it names in its stead (5.1.2)."""
    parts = urlsplit(hub)
    if parts.scheme == "http" and parts.port is None:
        try:
            return await _follow(http, parts._replace(scheme="https").geturl(), form)
        except FetchFailedError as error:
            log.info("hub_without_https", hub=hub, error=str(error))
    return await _follow(http, hub, form)


async def _follow(http: HttpClient, hub: str, form: bytes) -> HttpResponse:
    """Hubs are named by feeds, so only the guarded way leads there."""
    answer = await http.post(hub, body=form, headers=_FORM, guarded=True)
    for _ in range(MOST_REDIRECTS):
        onward = answer.headers.get("location")
        if answer.status not in {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT} or not onward:
            break
        answer = await http.post(urljoin(answer.url, onward), body=form, headers=_FORM, guarded=True)
    return answer


def _refusal(answer: HttpResponse) -> str:
    """Hubs say in plain text what was wrong (5.1.2)."""
    words = shortened(plain(answer.body.decode("utf-8", "replace"), markup=True), _LONGEST_REASON)
    said = f": {words}" if words else ""
    return f"{urlsplit(answer.url).hostname} answered {answer.status}{said}"
