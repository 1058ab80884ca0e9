"""Feed lists in OPML 2.0 (opml.org/spec2.opml), as every reader exports them. The input may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from worker.config import values
from worker.config.settings import OpmlSource
from worker.errors import ConfigError
from worker.model import Feed

MOST_BYTES = 10_000_000
_DEEPEST = 100
_DECLARATION = re.compile(rb"""<\?xml[^>]{0,99}?\sencoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")
_OF_SEVERAL_BYTES = frozenset(
    "gb2312 gbk gb18030 big5 big5-hkscs shift_jis sjis shift-jis euc-jp iso-2022-jp euc-kr ks_c_5601-1987".split()  # noqa: SIM905  one line of names
)


def read_opml(data: bytes, source: OpmlSource) -> tuple[Feed, ...]:
    """The feeds in an OPML document, each address once, called as where it is named first.

    Folders, and what outlines give as `category`, become tags, after those of `source`; a feed that lies in several
    folders gets the tags of all. Outlines whose address is no http(s) one are passed over. ConfigError where this is no
    OPML, is larger than 10 MB, or declares a DOCTYPE: entities are declared there and nowhere else, so none can be
    expanded.
    """
    if len(data) > MOST_BYTES:
        raise ConfigError(f"the feed list is larger than {MOST_BYTES // 1_000_000} MB; split it")
    reader = _Reader(source)
    try:
        parser, data = _parser_of(data)
        parser.StartDoctypeDeclHandler = reader.doctype
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        place = f"line {error.lineno}: " if isinstance(error, expat.ExpatError) else ""
        raise ConfigError(
            f"the feed list cannot be read as OPML ({place}{_reason(error)}); export it again from your reader"
        ) from None
    return tuple(reader.feeds.values())


def _parser_of(data: bytes) -> tuple[expat.XMLParserType, bytes]:
    """A parser, and the document in an encoding that it knows."""
    encoding = _declared(data)
    if not encoding:
        return expat.ParserCreate(), data
    return expat.ParserCreate("utf-8"), data.decode(encoding).encode("utf-8")


def _declared(data: bytes) -> str:
    """The declared encoding where the parser does not know it: those of several bytes a letter (GBK, Shift JIS)."""
    found = _DECLARATION.match(data)
    name = found[1].decode("ascii").lower() if found else ""
    return name if name in _OF_SEVERAL_BYTES else ""


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not the {error.encoding} that it says it is"
    return expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else "unknown encoding"


class _Reader:
    """Collects feeds while expat walks the document; `folders` is the path to the current outline."""

    def __init__(self, source: OpmlSource) -> None:
        self.source = source
        self.feeds: dict[str, Feed] = {}
        self.folders: list[str] = []
        self.depth = 0

    def doctype(self, *_: object) -> None:
        raise ConfigError("the feed list declares a DOCTYPE, which OPML has no use for; remove that line")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.depth == 0 and tag.lower() != "opml":
            raise ConfigError(
                f"the feed list starts with <{tag[:40]}> and is no OPML; export it from your reader as OPML"
            )
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ConfigError(f"the feed list has more than {_DEEPEST} folders in each other; flatten it")
        # Readers disagree on the case of attribute names (xmlUrl, xmlurl, XMLURL).
        lowered = {name.lower(): _plain(value) for name, value in attributes.items()}
        title = lowered.get("title") or lowered.get("text") or ""
        url = lowered.get("xmlurl", "")
        if tag.lower() == "outline" and url:
            self._feed(url, title, lowered.get("category", ""))
        self.folders.append(title[:200] if tag.lower() == "outline" and not url else "")

    def end(self, _tag: str) -> None:
        self.depth -= 1
        self.folders.pop()

    def _feed(self, url: str, title: str, category: str) -> None:
        try:
            url = values.same_feed(values.feed_url(url))
        except ValueError:
            return
        # OPML 2.0: "a string of comma-separated slash-delimited category strings".
        categories = (part.strip()[:200] for part in re.split("[,/]", category))
        tags = dict.fromkeys((*self.source.tags, *filter(None, self.folders), *filter(None, categories)))
        feed = Feed(
            url=url,
            name=title[:200] or values.host(url),
            interval=self.source.interval,
            full_text=self.source.full_text,
            enough_text=self.source.enough_text,
            tags=tuple(tags),
        )
        former = self.feeds.get(url, feed)
        self.feeds[url] = replace(former, tags=tuple(dict.fromkeys((*former.tags, *tags))))


def write_opml(feeds: Iterable[Feed]) -> str:
    """The feeds as an OPML 2.0 document; a feed's tags become the folders it lies in, outermost first."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "<head><title>wirewatch</title></head>",
        "<body>",
    ]
    for tags, members in groupby(sorted(feeds, key=_by_folder), key=lambda feed: feed.tags):
        lines += [f"<outline text={_attribute(tag)}>" for tag in tags]
        lines += [
            f'<outline type="rss" text={_attribute(feed.name)} xmlUrl={_attribute(feed.url)}/>' for feed in members
        ]
        lines += ["</outline>"] * len(tags)
    return "\n".join([*lines, "</body>", "</opml>", ""])


def _by_folder(feed: Feed) -> tuple[tuple[str, ...], str]:
    return feed.tags, feed.name


def _attribute(value: str) -> str:
    return quoteattr(_plain(value))


def _plain(value: str) -> str:
    """One line without what a terminal could take for a command, or XML 1.0 (section 2.2) has no place for."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
