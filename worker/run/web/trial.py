"""The child process of a preview: two versions of a topic on articles that come through a pipe.

Replaying thousands of articles would hold up every page, and a query that matches everything takes memory: a process of
its own can be given less of both, and be ended at any moment. It knows no Redis: what it needs stands on its standard
input, a line of JSON (the configurations as they are published) and then articles, each after its length.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from worker.config import Settings, from_published
from worker.edge import codec
from worker.edge.process import die_with_parent
from worker.model import Article
from worker.run.compare import Comparison, Pair, Shift
from worker.run.replay import Arrivals, Told
from worker.secret import SecretStr

LENGTH = struct.Struct(">I")
MEMORY = 768 << 20
MOST_MATCHED = 5_000
"""Articles; a topic that finds more is no topic."""
SHOWN = 60
_NICE = 5


def main() -> None:
    """Answer one question, as one line of JSON."""
    die_with_parent()
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    source = sys.stdin.buffer
    asked = json.loads(source.readline())
    try:
        answer = answer_to(from_published(asked["first"]), from_published(asked["other"]), articles_in(source))
    except MemoryError:
        answer = {"trouble": "it takes too much memory; make the query narrower"}
    sys.stdout.write(json.dumps(answer) + "\n")


def articles_in(source: BinaryIO) -> Iterator[Article]:
    """The articles, until the pipe ends."""
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        yield codec.load(Article, source.read(LENGTH.unpack(head)[0]))


def answer_to(first: Settings, other: Settings, articles: Iterator[Article]) -> dict[str, Any]:
    """What both would have told; `first` watches nothing where the topic is new."""
    comparison = Comparison(first, other)
    test = comparison.tests[1]
    arrivals = Arrivals(_until_too_many(articles, lambda: test.matched), other.articles_ttl)
    pairs = comparison.run(arrivals)
    ours = [pair for pair in pairs if pair.shift is not Shift.SAME] + [
        pair for pair in pairs if pair.shift is Shift.SAME
    ]
    return {
        "articles": arrivals.articles,
        "until": arrivals.now.isoformat(),
        "is_too_wide": test.matched >= MOST_MATCHED,
        "matched": [one.matched for one in comparison.tests],
        "alerts": [one.alerts for one in comparison.tests],
        "messages": [one.messages for one in comparison.tests],
        "silent": _silent(other, test.tallies),
        "changes": {shift.value: sum(pair.shift is shift for pair in pairs) for shift in Shift},
        "pairs": [_plain(pair) for pair in ours[:SHOWN]],
    }


def _until_too_many(articles: Iterator[Article], matched: Any) -> Iterator[Article]:
    for article in articles:
        if matched() >= MOST_MATCHED:
            return
        yield article


def _silent(settings: Settings, tallies: Any) -> Sequence[tuple[str, int]]:
    return [pair for topic in settings.topics for pair in tallies[topic.name].silent.most_common(6)]


def _plain(pair: Pair) -> dict[str, Any]:
    told = pair.other or pair.first
    return {"shift": pair.shift.value, "by": pair.by.total_seconds(), **(_told(told) if told else {})}


def _told(told: Told) -> dict[str, Any]:
    alert = told.alert
    return {
        "at": told.at.isoformat(),
        "reason": alert.reason.value,
        "because": alert.sent_because,
        "headline": alert.story.headline or alert.article.title,
        "source": alert.article.source.name or alert.article.source.domain,
        "article": alert.article.id,
    }


def settings_of(settings: Settings, topics: Sequence[Any]) -> Settings:
    """No more of a configuration than these topics need, without its secrets."""
    none = SecretStr("")
    bare = tuple(replace(spec, url=none, secret=none, former_secret=none, token=none) for spec in settings.destinations)
    return replace(
        settings, topics=tuple(topics), feeds=(), opml=(), destinations=bare, web_password=None, redis_url=None
    )


if __name__ == "__main__":
    main()
