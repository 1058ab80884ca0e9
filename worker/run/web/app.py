"""The web application. A new page is a method that renders a template, and its line in `_routes`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import redis
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from worker import __version__
from worker.edge.redis_client import impatient
from worker.edge.store.published import Published
from worker.edge.store.upkeep import take_write
from worker.errors import WirewatchError
from worker.ports import Clock
from worker.run.web import words
from worker.run.web.guard import HEADERS, Door, SecurityHeaders
from worker.run.web.metrics import CONTENT_TYPE, metrics_text
from worker.run.web.views import Views

log = structlog.get_logger()

READY_SECONDS = 3.0

HERE = Path(__file__).parent


def create_app(connection: redis.Redis, *, clock: Clock, password: str | None) -> Starlette:
    """The application over one Redis; endpoints are plain functions, which Starlette runs in threads."""
    pages = Pages(connection, clock=clock)
    return Starlette(
        routes=_routes(pages),
        middleware=[Middleware(SecurityHeaders), Middleware(Door, password)],
        exception_handlers={
            redis.RedisError: pages.redis_unavailable,
            WirewatchError: pages.unavailable,
            HTTPException: pages.http_error,
            Exception: pages.failed,
        },
    )


def _routes(pages: Pages) -> list[BaseRoute]:
    return [
        Route("/", pages.overview),
        Route("/stories/{story_id}", pages.story),
        Route("/articles/{article_id}", pages.article),
        Route("/healthz", healthz),
        Route("/readyz", pages.readyz),
        Route("/metrics", pages.metrics),
        Mount("/static", _Static(directory=HERE / "static")),
    ]


async def healthz(_request: Request) -> Response:
    """The process lives; it waits for nobody, so a slow Redis does not get it restarted."""
    return PlainTextResponse("ok\n")


class Pages:
    """The endpoints, and the answers where something went wrong."""

    def __init__(self, connection: redis.Redis, *, clock: Clock) -> None:
        self._redis = connection
        self._clock = clock
        self._views = Views(connection, clock=clock)
        self._templates = _templates()
        # Whoever asks for readiness wants to know soon.
        self._impatient = impatient(connection, READY_SECONDS)

    def overview(self, _request: Request) -> Response:
        return self._page("overview.html", {"page": self._views.overview()})

    def story(self, request: Request) -> Response:
        card = self._views.story(request.path_params["story_id"])
        if card is None:
            return self._page("story_gone.html", {}, status=404)
        return self._page("story.html", {"card": card})

    def article(self, request: Request) -> Response:
        view = self._views.article(request.path_params["article_id"])
        if view is None:
            return self._page("article_gone.html", {}, status=404)
        return self._page("article.html", {"view": view})

    def readyz(self, _request: Request) -> Response:
        """Whether the system can work: Redis answers soon and takes writes, and a configuration is published."""
        try:
            take_write(self._impatient)
            version = Published(self._impatient).version()
        except redis.ResponseError as error:
            log.warning("redis_unavailable", error=str(error))
            return _not_ready(f"Redis takes no writes: {error}")
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))
            return _not_ready("Redis does not answer")
        if version is None:
            return _not_ready("no configuration is published yet; start `wirewatch scheduler`")
        return JSONResponse({"ready": True, "config": version})

    def metrics(self, _request: Request) -> Response:
        return Response(metrics_text(self._redis, self._clock), media_type=CONTENT_TYPE)

    def redis_unavailable(self, request: Request, error: Exception) -> Response:
        log.warning("redis_unavailable", path=request.url.path, error=str(error))
        if request.url.path == "/metrics":
            return PlainTextResponse("Redis does not answer\n", 503)
        return self._page("unavailable.html", {"mend": ""}, status=503)

    def unavailable(self, request: Request, error: Exception) -> Response:
        log.error("page_unavailable", path=request.url.path, error=str(error))
        return self._page("unavailable.html", {"mend": str(error)}, status=503)

    def http_error(self, _request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        return self._page("error.html", {"status": status}, status=status, headers=headers)

    def failed(self, _request: Request, _error: Exception) -> Response:
        """A bug. Starlette raises the error again for the log, and no middleware of ours sees this answer."""
        return self._page("error.html", {"status": 500}, status=500, headers=HEADERS)

    def _page(
        self, template: str, facts: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        html = self._templates.get_template(template).render(**facts, now=self._clock.now(), version=__version__)
        return HTMLResponse(html, status, headers=headers)


class _Static(StaticFiles):
    """Our own files; browsers ask each time whether they changed, so an upgrade shows at once."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _not_ready(reason: str) -> Response:
    return JSONResponse({"ready": False, "reason": reason}, 503)


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "when": words.time_tag,
        "clock": words.clock_tag,
        "web_link": words.web_link,
        "plural": words.plural,
        "clip": words.clip,
        "reason": words.reason,
        "delivery_state": words.delivery_state,
    }
    return environment
