"""What can be done to topics, stories and alerts, from a page or over the API; each has its command as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import redis
from starlette.exceptions import HTTPException

from worker.config.values import duration
from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store import dead_pages
from worker.edge.store.articles import Archive
from worker.edge.store.destinations import Destinations
from worker.edge.store.feedback import VOTES, Feedback, Vote
from worker.edge.store.mutes import STORY, TOPIC, Mute, Mutes
from worker.edge.store.outbox import Outbox
from worker.run.jobs import queue_ingest
from worker.run.watching import matches_of
from worker.run.web.desk import Desk

ACKNOWLEDGED_FOR = "6h"
MUTED_FOR = "2h"


class Deeds:
    """All raise HTTPException, 404 for what is not there and 400 for what makes no sense; then nothing is changed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._mutes = Mutes(desk.redis)
        self._archive = Archive(desk.redis)
        self._outbox = Outbox(desk.redis)
        self._feedback = Feedback(desk.redis)

    def acknowledge(self, story_id: str, lasting: str = ACKNOWLEDGED_FOR) -> Mute:
        """Be told nothing more of a story for a while."""
        return self._silence(STORY, self._story_id(story_id), lasting)

    def tell(self, story_id: str) -> str:
        """Be told of a story again; gives the id it has now."""
        found = self._story_id(story_id)
        self._mutes.remove(STORY, found)
        return found

    def mute(self, topic: str, lasting: str = MUTED_FOR) -> Mute:
        """Be told nothing of a topic for a while."""
        if topic not in self._desk.topics:
            raise HTTPException(404, "there is no such topic")
        return self._silence(TOPIC, topic, lasting)

    def unmute(self, topic: str) -> None:
        """Be told of a topic again; one that was removed may still be muted."""
        self._mutes.remove(TOPIC, topic)

    def resend(self, alert_id: str, destinations: Sequence[str] = ()) -> list[str]:
        """Make deliveries of an alert again, all of them unless some are named; gives the destinations."""
        names = self._outbox.resend(alert_id, self._desk.clock.now(), destinations)
        if not names:
            raise HTTPException(404, "there is no such alert, or it was never meant for these destinations")
        return names

    def resend_dead(self) -> None:
        """Make all deliveries again that were given up."""
        for address in self._outbox.dead():
            self._outbox.resend(address.alert_id, self._desk.clock.now(), (address.destination,))

    def retry(self, pages: Sequence[str] | None) -> None:
        """Fetch pages again that were given up, all of them for None; those that were told already stay as they are."""
        settings = self._desk.settings
        if settings is None:
            raise HTTPException(409, "no configuration is published yet; start the scheduler")
        queue = JobQueue(self._desk.redis)
        queue.warm()
        try:
            dead_pages.retry(self._desk.redis, pages, matches_of(settings), queue_ingest(queue))
        except redis.WatchError as error:
            raise HTTPException(409, "somebody else is at these pages; try again") from error

    def resume(self, destination: str) -> None:
        """Send to a destination again that was switched off."""
        destinations = Destinations(self._desk.redis)
        if destination not in {one.name for one in destinations.states()}:
            raise HTTPException(404, "there is no such destination")
        destinations.resume(destination, self._desk.clock.now())

    def judge(self, alert_id: str, said: str) -> None:
        """Say whether an alert was right, or take that back with ""."""
        alert = self._outbox.alert(alert_id)
        if alert is None:
            raise HTTPException(404, "there is no such alert")
        if said in VOTES:
            self._feedback.say(Vote(alert_id=alert.id, topic=alert.topic, said=said, at=self._desk.clock.now()))
        elif not said:
            self._feedback.take_back(alert.id)
        else:
            raise HTTPException(400, f"an alert is {' or '.join(VOTES)}")

    def _story_id(self, given: str) -> str:
        story = self._archive.story(given)
        if story is None:
            raise HTTPException(404, "there is no such story")
        return story.id

    def _silence(self, kind: str, of: str, lasting: str) -> Mute:
        try:
            until = self._desk.clock.now() + timedelta(seconds=duration(lasting))
        except (ValueError, OverflowError) as error:
            raise HTTPException(400, "a time looks like 30m, 6h or 2d") from error
        mute = Mute(kind=kind, of=of, until=until)
        self._mutes.add(mute)
        return mute
