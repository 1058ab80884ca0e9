"""How a document begins: what some servers print before it, its declarations, its root element."""

from __future__ import annotations

import re

# Warnings of a scripting language are the usual thing that stands before a feed; more than this is another document.
_LONGEST_JUNK = 10_000
_PROLOG = re.compile(r"\s+|<\?|<!--|<!")
_ROOT = re.compile(r"<((?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60}))[\s/>]")
_FEED_ROOT = re.compile(r"<(?:\?xml\s|(?:rdf:RDF|rss|feed|urlset|sitemapindex)[\s>])")
_ROOTS = frozenset({"rss", "rdf", "feed", "urlset", "sitemapindex"})
_ENDS = {"<?": "?>", "<!--": "-->"}


def from_root(text: str) -> tuple[str, str]:
    """The document without what some servers print before it, and its root element's name, "" where there is none."""
    at, root = root_of(text)
    html = re.match(r"<!doctype\s+html|<html", text, re.IGNORECASE)
    if local_name(root) not in _ROOTS:
        # A page may quote a feed, so a document that says it is HTML stays one.
        start = None if html else _FEED_ROOT.search(text, 0, _LONGEST_JUNK)
        if not start:
            return text, "html" if html else root
        text = text[start.start() :]
        at, root = root_of(text)
    # The parser takes quadratic time over white space in front of the root.
    return re.sub(r"\s+", "\n", text[:at]) + text[at:], root


def root_of(text: str) -> tuple[int, str]:
    """Place and name of the first element behind declarations and comments; "" where there is none."""
    at = 0
    while prolog := _PROLOG.match(text, at):
        at = prolog.end() if prolog[0].isspace() else _end(text, prolog.end(), prolog[0])
    found = _ROOT.match(text, at)
    return at, found[1] if found else ""


def local_name(name: str) -> str:
    """An element's name without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


def _end(text: str, at: int, opening: str) -> int:
    """Where a declaration or comment ends. A document type may hold an internal subset in square brackets."""
    close = text.find(_ENDS.get(opening, ">"), at)
    subset = text.find("[", at, close) if opening == "<!" and close >= 0 else -1
    if subset >= 0:
        close = text.find(">", max(text.find("]", subset), close))
    return len(text) if close < 0 else close + len(_ENDS.get(opening, ">"))
