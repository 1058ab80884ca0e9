"""Reads every file of a collection of feeds: python tests/bench/read_feeds.py [--sample N] [DIRECTORY].

The directory holds .tar.xz archives or plain files; without one it is $WIREWATCH_EVAL/feeds. Each file is read in the
same sandbox as in a poll, and the entries are compared with what feedparser makes of them by itself: as many, with the
same id, link, title and date. A difference counts as explained where its reason is one of REASONS. Then each document
that can be cut into its entries is read again in parts, which have to say what the whole says.
"""

from __future__ import annotations

import argparse
import asyncio
import calendar
import io
import os
import random
import resource
import sys
import tarfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
from rich.console import Console
from rich.table import Table

from worker.edge.sandbox import Sandbox
from worker.errors import FeedError, StageTimeoutError
from worker.model import Entry, ParsedFeed
from worker.poll.blocks import scan
from worker.poll.draft import MAX_ENTRIES
from worker.poll.parse import parse_feed
from worker.poll.text import plain
from worker.run.polling import PARSE_SECONDS, PARSER_MODULES

URL = "https://base.example/dir/feed.xml"
NOW = datetime.now(UTC)
CONSOLE = Console(highlight=False, width=120)
REASONS = {
    "refused": "no whole entry, or no feed at all: an error says so",
    "more": "formats feedparser does not read (JSON Feed, sitemaps, unmarked UTF-16)",
    "newest": f"of more than {MAX_ENTRIES} entries the newest are taken",
    "cut": "the document is cut off in an entry, which is left out until the whole has come",
    "shared": "an id that several entries of the document have identifies none of them",
    "charset": "the bytes are read in the charset they are in, not in the one declared or assumed",
    "not web": "what is no http or https address is no link (urn:, tag:, javascript:)",
    "spelling": "white space in addresses and the case of their scheme",
    "version": "an entry without a page of its own links to another version of it",
    "plain": "titles are plain text in one line: no markup, entities or runs of white space",
    "our time": "before 1990 or more than a day ahead is no date",
    "unread": "feedparser cannot read the date (languages, AM/PM, order)",
    "zone": "feedparser takes the named zone for UTC, or overlooks AM/PM",
    "no date": "not a date by any standard; null rather than a guess",
}


def main() -> int:
    """Status 1 where a file crashed, hung or swelled, or something differs for no reason."""
    options = _options()
    warnings.simplefilter("ignore")
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    bad: list[str] = []
    totals: Counter[str] = Counter()
    sandbox = Sandbox(workers=1, seconds=PARSE_SECONDS, modules=PARSER_MODULES)
    try:
        asyncio.run(_all(options, sandbox, found, bad, totals))
    finally:
        sandbox.close()
    _report(found, bad, totals)
    return int(bool(bad) or any(reason not in REASONS for _, reason in found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "directory", nargs="?", type=Path, default=Path(os.environ.get("WIREWATCH_EVAL", ".")) / "feeds"
    )
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="only every Nth file")
    return parser.parse_args()


def _files(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(directory.rglob("*")):
        if path.name.endswith(".tar.xz"):
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.isfile() and (stream := archive.extractfile(member)):
                        yield f"{path.name}:{member.name}", stream.read()
        elif path.is_file():
            yield str(path), path.read_bytes()


async def _all(
    options: argparse.Namespace,
    sandbox: Sandbox,
    found: dict[tuple[str, str], Counter[str]],
    bad: list[str],
    totals: Counter[str],
) -> None:
    for number, (name, body) in enumerate(_files(options.directory)):
        if number % options.sample:
            continue
        totals["files"] += 1
        started = time.monotonic()
        try:
            ours = await sandbox.run(parse_feed, body, url=URL, now=NOW)
        except FeedError:
            ours = None
        except StageTimeoutError as error:
            bad.append(f"{name}: {error}")
            continue
        totals["slowest, ms"] = max(totals["slowest, ms"], int((time.monotonic() - started) * 1000))
        for field, reason in _differences(body, ours, totals):
            found[field, reason][name] += 1
        if ours is not None:
            bad += [f"{name}: {words}" for words in _parts(body, ours, totals)]


def _report(found: dict[tuple[str, str], Counter[str]], bad: list[str], totals: Counter[str]) -> None:
    CONSOLE.print(", ".join(f"{count:,} {what}" for what, count in totals.items()))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    CONSOLE.print(f"largest reader {children} MB")
    table = Table("what", "files", "times", "why", "for example")
    for (field, reason), names in sorted(found.items(), key=lambda pair: (pair[0][0], -pair[1].total())):
        example = names.most_common(1)[0][0] if reason not in REASONS else ""
        table.add_row(field, str(len(names)), str(names.total()), REASONS.get(reason, reason), example)
    CONSOLE.print(table)
    for line in bad:
        CONSOLE.print(line)


# --- the whole against feedparser ---------------------------------------------------------------------------------


def _differences(body: bytes, ours: ParsedFeed | None, totals: Counter[str]) -> Iterator[tuple[str, str]]:
    theirs = feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL})
    entries = theirs.entries
    if ours is None:
        if entries:
            yield "count", "refused"
        return
    totals["feeds"] += 1
    totals["entries"] += len(ours.entries)
    if len(entries) != len(ours.entries):
        yield "count", _count(entries, ours)
        return
    damaged = theirs.get("encoding", "") not in {"utf-8", "us-ascii"} and theirs.bozo
    ids = Counter(entry.get("id") for entry in entries)
    for entry, our in zip(entries, ours.entries, strict=True):
        for field, reason in _of_entry(entry, our, shared=ids[entry.get("id")] > 1):
            yield field, "charset" if damaged and reason.startswith("other") else reason


