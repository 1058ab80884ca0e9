"""Which entry is which: within one document, and between polls.

Publishers break every single rule there is: no GUID, one GUID for all entries, new GUIDs at every poll. So an entry has
two identities, its key (GUID, else link, else title) and its link and title together, and is old if either was seen.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from worker.model import Entry, ParsedFeed, short_id

_LONGEST_KEY = 512
# Parameters that tell through which channel a reader came, never which article is meant.
_TRACKING = re.compile(r"(?:utm_\w{1,40}|fbclid|gclid|at_medium|at_campaign|cmpid|ns_campaign|ns_mchannel)\Z")


def entry_key(guid: str, link: str, title: str, published_text: str) -> str:
    """The entry's identity within its feed: its GUID, else its link, else its title and date as published.

    Pass the summary as `title` where there is no title. A key too long to keep, or of nothing at all, becomes a digest.
    """
    guid = " ".join(guid.split())
    if guid:
        key = guid
    elif link:
        key = canonical_link(link)
    else:
        key = " ".join(f"{title} {published_text}".split())
    return key if 0 < len(key) <= _LONGEST_KEY else short_id("entry", key)


def document_keys(parts: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """The keys of a document's entries from their (guid, link, title, published_text), in order.

    A GUID that stands for several different entries of the document identifies none of them, so those are told apart by
    link and title as well. Entries that are the same in all get the same key.
    """
    different = {(guid, link, title) for guid, link, title, _ in parts if guid}
    uses = Counter(guid for guid, _, _ in different)
    return [
        entry_key(short_id("entry", guid, link, title) if uses[guid] > 1 else guid, link, title, published)
        for guid, link, title, published in parts
    ]


def canonical_link(url: str) -> str:
    """`url` without what may change while the article stays: scheme, case of host, tracking parameters, last slash."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.match(p.partition("=")[0].lower()))
    address = parts.netloc.lower() + parts.path.rstrip("/")
    return address + (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def seen_key(key: str) -> int:
    """A signed 64-bit number for a key, as a Redis intset stores them in 8 bytes. Stable over releases and machines."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big", signed=True)


def keys(entry: Entry) -> tuple[int, ...]:
    """What an entry is told by: its key, and link and title together where they can identify it.

    A link to the front page says nothing about the entry ("Daily news" with the same link every day), so there the key
    stands alone.
    """
    pair = _pair(entry)
    return (seen_key(entry.key), seen_key(pair)) if pair else (seen_key(entry.key),)


def link_keys(entries: Sequence[Entry], site: str) -> dict[int, list[Entry]]:
    """The entries by the key of their link, under which another feed of `site` may have shown them.

    A link to the front page identifies nothing, nor does one that stands for several different entries.
    """
    by_link: dict[str, list[Entry]] = {}
    for entry in entries:
        link = canonical_link(entry.url) if entry.url else ""
        if "/" in link or "?" in link:
            by_link.setdefault(link, []).append(entry)
    return {
        seen_key(f"{site}\x1f{link}"): found
        for link, found in by_link.items()
        if len({(entry.key, entry.title) for entry in found}) == 1
    }


def new_entries(parsed: ParsedFeed, seen: Collection[int]) -> list[Entry]:
    """The entries of which no key is in `seen` (see `keys`) nor in an entry before, in document order."""
    taken: set[int] = set()
    new: list[Entry] = []
    for entry in parsed.entries:
        found = keys(entry)
        if not any(key in seen or key in taken for key in found):
            new.append(entry)
        taken.update(found)
    return new


def _pair(entry: Entry) -> str:
    words = entry.title or entry.summary
    link = canonical_link(entry.url) if entry.url else ""
    # The separator cannot occur in either part, so a pair is never equal to a key either.
    return f"{link}\x1f{words}" if words and ("/" in link or "?" in link) else ""
