"""What publishers' robots.txt say to us, asked once a day for each origin and remembered for all processes."""

from __future__ import annotations

import asyncio
import json
import zlib
from http import HTTPStatus
from typing import TypeAlias

import redis

from worker.edge import keys
from worker.edge.http import HttpClient
from worker.errors import BlockedError, FetchError, FetchFailedError, HttpStatusError
from worker.fetch.robots import MAX_BYTES, Rule, permits, product_token, rules_for
from worker.fetch.urls import SplitTarget

_DAY = 86_400
"""RFC 9309, 2.4: a copy should not be used for longer."""
_SOON = 300
# So long a list of rules, compressed, is not kept for a day: somebody may want to fill Redis with them.
_LARGE = 32 * 1024
_MEND = "to read it all the same, set respect_robots = false in [network]"
# Failures after which RFC 9309, 2.3.1.2 lets a program read everything: more redirects than five.
_UNAVAILABLE = frozenset({"redirects"})
_MET_BY_THE_PAGE_TOO = frozenset({"dns", "connect", "timeout", "tls", "connection", "dead_host"})

_Said: TypeAlias = tuple[Rule, ...] | str
"""The rules for us, or why nothing may be read."""


class Robots:
    """Asks `http` for robots.txt in the name of `user_agent`. `patience` is that of Hosts.turn."""

    def __init__(self, http: HttpClient, connection: redis.Redis, *, user_agent: str, patience: float) -> None:
        self._http, self._redis, self._patience = http, connection, patience
        self._token = product_token(user_agent)
        self._asking: dict[str, asyncio.Task[_Said]] = {}

    async def check(self, target: SplitTarget) -> None:
        """FetchError of kind "robots" where `target` may not be read; else errors of the request for robots.txt."""
        said = self._remembered(target.origin)
        if said is None:
            said = await asyncio.shield(self._asked(target.origin))
        if isinstance(said, str):
            raise FetchFailedError(
                f"{target.host} does not say what programs may read, as its robots.txt {said}; {_MEND}", kind="robots"
            )
        if not permits(said, target.target):
            raise FetchError(f"{target.host} asks programs not to read this page (robots.txt); {_MEND}", kind="robots")

    def _asked(self, origin: str) -> asyncio.Task[_Said]:
        """One request, however many pages wait for its answer."""

        def done(task: asyncio.Task[_Said]) -> None:
            del self._asking[origin]
            if not task.cancelled():
                task.exception()  # noted as seen, also where every page that waited has given up

        if origin not in self._asking:
            self._asking[origin] = asyncio.create_task(self._ask(origin))
            self._asking[origin].add_done_callback(done)
        return self._asking[origin]

    async def _ask(self, origin: str) -> _Said:
        """Errors that the page itself would meet are raised, and not remembered."""
        try:
            answer = await self._http.get(
                f"{origin}/robots.txt",
                max_bytes=MAX_BYTES,
                cut=True,
                accept_status={HTTPStatus.OK},
                patience=self._patience,
                named=False,
            )
        except HttpStatusError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                raise
            # RFC 9309, 2.3.1.3: 4xx is as if there were none; 2.3.1.4: 5xx forbids all.
            broken = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            return self._remember(origin, f"answered {error.status}" if broken else (), _SOON if broken else _DAY)
        except BlockedError:
            # The page is blocked too, or only robots.txt was redirected to where nothing may be fetched.
            return self._remember(origin, (), _SOON)
        except FetchFailedError as error:
            if error.kind in _MET_BY_THE_PAGE_TOO:
                raise
            return self._remember(origin, () if error.kind in _UNAVAILABLE else "cannot be read", _SOON)
        return self._remember(origin, rules_for(answer.body, self._token), _DAY)

    def _remember(self, origin: str, said: _Said, seconds: int) -> _Said:
        plain = said if isinstance(said, str) else [[rule.allow, rule.path] for rule in said]
        packed = zlib.compress(json.dumps(plain).encode())
        self._redis.set(self._key(origin), packed, ex=min(seconds, _SOON) if len(packed) > _LARGE else seconds)
        return said

    def _remembered(self, origin: str) -> _Said | None:
        packed = self._redis.get(self._key(origin))
        if packed is None:
            return None
        said = json.loads(zlib.decompress(packed))
        return said if isinstance(said, str) else tuple(Rule(allow=allow, path=path) for allow, path in said)

    def _key(self, origin: str) -> str:
        # Another name may be under other rules.
        return f"{keys.ROBOTS}{self._token}:{origin}"
