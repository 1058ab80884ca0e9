"""Calls to Slack's Web API (docs.slack.dev/apis/web-api) with a bot's token; no error ever shows the token."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from worker.alerts.slack_refusals import names_bot, refusal
from worker.edge.webhook import Answer, Poster, pause, posted
from worker.edge.webhook import refusal as status_in_words
from worker.errors import DeliveryError, SlackRefusedError
from worker.model import DestinationSpec
from worker.ports import Clock

API = "https://slack.com/api"
WRITE = "chat:write"
"""The one scope that a bot needs: it posts and edits its own messages with it."""


class SlackApi:
    """One bot's calls; `spec` names its token, its channel, and the API where that is not slack.com's."""

    def __init__(self, http: Poster, *, clock: Clock, spec: DestinationSpec) -> None:
        self._http = http
        self._clock = clock
        self._spec = spec

    async def call(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What the method answered.

        SlackRefusedError where the API said no (HTTP 200 and "ok": false, or 429), DeliveryError where there was no
        answer that could be read: then nobody knows whether the message was posted.
        """
        answer = await self._ask(method, arguments)
        found = _read(answer)
        if found.get("ok") is True:
            return found
        code = self._word(found, "error")
        bot = await self._bot_name() if names_bot(code) else ""
        meant = refusal(code, channel=self._spec.channel, bot=bot, needed=self._word(found, "needed"))
        raise SlackRefusedError(meant.sentence, code=meant.code, retry=meant.retry)

    async def missing(self) -> str | None:
        """What the token lacks for posting, in words; None where it lacks nothing. Nothing is posted."""
        answer = await self._ask("auth.test", {})
        found = _read(answer)
        if found.get("ok") is not True:
            return refusal(self._word(found, "error"), channel=self._spec.channel).sentence
        scopes = answer.headers.get("x-oauth-scopes")
        if scopes is None or WRITE in {scope.strip() for scope in scopes.split(",")}:
            return None
        return refusal("missing_scope", channel=self._spec.channel, needed=WRITE).sentence

    async def _ask(self, method: str, arguments: dict[str, Any]) -> Answer:
        bearer = f"Bearer {self._spec.token.get_secret_value()}"
        headers = {"content-type": "application/json; charset=utf-8", "authorization": bearer}
        url = f"{self._spec.url.get_secret_value() or API}/{method}"
        answer = await posted(self._http, url, json.dumps(arguments).encode(), headers)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            meant = refusal("ratelimited", channel=self._spec.channel)
            wanted = pause(answer, self._clock.now())
            raise SlackRefusedError(meant.sentence, code=meant.code, retry=True, retry_after=wanted)
        if answer.status != HTTPStatus.OK:
            raise DeliveryError(status_in_words("Slack's API", answer), retry_after=pause(answer, self._clock.now()))
        return answer

    async def _bot_name(self) -> str:
        """By which name people invite it, "" where Slack does not tell."""
        try:
            return self._word(_read(await self._ask("auth.test", {})), "user")
        except DeliveryError:
            return ""

    def _word(self, found: dict[str, Any], name: str) -> str:
        """A word of the answer for people to read; a proxy that answers with what it was sent shows no token."""
        return str(found.get(name) or "").replace(self._spec.token.get_secret_value(), "***")


def _read(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DeliveryError("Slack's API answered with something that is no answer of it; is a proxy in between?")
    return found
