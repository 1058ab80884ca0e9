"""Alerts to the services behind Apprise, an optional part: pip install "wirewatch[apprise]".

Apprise does one attempt here, and ours is the retrying. Its log lines quote requests and answers, which hold tokens, so
they go nowhere; of its result only a status is told. What it needs of a URL is a secret as a whole.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import ModuleType
from typing import Any

import regex

from worker.alerts.apprise import apprise_text
from worker.edge.wording import wording
from worker.errors import DeliveryError
from worker.model import Alert, DestinationSpec

# For all of one attempt: a mail server is asked several things.
TIMEOUT = 20.0
# Every attempt blocks a thread, also after its time is over. Apprise's own pool has six on two cores, in which two
# services that hang would keep all others waiting.
_ATTEMPTS = ThreadPoolExecutor(max_workers=100, thread_name_prefix="apprise")
_STATUS = regex.compile(r"\berror=(\d{3})\b")
_MISSING = 'Apprise is not installed here; run pip install "wirewatch[apprise]" where `wirewatch worker deliver` runs'


class Apprise:
    """Implements ports.Destination. `base_url` is where the dashboard is reached."""

    def __init__(self, *, base_url: str) -> None:
        self._base_url = base_url

    async def send(self, alert: Alert, spec: DestinationSpec) -> None:
        """Notify the service; DeliveryError where it did not take it, Apprise is missing, or knows no such service."""
        apprise, service = _service(spec.url.get_secret_value())
        service.retry = 0
        if "overflow=" not in spec.url.get_secret_value():
            service.overflow_mode = apprise.OverflowMode.TRUNCATE
        words = wording(alert, spec, base_url=self._base_url)
        title, body = apprise_text(alert, base_url=self._base_url, words=words)
        notify = partial(apprise.Apprise(service).notify, body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        try:
            async with asyncio.timeout(TIMEOUT):
                result = await asyncio.get_running_loop().run_in_executor(_ATTEMPTS, notify)
        except TimeoutError:
            raise DeliveryError(f"the service was not done within {TIMEOUT:g} s") from None
        if not result:
            raise DeliveryError(f"{service.service_name} did not take it{_status(result)}")


def understands(url: str) -> str | None:
    """What keeps alerts from going to this URL, in words; None where nothing does. Nothing is sent."""
    try:
        _service(url)
    except DeliveryError as error:
        return str(error)
    return None


def _service(url: str) -> tuple[ModuleType, Any]:
    """Apprise, and its service behind the URL."""
    logging.getLogger("apprise").propagate = False
    with warnings.catch_warnings():
        # It asks for modules that Python is about to drop, and gets by without them.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import apprise  # noqa: PLC0415  an optional part, and 14 MB of it
        except ImportError:
            raise DeliveryError(_MISSING) from None
        # Not its "async mode", which is its own pool of threads.
        asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY, async_mode=False)
        service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        raise DeliveryError("the url is none that Apprise understands; mend it", retry=False)
    return apprise, service


def _status(result: object) -> str:
    """The HTTP status by which the service refused, where Apprise noted one."""
    logs = getattr(result, "logs", list)
    found = [match[1] for entry in logs() if (match := _STATUS.search(str(getattr(entry, "message", ""))))]
    return f" (it answered {found[-1]})" if found else ""
