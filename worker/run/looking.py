"""Asking feeds and pages for somebody who waits for the answer, with what the scheduler has for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from worker.errors import FeedError, StageTimeoutError

if TYPE_CHECKING:  # loading them costs more than all of a command's --help
    from worker.config import Settings
    from worker.edge.http import HttpClient
    from worker.edge.sandbox import Sandbox


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[tuple[HttpClient, Sandbox]]:
    """What fetches and what parses, as the scheduler has them; a parser that was stopped becomes a FeedError."""
    from worker.edge.http import HttpClient  # noqa: PLC0415  few commands and pages ask, and it takes long to load
    from worker.edge.sandbox import Sandbox  # noqa: PLC0415  same
    from worker.run.polling import PARSE_SECONDS, PARSER_MODULES  # noqa: PLC0415  same

    async with HttpClient(allow=settings.allow, user_agent=settings.user_agent) as http:
        with closing(Sandbox(workers=1, seconds=PARSE_SECONDS, modules=PARSER_MODULES)) as sandbox:
            try:
                yield http, sandbox
            except StageTimeoutError as error:
                raise FeedError(f"reading it {error}; look at it in a browser") from None
