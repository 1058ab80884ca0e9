"""A story with the numbers it is looked up by, to bytes and back: few bytes, for a busy topic has thousands of them.

Columns of the reports as JSON, compressed; beside it what does not compress, signatures and numbers. All that earlier
releases wrote is read: plain JSON, and compressed JSON with signatures beside it.
"""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from worker.edge import codec
from worker.model import Report, Root, Story

# The first byte of what this release writes. Plain JSON begins with a brace, what came between them with a zero.
_FORMAT = b"\x02"
_JSON = b"{"
_HEAD = struct.Struct(">IHH")
_FORMER_HEAD = struct.Struct(">I")
_PRINT = struct.Struct(">HH")
_BITS = 0xFFFF
# Weights of terms are kept to three places, as grouping rounds them.
_PLACES = 1000
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
# The stories told last are read with every article of a topic; some 3 MB as a rule.
_AT_HAND = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A story as it is kept while it is live, and under which numbers of terms it is posted."""

    story: Story
    posted: tuple[int, ...] = ()


def pack(kept: Kept) -> bytes:
    """The bytes of a live story."""
    body = zlib.compress(json.dumps(_columns(kept.story), ensure_ascii=False, separators=(",", ":")).encode(), 9)
    meaning = b64decode(kept.story.meaning)
    posted = struct.pack(f">{len(kept.posted)}I", *kept.posted)
    return _FORMAT + _HEAD.pack(len(body), len(kept.posted), len(meaning)) + body + posted + meaning + _prints(kept)


@lru_cache(maxsize=_AT_HAND)
def unpack(data: bytes) -> Kept:
    """The story from `pack`'s bytes, or from those of an earlier release."""
    if data[:1] != _FORMAT:
        return Kept(story=_former(data))
    size, numbers, meaning = _HEAD.unpack_from(data, 1)
    start = 1 + _HEAD.size
    posted = start + size
    packed_meaning = posted + 4 * numbers
    end = packed_meaning + meaning
    story = _story(json.loads(zlib.decompress(data[start:posted])), _signatures(data, end))
    return Kept(
        story=replace(story, meaning=b64encode(data[packed_meaning:end]).decode()) if meaning else story,
        posted=struct.unpack_from(f">{numbers}I", data, posted),
    )


def _prints(kept: Kept) -> bytes:
    return b"".join(
        _PRINT.pack(at, len(report.signature)) + struct.pack(f">{len(report.signature)}H", *report.signature)
        for at, report in enumerate(kept.story.reports)
        if report.signature
    )


def _signatures(data: bytes, at: int) -> dict[int, tuple[int, ...]]:
    found = {}
    while at < len(data):
        place, size = _PRINT.unpack_from(data, at)
        found[place] = struct.unpack_from(f">{size}H", data, at + _PRINT.size)
        at += _PRINT.size + 2 * size
    return found


def _columns(story: Story) -> list[Any]:
    """What a story says, each string once; a report that another names is named by its place."""
    places = {report.article_id: at for at, report in enumerate(story.reports)}
    texts: dict[str, int] = {}

    def known(text: str) -> int:
        return texts.setdefault(text, len(texts))

    base = _microseconds(story.first_seen) // _SECOND
    reports = story.reports
    return [
        [story.id, story.topic, story.headline, base, story.independent_sources, story.cohesion, list(story.told)],
        _times((story.first_seen, story.last_seen), base),
        [term for term, _ in story.terms],
        _falls([round(weight * _PLACES) for _, weight in story.terms]),
        [[known(root.key), known(root.name), places.get(root.article_id, root.article_id)] for root in story.roots],
        [[at, root.quote] for at, root in enumerate(story.roots) if root.quote],
        [report.article_id for report in reports],
        [None if report.title == story.headline else report.title for report in reports],
        [report.url for report in reports],
        [known(report.source) for report in reports],
        [known(report.root) for report in reports],
        [None if report.copy_of is None else places.get(report.copy_of, report.copy_of) for report in reports],
        _times([report.seen_at for report in reports], base),
        _times([report.published for report in reports], base),
        list(texts),
    ]


def _story(columns: Sequence[Any], signatures: Mapping[int, tuple[int, ...]]) -> Story:
    head, moments, terms, falls, roots, quotes, ids, titles, urls, *others = columns
    sources, keys, copies, seen, published, texts = others
    ident, topic, headline, base, independent, cohesion, told = head
    first, last = _moments(moments, base)
    seen_at = _moments(seen, base)
    quoted = dict(quotes)
    reports = tuple(
        Report(
            article_id=article_id,
            source=texts[sources[at]],
            title=headline if titles[at] is None else titles[at],
            url=urls[at],
            published=when,
            seen_at=seen_at[at],
            copy_of=ids[copies[at]] if isinstance(copies[at], int) else copies[at],
            signature=signatures.get(at, ()),
            root=texts[keys[at]],
        )
        for at, (article_id, when) in enumerate(zip(ids, _moments(published, base), strict=True))
    )
    return Story(
        id=ident,
        topic=topic,
        headline=headline,
        first_seen=first,
        last_seen=last,
        reports=reports,
        independent_sources=independent,
        roots=tuple(
            Root(
                key=texts[key],
                name=texts[name],
                article_id=ids[article] if isinstance(article, int) else article,
                quote=quoted.get(at, ""),
            )
            for at, (key, name, article) in enumerate(roots)
        ),
        terms=tuple(zip(terms, _weights(falls), strict=True)),
        told=tuple(told),
        cohesion=cohesion,
    )


def _falls(weights: Sequence[int]) -> list[int]:
    """Each weight by how far it lies below the one before: the heaviest term comes first, and many weigh the same."""
    return [before - weight for before, weight in zip((0, *weights), weights, strict=False)]


def _weights(falls: Sequence[int]) -> list[float]:
    return [-total / _PLACES for total in accumulate(falls)]


def _times(moments: Sequence[datetime | None], base: int) -> list[Any]:
    """Whole seconds since `base`, and the microseconds beyond them where there are any."""
    parts = [None if moment is None else divmod(_microseconds(moment), _SECOND) for moment in moments]
    beyond = [part[1] if part else 0 for part in parts]
    return [[part[0] - base if part else None for part in parts], beyond if any(beyond) else 0]


def _moments(times: Sequence[Any], base: int) -> list[Any]:
    seconds, beyond = times
    return [
        None if second is None else _EPOCH + timedelta(seconds=base + second, microseconds=beyond[at] if beyond else 0)
        for at, second in enumerate(seconds)
    ]


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _former(data: bytes) -> Story:
    """A story as earlier releases wrote it. The oldest signatures have 32 bits, of which today's are the lower half."""
    if data[:1] == _JSON:
        story, found = codec.load(Story, data), {}
    else:
        end = _FORMER_HEAD.size + _FORMER_HEAD.unpack_from(data)[0]
        story, found = codec.load(Story, zlib.decompress(data[_FORMER_HEAD.size : end])), _signatures(data, end)
    reports = (
        replace(report, signature=found.get(at) or tuple(value & _BITS for value in report.signature))
        for at, report in enumerate(story.reports)
    )
    return replace(story, reports=tuple(reports))
