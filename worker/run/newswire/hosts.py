"""All outlets on one address, told apart by name; no sockets here.

Names below localhost lead to this machine by themselves (RFC 6761, 6.3), so no outlet needs an entry in a hosts file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Self

from worker.run.newswire import pages
from worker.run.newswire.content import Recording
from worker.run.newswire.day import RecordedDay
from worker.run.newswire.site import HTML, Answer, Request, Site, not_found

_LISTED_AT = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The outlets' sites by host name ("harbour-courier.localhost"), and the port they share."""

    sites: Mapping[str, Site]
    port: int

    @classmethod
    def of(cls, recording: Recording, *, port: int, day: RecordedDay) -> Self:
        """A site for every outlet of `recording`."""
        sites = {}
        for outlet in recording.outlets:
            host = f"{outlet.key}.localhost"
            items = recording.items_of(outlet)
            sites[host] = Site(outlet=outlet, items=items, base_url=f"http://{host}:{port}", day=day)
        return cls(sites=sites, port=port)

    @property
    def url(self) -> str:
        """Where the list of outlets is."""
        return f"http://127.0.0.1:{self.port}/"

    def answer(self, host: str, request: Request, now: datetime) -> Answer:
        """The answer of the outlet that the Host header `host` names (RFC 9110, 7.2), "" where there was none."""
        name = host.partition(":")[0].strip().rstrip(".").lower()
        site = self.sites.get(name)
        if site is not None:
            return site.answer(request, now)
        if name in _LISTED_AT and request.path == "/":
            listed = pages.directory([(site.outlet, site.base_url) for site in self.sites.values()])
            return Answer(status=HTTPStatus.OK, headers=(("Content-Type", HTML),), body=listed)
        example = next(iter(self.sites.values())).base_url
        return not_found(
            f"No outlet has this host name. Outlets are found by name, as in {example}/; all are listed at {self.url}"
        )
