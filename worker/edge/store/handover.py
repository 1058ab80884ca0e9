"""What a poll hands over: seen keys, queued work and the feed's new state, as one step of Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from redis.client import Pipeline

from worker.edge import keys
from worker.edge.store.claims import Claim
from worker.edge.store.events import count, emit
from worker.edge.store.feed_record import HEALTHS, health_of, write_state
from worker.model import Entry, FeedState, WorkItem

QueueWork: TypeAlias = Callable[[Pipeline, Sequence[WorkItem]], None]
"""Adds the jobs for new entries to a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Hand-over 1: `shown` and `links` are seen, jobs for `work` exist and the feed's state is new, or none of it.

    A `partial` document does not show all that the feed holds, so nothing is forgotten. `queue_work` adds the jobs to
    the transaction. Work under a link that was queued through another feed in the meantime is left out.
    """

    claim: Claim
    state: FeedState
    work: Sequence[WorkItem]
    shown: Sequence[int]
    queue_work: QueueWork
    outcome: str
    partial: bool = False
    links: Mapping[int, Sequence[Entry]] = field(default_factory=dict)

    def arguments(self, pipe: Pipeline, *, period: int, keeps: float) -> list[Any]:
        """Those of the script that commits; `keeps` is for how long a removed feed is remembered, in seconds."""
        claim, state = self.claim, self.state
        queued = {item.entry.key for item in self.work}
        own = {link for link, entries in self.links.items() if any(entry.key in queued for entry in entries)}
        others = self.links.keys() - own
        due = state.next_due.timestamp() if state.next_due else "+inf"  # one that is gone (410) stays listed
        return [
            *(claim.feed_id, claim.token, due, claim.host, HEALTHS.index(health_of(state)), write_state(state)),
            *(keeps, int(not self.partial), period, len(self.shown), *self.shown),
            *(len(own), len(others), *own, *others),
            *self._commands(pipe),
        ]

    def after(self, answer: Any) -> HandOver | bool:
        """Whether it is done, by what the script answered; or what is still to be handed over."""
        if isinstance(answer, int):
            return answer == 1
        taken = {entry.key for link in answer for entry in self.links[int(link)]}
        return replace(self, work=[item for item in self.work if item.entry.key not in taken])

    def _commands(self, pipe: Pipeline) -> Iterator[Any]:
        """The commands that belong to the transaction, each after the number of its parts."""
        if self.work:
            self.queue_work(pipe, self.work)
        if self.state.moved != self.claim.state.moved:
            (pipe.sadd if self.state.moved else pipe.srem)(keys.FEEDS_MOVED, self.claim.feed_id)
        _tell(pipe, self.claim.name, self.state, self.work, self.outcome)
        for parts, _options in pipe.command_stack:
            yield len(parts)
            yield from parts


def _tell(pipe: Pipeline, name: str, state: FeedState, work: Sequence[WorkItem], outcome: str) -> None:
    count(pipe, "wirewatch_polls_total", result=outcome)
    count(pipe, "wirewatch_entries_total", len(work))
    if work:
        emit(pipe, "polled", feed=name, new=len(work))
    elif outcome == "failed":
        emit(pipe, "poll_failed", feed=name, error=state.error or "")
