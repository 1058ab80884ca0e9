"""Alerts to a terminal or a log, as text."""

from __future__ import annotations

from typing import TextIO

from worker.alerts.console import console_text
from worker.edge.wording import wording
from worker.errors import DeliveryError
from worker.model import Alert, DestinationSpec


class Console:
    """Implements ports.Destination on a text stream. `base_url` is where the dashboard is reached."""

    def __init__(self, stream: TextIO, *, base_url: str) -> None:
        self._stream = stream
        self._base_url = base_url

    async def send(self, alert: Alert, spec: DestinationSpec) -> None:
        """Write in one go, so that lines of several alerts do not mix; what the stream cannot encode becomes "?"."""
        encoding = self._stream.encoding or "utf-8"
        words = wording(alert, spec, base_url=self._base_url)
        text = console_text(alert, base_url=self._base_url, words=words).encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            raise DeliveryError(f"the console could not be written to: {error}") from error
