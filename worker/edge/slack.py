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

# The body of a 400, as that page tells under "Handling errors".
_BLOCKS_REFUSED = frozenset({b"invalid_blocks", b"invalid_blocks_format", b"invalid_payload", b"too_many_attachments"})
_HEADERS = {"content-type": "application/json; charset=utf-8"}


class Slack:
    """Implements ports.Destination. `base_url` is where the dashboard is reached."""

    def __init__(self, http: Poster, *, clock: Clock, base_url: str) -> None:
        self._http = http
        self._clock = clock
        self._base_url = base_url

    async def send(self, alert: Alert, spec: DestinationSpec) -> None:
        """Post the alert, as plain text where Slack refuses its blocks; only a 2xx answer counts as taken.

        DeliveryError: a 4xx is final, since the same message to the same URL is refused again (no_service,
        channel_is_archived), but 408 and 429 are tried again, after the pause Slack asks for.
        """
        words = wording(alert, spec, base_url=self._base_url)
        message = slack_message(alert, base_url=self._base_url, words=words)
        answer = await posted(self._http, spec.url, json.dumps(message).encode(), _HEADERS)
        if answer.status == HTTPStatus.BAD_REQUEST and answer.body.strip() in _BLOCKS_REFUSED:
            answer = await posted(self._http, spec.url, json.dumps(bare_message(message)).encode(), _HEADERS)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        passing = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        is_final = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        raise DeliveryError(
            refusal("Slack", answer),
            retry=answer.status in passing or not is_final,
            retry_after=pause(answer, self._clock.now()),
        )
