"""Alerts to a webhook, as Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0) lays down."""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Protocol

import structlog
from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from worker.alerts.payload import MAX_BYTES, body_bytes, webhook_payload
from worker.edge.wording import wording
from worker.errors import DeliveryError, FetchError
from worker.fetch.responses import retry_after
from worker.model import Alert, DestinationSpec
from worker.ports import Clock

log = structlog.get_logger()

TIMEOUT = 15.0


class Answer(Protocol):
    """What the receiver answered."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Poster(Protocol):
    """The part of the HTTP client that senders need: no redirects, FetchError where no status came."""

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109  the client's own budget
    ) -> Answer: ...


class Webhook:
    """Implements ports.Destination. `base_url` is where the dashboard is reached."""

    def __init__(self, http: Poster, *, clock: Clock, base_url: str) -> None:
        self._http = http
        self._clock = clock
        self._base_url = base_url

    def _body(self, alert: Alert, spec: DestinationSpec) -> bytes:
        """What the operator's template makes of the alert, where that can be sent; else the documented payload."""
        words = wording(alert, spec, base_url=self._base_url)
        own = _as_json(words.body) if words.body else None
        if own is not None and len(own) <= MAX_BYTES:
            return own
        if words.body:
            log.warning("template_failed", destination=spec.name, alert=alert.id, error="it makes no JSON below 20 kB")
        return body_bytes(webhook_payload(alert, base_url=self._base_url))

    async def send(self, alert: Alert, spec: DestinationSpec) -> None:
        """Post the alert; only a 2xx answer counts as taken. Without a secret the post is not signed.

        DeliveryError: with `gone` at 410, with `retry_after` where the receiver asks for a pause; a redirect and any
        other 4xx are tried again, since receivers are mended.
        """
        now = self._clock.now()
        body = self._body(alert, spec)
        secrets = [secret.get_secret_value() for secret in (spec.secret, spec.former_secret)]
        signed = signed_headers(alert.id, body, now, secrets)
        headers = {"content-type": "application/json", **signed}
        answer = await posted(self._http, spec.url.get_secret_value(), body, headers)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if answer.status == HTTPStatus.GONE:
            raise DeliveryError(
                "the webhook answered 410 Gone: it wants no more alerts; remove the destination or mend its url",
                retry=False,
                gone=True,
            )
        raise DeliveryError(refusal("the webhook", answer), retry_after=pause(answer, now))


def _as_json(text: str) -> bytes | None:
    try:
        json.loads(text)
    except ValueError:
        return None
    return text.encode("utf-8", "replace")


def signed_headers(alert_id: str, body: bytes, now: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The webhook-* headers over exactly these bytes; `now` is the time of this attempt, not of the alert.

    One signature for each secret that is not "", in their order and a space apart: while a secret is being changed the
    receiver may know either (spec, "Signature scheme").
    """
    headers = {"webhook-id": alert_id, "webhook-timestamp": str(int(now.timestamp()))}
    signatures = []
    for secret in filter(None, secrets):
        try:
            signer = Signer(secret)
        except (binascii.Error, EmptyWebhookSecretError, ValueError):
            raise DeliveryError("the webhook's secret is no whsec_... secret; mend it", retry=False) from None
        signatures.append(signer.sign(alert_id, now, body.decode()))
    if signatures:
        headers["webhook-signature"] = " ".join(signatures)
    return headers


async def posted(http: Poster, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """The answer, or DeliveryError; its words never hold more of the URL than the host."""
    try:
        return await http.post(url, body=body, headers=headers, timeout=TIMEOUT)
    except FetchError as error:
        raise DeliveryError(f"nothing was delivered: {error}", retry=error.retry) from None


def refusal(receiver: str, answer: Answer) -> str:
    """What a receiver's status means, in words."""
    known = answer.status in HTTPStatus.__members__.values()
    phrase = f" {HTTPStatus(answer.status).phrase}" if known else ""
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST
    mend = "; redirects are not followed, write the final url" if is_redirect else ""
    return f"{receiver} answered {answer.status}{phrase}{mend}"


def pause(answer: Answer, now: datetime) -> float | None:
    """Seconds the receiver asks us to wait (Retry-After at 429 and 503), None where it does not."""
    if answer.status not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return None
    date = answer.headers.get("date") or format_datetime(now, usegmt=True)
    return retry_after(answer.headers.get("retry-after"), date)
