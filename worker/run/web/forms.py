"""Forms: what a person sends, read with a limit, and where the answer leads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

# Bytes of a form; the longest query and the largest list of feeds are far smaller.
LARGEST = 2_000_000
FIELDS = 500


def form(handler: Callable[[Request, Mapping[str, str]], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads the form and has `handler` answer it in a thread."""

    async def endpoint(request: Request) -> Response:
        fields = await _fields(request)
        return await run_in_threadpool(handler, request, fields)

    return endpoint


def upload(
    handler: Callable[[Request, Mapping[str, tuple[str, bytes]]], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads the files of a form (RFC 7578), their names and bytes by the names of their fields."""

    async def endpoint(request: Request) -> Response:
        body = await _body(request, "multipart/form-data")
        files = await run_in_threadpool(_files, request.headers.get("content-type", ""), body)
        return await run_in_threadpool(handler, request, files)

    return endpoint


def _files(kind: str, body: bytes) -> Mapping[str, tuple[str, bytes]]:
    head = b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    found: dict[str, tuple[str, bytes]] = {}
    for part in message.walk():
        name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = part.get_filename() or "", data
    return found


async def _body(request: Request, wanted: str) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != wanted:
        raise HTTPException(415)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise HTTPException(413)
    return bytes(body)


async def _fields(request: Request) -> Mapping[str, str]:
    body = await _body(request, "application/x-www-form-urlencoded")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"))
    except ValueError as error:
        raise HTTPException(400) from error


def back(fields: Mapping[str, str]) -> Response:
    """To the page that the form stood on, if that is one of ours."""
    path = fields.get("back", "")
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and path.isascii()
    return RedirectResponse(path if is_ours else "/", status_code=303)
