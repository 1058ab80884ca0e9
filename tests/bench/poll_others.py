"""Other pollers on the same feeds, run by a Python that has reader, httpx and feedparser.

    python poll_others.py reader|plain PORT FEEDS HOSTS

Polls every feed once for each line on standard input, and answers with the CPU seconds that took, all threads counted.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def plain(urls: list[str]) -> Callable[[], None]:
    """A loop over httpx and feedparser as anybody writes it first: validators sent back, ids remembered in memory."""
    import feedparser
    import httpx

    client = httpx.Client()
    validators: dict[str, dict[str, str]] = {}
    seen: dict[str, set[str]] = {url: set() for url in urls}

    def poll() -> None:
        for url in urls:
            answer = client.get(url, headers=validators.get(url, {}))
            if answer.status_code == 200:
                parsed = feedparser.parse(answer.content, response_headers=dict(answer.headers))
                seen[url].update(entry.get("id") or entry.get("link") for entry in parsed.entries)
                validators[url] = {
                    "If-None-Match": answer.headers["etag"],
                    "If-Modified-Since": answer.headers["last-modified"],
                }

    return poll


def with_reader(urls: list[str]) -> Callable[[], None]:
    """What the guide of reader does, with its database on disk."""
    from reader import make_reader

    reader = make_reader(str(Path(tempfile.mkdtemp()) / "db.sqlite"))
    for url in urls:
        reader.add_feed(url)
    return lambda: reader.update_feeds(scheduled=False)


def main() -> None:
    which, port, feeds, hosts = sys.argv[1], *map(int, sys.argv[2:5])
    urls = [f"http://127.0.0.{feed % hosts + 1}:{port}/{feed}.xml" for feed in range(feeds)]
    poll = {"plain": plain, "reader": with_reader}[which](urls)
    for _ in sys.stdin:
        start = time.process_time()
        poll()
        sys.stdout.write(f"{time.process_time() - start}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
