"""Items of RSS that say everything in plain elements, read without feedparser, which takes 20 times as long.

An item is plain where it consists of the usual elements of RSS 2.0, each at most once, with text and nothing else
inside, and of elements that tell us nothing. All others are left to feedparser, as are the feed's own words. What is
made of the text here is what feedparser 6 makes of it without its sanitiser (mixin.py: `pop`, `looks_like_html`), and
wherever it would mend something beyond that the item counts as none of the plain ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin

from worker.poll.blocks import Blocks, xml_blocks

_PARTS: Mapping[str, str] = {
    "title": "title",
    "link": "link",
    "guid": "id",
    "pubDate": "published",
    "dc:date": "updated",
    "description": "summary",
    "content:encoded": "content",
    "dc:creator": "author",
    "author": "author",
}
_IGNORED = frozenset(
    {
        "category",
        "comments",
        "dc:subject",
        "enclosure",
        "media:content",
        "media:credit",
        "media:keywords",
        "media:thumbnail",
        "slash:comments",
        "source",
        "wfw:comment",
        "wfw:commentRss",
    }
)
_PREFIXES: Mapping[str, frozenset[str]] = {
    "content": frozenset({"http://purl.org/rss/1.0/modules/content/"}),
    "dc": frozenset({"http://purl.org/dc/elements/1.1/"}),
    "media": frozenset({"http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss"}),
    "slash": frozenset({"http://purl.org/rss/1.0/modules/slash/"}),
    "wfw": frozenset({"http://wellformedweb.org/CommentAPI/"}),
}
_DECLARED = re.compile(r"""\sxmlns(?::([\w.-]++))?\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_ROOT = re.compile(r"""<rss((?:[^<>"'/]++|"[^"]*+"|'[^']*+')*+)>""")
_OPENED = re.compile(r"<item\s*+>")
_LEAF = re.compile(
    r"""[^<]*+<(?P<name>[\w:.-]++)(?P<attributes>(?:[^<>"'/]++|"[^"]*+"|'[^']*+')*+)
        (?:/>|>(?P<text>(?:[^<]++|<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>)*+)</(?P=name)\s*+>)""",
    re.VERBOSE,
)
_CLOSED = re.compile(r"[^<]*+</item\s*+>\Z")
_PERMALINK = re.compile(r"""\s++isPermaLink\s*+=\s*+["'](true|false)["']\s*+\Z""")
_CDATA = re.compile(r"<!\[CDATA\[((?:[^\]]++|\](?!\]>))*+)\]\]>")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]++)|#([0-9]++)|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# Characters that feedparser takes for those of Windows.
_WINDOWS = re.compile("[\x80-\x9f]")
_NOT_A_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainItem:
    """What an item's elements say, under feedparser's names; "" for what it does not say. Text may be markup.

    `title_markup` says that the title is HTML. Where there is no `summary` the content stands there.
    """

    title: str
    title_markup: bool
    link: str
    id: str
    published: str
    updated: str
    summary: str
    content: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A document of which some items are plain: them by their places among all, and the others' places.

    `rest` is the document without the plain ones, and with an item in front that only holds a title: it shows which
    base address and which language items have.
    """

    rest: str
    plain: Mapping[int, PlainItem]
    others: tuple[int, ...]


def parted(text: str, *, url: str) -> Parted | None:
    """An RSS document in its plain items and the rest; None where that cannot be told, or there are none.

    `url` is the base address of links.
    """
    blocks = xml_blocks(text) if "xml:base" not in text else None
    declared = _namespaces(blocks) if blocks else None
    if blocks is None or declared is None:
        return None
    plain: dict[int, PlainItem] = {}
    for place, item in enumerate(blocks.entries):
        if (found := _parts(item, declared)) is not None and (read := _item(found, url)) is not None:
            plain[place] = read
    others = tuple(place for place in range(len(blocks.entries)) if place not in plain)
    probe = "<item><title>-</title></item>"
    rest = blocks.head + probe + "".join(blocks.entries[place] for place in others) + blocks.tail
    return Parted(rest=rest, plain=plain, others=others) if plain else None


def _namespaces(blocks: Blocks) -> frozenset[str] | None:
    """The prefixes that mean in all items what they usually mean; None where elements without one do not."""
    root = _ROOT.match(blocks.head)
    if root is None:
        return None
    given = {found[1]: found[2] or found[3] for found in _DECLARED.finditer(root[1])}
    everywhere = [found[1] for found in _DECLARED.finditer(blocks.head)]
    if None in everywhere:
        return None
    return frozenset(
        prefix for prefix, meant in _PREFIXES.items() if given.get(prefix) in meant and everywhere.count(prefix) == 1
    )


def _parts(item: str, declared: frozenset[str]) -> dict[str, str] | None:
    """The texts of a plain item's elements by the names of PlainItem, and `permalink`; None where it is not plain."""
    opened = _OPENED.match(item)
    if opened is None or "xmlns" in item:
        return None
    at, found = opened.end(), {}
    while leaf := _LEAF.match(item, at):
        at = leaf.end()
        name, attributes, text = leaf.groups()
        prefix, colon, _ = name.partition(":")
        if colon and prefix not in declared:
            return None
        if name in _IGNORED:
            continue
        part = _PARTS.get(name)
        if part is None or part in found:
            return None
        if attributes.strip():
            permalink = _PERMALINK.match(attributes) if part == "id" else None
            if permalink is None:
                return None
            found["permalink"] = permalink[1]
        found[part] = text or ""
    return found if _CLOSED.match(item, at) else None


def _item(found: dict[str, str], url: str) -> PlainItem | None:
    """The item of these texts, as they stand in the document; None where feedparser would do more about one."""
    said = {part: _said(text) for part, text in found.items()}
    if any(_is_mended(text) for text in said.values()) or "@" in said.get("author", ""):
        return None
    guid, title, content = said.get("id", ""), said.get("title", ""), said.get("content", "")
    is_link = "id" in said and said.get("permalink", "true") == "true"
    if guid and is_link:
        guid = _urljoin(url, guid)
    link = said.get("link")
    if link is None:
        link = guid if is_link else ""
    elif link:
        link = _NOT_A_REFERENCE.sub(r"&\1", _urljoin(url, link).replace("&amp;", "&"))
    if not link:
        return None
    return PlainItem(
        title=title,
        title_markup=_FeedParserMixin.looks_like_html(title),
        link=link,
        id=guid,
        published=said.get("published", ""),
        updated=said.get("updated", ""),
        summary=said.get("summary", content),
        content=content,
        author=said.get("author", ""),
    )


def _said(text: str) -> str:
    """What an element's text means (XML 1.0, sections 2.4, 2.7, 2.11 and 4.6), without white space around it."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text:
        pieces = _CDATA.split(text)
        pieces[::2] = map(_resolved, pieces[::2])
        return "".join(pieces).strip()
    return _resolved(text).strip()


def _resolved(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    hexadecimal, decimal, name = reference.groups()
    return _NAMED[name] if name else chr(int(hexadecimal, 16) if hexadecimal else int(decimal))


def _is_mended(text: str) -> bool:
    """Whether feedparser would take it for text in a charset it was not written in."""
    if text.isascii():
        return False
    try:
        text.encode("iso-8859-1").decode()
    except UnicodeError:
        return _WINDOWS.search(text) is not None
    return True
