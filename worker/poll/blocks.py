"""The entries of a document as stretches of its text, found without reading them.

In most polls nothing of a feed is new, or one entry is, while reading an entry takes a millisecond. So a document is
cut into its head, its entries and its tail, each entry is known by a checksum, and only a small document of the head,
the entries not seen before and the tail is read. For them it says what the whole document says, because this is done
only where expat, which also reads for feedparser, takes the whole for well-formed, where its entries are siblings with
nothing but comments between them, and where no document type declares entities. All else is read as a whole.

Cutting takes time in proportion to the document, whatever it holds.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from xml.parsers import expat

from worker.poll.charset import declared
from worker.poll.opening import from_root, local_name, root_of

MOST_BLOCKS = 2_000
"""A document of more entries than this is read as a whole."""

_ENTRIES = {"rss": "item", "rdf": "item", "feed": "entry", "urlset": "url"}
_BLANKS = " \t\r\n"
_COMMENT = r"<!--(?:[^-]++|-(?!->))*+-->"
_COMMENTS = re.compile(_COMMENT)
# In well-formed XML without a document type "<" begins these and nothing else but tags, so a search from the left for
# whichever comes first never stops inside another.
_APART = rf"<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>|{_COMMENT}|<\?(?:[^?]++|\?(?!>))*+\?>"
_TAG = r"""<(?P<end>/?){name}(?=[\s/>])(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>"""
_TOKENS = {name: re.compile(f"{_APART}|{_TAG.format(name=name)}") for name in _ENTRIES.values()}
_ENTRY_OUTSIDE = re.compile(r"<(?:[\w.-]++:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_PAGE_OUTSIDE = re.compile(r"<(?:[\w.-]++:)?url[\s/>]", re.IGNORECASE)

_ID = re.compile(r"<(?:[\w.-]++:)?(?:[Gg][Uu])?[Ii][Dd](?:\s[^<>]*+)?>\s*+(?:<!\[CDATA\[\s*+)?([^<\]]*+)")
_ABOUT = re.compile(r"""\babout\s*+=\s*+["']([^"']*+)""")
_ITEMS = re.compile(r'"items"\s{0,100}:\s{0,100}\[')
_COMMA = re.compile(r"[ \t\r\n]*+(?:,[ \t\r\n]*+)?")


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """A document in pieces: `head`, its entries as they stand there with `joint` between them, and `tail`.

    `sparse` says that some of the entries may be none: pages of a sitemap that are no news.
    """

    head: str
    entries: tuple[str, ...]
    tail: str
    joint: str = ""
    sparse: bool = False

    def checksums(self) -> tuple[int, ...]:
        """32 bits for every entry, other ones as soon as anything in it is changed."""
        return self._checksums

    @cached_property
    def _checksums(self) -> tuple[int, ...]:
        return tuple([zlib.crc32(entry.encode("utf-8", "surrogatepass")) for entry in self.entries])

    def names(self) -> tuple[int, ...]:
        """32 bits for every entry that stay the same as long as its id, link and title do."""
        return tuple(zlib.crc32(_name(entry).encode("utf-8", "surrogatepass")) for entry in self.entries)

    def document(self, chosen: Sequence[int]) -> bytes | None:
        """The small document of the `chosen` entries (their places), in UTF-8.

        None where only the whole tells who is who: an id of theirs is that of another entry, too.
        """
        if self._shared(chosen):
            return None
        return (self.head + self.joint.join(self.entries[place] for place in chosen) + self.tail).encode()

    def _shared(self, chosen: Sequence[int]) -> bool:
        """Whether one of the chosen entries has an id that another entry has too."""
        uses = Counter(found for place in chosen for found in _ids(self.entries[place]))
        others = (entry for place, entry in enumerate(self.entries) if place not in chosen)
        return any(count > 1 for count in uses.values()) or any(
            not uses.keys().isdisjoint(_ids(entry)) for entry in others if any(found in entry for found in uses)
        )


def scan(body: bytes, content_type: str = "") -> Blocks | None:
    """The pieces of a feed or sitemap, whatever its charset; None where it has to be read as a whole.

    `content_type` is the HTTP header, "" where there is none.
    """
    text = (declared(body, content_type) or "").lstrip("\ufeff \t\r\n\x00")
    blocks = _json_blocks(text) if text.startswith("{") else xml_blocks(text)
    return blocks if blocks and len(blocks.entries) <= MOST_BLOCKS else None


def xml_blocks(text: str) -> Blocks | None:
    """The pieces of an XML document, however many; None where it has to be read as a whole."""
    text, root = from_root(text)
    at, _ = root_of(text)
    name = _ENTRIES.get(local_name(root), "")
    if not name or (":" in root and not root.startswith("rdf:")) or "<!DOCTYPE" in text[:at] or not _well_formed(text):
        return None
    spans = _spans(text, _TOKENS[name])
    if not spans or any(_says(text[end:start]) for (_, end), (start, _) in pairwise(spans)):
        return None
    head, tail = text[at : spans[0][0]], text[spans[-1][1] :]
    outside = _PAGE_OUTSIDE if name == "url" else _ENTRY_OUTSIDE
    if outside.search(head) or outside.search(tail):
        return None
    return Blocks(head=head, entries=tuple(text[start:end] for start, end in spans), tail=tail, sparse=name == "url")


def _well_formed(text: str) -> bool:
    """Whether expat takes the document, with the namespaces that feedparser has it look after."""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeEncodeError):
        return False  # the latter for half a surrogate pair, which some charsets can spell
    return True


def _says(gap: str) -> bool:
    """Whether anything but comments stands there."""
    left = gap.strip(_BLANKS)
    return bool(left and _COMMENTS.sub("", left).strip(_BLANKS))


def _spans(text: str, tokens: re.Pattern[str]) -> list[tuple[int, int]]:
    """From where to where each entry goes; empty where one holds another or is an empty tag."""
    spans: list[tuple[int, int]] = []
    opened = -1
    for token in tokens.finditer(text):
        kind = token["end"]
        if kind is None:
            continue
        if kind:
            spans.append((opened, token.end()))
            opened = -1
        elif opened >= 0 or text[token.end() - 2] == "/":
            return []
        else:
            opened = token.start()
    return spans


def _json_blocks(text: str) -> Blocks | None:
    found = _ITEMS.search(text)
    spans: list[tuple[int, int]] = []
    if not found:
        return None
    decoder, at = json.JSONDecoder(), found.end()
    try:
        while (comma := _COMMA.match(text, at)) and text.startswith("{", comma.end()):
            _, at = decoder.raw_decode(text, comma.end())
            spans.append((comma.end(), at))
        head, tail = text[: found.end()], text[at:]
        rest = json.loads(head + tail)
    except (ValueError, RecursionError):
        return None
    if not spans or rest.get("items") != []:
        return None
    return Blocks(head=head, entries=tuple(text[start:end] for start, end in spans), tail=tail, joint=",")


def _ids(entry: str) -> frozenset[str]:
    """The ids an entry may have, as they stand there; those of the feed an Atom entry was taken from are left out."""
    if entry.startswith("{"):
        return frozenset({str(json.loads(entry).get("id", ""))} - {""})
    own, _, source = entry.partition("<source")
    own += source.partition("</source")[2]
    about = _ABOUT.findall(entry, 0, entry.find(">"))
    return frozenset(found for text in (*_ID.findall(own), *about) if (found := " ".join(text.split())))


def _name(entry: str) -> str:
    """What an entry is told by: its id, link and title; one without id and link by all that it says."""
    if entry.startswith("{"):
        item = json.loads(entry)
        names = [str(item.get(name, "")) for name in ("id", "url", "title")]
    else:
        names = ["\x1e".join(sorted(_ids(entry))), _inner(entry, "link") + _inner(entry, "loc"), _inner(entry, "title")]
    return "\x1f".join(names) if names[0] or names[1] else entry


def _inner(entry: str, name: str) -> str:
    """The first element of this name with its attributes, as it stands there, "" where there is none."""
    start = entry.find(f"<{name}")
    end = entry.find(f"</{name}", start)
    return entry[start : end if end >= 0 else entry.find(">", start)] if start >= 0 else ""
