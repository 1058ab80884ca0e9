"""The Link header (RFC 8288): what an answer says it belongs with, whatever its body is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.poll.text import web_link

_MOST_LINKS = 50
_LONGEST_HEADER = 16_384
_TARGET = re.compile(r"<([^<>]*+)>")
# A token, alone or with a value (RFC 8288, appendix B.3); some servers leave out the semicolon in front of it.
_PARAMETER = re.compile(r"""[\s;]*+([^\s=;,"<>]++)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"<>]*+)))?""")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where it leads (absolute, http or https), and as what. `rel` and `type` are in lower case."""

    url: str
    rel: frozenset[str]
    type: str = ""
    title: str = ""


def header_links(value: str, base: str) -> tuple[Link, ...]:
    """The links in one Link header, or several joined with commas; `base` is where the answer came from.

    Links of another resource (`anchor`) and those that lead nowhere on the web are left out.
    """
    value = value[:_LONGEST_HEADER]
    found: list[Link] = []
    at = 0
    while len(found) < _MOST_LINKS and (target := _TARGET.search(value, at)):
        parameters, at = _parameters(value, target.end())
        url = web_link(target[1].strip(), base)
        if url and "anchor" not in parameters:
            found.append(
                Link(
                    url=url,
                    rel=frozenset(parameters.get("rel", "").lower().split()),
                    type=parameters.get("type", "").partition(";")[0].strip().lower(),
                    title=parameters.get("title", ""),
                )
            )
    return tuple(found)


def _parameters(value: str, at: int) -> tuple[dict[str, str], int]:
    """What follows a target, the first of a name winning (RFC 8288, section 3.3), and where it ends."""
    found: dict[str, str] = {}
    while parameter := _PARAMETER.match(value, at):
        given = parameter[3] or _ESCAPED.sub(r"\1", parameter[2] or "")
        found.setdefault(parameter[1].lower(), given)
        at = parameter.end()
    return found, at
