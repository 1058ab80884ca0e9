"""The due set of feeds, with leases, and the first hand-over: seen keys, queued work and feed state in one step.

A claim moves a feed's due time to the end of its lease and leaves a token; only the holder of the token may commit. A
scheduler that dies leaves its feeds to whoever looks after the lease has ended. With a claim comes the feed's turn at
its host, so that no request is planned that the host has no time for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import time
from types import MappingProxyType
from typing import Any

import redis

from worker.edge import keys
from worker.edge.process import identity
from worker.edge.store import feeds_scripts
from worker.edge.store.claims import Claim
from worker.edge.store.feed_record import read_record, read_state, write_head
from worker.edge.store.feed_view import HEALTH, FeedView, due_moment
from worker.edge.store.handover import HandOver, QueueWork
from worker.edge.store.links import period_of
from worker.edge.store.mailbox import Mailbox
from worker.model import Entry, Feed, FeedState, WorkItem

# Removed feeds keep their memory for a while, so that adding one again does not alert on old entries.
FORGET_AFTER = 30 * 86_400
# Feeds in one step of a synchronisation, so that Redis and this process do other things between two.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Which entries and links of a document are known, and how many keys are kept of the feed."""

    entries: frozenset[int]
    links: frozenset[int]
    kept: int


def owner_of(token: str) -> str:
    """Which process made a claim (process.identity); "" where it does not say, as in releases before."""
    return token.partition(" ")[2]


