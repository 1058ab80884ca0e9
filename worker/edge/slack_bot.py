"""Alerts to a Slack channel as a bot: a thread per story, whose first message is kept up to date.

Slack offers no documented way to post a message at most once. Each carries an id that is the same whenever it is tried
again: as a client_msg_id, by which Slack recognises a message that comes again (its documentation names it in the
errors of chat.postMessage only, so nothing here relies on it), and as metadata. After an attempt of which nobody knows
how it ended, the channel is looked through for that, where the bot has the scope to read it.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from worker.alerts.slack import bare_message, slack_message, slack_reply
from worker.alerts.slack_refusals import MESSAGE_REFUSED, THREAD_GONE, UNCERTAIN
from worker.edge.slack_api import SlackApi
from worker.edge.store.threads import Place, Post, Thread, Threads
from worker.edge.webhook import Poster
from worker.edge.wording import wording
from worker.errors import PostponedError, SlackRefusedError
from worker.model import Alert, DestinationSpec
from worker.ports import Clock

# How soon to look again while another alert of the story is being posted.
_BUSY = 1.0
# How far Slack's clock may be from ours, in seconds, and how many messages since then are looked through.
_CLOCKS_DIFFER = 300.0
_LOOKED_THROUGH = 200
# The namespace of the ids of messages; with another one, what was posted before would not be recognised.
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
            words = wording(alert, spec, base_url=self._base_url)
            await _posted(api, post, slack_message(alert, base_url=self._base_url, words=words), 0)
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
        if await self._is_there(post, thread):
            return
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
        told = replace(first, story=story) if story else first
        words = wording(told, self._place.spec, base_url=self._base_url)
        message = slack_message(first, base_url=self._base_url, latest=latest, story=story, words=words)
        # Unlike chat.postMessage, chat.update would look for links and names in the text by itself.
        target = {"channel": thread.channel, "ts": thread.ts, "parse": "none", "link_names": False}
        try:
            await self._api.call("chat.update", {**message, **target, "metadata": self._metadata_of(first)})
        except SlackRefusedError as error:
            if error.code in THREAD_GONE or error.retry_after:
                raise
            # An edit that Slack does not want (edit_window_closed, cant_update_message) holds back no news.
            return
        if latest is not None:
            self._threads.shown(self._place, latest)

    def _metadata_of(self, first: Alert) -> dict[str, Any]:
        post = Post(alert=first, spec=self._place.spec)
        return _metadata(first, _message_id(post, self._threads.round(post)))

    async def _is_there(self, post: Post, thread: Thread) -> bool:
        """Whether an earlier attempt, of which nobody knows how it ended, had posted the alert; it is noted then."""
        since = self._threads.asked(post)
        if since is None:
            return False
        method, where = "conversations.history", {"channel": post.spec.channel}
        if thread.ts:
            method, where = "conversations.replies", {"channel": thread.channel, "ts": thread.ts}
        oldest = f"{since.timestamp() - _CLOCKS_DIFFER:.6f}"
        arguments = {**where, "oldest": oldest, "include_all_metadata": True, "limit": _LOOKED_THROUGH}
        try:
            answer = await self._api.call(method, arguments)
        except SlackRefusedError:
            # Without the scope, or by a channel's name, it cannot be looked up: better twice than not at all.
            return False
        found = _carrying(_message_id(post, self._threads.round(post)), answer.get("messages"))
        if found and thread.ts:
            self._threads.replied(post, found)
        elif found:
            self._threads.opened(post, post.spec.channel, found)
        return bool(found)

    async def _open(self, post: Post) -> None:
        words = wording(post.alert, post.spec, base_url=self._base_url)
        answer = await self._sent(post, slack_message(post.alert, base_url=self._base_url, words=words))
        self._threads.opened(post, str(answer.get("channel") or ""), str(answer.get("ts") or ""))

    async def _reply(self, post: Post, thread: Thread) -> None:
        words = wording(post.alert, post.spec, base_url=self._base_url)
        message = {**slack_reply(post.alert, base_url=self._base_url, words=words), "thread_ts": thread.ts}
        answer = await self._sent(post, message)
        self._threads.replied(post, str(answer.get("ts") or ""))

    async def _sent(self, post: Post, message: dict[str, Any]) -> dict[str, Any]:
        self._threads.asks(post, self._clock.now())
        try:
            return await _posted(self._api, post, message, self._threads.round(post))
        except SlackRefusedError as error:
            if error.code not in UNCERTAIN:
                self._threads.refused(post)
            raise


async def _posted(api: SlackApi, post: Post, message: dict[str, Any], sent_again: int) -> dict[str, Any]:
    """Slack's answer to the message; where it refuses the message as it is, to one of plain text and nothing else."""
    target = {"channel": post.spec.channel, "parse": "none", "link_names": False}
    if "thread_ts" in message:
        target["thread_ts"] = message["thread_ts"]
    known_by = _message_id(post, sent_again)
    metadata = _metadata(post.alert, known_by)
    whole = {**message, **target, "client_msg_id": known_by, "metadata": metadata}
    try:
        return await api.call("chat.postMessage", whole)
    except SlackRefusedError as error:
        if error.code not in MESSAGE_REFUSED:
            raise
    return await api.call("chat.postMessage", {**bare_message(message), **target})


def _message_id(post: Post, sent_again: int) -> str:
    """Another one where somebody asked to send the alert once more: Slack would take that for a repetition."""
    return str(uuid.uuid5(_IDS, f"{post.alert.id}:{post.spec.name}:{sent_again}"))


def _metadata(alert: Alert, message_id: str) -> dict[str, Any]:
    """By what a program that reads the channel knows the alert (docs.slack.dev/messaging/message-metadata)."""
    payload = {
        "alert_id": alert.id,
        "story_id": alert.story.id,
        "reason": alert.reason.value,
        "message_id": message_id,
    }
    return {"event_type": "wirewatch_alert", "event_payload": payload}


def _carrying(message_id: str, messages: object) -> str:
    """The ts of the message with this id in its metadata, "" where there is none."""
    for message in messages if isinstance(messages, list) else []:
        match message:
            case {"ts": str(ts), "metadata": {"event_payload": {"message_id": found}}} if found == message_id:
                return ts
    return ""
