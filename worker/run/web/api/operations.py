"""What can be asked of the API: one table, from which it is both served and documented.

An operation is a method with a docstring. The fields of the dataclass that it takes are found in the address, in the
query of a GET, or in the JSON body of a POST; what it returns is a TypedDict.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from inspect import getdoc
from typing import Any, TypeAlias, get_type_hints

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.edge.scope import Scope
from worker.ports import Clock
from worker.run.web.api.problems import API, ProblemError
from worker.run.web.conditional import not_modified, tag, validators

BASE = API.rstrip("/")
LARGEST_BODY = 64_000

Streams: TypeAlias = Callable[[Request, Any], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`path` lies below BASE; `handler` runs in a thread.

    Where the answer is a stream, `streams` gives it, and `handler` stands for what each event of it holds.
    """

    method: str
    path: str
    handler: Callable[[Any], Any]
    streams: Streams | None = None

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def scope(self) -> Scope:
        return Scope.READ if self.method == "GET" else Scope.WRITE

    @cached_property
    def words(self) -> str:
        """What it does; the first line is a sentence of its own."""
        return getdoc(self.handler) or ""

    @cached_property
    def asked(self) -> TypeAdapter[Any]:
        """What it is asked with."""
        return TypeAdapter(self._hints[0])

    @cached_property
    def fields(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self._hints[0]))

    @cached_property
    def answer(self) -> TypeAdapter[Any]:
        """What it answers with."""
        return TypeAdapter(self._hints[1])

    @cached_property
    def _hints(self) -> tuple[Any, Any]:
        hints = get_type_hints(self.handler, include_extras=True)
        answer = hints.pop("return")
        (asked,) = hints.values()
        return asked, answer


def routes(operations: tuple[Operation, ...], clock: Clock) -> list[Route]:
    """The operations as endpoints."""
    return [Route(BASE + one.path, _endpoint_of(one, clock), methods=[one.method]) for one in operations]


def _endpoint_of(operation: Operation, clock: Clock) -> Callable[[Request], Awaitable[Response]]:
    return _stream(operation, operation.streams) if operation.streams else _endpoint(operation, clock)


def _stream(operation: Operation, streams: Streams) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await streams(request, understood(operation, dict(request.query_params)))

    return endpoint


def _endpoint(operation: Operation, clock: Clock) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        given = dict(request.query_params) if operation.method == "GET" else await _body(request)
        asked = understood(operation, given | request.path_params)
        told = await run_in_threadpool(operation.handler, asked)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if operation.method != "GET":
            return Response(body, media_type="application/json")
        known = validators(tag(body), None, clock.now()) | {"Cache-Control": "private, no-cache"}
        return not_modified(request, known) or Response(body, media_type="application/json", headers=known)

    return endpoint


def understood(operation: Operation, given: Mapping[str, Any]) -> Any:
    """What is asked; raises ProblemError with what to mend."""
    unknown = [name for name in given if name not in operation.fields]
    if unknown:
        known = f"known are {', '.join(operation.fields)}" if operation.fields else "this takes none"
        raise ProblemError(400, f"{unknown[0][:100]!r} is no parameter; {known}")
    try:
        return operation.asked.validate_python(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ProblemError(400, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; nothing is an empty one."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise ProblemError(413, f"the body may have {LARGEST_BODY} bytes")
    if not body:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415, "send the body as application/json")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise ProblemError(400, "the body is no JSON") from None
    if not isinstance(told, dict):
        raise ProblemError(400, "the body is to be a JSON object")
    return told
