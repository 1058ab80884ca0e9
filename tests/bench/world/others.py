"""Others on the world's feeds, run by a Python of theirs; see compare.py.

    python -m tests.bench.world.others reader|plain PORT FEEDS ARTICLES TOPICS SEED

Polls every feed once for each line on standard input, and answers with the CPU seconds that took and how many new
articles were handled.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..poll_others import with_reader  # noqa: TID252  its absolute name differs between pytest and -m
from .press import Press, Scale, Topic

Poll: TypeAlias = Callable[[], int]


def plain(urls: Sequence[str], topics: Sequence[Topic], hook: str) -> Poll:
    """What anybody writes first: feedparser, httpx with validators, trafilatura, and two expressions for each topic.

    No stories: each article that matches is posted. No politeness, no time limits, nothing outlives the process.
    """
    import feedparser
    import httpx
    import trafilatura

    client = httpx.Client()
    validators: dict[str, dict[str, str]] = {}
    seen: dict[str, set[str]] = {}
    patterns = [(topic.name, *patterns_of(topic)) for topic in topics]

    def entries_of(url: str) -> list[Any]:
        answer = client.get(url, headers=validators.get(url, {}))
        if answer.status_code != 200:
            return []
        found = {"If-None-Match": answer.headers.get("etag"), "If-Modified-Since": answer.headers.get("last-modified")}
        validators[url] = {name: value for name, value in found.items() if value}
        parsed = feedparser.parse(answer.content, response_headers=dict(answer.headers))
        new = [entry for entry in parsed.entries if entry.get("id") not in seen.get(url, set())]
        is_first = url not in seen
        seen.setdefault(url, set()).update(entry.get("id") for entry in new)
        return [] if is_first else new

    def poll() -> int:
        handled = 0
        for entry in (entry for url in urls for entry in entries_of(url)):
            handled += 1
            page = client.get(entry.link).text
            text = f"{entry.title}\n{trafilatura.extract(page, url=entry.link) or entry.get('summary', '')}"
            folded = text.casefold()
            for name, who, events in patterns:
                if who.search(folded) and events.search(folded):
                    alert = {"topic": name, "reason": "match"}
                    client.post(hook, json={"data": {"alert": alert, "article": {"url": entry.link}}})
        return handled

    return poll


def patterns_of(topic: Topic) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Somebody's name, and one of the events, anywhere in text without capitals: the quickest that re can be asked."""
    return re.compile(rf"{re.escape(topic.who.casefold())}\b"), re.compile(rf"\b(?:{'|'.join(topic.events)})")


def main() -> None:
    which, port, feeds, articles, number, seed = sys.argv[1], *map(int, sys.argv[2:7])
    press = Press(Scale(feeds=feeds, articles=articles, topics=number, seed=seed))
    urls = [f"http://{press.hosts[feed.host].address}:{port}/feed-{feed.number}.xml" for feed in press.feeds]
    if which == "reader":
        update = with_reader(urls)
        poll: Poll = lambda: update() or 0  # noqa: E731  reader does not say how many
    else:
        poll = plain(urls, press.topics, f"http://127.0.0.1:{port}/hook")
    for _ in sys.stdin:
        start = time.process_time()
        handled = poll()
        sys.stdout.write(f"{time.process_time() - start} {handled}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