class FeedStore:
    """Feeds in Redis.

    `mailbox` is shared with whoever posts calls that may travel with those of the store. `seconds` is the time since
    the epoch, by which links are forgotten.
    """

    def __init__(
        self, connection: redis.Redis, mailbox: Mailbox | None = None, *, seconds: Callable[[], float] = time
    ) -> None:
        self._time = seconds
        self._redis, self._mailbox = connection, mailbox or Mailbox(connection)
        self._scripts = feeds_scripts.register(connection)
        self._owner = identity()

    def sync(self, feeds: Iterable[Feed], first_due: Callable[[Feed], datetime]) -> tuple[int, int]:
        """Make the due set hold exactly `feeds`; returns how many were added and removed."""
        steps = [(added, removed) for added, removed in self.syncing(feeds, first_due)]
        return sum(added for added, _ in steps), sum(removed for _, removed in steps)

    def syncing(
        self,
        feeds: Iterable[Feed],
        first_due: Callable[[Feed], datetime],
        is_known: Callable[[Feed], bool] = lambda _feed: False,
    ) -> Iterator[tuple[int, int]]:
        """`sync` in steps of some milliseconds, each of which says how many it added and removed.

        Of a feed that `is_known` to be kept as it is, nothing is written, unless it has gone from the set.
        """
        gone: set[str] = set()
        for place, (raw, _) in enumerate(self._redis.zscan_iter(keys.FEEDS_DUE, count=_AT_ONCE)):
            gone.add(raw.decode())
            if place % _AT_ONCE == 0:
                yield 0, 0
        rest = iter(feeds)
        while chunk := list(islice(rest, _AT_ONCE)):
            args: list[str | bytes | float] = []
            for feed in chunk:
                if feed.id not in gone or not is_known(feed):
                    args += [feed.id, first_due(feed).timestamp(), write_head(feed)]
                gone.discard(feed.id)
            yield (self._scripts.follow(args=args) if args else 0), 0
        left = iter(gone)
        while chunk_ids := list(islice(left, _AT_ONCE)):
            self._scripts.forget(args=[FORGET_AFTER, *chunk_ids])
            yield 0, len(chunk_ids)

    def claim(self, now: datetime, *, lease: float, limit: int) -> list[Claim]:
        """Feeds that are due and whose hosts have time for them, each leased to the caller for `lease` seconds."""
        return self.claim_or_wait(now, lease=lease, limit=limit)[0]

    def claim_or_wait(self, now: datetime, *, lease: float, limit: int) -> tuple[list[Claim], float]:
        """`claim`, and when the next feed will be due (seconds since the epoch; past where there are more now)."""
        token = self._token()
        flat, next_due = self._mailbox.call(self._scripts.claim, (), (now.timestamp(), lease, limit, token))
        rows = zip(*[iter(flat)] * 4, strict=True)
        return [_claim(token, *row) for row in rows], float(next_due)

    def claim_one(self, feed_id: str, now: datetime, *, lease: float) -> Claim | None:
        """This feed, whether it is due or not; None where somebody polls it just now, or it is none of ours."""
        token = self._token()
        raw = self._scripts.claim_one(args=[now.timestamp(), lease, token, feed_id])
        if raw is None:
            return None
        record = read_record(raw)
        state = read_state(record.state)
        return Claim(feed_id=feed_id, token=token, state=state, host=record.host, name=record.name)

    def _token(self) -> str:
        """Never the same twice, and says whose it is."""
        return f"{secrets.token_hex(8)} {self._owner}"

    def hasten(self, feed_id: str, due: Callable[[FeedState], datetime | None]) -> None:
        """Make a feed due when `due` says, if that is sooner.

        One that is being polled keeps its due time, as does one that changes meanwhile.
        """
        raw = self._redis.get(keys.FEED_RECORD + feed_id)
        if raw is not None and (at := due(read_state(read_record(raw).state))) is not None:
            self._scripts.hasten(args=[feed_id, at.timestamp(), raw])

    def renew(self, claim: Claim, now: datetime, *, lease: float) -> None:
        """Make a claim last `lease` seconds from now, if it is still held."""
        self.renew_all([claim], now, lease=lease)

    def renew_all(self, claims: Iterable[Claim], now: datetime, *, lease: float) -> None:
        """Make all of these claims that are still held last `lease` seconds from now."""
        held = [part for claim in claims for part in (claim.feed_id, claim.token)]
        if held:
            self._scripts.renew(args=[now.timestamp() + lease, *held])

    def release(self, claim: Claim, due: datetime) -> None:
        """Give a claim back unpolled (shutting down, or its host is busy): the feed is due again at `due`."""
        self._scripts.release(args=[claim.feed_id, claim.token, due.timestamp(), claim.host])

    async def recognise(self, feed_id: str, entries: Sequence[int], links: Sequence[int]) -> Recognised:
        """Which of these entry keys and links are known."""
        args = [period_of(self._time()), len(entries), *entries, *links]
        kept, *known = await self._mailbox.ask(self._scripts.recognise, (keys.SEEN + feed_id,), args)
        pairs = list(zip((*entries, *links), known, strict=True))
        return Recognised(
            entries=frozenset(key for key, is_known in pairs[: len(entries)] if is_known),
            links=frozenset(key for key, is_known in pairs[len(entries) :] if is_known),
            kept=kept,
        )

    def commit(
        self,
        claim: Claim,
        state: FeedState,
        *,
        work: Sequence[WorkItem],
        shown: Sequence[int],
        queue_work: QueueWork,
        outcome: str,
        partial: bool = False,
        links: Mapping[int, Sequence[Entry]] = MappingProxyType({}),
    ) -> bool:
        """Hand-over 1, see HandOver; False when the lease had passed to another scheduler."""
        over: HandOver | bool = HandOver(
            claim=claim,
            state=state,
            work=work,
            shown=shown,
            queue_work=queue_work,
            outcome=outcome,
            partial=partial,
            links=links,
        )
        while isinstance(over, HandOver):
            over = over.after(self._mailbox.call(self._scripts.commit, *self._parts(over)))
        return over

    async def hand_over(self, over: HandOver) -> bool:
        """`commit`, sent together with whatever else is asked at the same time; each is a transaction of its own.

        Who is cancelled meanwhile does not know whether it was done; releasing the claim settles that.
        """
        rest: HandOver | bool = over
        while isinstance(rest, HandOver):
            rest = rest.after(await self._mailbox.ask(self._scripts.commit, *self._parts(rest)))
        return rest

    def _parts(self, over: HandOver) -> tuple[tuple[str, ...], list[Any]]:
        """Keys and arguments of the script."""
        arguments = over.arguments(self._redis.pipeline(), period=period_of(self._time()), keeps=FORGET_AFTER)
        return (keys.SEEN + over.claim.feed_id,), arguments

    def view(self) -> list[FeedView]:
        """Every configured feed with its health, by name."""
        return sorted(self.each(), key=lambda view: view.name.casefold())

    def each(self) -> Iterator[FeedView]:
        """The same one by one, those that are due first."""
        ids = [(raw.decode(), score) for raw, score in self._redis.zrange(keys.FEEDS_DUE, 0, -1, withscores=True)]
        return self._views(ids)

    def _views(self, ids: Iterable[tuple[str, float]]) -> Iterator[FeedView]:
        """The configured ones of these; one that waits for its host is due when that is looked at again."""
        waiting = {raw.decode(): at for raw, at in self._redis.zrange(keys.HOSTS_WAITING, 0, -1, withscores=True)}
        rest = iter(ids)
        while chunk := list(islice(rest, _AT_ONCE)):
            records = self._redis.mget([keys.FEED_RECORD + feed_id for feed_id, _ in chunk])
            for (feed_id, due), raw in zip(chunk, records, strict=True):
                if raw is not None:
                    record = read_record(raw)
                    yield FeedView(
                        id=feed_id,
                        url=record.url,
                        name=record.name,
                        due=due_moment(due, host=waiting.get(record.host)),
                        health=record.health,
                        kept=record.state,
                    )

    def counts(self) -> dict[str, int]:
        """How many feeds are in each state of HEALTH."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zcard(keys.FEEDS_DUE)
        unwell = [health for health in HEALTH if health != "ok"]
        for health in unwell:
            pipe.scard(keys.FEEDS_BY_HEALTH + health)
        total, *found = pipe.execute()
        return {"ok": total - sum(found), **dict(zip(unwell, found, strict=True))}

    def unwell(self) -> list[FeedView]:
        """The feeds that are failing or gone, by name."""
        return self._listed([keys.FEEDS_BY_HEALTH + health for health in ("failing", "gone")])

    def moved(self) -> list[FeedView]:
        """The feeds that are asked at another address than the configured one, by name."""
        return self._listed([keys.FEEDS_MOVED])

    def _listed(self, sets: Sequence[str]) -> list[FeedView]:
        """The configured ones of the feeds in these sets, by name."""
        found = [raw.decode() for raw in self._redis.sunion(sets)]
        scores = self._redis.zmscore(keys.FEEDS_DUE, found) if found else []
        ids = [(feed_id, due) for feed_id, due in zip(found, scores, strict=True) if due is not None]
        return sorted(self._views(ids), key=lambda view: view.name.casefold())

    def behind(self, limit: int = 5) -> list[tuple[str, int]]:
        """The hosts for which most feeds wait, and how many do."""
        hosts = [raw.decode() for raw in self._redis.zrange(keys.HOSTS_WAITING, 0, -1)]
        pipe = self._redis.pipeline(transaction=False)
        for host in hosts:
            pipe.zcard(keys.FEEDS_WAITING + host)
        return sorted(zip(hosts, pipe.execute(), strict=True), key=lambda row: -row[1])[:limit]


def _claim(token: str, *row: Any) -> Claim:
    feed_id, due, waited, raw = row
    record = read_record(raw)
    return Claim(
        feed_id=feed_id.decode(),
        token=token,
        state=read_state(record.state),
        due=float(due),
        waited=bool(waited),
        host=record.host,
        name=record.name,
        has_turn=True,
    )
