"""Alerts to a Slack channel as a bot: a thread per story, whose first message is kept up to date.

Slack offers no documented way to post a message at most once. Each carries the alert's id: as metadata, which other
apps can read, and as a client_msg_id, by which Slack recognises a message that comes again (its documentation names it
in the errors of chat.postMessage only, so nothing here relies on it).
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from worker.alerts.slack import bare_message, slack_message, slack_reply
from worker.alerts.slack_refusals import MESSAGE_REFUSED, THREAD_GONE
from worker.edge.slack_api import SlackApi
from worker.edge.store.threads import Place, Post, Thread, Threads
from worker.edge.webhook import Poster
from worker.errors import PostponedError, SlackRefusedError
from worker.model import Alert, DestinationSpec
from worker.ports import Clock

# How soon to look again while another alert of the story is being posted.
_BUSY = 1.0
_IDS = uuid.UUID("6f1c0c5e-6d0b-5d6b-9c57-3f6a6e2b5f0a")


class SlackBot:
    """Implements ports.Destination. `base_url` is where the dashboard is reached.

    Without `threads` every alert stands alone, as suits a test alert.
    """

    def __init__(self, http: Poster, *, clock: Clock, base_url: str, threads: Threads | None) -> None:
        self._http = http
        self._clock = clock
        self._base_url = base_url
        self._threads = threads

    async def send(self, alert: Alert, spec: DestinationSpec) -> None:
        """Post the alert: as the first message of its story, or as a reply to that and an edit of it.

        PostponedError while the channel is not to be posted to, or another alert of the story is being posted.
        """
        api = SlackApi(self._http, clock=self._clock, spec=spec)
        post = Post(alert=alert, spec=spec)
        if self._threads is None:
            await _posted(api, post, slack_message(alert, base_url=self._base_url), 0)
            return
        with _Desk(api, post.place, threads=self._threads, clock=self._clock, base_url=self._base_url) as desk:
            await desk.post(post, desk.claimed(alert.id))


class SlackKeeper:
    """Keeps first messages up to date where a story moved and nobody is told."""

    def __init__(self, http: Poster, *, clock: Clock, base_url: str, threads: Threads) -> None:
        self._http = http
        self._clock = clock
        self._base_url = base_url
        self._threads = threads

    async def refresh(self, story_id: str, spec: DestinationSpec) -> None:
        """Edit the first message of the story's thread in this channel, if there is one that nobody works on.

        DeliveryError where Slack did not take it; the next alert, or the next source, brings the message up to date.
        """
        place = Place(spec=spec, story_id=story_id)
        if not self._threads.thread(place).ts:
            return
        api = SlackApi(self._http, clock=self._clock, spec=spec)
        desk = _Desk(api, place, threads=self._threads, clock=self._clock, base_url=self._base_url)
        with suppress(PostponedError), desk:
            await desk.edit(desk.claimed(f"refresh:{story_id}"), None)


class _Desk:
    """One deliverer at work on one thread; whatever it claimed is free for others at the end."""

    def __init__(self, api: SlackApi, place: Place, *, threads: Threads, clock: Clock, base_url: str) -> None:
        self._api = api
        self._place = place
        self._threads = threads
        self._clock = clock
        self._base_url = base_url
        self._holder = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, SlackRefusedError) and error.retry_after:
            self._threads.pause(self._place, error.retry_after, self._clock.now())
        if self._holder:
            self._threads.release(self._place, self._holder)

    def claimed(self, holder: str) -> Thread:
        thread = self._threads.claim(self._place, holder, self._clock.now())
        if thread is None:
            raise PostponedError("another alert of this story is being posted", seconds=_BUSY)
        self._holder = holder
        return thread

    async def post(self, post: Post, thread: Thread) -> None:
        """Post the alert where it was not, and note what Slack answered."""
        if self._threads.was_posted(post):
            return
        wait = self._threads.turn(post, self._clock.now())
        if wait > 0:
            raise PostponedError("Slack takes one message a second per channel", seconds=wait)
        if thread.ts:
            try:
                # Before the reply, as it shows whether the message to reply to is still there.
                await self.edit(thread, post.alert)
                await self._reply(post, thread)
            except SlackRefusedError as error:
                if error.code not in THREAD_GONE:
                    raise
                self._threads.gone(self._place)
            else:
                return
        await self._open(post)

    async def edit(self, thread: Thread, follow_up: Alert | None) -> None:
        """Bring the first message up to date: with the story as it is now, and the follow-up if it is the newest."""
        first = self._threads.alert(thread.first)
        if first is None:
            return
        is_newest = follow_up is not None and follow_up.created.timestamp() >= thread.shown
        latest = follow_up if is_newest else self._threads.alert(thread.latest)
        story = self._threads.story(self._place.story_id)
        message = slack_message(first, base_url=self._base_url, latest=latest, story=story)
        # Unlike chat.postMessage, chat.update would look for links and names in the text by itself.
        target = {"channel": thread.channel, "ts": thread.ts, "parse": "none", "link_names": False}
        try:
            await self._api.call("chat.update", {**message, **target, "metadata": _metadata(first)})
        except SlackRefusedError as error:
            if error.code in THREAD_GONE or error.retry_after:
                raise
            # An edit that Slack does not want (edit_window_closed, cant_update_message) holds back no news.
            return
        if latest is not None:
            self._threads.shown(self._place, latest)

    async def _open(self, post: Post) -> None:
        message = slack_message(post.alert, base_url=self._base_url)
        answer = await _posted(self._api, post, message, self._threads.round(post))
        self._threads.opened(post, str(answer.get("channel") or ""), str(answer.get("ts") or ""))

    async def _reply(self, post: Post, thread: Thread) -> None:
        message = {**slack_reply(post.alert, base_url=self._base_url), "thread_ts": thread.ts}
        answer = await _posted(self._api, post, message, self._threads.round(post))
        self._threads.replied(post, str(answer.get("ts") or ""))


async def _posted(api: SlackApi, post: Post, message: dict[str, Any], sent_again: int) -> dict[str, Any]:
    """Slack's answer to the message; where it refuses the message as it is, to one of plain text and nothing else."""
    target = {"channel": post.spec.channel, "parse": "none", "link_names": False}
    if "thread_ts" in message:
        target["thread_ts"] = message["thread_ts"]
    # Not the same again where somebody asked to send it once more: Slack would take that for a repetition.
    again = str(uuid.uuid5(_IDS, f"{post.alert.id}:{post.spec.name}:{sent_again}"))
    whole = {**message, **target, "client_msg_id": again, "metadata": _metadata(post.alert)}
    try:
        return await api.call("chat.postMessage", whole)
    except SlackRefusedError as error:
        if error.code not in MESSAGE_REFUSED:
            raise
    return await api.call("chat.postMessage", {**bare_message(message), **target})


def _metadata(alert: Alert) -> dict[str, Any]:
    """By what a program that reads the channel knows the alert (docs.slack.dev/messaging/message-metadata)."""
    payload = {"alert_id": alert.id, "story_id": alert.story.id, "reason": alert.reason.value}
    return {"event_type": "wirewatch_alert", "event_payload": payload}
