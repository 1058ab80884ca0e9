"""What one outlet's web site answers at a given moment; no sockets here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from worker.run.newswire import feeds, pages
from worker.run.newswire.content import Item, Outlet, Shown
from worker.run.newswire.day import RecordedDay

LATEST = 5
HTML = "text/html; charset=utf-8"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A GET or HEAD: the path without its query, and the two validators ("" where absent)."""

    path: str
    if_none_match: str = ""
    if_modified_since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers in order, body; the body is empty for 304."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    body: bytes


def not_found(why: str) -> Answer:
    """404 with one sentence for a person."""
    return Answer(
        status=HTTPStatus.NOT_FOUND, headers=(("Content-Type", "text/plain; charset=utf-8"),), body=f"{why}\n".encode()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An outlet with its items, at `base_url` (no slash at its end)."""

    outlet: Outlet
    items: Sequence[Item]
    base_url: str
    day: RecordedDay

    @property
    def feed_url(self) -> str:
        return f"{self.base_url}{self.outlet.feed_path}"

    def shown(self, now: datetime) -> tuple[Shown, ...]:
        """What has come out by `now`, newest first."""
        return tuple(
            Shown(item=item, url=f"{self.base_url}{item.path}", published=item.archived or moment)
            for item, moment in reversed(self._out(now))
        )

    def answer(self, request: Request, now: datetime) -> Answer:
        """The answer to `request` at `now`; conditional requests as in RFC 9110, 13.2.2."""
        content = self._content(request.path, now)
        if content is None:
            return not_found("There is nothing here, or not yet.")
        content_type, body = content
        modified = self._modified(now)
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        validators = [("ETag", etag)]
        if modified is not None:
            validators.append(("Last-Modified", format_datetime(modified, usegmt=True)))
        if _unchanged(request, etag, modified):
            return Answer(status=HTTPStatus.NOT_MODIFIED, headers=tuple(validators), body=b"")
        return Answer(status=HTTPStatus.OK, headers=(("Content-Type", content_type), *validators), body=body)

    def _out(self, now: datetime) -> list[tuple[Item, datetime]]:
        moments = ((item, self.day.shown_at(item.minute)) for item in self.items)
        return [(item, moment) for item, moment in moments if moment is not None and moment <= now]

    def _content(self, path: str, now: datetime) -> tuple[str, bytes] | None:
        shown = self.shown(now)
        if path == self.outlet.feed_path:
            return feeds.CONTENT_TYPES[self.outlet.feed_format], feeds.render(self.outlet, shown, self.base_url)
        if path == "/":
            return HTML, pages.front(self.outlet, shown, self.base_url)
        for one in shown:
            if one.item.path == path:
                latest = [other for other in shown if other is not one][:LATEST]
                return HTML, pages.article(self.outlet, one, latest, self.base_url)
        return None

    def _modified(self, now: datetime) -> datetime | None:
        """When the site last changed, in whole seconds.

        None while that second lasts: another item may come out in it, and Last-Modified could not tell (RFC 9110,
        8.8.2.2).
        """
        latest = max((moment for _, moment in self._out(now)), default=None)
        if latest is None:
            return None
        second = latest.astimezone(UTC).replace(microsecond=0)
        return second if second + _SECOND <= now else None


def _unchanged(request: Request, etag: str, modified: datetime | None) -> bool:
    if request.if_none_match:
        tags = {tag.strip().removeprefix("W/") for tag in request.if_none_match.split(",")}
        return bool(tags & {etag, "*"})
    if not request.if_modified_since or modified is None:
        return False
    try:
        since = parsedate_to_datetime(request.if_modified_since)
    except ValueError:
        return False
    return modified <= (since if since.tzinfo else since.replace(tzinfo=UTC))
