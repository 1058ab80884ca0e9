"""What feeds made to hurt a reader cost: python tests/bench/hostile_feeds.py

Each is read as in a poll, in a reader of its own with a poll's budgets. Processor time and memory are the reader's, as
the kernel counts them.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from worker.edge.sandbox import Sandbox
from worker.errors import FeedError, StageTimeoutError
from worker.run.polling import PARSE_SECONDS, PARSER_MODULES
from worker.run.reading import Reader

URL = "https://hostile.example/feed.xml"
ITEM = b"<item><title>Sample</title></item>"


def rss(items: bytes) -> bytes:
    return b"<rss version='2.0'><channel><title>Sample</title>" + items + b"</channel></rss>"


def cases() -> Iterator[tuple[str, bytes]]:
    yield "30 entries, for comparison", rss(ITEM * 30)
    yield "0.7 MB of tags, one inside the other", rss(b"<a>" * 100_000 + b"</a>" * 100_000)
    attributes = b" ".join(b'a%d="x"' % number for number in range(20_000))
    yield "209 KB of attributes", rss(b"<item " + attributes + b"/>")
    yield "5 MB of < in CDATA", rss(b"<item><description><![CDATA[" + b"<" * 5_000_000 + b"]]></description></item>")
    layers = b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b"<!DOCTYPE rss [<!ENTITY a0 'boom'>" + layers + b"]>"
    yield "an entity bomb, 4 GB unfolded", bomb + rss(b"<item><title>&a9;</title></item>")
    repeated = b'<!DOCTYPE rss [<!ENTITY a "' + b"A" * 50_000 + b'">]>'
    yield "an entity of 50 KB, 50,000 times", repeated + rss(ITEM + b"&a;" * 50_000)
    yield "an author of 64 KB", rss(b"<item><author>" + b"a." * 32_000 + b"</author></item>")
    yield "100,000 entries", rss(ITEM * 100_000)
    yield "10 MB of entries, the most a poll takes", rss((ITEM * 300_000)[: 10_000_000 - 100])


def measure(body: bytes, to: Connection) -> None:
    """In a process of its own, so that its children are this one's only."""

    async def read() -> str:
        box = Sandbox(workers=1, seconds=PARSE_SECONDS, modules=PARSER_MODULES)
        try:
            found = await Reader(box).read(body, url=URL, content_type="", memory=b"", now=datetime.now(UTC))
        except (FeedError, StageTimeoutError) as error:
            return f"error: {error}"
        finally:
            box.close()
        return f"{found.total} entries"

    end = asyncio.run(read())
    used, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    to.send((end, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, own.ru_maxrss / 1024))


def main() -> None:
    sys.stdout.write("| document | processor time | memory | this process | end |\n|---|---|---|---|---|\n")
    for name, body in cases():
        ours, theirs = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("spawn").Process(target=measure, args=(body, theirs))
        child.start()
        end, seconds, reader, own = ours.recv()
        child.join()
        sys.stdout.write(f"| {name} | {seconds:.1f} s | {reader:.0f} MB | {own:.0f} MB | {end} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
