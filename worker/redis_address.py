"""Addresses of Redis behind Sentinel, in the form that redis-py's own lack:

    redis[s]+sentinel://[user:password@]host[:port][,host[:port]...]/service[/db][?options]

User and password are those of Redis, the hosts are the Sentinels. The form is the one of redisvl, docket and Prefect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from worker.secret import SecretStr

SENTINEL_PORT = 26379
_SCHEMES = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
_MEMBER = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:@\s]+))(?::([0-9]{1,5}))?")
_FORM = '"redis+sentinel://host:26379,host:26379/service/0"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinels:
    """Whom to ask for the primary of `service`, and as whom; `primary` is its address without a host."""

    hosts: tuple[tuple[str, int], ...]
    service: str
    username: str | None
    password: SecretStr
    primary: SecretStr


def sentinels(url: str) -> Sentinels | None:
    """What the address says of Sentinels; None where it is of another form.

    Among the options `sentinel_username` and `sentinel_password` are for the Sentinels, all others are redis-py's.
    ValueError carries the mend and nothing of the address, which may hold a password.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in _SCHEMES:
        return None
    place, _, query = rest.partition("?")
    authority, _, path = place.partition("/")
    user, at, members = authority.rpartition("@")
    service, _, db = path.partition("/")
    if not service:
        raise ValueError(f"this Redis address names no service of the Sentinels; write it as {_FORM}")
    if not re.fullmatch(r"[0-9]*", db, re.ASCII):
        raise ValueError(f"the database of this Redis address is no number; write it as {_FORM}")
    options = dict(parse_qsl(query))
    username, password = options.pop("sentinel_username", None), options.pop("sentinel_password", "")
    return Sentinels(
        hosts=tuple(_host(member) for member in members.split(",")),
        service=service,
        username=username,
        password=SecretStr(password),
        primary=SecretStr(f"{_SCHEMES[scheme]}://{user}{at}/{db}?{urlencode(options)}"),
    )


def _host(member: str) -> tuple[str, int]:
    found = _MEMBER.fullmatch(member)
    if found is None:
        raise ValueError(f"a Sentinel in this Redis address is no host and port; write it as {_FORM}")
    port = int(found[3] or SENTINEL_PORT)
    if not 0 < port <= 65535:
        raise ValueError("the port of a Sentinel in this Redis address is no number up to 65535; correct it")
    return found[1] or found[2], port


def without_passwords(url: str) -> str:
    """The address of any form as it may be shown."""
    place, mark, query = url.partition("?")
    place = re.sub(r"(://[^/@]*?):[^/]*@", r"\1:***@", place, count=1)
    return place + mark + re.sub(r"(password=)[^&]*", r"\1***", query)
