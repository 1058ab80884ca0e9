"""The web application. A new page is a reader, a template, and an endpoint here with its line in `_routes`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import redis
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from worker.edge.redis_client import impatient
from worker.edge.store.published import Published
from worker.edge.store.sessions import Sessions
from worker.edge.store.tokens import Tokens
from worker.edge.store.upkeep import take_write
from worker.errors import WirewatchError
from worker.ports import Clock
from worker.run.web.actions import Actions
from worker.run.web.api.problems import ProblemError, is_api, problem
from worker.run.web.api.served import Api
from worker.run.web.articles import ArticleReader
from worker.run.web.deeds import Deeds
from worker.run.web.desk import Desk
from worker.run.web.editor import Editor
from worker.run.web.feeds import FeedReader, FeedsWanted
from worker.run.web.feedwork import FeedWork
from worker.run.web.guard import HEADERS, METRICS, Door, OwnPagesOnly, SecurityHeaders
from worker.run.web.hubs import Hubs
from worker.run.web.live import Live
from worker.run.web.lock import Lock
from worker.run.web.login import Login
from worker.run.web.now import NowReader
from worker.run.web.outputs import Outputs
from worker.run.web.ownfile import OwnFile
from worker.run.web.pictures import Pictures
from worker.run.web.render import HERE, Renderer
from worker.run.web.search import SearchReader, Wanted
from worker.run.web.stories import StoryReader
from worker.run.web.system import SystemReader
from worker.run.web.topics import TopicReader, lines

log = structlog.get_logger()

READY_SECONDS = 3.0
# Smaller answers are not worth it.
_COMPRESSED_FROM = 1_000


def create_app(
    connection: redis.Redis,
    *,
    clock: Clock,
    password: str | None,
    stop: threading.Event | None = None,
    config: Path | None = None,
) -> Starlette:
    """The application over one Redis; endpoints are plain functions, which Starlette runs in threads.

    `config` is wirewatch.toml, if it is on this machine: topics and feeds are changed there.

    Streams end when `stop` is set; `state.streams` are to be closed then.
    """
    lock = Lock(password, Sessions(connection)) if password is not None else None
    renderer = Renderer(clock, has_login=lock is not None)
    desk = Desk(connection, clock=clock)
    file = OwnFile(config, desk)
    troubles = Troubles(renderer)
    stop = stop or threading.Event()
    deeds, outputs, live = Deeds(desk), Outputs(desk), Live(connection, stop)
    api = Api(desk, deeds, renderer, stop)
    renderer.know(output_feeds=outputs.of)
    app = Starlette(
        routes=[
            *outputs.routes(),
            *Editor(desk, renderer, file).routes(),
            *FeedWork(desk, renderer, file).routes(),
            *Pages(desk, renderer, file).routes(),
            *Actions(deeds).routes(),
            *api.routes(),
            *Login(lock, renderer).routes(),
            *Machines(connection, clock=clock).routes(),
            Route("/live", live.stream),
            Route("/websub/{token}", Hubs(connection, clock=clock).callback, methods=["GET", "POST"]),
            Mount("/static", _Static(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=5),
            Middleware(Door, lock, Tokens(connection), clock),
            Middleware(OwnPagesOnly),
        ],
        exception_handlers={
            redis.RedisError: troubles.redis_unavailable,
            WirewatchError: troubles.unavailable,
            ProblemError: troubles.problem,
            HTTPException: troubles.http_error,
            Exception: troubles.failed,
        },
    )
    app.state.streams = (live, api.stream)
    return app


class Pages:
    """What people read."""

    def __init__(self, desk: Desk, renderer: Renderer, file: OwnFile) -> None:
        self._desk, self._file = desk, file
        self._page = renderer.page
        self._now = NowReader(desk, Pictures(renderer.picture))
        self._stories = StoryReader(desk, self._now)
        self._feeds = FeedReader(desk)
        self._system = SystemReader(desk)
        self._topics = TopicReader(desk)
        self._search = SearchReader(desk)
        self._articles = ArticleReader(desk)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.now),
            Route("/stories/{story_id}", self.story),
            Route("/articles", self.articles),
            Route("/articles/{article_id}", self.article),
            Route("/topics", self.topics),
            Route("/topics/judged.jsonl", self.judged),
            Route("/feeds", self.feeds),
            Route("/system", self.system),
        ]

    def now(self, request: Request) -> Response:
        return self._page("now.html", {"page": self._now.page(request.query_params.get("topic"))})

    def story(self, request: Request) -> Response:
        page = self._stories.story(request.path_params["story_id"])
        if page is None:
            return self._page("story_gone.html", {}, status=404)
        return self._page("story.html", {"page": page, "status": self._desk.status()})

    def article(self, request: Request) -> Response:
        view = self._articles.page(request.path_params["article_id"], request.query_params.get("topic"))
        if view is None:
            return self._page("article_gone.html", {}, status=404)
        return self._page("article.html", {"view": view, "status": self._desk.status()})

    def articles(self, request: Request) -> Response:
        page = self._search.page(Wanted.of(request.query_params))
        return self._page("articles.html", {"page": page, "status": self._desk.status()})

    def topics(self, request: Request) -> Response:
        number = request.query_params.get("page", "")
        page = self._topics.page(int(number[:6]) if number.isascii() and number[:6].isdigit() else 1)
        done = {name: request.query_params.get(name, "") for name in ("saved", "removed")}
        facts = {"page": page, "status": self._desk.status(), "locked": self._file.trouble(), **done}
        return self._page("topics.html", facts)

    def judged(self, _request: Request) -> Response:
        """What people said of alerts, to learn from (JSON Lines)."""
        attachment = {"Content-Disposition": 'attachment; filename="judged.jsonl"'}
        return StreamingResponse(lines(self._topics.judged()), media_type="application/x-ndjson", headers=attachment)

    def feeds(self, request: Request) -> Response:
        asked = request.query_params
        page = self._feeds.page(FeedsWanted.of(asked))
        done = {name: asked.get(name, "") for name in ("added", "removed", "taken", "known")}
        facts = {"page": page, "status": self._desk.status(), "locked": self._file.trouble(), **done}
        return self._page("feeds.html", facts)

    def system(self, _request: Request) -> Response:
        return self._page("system.html", {"page": self._system.page()})


class Machines:
    """What programs ask."""

    def __init__(self, connection: redis.Redis, *, clock: Clock) -> None:
        self._redis = connection
        self._clock = clock
        # Whoever asks for readiness wants to know soon.
        self._impatient = impatient(connection, READY_SECONDS)

    def routes(self) -> list[BaseRoute]:
        return [Route("/healthz", healthz), Route("/readyz", self.readyz), Route(METRICS, self.metrics)]

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

    def metrics(self, request: Request) -> Response:
        from worker.run.web.metrics import exposition  # noqa: PLC0415  the library takes a tenth of a second to load

        told = exposition(self._redis, self._clock, request.headers.get("accept", ""))
        return Response(told.body, headers={"content-type": told.content_type, "vary": "accept"})


async def healthz(_request: Request) -> Response:
    """The process lives; it waits for nobody, so a slow Redis does not get it restarted."""
    return PlainTextResponse("ok\n")


class Troubles:
    """The answers where something went wrong."""

    def __init__(self, renderer: Renderer) -> None:
        self._page = renderer.page

    def redis_unavailable(self, request: Request, error: Exception) -> Response:
        log.warning("redis_unavailable", path=_logged(request), error=str(error))
        if is_api(request.url.path):
            return problem(503, "Redis does not answer; try again in a moment")
        if request.url.path == METRICS:
            return PlainTextResponse("Redis does not answer\n", 503)
        return self._page("unavailable.html", {"mend": ""}, status=503)

    def unavailable(self, request: Request, error: Exception) -> Response:
        log.error("page_unavailable", path=_logged(request), error=str(error))
        if is_api(request.url.path):
            return problem(503, str(error))
        return self._page("unavailable.html", {"mend": str(error)}, status=503)

    def problem(self, _request: Request, error: Exception) -> Response:
        return error.answer() if isinstance(error, ProblemError) else problem(500)

    def http_error(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        if is_api(request.url.path):
            detail = error.detail if isinstance(error, HTTPException) else ""
            return problem(status, detail, headers=headers)
        return self._page("error.html", {"code": status}, status=status, headers=headers)

    def failed(self, request: Request, _error: Exception) -> Response:
        """A bug. Starlette raises the error again for the log, and no middleware of ours sees this answer.

        The server closes the connection then, which clients are to know before they send more on it.
        """
        headers = {**HEADERS, "Connection": "close"}
        if is_api(request.url.path):
            return problem(500, "the log of the web process holds the details", headers=headers)
        return self._page("error.html", {"code": 500}, status=500, headers=headers)


def _logged(request: Request) -> str:
    """The path as it was declared: what stands in its place may be a secret."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))


class _Static(StaticFiles):
    """Our own files; browsers ask each time whether they changed, so an upgrade shows at once."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _not_ready(reason: str) -> Response:
    return JSONResponse({"ready": False, "reason": reason}, 503)
