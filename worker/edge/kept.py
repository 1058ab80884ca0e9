"""A story with the numbers it is looked up by, to bytes and back: few bytes, for a busy topic has thousands of them.

Columns of the reports as JSON, compressed; beside it what does not compress, ids, signatures and numbers. Titles and
addresses are most of a long story, and its articles have them: beyond its first reports they are left to those.

All that earlier releases wrote is read: the same with every title and longer signatures, compressed JSON with
signatures beside it, and plain JSON.
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
from typing import Any, TypeAlias

import regex

from worker.dedupe.fingerprint import reduced
from worker.edge import codec
from worker.model import PRINT_EVERY, Report, Root, Story

# Reports that are kept with title and address whatever becomes of their articles; a story's card shows no more.
WHOLE_REPORTS = 5
# The first byte of what this release writes, and of what the one before wrote. Plain JSON begins with a brace, what
# came between with a zero.
_FORMAT, _FORMER_FORMAT = b"\x03", b"\x02"
_JSON = b"{"
_HEAD = struct.Struct(">IHH")
_OLDEST_HEAD = struct.Struct(">I")
_SIGNATURE = struct.Struct(">HB")
_FORMER_SIGNATURE = struct.Struct(">HH")
_HEX = regex.compile(r"[0-9a-f]{16}")
_ID_BYTES = 8
# Weights of terms are kept to three places, as grouping rounds them.
_PLACES = 1000
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000

_Signatures: TypeAlias = Mapping[int, tuple[int, ...]]
_NO_SIGNATURES: _Signatures = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A story as it is kept while it is live, and under which numbers of terms it is posted.

    The titles and addresses of the reports with the ids `left_out` are in their articles, and "" here.
    """

    story: Story
    posted: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()


