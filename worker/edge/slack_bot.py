"""Alerts to a Slack channel as a bot: a thread per story, whose first message is kept up to date.

Slack offers no documented way to post a message at most once. Each carries the alert's id: as metadata, which other
apps can read, and as a client_msg_id, by which Slack recognises a message that comes again (its documentation names it
in the errors of chat.postMessage only, so nothing here relies on it).
"""

from __future__ import annotations

import uuid
from typing import Any

from worker.alerts.slack import bare_message, slack_message, slack_reply
from worker.alerts.slack_refusals import MESSAGE_REFUSED, THREAD_GONE
from worker.edge.slack_api import SlackApi
from worker.edge.store.threads import Post, Thread, Threads
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
        attempt = _Attempt(api, post, threads=self._threads, clock=self._clock, base_url=self._base_url)
        await attempt.make()


class _Attempt:
    """One alert being posted into its thread."""

    def __init__(self, api: SlackApi, post: Post, *, threads: Threads, clock: Clock, base_url: str) -> None:
        self._api = api
        self._post = post
        self._threads = threads
        self._clock = clock
        self._base_url = base_url

    async def make(self) -> None:
        """Post, and note what Slack answered; the thread is free for others afterwards, however it went."""
        thread = self._threads.claim(self._post, self._clock.now())
        if thread is None:
            raise PostponedError("another alert of this story is being posted", seconds=_BUSY)
        try:
            if not self._threads.was_posted(self._post):
                self._await_turn()
                await self._into(thread)
        except SlackRefusedError as error:
            if error.retry_after:
                self._threads.pause(self._post, error.retry_after, self._clock.now())
            raise
        finally:
            self._threads.release(self._post)

    def _await_turn(self) -> None:
        wait = self._threads.turn(self._post, self._clock.now())
        if wait > 0:
            raise PostponedError("Slack takes one message a second per channel", seconds=wait)

    async def _into(self, thread: Thread) -> None:
        if thread.ts:
            try:
                await self._edit(thread)
                await self._reply(thread)
            except SlackRefusedError as error:
                if error.code not in THREAD_GONE:
                    raise
                self._threads.gone(self._post)
            else:
                return
        await self._open()

    async def _open(self) -> None:
        message = slack_message(self._post.alert, base_url=self._base_url)
        answer = await _posted(self._api, self._post, message, self._round())
        self._threads.opened(self._post, str(answer.get("channel") or ""), str(answer.get("ts") or ""))

    async def _reply(self, thread: Thread) -> None:
        message = {**slack_reply(self._post.alert, base_url=self._base_url), "thread_ts": thread.ts}
        answer = await _posted(self._api, self._post, message, self._round())
        self._threads.replied(self._post, str(answer.get("ts") or ""))

    async def _edit(self, thread: Thread) -> None:
        """Bring the first message up to date; before the reply, as it shows whether that message is still there."""
        first = self._threads.alert(thread.first)
        if first is None or self._post.alert.created.timestamp() < thread.shown:
            return
        message = slack_message(first, base_url=self._base_url, latest=self._post.alert)
        # Unlike chat.postMessage, chat.update would look for links and names in the text by itself.
        target = {"channel": thread.channel, "ts": thread.ts, "parse": "none", "link_names": False}
        try:
            await self._api.call("chat.update", {**message, **target, "metadata": _metadata(first)})
        except SlackRefusedError as error:
            if error.code in THREAD_GONE or error.retry_after:
                raise
            # An edit that Slack does not want (edit_window_closed, cant_update_message) holds back no news.
            return
        self._threads.shown(self._post)

    def _round(self) -> int:
        return self._threads.round(self._post)


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
