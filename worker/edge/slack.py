"""Alerts to a Slack channel, through docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.

The URL of an incoming webhook is a secret: who has it can post. No error names it.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from worker.alerts.slack import bare_message, slack_message
from worker.edge.webhook import Poster, pause, posted, refusal
from worker.edge.wording import wording
from worker.errors import DeliveryError
from worker.model import Alert, DestinationSpec
from worker.ports import Clock

# What it answers, as that page tells under "Handling errors"; other words may hold what was sent, and are not told.
_SAID = frozenset(
    "action_prohibited channel_is_archived channel_not_found invalid_blocks invalid_payload invalid_token".split()  # noqa: SIM905  readable
    + "msg_blocks_too_long no_active_hooks no_service no_team team_disabled user_not_found".split()  # noqa: SIM905  readable
)
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_PASSING = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_HEADERS = {"content-type": "application/json; charset=utf-8"}


class Slack:
    """Implements ports.Destination. `base_url` is where the dashboard is reached."""

    def __init__(self, http: Poster, *, clock: Clock, base_url: str) -> None:
        self._http = http
        self._clock = clock
        self._base_url = base_url

    async def send(self, alert: Alert, spec: DestinationSpec) -> None:
        """Post the alert, as plain text where Slack refuses its blocks; only a 2xx answer counts as taken.

        DeliveryError: with `gone` where the webhook or its channel is no more (404 no_service or channel_not_found, 410
        channel_is_archived), so that alerts wait until somebody has written another url. What an admin can allow (403)
        and what may pass is tried again, after the pause Slack asks for; any other 4xx means the message.
        """
        words = wording(alert, spec, base_url=self._base_url)
        message = slack_message(alert, base_url=self._base_url, words=words)
        url = spec.url.get_secret_value()
        answer = await posted(self._http, url, json.dumps(message).encode(), _HEADERS)
        if answer.status == HTTPStatus.BAD_REQUEST:
            # Something is wrong with the message (invalid_blocks, msg_blocks_too_long, invalid_payload, ...; that page
            # names only some). What is wrong with the address has another status (403, 404, 410).
            answer = await posted(self._http, url, json.dumps(bare_message(message)).encode(), _HEADERS)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        said = answer.body.strip().decode("ascii", "replace")
        raise DeliveryError(
            refusal("Slack", answer) + (f" ({said})" if said in _SAID else ""),
            retry=not (HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR)
            or answer.status in _PASSING,
            gone=answer.status in _GONE,
            retry_after=pause(answer, self._clock.now()),
        )