def _count(entries: list[Any], ours: ParsedFeed) -> str:
    if not entries:
        return "more"
    if len(ours.entries) == MAX_ENTRIES < len(entries):
        return "newest"
    return "cut" if len(ours.entries) == len(entries) - 1 else "other count"


def _of_entry(entry: Any, our: Entry, *, shared: bool) -> Iterator[tuple[str, str]]:
    guid = " ".join((entry.get("id") or "").split())
    if guid and guid != our.key:
        yield "id", "shared" if shared else "other id"
    link = entry.get("link") or ""
    if link != our.url:
        yield "link", _of_link(link, our.url)
    title = entry.get("title") or ""
    if title != our.title:
        yield "title", _of_title(entry, title, our.title)
    moment, text = _moment(entry)
    if moment != our.published:
        yield "date", _of_date(moment, text, our.published)


def _of_link(theirs: str, ours: str) -> str:
    if not ours and not theirs.strip().lower().startswith(("http:", "https:")):
        return "not web"
    if not theirs:
        return "version"
    return "spelling" if theirs.strip().replace(" ", "%20").lower() == ours.lower() else "other link"


def _of_title(entry: Any, theirs: str, ours: str) -> str:
    markup = (entry.get("title_detail") or {}).get("type") in {"text/html", "application/xhtml+xml"}
    return "plain" if ours in {plain(theirs, markup=markup), plain(theirs, markup=True)} else "other title"


def _moment(entry: Any) -> tuple[datetime | None, str]:
    for name in ("published", "created", "updated"):
        if parsed := dict.get(entry, f"{name}_parsed"):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=calendar.timegm(parsed)), entry.get(name, "")
    return None, dict.get(entry, "published") or dict.get(entry, "updated") or ""


def _of_date(theirs: datetime | None, text: str, ours: datetime | None) -> str:
    if theirs is None:
        return "unread"
    if ours is None:
        return "our time" if not datetime(1990, 1, 1, tzinfo=UTC) <= theirs <= NOW + timedelta(days=1) else "no date"
    named = any(word.isalpha() for word in text.split()[-1:])
    return "zone" if named and abs(ours - theirs) <= timedelta(hours=14) else f"other date {text}"


# --- the parts against the whole ----------------------------------------------------------------------------------


def _parts(body: bytes, whole: ParsedFeed, totals: Counter[str]) -> Iterator[str]:
    blocks = scan(body)
    if blocks is None or len(blocks.entries) != len(whole.entries):
        totals["read whole only"] += 1
        return
    totals["cut"] += 1
    dice = random.Random(len(body))  # a choice of places, the same every time
    places = range(len(blocks.entries))
    for chosen in {(places[0],), (places[-1],), tuple(sorted(dice.sample(places, dice.randint(1, len(places)))))}:
        document = blocks.document(chosen)
        if document is None:
            totals["parts with shared ids"] += 1
            continue
        totals["parts"] += 1
        part = parse_feed(document, url=URL, now=NOW)
        if part.entries != tuple(whole.entries[place] for place in chosen):
            yield f"the entries at {chosen} are other ones than in the whole"
        if (part.title, part.link, part.ttl, part.hub) != (whole.title, whole.link, whole.ttl, whole.hub):
            yield "the head is another one than in the whole"


if __name__ == "__main__":
    sys.exit(main())
