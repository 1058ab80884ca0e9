"""Documents of more entries than are taken: cut down before they are read, since reading is what takes time."""

from __future__ import annotations

import re
from datetime import datetime

from worker.poll.blocks import xml_blocks
from worker.poll.dates import read_date
from worker.poll.draft import MAX_ENTRIES, newest

_DATED = re.compile(
    r"<(?:[\w.-]++:)?(?:(?P<published>pubDate|published|issued)|created|updated|modified|date)(?:\s[^<>]*+)?>"
    r"\s*+(?:<!\[CDATA\[)?(?P<date>[^<\]]{1,200})"
)


def thinned(text: str, *, now: datetime) -> str:
    """The document with its newest 500 entries, where they are told apart without reading them; else as it is."""
    if text.count("<item") + text.count("<entry") <= MAX_ENTRIES:
        return text
    blocks = xml_blocks(text)
    if blocks is None or len(blocks.entries) <= MAX_ENTRIES:
        return text
    return blocks.head + "".join(newest(blocks.entries, lambda entry: _published(entry, now))) + blocks.tail


def _published(entry: str, now: datetime) -> datetime | None:
    """The publication date of an entry as it stands there, else one of its other dates."""
    dates = sorted(_DATED.finditer(entry), key=lambda found: found["published"] is None)
    return next((date for found in dates if (date := read_date(found["date"].strip(), now=now))), None)
