"""The API's document, as it is and as a page for people."""

from __future__ import annotations

import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.run.web.api.document import document
from worker.run.web.api.operations import BASE, Operation
from worker.run.web.conditional import not_modified, tag
from worker.run.web.render import Renderer


class Described:
    """Serves the document, which is made once."""

    def __init__(self, operations: Sequence[Operation], renderer: Renderer) -> None:
        self._document = document(operations)
        self._body = json.dumps(self._document, ensure_ascii=False, indent=1).encode()
        self._page = renderer.page

    def routes(self) -> list[Route]:
        return [Route(f"{BASE}/openapi.json", self.document), Route(BASE, self.page)]

    def document(self, request: Request) -> Response:
        known = {"ETag": tag(self._body), "Cache-Control": "private, no-cache"}
        return not_modified(request, known) or Response(self._body, media_type="application/json", headers=known)

    def page(self, _request: Request) -> Response:
        return self._page("api.html", {"document": self._document})
