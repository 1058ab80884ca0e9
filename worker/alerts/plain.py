"""Text from feeds as plain text: one line, and nothing a terminal or a chat client would act on."""

from __future__ import annotations

import re

import regex

# Controls (terminal escapes among them), line separators, lone surrogates, and the marks that turn the direction of
# everything after them, also of our own words (CVE-2021-42574). Joiners stay: Hindi, Persian and emoji need them.
_ACTING = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_WEB_ADDRESS = re.compile(r"https?://[^\x00-\x20\x7f]+", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` on one line, without control characters, marks of direction, and blanks in a row."""
    return " ".join(_ACTING.sub(" ", text).split())


def shortened(text: str, limit: int) -> str:
    """At most `limit` code points; a cut is shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def web_address(url: str) -> str:
    """The URL where it is http or https, else "": a feed may not have a reader run javascript: or open file:."""
    return url if _WEB_ADDRESS.fullmatch(url) else ""
