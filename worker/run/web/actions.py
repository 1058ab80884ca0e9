"""What a person can do from a page, as forms."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.run.web.deeds import ACKNOWLEDGED_FOR, MUTED_FOR, Deeds
from worker.run.web.forms import back, form


class Actions:
    """The endpoints that change something."""

    def __init__(self, deeds: Deeds) -> None:
        self._deeds = deeds

    def routes(self) -> list[Route]:
        """All of them take forms only."""
        found = {
            "/stories/{story_id}/acknowledge": self.acknowledge,
            "/stories/{story_id}/tell": self.tell,
            "/topics/mute": self.mute,
            "/topics/unmute": self.unmute,
            "/alerts/resend": self.resend_dead,
            "/alerts/{alert_id}/resend": self.resend,
            "/alerts/{alert_id}/judge": self.judge,
            "/pages/retry": self.retry,
            "/destinations/{name}/resume": self.resume,
        }
        return [Route(path, form(handler), methods=["POST"]) for path, handler in found.items()]

    def acknowledge(self, request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.acknowledge(request.path_params["story_id"], fields.get("for", ACKNOWLEDGED_FOR))
        return back(fields)

    def tell(self, request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.tell(request.path_params["story_id"])
        return back(fields)

    def mute(self, _request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.mute(fields.get("topic", ""), fields.get("for", MUTED_FOR))
        return back(fields)

    def unmute(self, _request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.unmute(fields.get("topic", ""))
        return back(fields)

    def resend(self, request: Request, fields: Mapping[str, str]) -> Response:
        only = (fields["destination"],) if fields.get("destination") else ()
        self._deeds.resend(request.path_params["alert_id"], only)
        return back(fields)

    def resend_dead(self, _request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.resend_dead()
        return back(fields)

    def retry(self, _request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.retry((fields["id"],) if fields.get("id") else None)
        return back(fields)

    def resume(self, request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.resume(request.path_params["name"])
        return back(fields)

    def judge(self, request: Request, fields: Mapping[str, str]) -> Response:
        self._deeds.judge(request.path_params["alert_id"], fields.get("said", ""))
        return back(fields)
