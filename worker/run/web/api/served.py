"""The API put together."""

from __future__ import annotations

import threading

from starlette.routing import BaseRoute

from worker.run.web.api import operations
from worker.run.web.api.changing import Changing
from worker.run.web.api.pages import Described
from worker.run.web.api.reading import Reading
from worker.run.web.api.stream import AlertStream
from worker.run.web.api.table import operations as operations_of
from worker.run.web.deeds import Deeds
from worker.run.web.desk import Desk
from worker.run.web.render import Renderer


class Api:
    """`stream` ends when `stop` is set, and is to be closed then."""

    def __init__(self, desk: Desk, deeds: Deeds, renderer: Renderer, stop: threading.Event) -> None:
        self.stream = AlertStream(desk.redis, stop)
        self._clock = desk.clock
        self._operations = operations_of(Reading(desk), Changing(desk, deeds), self.stream)
        self._described = Described(self._operations, renderer)

    def routes(self) -> list[BaseRoute]:
        """The operations, their document and its page."""
        return [*self._described.routes(), *operations.routes(self._operations, self._clock)]