def pack(kept: Kept, *, whole: bool = False) -> bytes:
    """The bytes of a live story; with `whole` nothing is left to articles."""
    reports = kept.story.reports
    shown = len(reports) if whole else WHOLE_REPORTS
    ids = [report.article_id for report in reports]
    has_short_ids = all(map(_HEX.fullmatch, ids))
    columns = _columns(kept.story, shown, [] if has_short_ids else ids)
    body = zlib.compress(json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    meaning = b64decode(kept.story.meaning)
    posted = struct.pack(f">{len(kept.posted)}I", *kept.posted)
    head = _HEAD.pack(len(body), len(kept.posted), len(meaning))
    raw_ids = bytes.fromhex("".join(ids)) if has_short_ids else b""
    return _FORMAT + head + body + posted + meaning + raw_ids + _packed_signatures(reports)


def unpack(data: bytes) -> Kept:
    """The story from `pack`'s bytes, or from those of an earlier release."""
    if data[:1] not in {_FORMAT, _FORMER_FORMAT}:
        return Kept(story=_oldest(data))
    size, numbers, meaning = _HEAD.unpack_from(data, 1)
    start = 1 + _HEAD.size
    posted = start + size
    packed_meaning = posted + 4 * numbers
    end = packed_meaning + meaning
    columns = json.loads(zlib.decompress(data[start:posted]))
    if data[:1] == _FORMER_FORMAT:
        signatures = _former_signatures(data, end)
    else:
        end = _read_ids(columns, data, end)
        signatures = _signatures(data, end)
    story = _story(columns, signatures)
    return Kept(
        story=replace(story, meaning=b64encode(data[packed_meaning : packed_meaning + meaning]).decode()),
        posted=struct.unpack_from(f">{numbers}I", data, posted),
        left_out=tuple(columns[_IDS][len(columns[_TITLES]) :]),
    )


def completed(kept: Kept, words: Mapping[str, tuple[str, str]]) -> Kept:
    """The story with what was left out of it: title and address by article id; what is not known stays ""."""
    left_out = frozenset(kept.left_out)

    def told(report: Report) -> Report:
        title, url = words.get(report.article_id, ("", "")) if report.article_id in left_out else ("", "")
        return replace(report, title=title, url=url) if title or url else report

    reports = tuple([told(report) for report in kept.story.reports])
    return Kept(story=replace(kept.story, reports=reports), posted=kept.posted)


def _read_ids(columns: list[Any], data: bytes, at: int) -> int:
    """Put the ids into their column where they are beside it; where they end."""
    if columns[_IDS]:
        return at
    end = at + _ID_BYTES * len(columns[_SOURCES])
    columns[_IDS] = [data[one : one + _ID_BYTES].hex() for one in range(at, end, _ID_BYTES)]
    return end


def _packed_signatures(reports: Sequence[Report]) -> bytes:
    # Longer ones are of no use to anybody: what is left of them is what is compared.
    signatures = [(at, reduced(report.signature)) for at, report in enumerate(reports) if report.signature]
    return b"".join([_SIGNATURE.pack(at, len(numbers)) + _packed_signature(numbers) for at, numbers in signatures])


# A story is written again with every report it gets, and one report may be in the stories of many topics.
@lru_cache(maxsize=4096)
def _packed_signature(numbers: tuple[int, ...]) -> bytes:
    """Two bytes for each number by which copies are looked up, then half a byte for each other one."""
    prints = numbers[::PRINT_EVERY]
    rest = [number for at, number in enumerate(numbers) if at % PRINT_EVERY]
    others = ("%x" * len(rest)) % tuple(rest)
    return struct.pack(f">{len(prints)}H", *prints) + bytes.fromhex(others + "0" * (len(others) % 2))


def _signatures(data: bytes, at: int) -> _Signatures:
    found = {}
    while at < len(data):
        place, size = _SIGNATURE.unpack_from(data, at)
        at += _SIGNATURE.size
        prints = -(-size // PRINT_EVERY)
        middle, end = at + 2 * prints, at + 2 * prints + (size - prints + 1) // 2
        found[place] = _signature(data[at:middle], data[middle:end], size)
        at = end
    return found


@lru_cache(maxsize=4096)
def _signature(looked_up: bytes, others: bytes, size: int) -> tuple[int, ...]:
    prints, rest = iter(struct.unpack(f">{len(looked_up) // 2}H", looked_up)), iter(others.hex())
    return tuple([int(next(rest), 16) if one % PRINT_EVERY else next(prints) for one in range(size)])


def _former_signatures(data: bytes, at: int) -> _Signatures:
    found = {}
    while at < len(data):
        place, size = _FORMER_SIGNATURE.unpack_from(data, at)
        at += _FORMER_SIGNATURE.size
        found[place] = reduced(struct.unpack_from(f">{size}H", data, at))
        at += 2 * size
    return found


# Where two of the columns are.
_IDS, _TITLES, _SOURCES = 6, 7, 9


def _columns(story: Story, shown: int, ids: Sequence[str]) -> list[Any]:
    """What a story says, each string once; a report that another names is named by its place.

    So many of its reports are `shown` with title and address.
    """
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
        ids,
        [None if report.title == story.headline else report.title for report in reports[:shown]],
        [report.url for report in reports[:shown]],
        [known(report.source) for report in reports],
        [known(report.root) for report in reports],
        [None if report.copy_of is None else places.get(report.copy_of, report.copy_of) for report in reports],
        _times([report.seen_at for report in reports], base),
        _times([report.published for report in reports], base),
        list(texts),
    ]


def _story(columns: Sequence[Any], signatures: _Signatures) -> Story:
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
            title="" if at >= len(titles) else headline if titles[at] is None else titles[at],
            url="" if at >= len(urls) else urls[at],
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


def _oldest(data: bytes) -> Story:
    """A story as releases before the former one wrote it; the first signatures had 32 bits a number."""
    if data[:1] == _JSON:
        story, found = codec.load(Story, data), _NO_SIGNATURES
    else:
        end = _OLDEST_HEAD.size + _OLDEST_HEAD.unpack_from(data)[0]
        story = codec.load(Story, zlib.decompress(data[_OLDEST_HEAD.size : end]))
        found = _former_signatures(data, end)
    reports = (
        replace(report, signature=found.get(at) or reduced(report.signature)) for at, report in enumerate(story.reports)
    )
    return replace(story, reports=tuple(reports))
