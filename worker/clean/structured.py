"""What a page says about itself to machines: JSON-LD, meta elements, canonical links, headings, time elements."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

# schema.org types that are one piece of journalism (https://schema.org/Article and below, plus what sites use for it)
_ARTICLES = """
    Article NewsArticle ReportageNewsArticle AnalysisNewsArticle BackgroundNewsArticle OpinionNewsArticle
    ReviewNewsArticle AskPublicNewsArticle AdvertiserContentArticle BlogPosting LiveBlogPosting SocialMediaPosting
    Report     TechArticle ScholarlyArticle SatiricalArticle Review
"""
_ARTICLE_TYPES = frozenset(_ARTICLES.split())
_MAX_NODES = 5000
_MAX_BLOCK = 2_000_000
_LINE_TAGS = frozenset({"p", "li", "h2", "h3", "h4", "h5", "h6", "figcaption"})
_INLINE_DEPTH = 5
_LONGEST_TEASER = 400
_MAX_LINKS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The page's own statements, unjudged.

    `meta` maps lower-cased property/name/itemprop to values in page order; `link_lines` are paragraphs, list items and
    headings that are link text to four fifths or more: mostly teasers.
    """

    articles: tuple[dict[str, Any], ...]
    others: tuple[dict[str, Any], ...]
    meta: dict[str, list[str]]
    canonical: tuple[str, ...]
    language: str
    title: str
    headings: tuple[str, ...]
    times: tuple[str, ...]
    bylines: tuple[str, ...]
    link_lines: tuple[str, ...]

    def first(self, *names: str) -> str:
        """The first value that is not blank among these meta names, in the order of the names."""
        return next((value for value in self.every(*names)), "")

    def every(self, *names: str) -> Iterator[str]:
        for name in names:
            yield from self.meta.get(name, ())


def read_declared(tree: LexborHTMLParser, *, budget: int) -> Declared:
    """Everything the page declares. `budget` bounds the characters looked at for links, on pages that nest them."""
    nodes = list(_json_ld(tree))
    root = tree.css_first("html")
    title = tree.css_first("head title") or tree.css_first("title")
    return Declared(
        articles=tuple(node for node in nodes if _types(node) & _ARTICLE_TYPES),
        others=tuple(node for node in nodes if not _types(node) & _ARTICLE_TYPES),
        meta=_meta(tree),
        canonical=tuple(_canonical(tree)),
        language=(root.attributes.get("lang") or "") if root else "",
        title=line(title.text()) if title else "",
        headings=tuple(line(node.text(separator=" ")) for node in tree.css("h1")[:10]),
        times=_times(tree),
        link_lines=tuple(_link_lines(tree, budget=budget)),
        bylines=tuple(line(node.text(separator=" ")) for node in tree.css("[rel~=author], [itemprop=author]")[:10]),
    )


def string(value: Any) -> str:
    """The text of a property of JSON-LD, the first of several, the name of a thing; "" where it is none."""
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str)), "")
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    return line(value) if isinstance(value, str) else ""


def _canonical(tree: LexborHTMLParser) -> Iterator[str]:
    """Resolved against <base>, as the HTML standard has it (2.4.3); still relative where the page has none."""
    base = tree.css_first("base[href]")
    start = (base.attributes.get("href") or "").strip() if base else ""
    for link in tree.css("link[rel~=canonical i]")[:5]:
        address = (link.attributes.get("href") or "").strip()
        # of two addresses that are none, the page's own is right
        with contextlib.suppress(ValueError):
            yield urljoin(start, address) if address else ""


def line(text: str) -> str:
    """One line with single spaces, and without lone surrogates, which JSON can smuggle in and UTF-8 cannot hold."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _json_ld(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    left = _MAX_NODES
    for script in tree.css('script[type*="ld+json" i]'):
        for node in _walk(_loads(script.text()), limit=left):
            left -= 1
            yield node


def _loads(text: str) -> Any:
    text = text.strip().removeprefix("<!--").removesuffix("-->")
    text = text.strip().removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")
    if len(text) > _MAX_BLOCK:
        return None
    try:
        # strict=False: sites leave raw line breaks inside strings
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _walk(value: Any, *, limit: int) -> Iterator[dict[str, Any]]:
    """Every object in reading order, those that hold others before them."""
    waiting = [value]
    while waiting and limit > 0:
        current = waiting.pop()
        if isinstance(current, dict):
            limit -= 1
            yield current
            waiting.extend(child for child in reversed(current.values()) if isinstance(child, dict | list))
        elif isinstance(current, list):
            waiting.extend(child for child in reversed(current[:_MAX_NODES]) if isinstance(child, dict | list))


def _types(node: dict[str, Any]) -> set[str]:
    stated = node.get("@type")
    values = stated if isinstance(stated, list) else [stated]
    return {value.rpartition("/")[2] for value in values if isinstance(value, str)}


def _meta(tree: LexborHTMLParser) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in tree.css("meta[content]")[:500]:
        content = line(node.attributes.get("content") or "")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (node.attributes.get(attribute) or "").strip().casefold()
            if name and content:
                found.setdefault(name, []).append(content)
    return found


def _link_lines(tree: LexborHTMLParser, *, budget: int) -> Iterator[str]:
    """Both `budget`, in characters, and the number of links bound the work on pages that nest thousands deep."""
    for link in tree.css("a[href]")[:_MAX_LINKS]:
        block = link.parent
        for _ in range(_INLINE_DEPTH):
            if block is None or block.tag in _LINE_TAGS:
                break
            block = block.parent
        if block is None or block.tag not in _LINE_TAGS:
            continue
        text = block.text()
        budget -= len(text) + 1
        if budget < 0:
            return
        # judged by its longest link alone: a sentence with several links is not a teaser
        if len(text) <= _LONGEST_TEASER and len(line(link.text())) >= 0.8 * len(line(text)):
            yield line(text)


def _times(tree: LexborHTMLParser) -> tuple[str, ...]:
    """Dates in <time> and microdata: those marked as publication first, then any in page order."""
    marked = tree.css("[itemprop~=datePublished], time[pubdate], time.published, time.entry-date")[:5]
    plain = tree.css("time[datetime]")[:3]
    stated = (
        node.attributes.get("datetime") or node.attributes.get("content") or node.text() for node in (*marked, *plain)
    )
    return tuple(line(value) for value in stated if value and value.strip())
