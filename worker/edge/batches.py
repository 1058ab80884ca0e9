"""Small calls of a sandbox go to its children together: their way there and back costs more than most of them do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from worker.edge.sandbox import Call, Sandbox
from worker.errors import StageTimeoutError

T = TypeVar("T")

# Seconds for which a call waits for others to go with it.
LINGER = 0.05
# So many calls go together, with so many bytes of arguments: 20 to 60 ms for documents as publishers write them.
MOST_CALLS, MOST_BYTES = 16, 200_000


@dataclass(frozen=True, eq=False, slots=True)
class _Waiting:
    """A call, the bytes among its arguments, and who waits for it."""

    call: Call
    size: int
    answer: asyncio.Future[Any]

    def settle(self, answer: Any) -> None:
        """Give the answer to who waits for it, if anybody still does."""
        if self.answer.done():
            return
        if isinstance(answer, BaseException):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Batches:
    """Calls by way of `sandbox`; implements ports.Cleaner. For one event loop.

    Calls that went together and whose child had to be killed are made again one by one, so that whatever one does costs
    the others time only.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, function: Callable[..., T], *arguments: object, **named: object) -> T:
        """See Sandbox.run."""
        size = sum(len(part) for part in arguments if isinstance(part, bytes))
        if size > MOST_BYTES // 2:
            return await self._sandbox.run(function, *arguments, **named)
        loop = asyncio.get_running_loop()
        one = _Waiting((function, arguments, named), size, loop.create_future())
        self._waiting.append(one)
        if len(self._waiting) >= MOST_CALLS:
            self._send()
        elif self._timer is None:
            self._timer = loop.call_later(LINGER, self._send)
        result: T = await one.answer
        return result

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for batch in _cut(one for one in waiting if not one.answer.done()):
            task = asyncio.create_task(self._make(batch))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _make(self, batch: list[_Waiting]) -> None:
        try:
            answers = await self._sandbox.run_all([one.call for one in batch])
        except StageTimeoutError as error:
            if len(batch) == 1:
                batch[0].settle(error)
            else:
                await asyncio.gather(*(self._make([one]) for one in batch if not one.answer.done()))
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to who waits
            for one in batch:
                one.settle(error)
        else:
            for one, answer in zip(batch, answers, strict=True):
                one.settle(answer)


def _cut(waiting: Iterable[_Waiting]) -> Iterator[list[_Waiting]]:
    """The calls in batches of at most MOST_CALLS, and of MOST_BYTES."""
    batch: list[_Waiting] = []
    room = MOST_BYTES
    for one in waiting:
        if batch and (len(batch) >= MOST_CALLS or one.size > room):
            yield batch
            batch, room = [], MOST_BYTES
        batch.append(one)
        room -= one.size
    if batch:
        yield batch
