"""Topics as feeds for any reader: Atom and JSON Feed below an address that holds a secret of the topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import redis
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker import __version__
from worker.alerts.syndicate import ATOM, JSON_FEED, Channel, atom, items_of, json_feed
from worker.edge import keys
from worker.edge.store.outbox import Outbox
from worker.edge.store.paging import places_below
from worker.edge.store.published import web_url
from worker.edge.store.tokens import TopicSecrets
from worker.model import Topic
from worker.run.web.conditional import not_modified, tag, validators
from worker.run.web.desk import Desk
from worker.run.web.forms import back, form

# The newest alerts that entries are made of.
ALERTS = 300
# Readers ask again and again; for so long proxies of their own may answer for us.
_CACHE_CONTROL = "private, max-age=60"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFeeds:
    """Where the feeds of a topic are read, as paths."""

    atom: str
    json: str


class Outputs:
    """The endpoints, and what pages need to link to them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._outbox = Outbox(desk.redis)
        self._secrets = TopicSecrets(desk.redis)

    def routes(self) -> list[Route]:
        return [
            Route("/topics/{topic_id}/{secret}/atom.xml", self.atom),
            Route("/topics/{topic_id}/{secret}/feed.json", self.json),
            Route("/topics/renew-feeds", form(self.renew), methods=["POST"]),
        ]

    def of(self, topic: Topic) -> OutputFeeds | None:
        """The addresses of a topic's feeds; None where there are none yet and Redis takes no writes."""
        try:
            below = f"/topics/{topic.id}/{self._secrets.of(topic.id)}"
        except redis.ResponseError:
            return None
        return OutputFeeds(atom=f"{below}/atom.xml", json=f"{below}/feed.json")

    def atom(self, request: Request) -> Response:
        return self._feed(request, ATOM)

    def json(self, request: Request) -> Response:
        return self._feed(request, JSON_FEED)

    def renew(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Give the feeds other addresses; whoever knows the former ones is told nothing more."""
        topic = self._desk.topics.get(fields.get("topic", ""))
        if topic is None:
            raise HTTPException(404)
        self._secrets.renew(topic.id)
        return back(fields)

    def _feed(self, request: Request, kind: str) -> Response:
        topic_id, secret = request.path_params["topic_id"], request.path_params["secret"]
        topic = next((one for one in self._desk.topics.values() if one.id == topic_id), None)
        if topic is None or not self._secrets.opens(topic_id, secret):
            raise HTTPException(404)
        base_url = web_url(self._desk.redis) or str(request.base_url).rstrip("/")
        places = places_below(self._desk.redis, keys.TOPIC_ALERTS + topic_id, None, ALERTS)
        etag = tag(__version__, kind, base_url, topic.name, request.url.path, *(place.member for place in places))
        latest = datetime.fromtimestamp(places[0].score, UTC) if places else None
        known = validators(etag, latest, self._desk.clock.now()) | {"Cache-Control": _CACHE_CONTROL}
        if (answer := not_modified(request, known)) is not None:
            return answer
        items = items_of(self._outbox.alerts([place.member for place in places]))
        channel = Channel(
            topic_id=topic_id,
            title=f"{topic.name} · wirewatch",
            address=base_url + request.url.path,
            home=f"{base_url}/?{urlencode({'topic': topic.name})}",
        )
        write = atom if kind == ATOM else json_feed
        return Response(write(channel, items, base_url=base_url), media_type=kind, headers=known)
