"""What went wrong, as RFC 9457 has it (problem details)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import NotRequired

from starlette.responses import Response
from typing_extensions import TypedDict

API = "/api/v1/"
MEDIA_TYPE = "application/problem+json"
# Searches under way end by then, and Redis is back, or is asked for again.
AGAIN_SECONDS = 5


class ProblemShape(TypedDict):
    """What went wrong. `title` says what the status means, `detail` what it was here and how to mend it.

    Where a query is not understood, `column` counts code points to the spot and `caret` shows it.
    """

    type: str
    title: str
    status: int
    detail: NotRequired[str]
    column: NotRequired[int]
    caret: NotRequired[str]


class ProblemError(Exception):
    """Ends an operation with a problem."""

    def __init__(self, status: int, detail: str, *, column: int | None = None, caret: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.column = column
        self.caret = caret

    def answer(self) -> Response:
        """As it is sent."""
        more: dict[str, object] = {} if self.column is None else {"column": self.column, "caret": self.caret}
        return problem(self.status, self.detail, more=more)


def problem(
    status: int, detail: str = "", *, headers: Mapping[str, str] | None = None, more: Mapping[str, object] | None = None
) -> Response:
    """An answer of a problem; `more` are members that it has besides. What is short of something says when again."""
    told: dict[str, object] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    told |= {"detail": detail.strip()} if detail else {}
    body = json.dumps(told | dict(more or {}))
    again = {"Retry-After": str(AGAIN_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(body, status, headers={**again, **(headers or {})}, media_type=MEDIA_TYPE)


def is_api(path: str) -> bool:
    """Whether a program asks."""
    return path.startswith(API)
