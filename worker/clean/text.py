"""HTML to lines of plain text: the article's by trafilatura, a fragment's (feed content) as it stands."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

_BLOCKS = (
    "address,article,aside,blockquote,br,dd,div,dl,dt,figcaption,figure,footer,h1,h2,h3,h4,h5,h6,header,hr,li,main,nav,"
    "ol,p,pre,section,table,tr,ul"
)
_INVISIBLE = ["script", "style", "noscript", "template", "iframe", "object", "svg", "form", "button", "head"]
# what parsers raise on hostile markup; the feed's own words take over then
_BROKEN_HTML = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_NOT_WORDS = re.compile(r"[\W_]+")
_TAG = re.compile(r"<[^>]*>")
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Letters; with less, an extractor may have met only the teaser of the page.
_LITTLE = 700
_SPACE = re.compile(r"[^\S\n]+")
_LINE_BREAKS = re.compile(r"\s*\n\s*")


def article_text(html: str) -> str:
    """The article's own text in bare HTML (document.bare_html), one paragraph a line; "" where none is found.

    Precision mode: a sentence of boilerplate costs a false alert, a lost side remark hardly anything. The extractor
    compares itself with a second one only where it found little: elsewhere the second hardly ever wins.
    """
    found = _extracted(html, fast=True)
    if size(found) >= _LITTLE or 2 * len(found) >= len(_TAG.sub("", html)):
        return found
    return max(second_text(html), found, key=len)


def size(text: str) -> int:
    """Length as in letters: a Han, Kana or Hangul character says about as much as three."""
    return len(text) + 2 * len(_DENSE.findall(text))


def second_text(html: str) -> str:
    """The same by way of a comparison of several extractors, at three times the cost."""
    return _extracted(html, fast=False)


def _extracted(html: str, *, fast: bool) -> str:
    # 0.3 s to import, which no command but those that clean should pay
    from lxml.etree import LxmlError  # type: ignore[import-untyped]  # noqa: PLC0415  # lxml publishes no types
    from trafilatura import extract  # noqa: PLC0415

    try:
        found = extract(html, fast=fast, favor_precision=True, include_comments=False)
    except (LxmlError, *_BROKEN_HTML):
        return ""
    return _tidy(found or "")


def key_of(line: str) -> str:
    """What two renderings of the same line share."""
    return _NOT_WORDS.sub(" ", line.casefold()).strip()


def fragment_text(html: str) -> str:
    """All visible text of a piece of HTML, one block a line."""
    if "<" not in html and "&" not in html:
        return _tidy(html)
    tree = LexborHTMLParser(html)
    tree.strip_tags(_INVISIBLE)
    for node in tree.css(_BLOCKS):
        node.insert_before("\n")
        node.insert_after("\n")
    return _tidy(tree.root.text() if tree.root else "")


def _tidy(text: str) -> str:
    return _LINE_BREAKS.sub("\n", _SPACE.sub(" ", text.replace("\u200b", "").replace("\ufeff", ""))).strip()
