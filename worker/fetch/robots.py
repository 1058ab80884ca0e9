"""robots.txt, as RFC 9309 (Robots Exclusion Protocol) reads it: what a publisher asks of programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

MAX_BYTES = 500 * 1024
"""Of a robots.txt, what has to be read (RFC 9309, 2.5)."""

_MOST_RULES = 5_000
# One line: a field, its value, and what "#" makes a comment.
_LINE = re.compile(r"[ \t]*([a-z-]+)[ \t]*:[ \t]*([^#]*)", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z_-]+", re.IGNORECASE)
# Characters that mean the same written out and percent-encoded (RFC 9309, 2.2.2).
_KEPT = "/:@!&'()+,;=~?[]|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`path` is a prefix in which "*" is anything and a "$" at the end is the end (RFC 9309, 2.2.3)."""

    allow: bool
    path: str


def product_token(user_agent: str) -> str:
    """The name by which robots.txt knows us: "wirewatch" of "wirewatch/1.0 (+https://...)" (RFC 9309, 2.2.1)."""
    found = _TOKEN.match(user_agent)
    return found[0].lower() if found else ""


def rules_for(body: bytes, token: str) -> tuple[Rule, ...]:
    """The rules for `token`: those of all groups that name it, else those of the groups for everybody ("*").

    Bytes that are no UTF-8 and lines that are no rules are passed over. A robots.txt without rules for us permits all.
    """
    own: list[Rule] = []
    for_all: list[Rule] = []
    named = False
    agents: set[str] = set()
    in_rules = False
    for field, value in _fields(body):
        if field == "user-agent":
            if in_rules:
                agents, in_rules = set(), False
            agents.add("*" if value.startswith("*") else product_token(value))
            named = named or (token != "" and token in agents)
        elif field in {"allow", "disallow"} and agents:
            in_rules = True
            # "Disallow:" without a path forbids nothing.
            rule = Rule(allow=field == "allow", path=_pattern(value))
            for group, member in ((own, token), (for_all, "*")):
                if value and member in agents and len(group) < _MOST_RULES:
                    group.append(rule)
    return tuple(own if named else for_all)


def permits(rules: tuple[Rule, ...], target: str) -> bool:
    """Whether `target`, a path with its query, may be fetched: the longest rule that fits decides, else it may.

    Of an "allow" and a "disallow" of the same length the first wins (RFC 9309, 2.2.2). /robots.txt always may.
    """
    path = _encoded(target)
    if path == "/robots.txt":
        return True
    longest, allowed = -1, True
    for rule in rules:
        size = len(rule.path)
        if size >= longest and (size > longest or rule.allow) and _fits(rule.path, path):
            longest, allowed = size, rule.allow
    return allowed


def _fields(body: bytes) -> Iterator[tuple[str, str]]:
    text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    for line in re.split(r"[\r\n]+", text):
        found = _LINE.match(line)
        if found:
            yield found[1].lower(), found[2].strip()


def _fits(pattern: str, path: str) -> bool:
    """Pieces between stars are looked for from the left, which finds a fit if there is one, and never goes back."""
    end = pattern.endswith("$")
    first, *others = (pattern[:-1] if end else pattern).split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not end or path == first
    *middle, last = others
    at = len(first)
    for piece in middle:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(path) - len(last) >= at and path.endswith(last) if end else path.find(last, at) >= 0


def _pattern(value: str) -> str:
    """A rule's path in one spelling; what is written "%2A" or "%24" in it means these very characters."""
    end = "$" if value.endswith("$") else ""
    return "*".join(_encoded(piece) for piece in value.removesuffix("$").split("*")) + end


def _encoded(path: str) -> str:
    """One spelling of a path, so that "/ü", "/%c3%bc" and "/%C3%BC" are the same; "%2F" is no "/"."""
    parts = re.split(r"(%[0-9a-fA-F]{2})", path)
    return "".join(_octet(part) if part[:1] == "%" and len(part) == 3 else quote(part, safe=_KEPT) for part in parts)


def _octet(encoded: str) -> str:
    char = unquote_to_bytes(encoded).decode("latin-1")
    return char if char.isascii() and (char.isalnum() or char in "-._~") else encoded.upper()
