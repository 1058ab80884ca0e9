"""Logging in and out."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.edge.store.sessions import ATTEMPT_SECONDS, SESSION_SECONDS
from worker.run.web.forms import back, form
from worker.run.web.lock import COOKIE, TOO_OFTEN, Entry, Lock
from worker.run.web.render import Renderer


class Login:
    """The page that asks for the password; without one it leads on at once."""

    def __init__(self, lock: Lock | None, renderer: Renderer) -> None:
        self._lock = lock
        self._page = renderer.page

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/login", self.ask),
            Route("/login", form(self.log_in), methods=["POST"]),
            Route("/logout", form(self.log_out), methods=["POST"]),
        ]

    def ask(self, request: Request) -> Response:
        if self._lock is None:
            return RedirectResponse("/", 303)
        return self._page("login.html", {"back": request.query_params.get("back", "/"), "trouble": ""})

    def log_in(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Open a session and go on where the visitor wanted to go."""
        if self._lock is None:
            return back(fields)
        token = self._lock.log_in(fields.get("password", ""), request)
        if isinstance(token, Entry):
            return self._again(token, fields)
        answer = back(fields)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=SESSION_SECONDS,
            httponly=True,
            # Links in messages lead here with it; what changes something is refused from elsewhere anyway.
            samesite="lax",
            secure=request.headers.get("x-forwarded-proto") == "https",
        )
        return answer

    def _again(self, entry: Entry, fields: Mapping[str, str]) -> Response:
        too_often = entry is Entry.TOO_OFTEN
        trouble = TOO_OFTEN if too_often else "This is not the password."
        facts = {"back": fields.get("back", "/"), "trouble": trouble}
        headers = {"Retry-After": str(ATTEMPT_SECONDS)} if too_often else None
        return self._page("login.html", facts, status=429 if too_often else 403, headers=headers)

    def log_out(self, request: Request, _fields: Mapping[str, str]) -> Response:
        """End the session, here and for whoever else may hold its cookie."""
        if self._lock is not None:
            self._lock.log_out(request)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer
