"""From the body of an answer to the entries that may be new, reading as little of it as will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.errors import FeedError
from worker.model import Entry, ParsedFeed
from worker.poll.blocks import Blocks, scan
from worker.poll.draft import MAX_ENTRIES
from worker.poll.known import Known, load_known
from worker.poll.parse import parse_feed
from worker.ports import Cleaner

# Cutting a document of this size takes some milliseconds, in which nothing else runs here. Longer ones are read whole.
_LONGEST_CUT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read of a body: `feed` with all of its entries, or, where it is not `whole`, with those not seen before.

    `feed` is None where every entry had been seen, so that nothing was read. `total` counts those of the document.
    """

    feed: ParsedFeed | None
    total: int
    whole: bool = True
    blocks: Blocks | None = None
    known: Known | None = None

    @property
    def unread(self) -> int:
        """How many entries of the document were left out because they are as they were."""
        return 0 if self.whole else self.total - self._read

    def memory(self, *, new: int) -> bytes:
        """What to remember for the next reading, now that `new` of the entries turned out to be new."""
        if self.blocks is None:
            return Known.read(self.feed.entries).dump() if self.feed and self.feed.entries else b""
        if self.known is None or self.whole:
            return Known.whole(self.blocks).dump()
        return self.known.after(self.blocks, back=self._read - new).dump()

    def updated(self, old: Sequence[Entry]) -> int:
        """How many of the entries that turned out to be `old` say something else than before."""
        if not self.whole:
            return len(old)
        return self.known.changed(old) if self.known else 0

    @property
    def _read(self) -> int:
        return len(self.feed.entries) if self.feed else 0


class Reader:
    """Reads bodies. Only what was cut into harmless pieces by `scan` is looked at here, all else in `parser`."""

    def __init__(self, parser: Cleaner) -> None:
        self._parser = parser

    async def read(self, body: bytes, *, url: str, content_type: str, memory: bytes, now: datetime) -> Found:
        """The entries of `body` that the document of which `memory` is left had not; all of them where that is unsure.

        Raises FeedError, and StageTimeoutError at the budget of the parser.
        """
        blocks = scan(body, content_type) if len(body) <= _LONGEST_CUT else None
        known = load_known(memory)
        if blocks and known and (unseen := known.unseen(blocks)) is not None:
            part = await self._part(blocks, unseen, url=url, now=now) if unseen else None
            if part or not unseen:
                return Found(feed=part, total=len(blocks.entries), whole=False, blocks=blocks, known=known)
        feed = await self._parser.run(parse_feed, body, url=url, content_type=content_type, now=now)
        fits = blocks if blocks and _fits(feed, blocks) else None
        return Found(feed=feed, total=len(feed.entries), blocks=fits, known=known)

    async def _part(self, blocks: Blocks, places: list[int], *, url: str, now: datetime) -> ParsedFeed | None:
        """The entries at these places; None where the small document does not say as many as it should."""
        document = blocks.document(places)
        if document is None:
            return None
        try:
            feed = await self._parser.run(parse_feed, document, url=url, now=now)
        except FeedError:
            return None
        return feed if blocks.sparse or len(feed.entries) == len(places) else None


def _fits(feed: ParsedFeed, blocks: Blocks) -> bool:
    """Whether every piece is one entry, as far as they were read."""
    return blocks.sparse or len(feed.entries) == min(len(blocks.entries), MAX_ENTRIES)
