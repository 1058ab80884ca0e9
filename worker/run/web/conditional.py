"""Conditional requests (RFC 9110, 13): what a client has already is not sent again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

# A date has whole seconds, and what was decided a moment ago may not be stored yet: more may come that it would hide.
_SURE_AFTER = timedelta(minutes=1)


def tag(*parts: str | bytes) -> str:
    """An entity tag for what these parts decide. A weak one, for compression makes other bytes of the same."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8) + data)
    return f'W/"{digest.hexdigest()[:32]}"'


def validators(etag: str, modified: datetime | None, now: datetime) -> dict[str, str]:
    """The header fields by which a client may ask again; of a date only where it stands for this state alone."""
    fields = {"ETag": etag}
    if modified is not None and now - modified > _SURE_AFTER:
        fields["Last-Modified"] = format_datetime(modified, usegmt=True)
    return fields


def not_modified(request: Request, fields: dict[str, str]) -> Response | None:
    """The answer to a client that has it already, None where it is to be sent.

    Of a date it is heard only where no tag is given (RFC 9110, 13.2.2).
    """
    given = request.headers.get("if-none-match")
    if given is not None:
        known = {one.strip().removeprefix("W/") for one in given.split(",")}
        has_it = "*" in known or fields["ETag"].removeprefix("W/") in known
    else:
        has_it = _is_since(request.headers.get("if-modified-since", ""), fields.get("Last-Modified"))
    return Response(status_code=304, headers=fields) if has_it else None


def _is_since(given: str, modified: str | None) -> bool:
    try:
        return bool(modified) and parsedate_to_datetime(given) >= parsedate_to_datetime(str(modified))
    except (ValueError, TypeError):  # a date without a zone cannot be compared
        return False
