"""Titles, summaries and links of feeds made safe: plain words, absolute http(s) addresses.

Everything here takes time in proportion to its input, whatever the input is.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

MAX_TITLE = 1_000
MAX_SUMMARY = 100_000
MAX_URL = 4_096

# What no text may hold: control characters, lone surrogates (JSON can spell them), non-characters. Tab to carriage
# return and NEL stay here because they are white space.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]+")
_HIDDEN = re.compile(r"<!--|<(script|style|template|noscript|iframe|svg)\b", re.IGNORECASE)
_HIDDEN_END = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE)
    for name in ("script", "style", "template", "noscript", "iframe", "svg")
}
# Takes the run of "<" before a tag with it, so that "<<b>i>" cannot become a tag by losing one. The first branch knows
# quoted ">" and ends at the next "<"; the second always ends, because it is only used where a ">" follows.
_TAG = re.compile(
    r"""(?<!<)<++(?:(?P<quoted>/?[a-zA-Z](?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>|(?P<plain>[a-zA-Z/!?][^>]*+)>)"""
)
_CUT_TAG = re.compile(r"<[a-zA-Z/!?]")
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "tt",
        "u",
        "var",
        "wbr",
    }
)
_KNOWN = frozenset(
    {
        "a",
        "abbr",
        "article",
        "b",
        "big",
        "blink",
        "blockquote",
        "body",
        "br",
        "center",
        "cite",
        "code",
        "del",
        "div",
        "em",
        "embed",
        "figure",
        "font",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "li",
        "link",
        "mark",
        "marquee",
        "meta",
        "object",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "script",
        "small",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "th",
        "tr",
        "tt",
        "u",
        "ul",
        "video",
    }
)
_COMPLETE_TAG = re.compile(r"(?<!<)<++/?([a-zA-Z][a-zA-Z0-9]{0,10}+)(?:[\s/][^<>]*+)?>")
_NAME = re.compile(r"/?([a-zA-Z0-9]+)")


def plain(value: str, *, markup: bool) -> str:
    """`value` as plain words in one line: no tags, entities resolved, white space collapsed.

    `markup` says that the value is HTML. Without it only well-known tags are taken out, so that "a <b and c> d" stays;
    feeds that escape twice or mark HTML as text are common, so known tags never stay.
    """
    if markup and "<" in value:
        value = _without_tags(_without_hidden(value))
    if "&" in value:
        value = html.unescape(value)
    if "<" in value:
        value = _without_known_tags(value)
    return " ".join(_UNWANTED.sub("", value).split())


def _without_hidden(value: str) -> str:
    """Without comments, scripts and styles; an unclosed one hides the rest, as it does in a browser."""
    kept: list[str] = []
    at = 0
    while start := _HIDDEN.search(value, at):
        kept.append(value[at : start.start()])
        if name := start[1]:
            end = _HIDDEN_END[name.lower()].search(value, start.end())
            at = end.start() if end else len(value)
        else:
            close = value.find("-->", start.end())
            at = close + 3 if close >= 0 else len(value)
    kept.append(value[at:])
    return " ".join(kept)


def _without_tags(value: str) -> str:
    last = value.rfind(">") + 1
    head = _TAG.sub(_gap, value[:last])
    tail = value[last:]
    cut = _CUT_TAG.search(tail)
    return head + (tail[: cut.start()] if cut else tail)


def _gap(tag: re.Match[str]) -> str:
    name = _NAME.match(tag["quoted"] or tag["plain"])
    return "" if name and name[1].lower() in _INLINE else " "


def _without_known_tags(value: str) -> str:
    value = _COMPLETE_TAG.sub(lambda tag: " " if tag[1].lower() in _KNOWN else tag[0], value)
    # Only a nesting made to survive one pass ("<b<b>>") still holds a tag here.
    survived = any(tag[1].lower() in _KNOWN for tag in _COMPLETE_TAG.finditer(value))
    return value.replace("<", "") if survived else value


def shortened(text: str, limit: int) -> str:
    """`text` with at most `limit` code points, cut at a word where one is near."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[-80:] else head) + "…"


def web_link(value: object, base: str = "") -> str:
    """The absolute http(s) address of a link, resolved against `base`; "" for anything else (javascript:, data:)."""
    if not isinstance(value, str) or not value or len(value) > MAX_URL:
        return ""
    # Browsers drop line breaks and tabs inside an address and white space around it (WHATWG URL, basic URL parser).
    value = _UNWANTED.sub("", re.sub(r"[\t\r\n]", "", value)).strip()
    try:
        joined = urljoin(base, value) if value else ""
        parts = urlsplit(joined)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    if not usable:
        return ""
    return parts.scheme + joined.replace(" ", "%20")[len(parts.scheme) :]


def language(value: object) -> str | None:
    """ISO 639-1 code of a language tag (RFC 5646) such as "en-GB" or "pt_BR"; None where it is none."""
    found = re.match(r"([A-Za-z]{2})(?![A-Za-z0-9])", value.strip()) if isinstance(value, str) else None
    return found[1].lower() if found else None
