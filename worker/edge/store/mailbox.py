"""Scripts in Redis, called one by one, or many of them in one message: those that tasks ask for at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

import redis
import structlog
from redis.commands.core import Script

log = structlog.get_logger()

_Part: TypeAlias = str | bytes | int | float


_Call: TypeAlias = tuple[Script, Sequence[_Part], Sequence[_Part]]


class Mailbox:
    """Calls of scripts over one connection; for one event loop, or for a process without any."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._posted: list[_Call] = []
        self._asked: list[tuple[_Call, asyncio.Future[Any]]] = []
        self._flushing: asyncio.Handle | None = None

    def post(self, script: Script, args: Sequence[_Part]) -> None:
        """Call `script` (without keys) soon: with the next call, or before the loop does anything else."""
        self._posted.append((script, (), args))
        self._flush_soon()

    def call(self, script: Script, keys: Sequence[_Part], args: Sequence[_Part]) -> Any:
        """What `script` answers."""
        if not self._posted:
            return script(keys=keys, args=args)
        answer = self._send([*self._taken(), (script, keys, args)])[-1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ask(self, script: Script, keys: Sequence[_Part], args: Sequence[_Part]) -> Any:
        """What `script` answers, in one message with all that is posted and asked by the tasks that can run now."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._asked.append(((script, keys, args), answer))
        self._flush_soon()
        return await answer

    def _flush_soon(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_soon(self._flush)

    def _taken(self) -> list[_Call]:
        taken, self._posted = self._posted, []
        return taken

    def _send(self, calls: list[_Call]) -> list[Any]:
        pipe = self._redis.pipeline(transaction=False)
        for script, keys, args in calls:
            pipe.evalsha(script.sha, len(keys), *keys, *args)
        answers = pipe.execute(raise_on_error=False)
        unknown = [place for place, answer in enumerate(answers) if isinstance(answer, redis.exceptions.NoScriptError)]
        for place in unknown:
            # Redis was started anew: a call of its own teaches it the script.
            script, keys, args = calls[place]
            try:
                answers[place] = script(keys=keys, args=args)
            except redis.ResponseError as error:
                answers[place] = error
        return list(answers)

    def _flush(self) -> None:
        self._flushing = None
        posted, (asked, self._asked) = self._taken(), (self._asked, [])
        if not posted and not asked:
            return
        try:
            answers = self._send([*posted, *(call for call, _ in asked)])[len(posted) :]
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))
            answers = [error] * len(asked)
        for (_, waiting), answer in zip(asked, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
