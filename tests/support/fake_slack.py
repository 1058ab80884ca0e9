"""A Slack workspace on loopback that behaves as docs.slack.dev says of the methods a bot calls."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.servers import Quiet, serving

TOKEN = "xoxb-sample-token-of-the-tests"


@dataclass
class Message:
    """A message as people see it; `deleted` leaves its thread behind where it had one."""

    ts: str
    channel: str
    sent: dict[str, Any]
    edits: list[dict[str, Any]] = field(default_factory=list)
    deleted: bool = False

    @property
    def thread(self) -> str | None:
        return self.sent.get("thread_ts")

    @property
    def shown(self) -> dict[str, Any]:
        """What it says now."""
        return self.edits[-1] if self.edits else self.sent

    @property
    def alert(self) -> str:
        return self.sent["metadata"]["event_payload"]["alert_id"] if "metadata" in self.sent else ""


@dataclass
class Channel:
    """`locked` takes no replies."""

    id: str
    name: str
    bot_is_in: bool = True
    archived: bool = False
    locked: bool = False


@dataclass
class Workspace:
    """`answer` may give (status, headers, body) for the nth call instead of what Slack would; `on_post` is called when
    a message is there and before the answer goes out. `knows_ids`: a client_msg_id that comes again is recognised.
    """

    url: str = ""
    scopes: tuple[str, ...] = ("chat:write",)
    bot: str = "wirewatch"
    channels: tuple[Channel, ...] = (Channel(id="C0NEWSROOM", name="newsroom"),)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    answer: Callable[[int], tuple[int, dict[str, str], bytes] | None] = lambda _number: None
    on_call: Callable[[str, dict[str, Any]], None] = lambda _method, _arguments: None
    on_post: Callable[[Message], None] = lambda _message: None
    refuses_blocks: bool = False
    edits_are_closed: bool = False
    knows_ids: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def threads(self) -> dict[str, list[Message]]:
        """First messages by their alert, with their replies, deleted ones left out."""
        standing = [message for message in self.messages if not message.deleted]
        return {
            first.alert: [reply for reply in standing if reply.thread == first.ts]
            for first in standing
            if first.thread is None
        }

    def channel(self, name: str) -> Channel | None:
        return next((one for one in self.channels if name.removeprefix("#") in {one.id, one.name}), None)

    def message(self, ts: str | None) -> Message | None:
        return next((one for one in self.messages if one.ts == ts), None)

    def call(self, method: str, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if not token:
            return _no("not_authed")
        if token != TOKEN:
            return _no("invalid_auth")
        if method == "auth.test":
            return {"ok": True, "user": self.bot, "team": "Sample", "url": "https://sample.slack.example/"}
        methods = {
            "chat.postMessage": (self._post, "chat:write"),
            "chat.update": (self._update, "chat:write"),
            "conversations.history": (self._history, "channels:history"),
            "conversations.replies": (self._replies, "channels:history"),
        }
        if method not in methods:
            return _no("unknown_method")
        answer, needed = methods[method]
        if needed not in self.scopes:
            return {**_no("missing_scope"), "needed": needed, "provided": ",".join(self.scopes)}
        return answer(arguments)

    def _post(self, sent: dict[str, Any]) -> dict[str, Any]:
        channel = self.channel(str(sent.get("channel", "")))
        parent = self.message(sent.get("thread_ts"))
        refused = (
            _refused_channel(channel) or self._refused_thread(channel, sent, parent) or self._refused_content(sent)
        )
        if refused:
            return refused
        known = self.knows_ids and next(
            (one for one in self.messages if one.sent.get("client_msg_id") == sent.get("client_msg_id")), None
        )
        if known:
            return {"ok": True, "channel": channel.id, "ts": known.ts, "message": known.sent}
        message = Message(ts=f"{int(time.time())}.{len(self.messages):06}", channel=channel.id, sent=sent)
        self.messages.append(message)
        self.on_post(message)
        return {"ok": True, "channel": channel.id, "ts": message.ts, "message": sent}

    def _update(self, sent: dict[str, Any]) -> dict[str, Any]:
        message = self.message(sent.get("ts"))
        if self.channel(str(sent.get("channel"))) is None or str(sent["channel"]).islower():
            return _no("channel_not_found")
        if message is None or message.deleted or message.channel != sent["channel"]:
            return _no("message_not_found")
        if self.edits_are_closed:
            return _no("edit_window_closed")
        refused = self._refused_content(sent)
        if refused:
            return refused
        message.edits.append(sent)
        return {"ok": True, "channel": message.channel, "ts": message.ts, "text": sent.get("text", "")}

    def _history(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._listed(asked, lambda message: message.thread is None)

    def _replies(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.message(asked.get("ts")) is None:
            return _no("thread_not_found")
        return self._listed(asked, lambda message: asked["ts"] in {message.thread, message.ts})

    def _listed(self, asked: dict[str, Any], wanted: Callable[[Message], bool]) -> dict[str, Any]:
        channel = str(asked.get("channel"))
        if channel not in {one.id for one in self.channels}:
            return _no("channel_not_found")
        found = [
            {"type": "message", "ts": one.ts, "text": one.shown["text"]}
            | (
                {"metadata": one.sent["metadata"]}
                if asked.get("include_all_metadata") and "metadata" in one.sent
                else {}
            )
            for one in reversed(self.messages)
            if wanted(one) and not one.deleted and one.channel == channel and float(one.ts) > float(asked["oldest"])
        ]
        return {"ok": True, "messages": found[: asked["limit"]], "has_more": len(found) > asked["limit"]}

    def _refused_thread(
        self, channel: Channel | None, sent: dict[str, Any], parent: Message | None
    ) -> dict[str, Any] | None:
        if "thread_ts" not in sent:
            return None
        if channel.locked:
            return _no("restricted_action_thread_locked")
        if parent is None:
            return _no("thread_not_found")
        return _no("cannot_reply_to_message") if parent.deleted else None

    def _refused_content(self, sent: dict[str, Any]) -> dict[str, Any] | None:
        if not sent.get("text") and not sent.get("blocks"):
            return _no("no_text")
        if len(sent.get("text", "")) > 40_000:
            return _no("msg_too_long")
        wrong = block_errors(sent.get("blocks", []))
        if self.refuses_blocks and sent.get("blocks"):
            wrong = ["no blocks today"]
        return {**_no("invalid_blocks"), "errors": wrong} if wrong else None


def _no(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


def _refused_channel(channel: Channel | None) -> dict[str, Any] | None:
    if channel is None:
        return _no("channel_not_found")
    if channel.archived:
        return _no("is_archived")
    return None if channel.bot_is_in else _no("not_in_channel")


def block_errors(blocks: list[dict[str, Any]]) -> list[str]:
    """What the reference forbids in these blocks; lengths in UTF-16 units, the strictest way to count."""
    wrong = ["more than 50 blocks"] if len(blocks) > 50 else []
    for block in blocks:
        match block:
            case {"type": "header", "text": {"type": "plain_text"} as text}:
                wrong += _text_errors(text, 150)
            case {"type": "section", "text": text}:
                wrong += _text_errors(text, 3000)
            case {"type": "context", "elements": [*texts]} if 1 <= len(texts) <= 10:
                wrong += [error for text in texts for error in _text_errors(text, 2000)]
            case _:
                wrong.append(f"no such block: {block}")
    return wrong


def _text_errors(text: dict[str, Any], most: int) -> list[str]:
    known = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}
    if set(text) - known.get(text.get("type"), set()):
        return [f"no such text: {text}"]
    size = len(text["text"].encode("utf-16-le")) // 2
    return [] if 1 <= size <= most else [f"{size} characters where 1 to {most} may be"]


@contextlib.contextmanager
def slack():
    """The workspace, its API at `url`; a hook that raises cuts the connection without an answer."""
    workspace = Workspace()

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            arguments = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            method = self.path.removeprefix("/api/")
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            assert self.headers["Content-Type"] == "application/json; charset=utf-8"
            try:
                status, headers, body = self._answer(method, token, arguments)
            except ConnectionError:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, method, token, arguments):
            workspace.on_call(method, arguments)
            with workspace.lock:
                workspace.calls.append((method, arguments))
                told = workspace.answer(len(workspace.calls))
                if told:
                    return told
                found = workspace.call(method, token, arguments)
            headers = {"X-OAuth-Scopes": ",".join(workspace.scopes), "Content-Type": "application/json; charset=utf-8"}
            return 200, headers, json.dumps(found).encode()

    with serving(Handler) as url:
        workspace.url = f"{url}/api"
        yield workspace
