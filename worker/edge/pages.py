"""Pages that feeds link to, fetched with the manners that publishers may expect of a program."""

from __future__ import annotations

import asyncio

from worker.edge.http import HttpClient
from worker.edge.http_hosts import WORTH_WAITING
from worker.edge.robots import Robots
from worker.errors import FetchFailedError, HttpStatusError, PostponedError
from worker.fetch.responses import asked_pause
from worker.model import Page


class PolitePages:
    """Implements ports.Fetcher. `robots` is None where robots.txt is not to be asked.

    `patience` is the longest wait for a turn at a host, `seconds` the most a page may take with all its waits.
    """

    def __init__(self, http: HttpClient, *, robots: Robots | None, patience: float, seconds: float) -> None:
        self._http, self._robots = http, robots
        self._patience, self._seconds = patience, seconds

    async def page(self, url: str) -> Page:
        """See ports.Fetcher. PostponedError also where the host's answer is that it wants a short pause."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._ask(url)
        except TimeoutError:
            raise FetchFailedError(
                f"its host did not serve all the pages asked of it within {self._seconds:g} s", kind="timeout"
            ) from None
        except HttpStatusError as error:
            pause = asked_pause(error.status, error.retry_after)
            if 0 < pause <= WORTH_WAITING:
                raise PostponedError(str(error), seconds=pause) from None
            raise

    async def _ask(self, url: str) -> Page:
        if self._robots is None:
            return await self._http.page(url, patience=self._patience, named=False)
        return await self._http.page(url, patience=self._patience, named=False, before=self._robots.check)
