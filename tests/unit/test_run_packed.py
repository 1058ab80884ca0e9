"""Entries in one string come out as they went in, and take a fraction of the room."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.prose import START, Press

from worker.edge import codec
from worker.model import Entry, WorkItem, trace_of
from worker.run.packed import pack, unpack

texts = st.text(max_size=30)
moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001  hypothesis adds the zone
entries = st.builds(
    Entry,
    key=texts,
    url=texts,
    title=texts,
    summary=texts,
    content=texts,
    author=texts,
    published=st.none() | moments | moments.map(lambda at: at.replace(microsecond=0)),
    updated=st.none() | moments,
    language=st.none() | st.sampled_from(["en", "ko"]),
)
items = st.builds(
    WorkItem,
    entry=entries,
    feed_url=texts,
    feed_name=texts,
    feed_title=texts,
    tags=st.lists(texts, max_size=3).map(tuple),
    full_text=st.booleans(),
    seen_at=moments,
    trace=texts,
    baseline=st.booleans(),
    enough_text=st.none() | st.integers(1, 1_000),
)


def usual(item):
    """As most are: what follows from the rest does."""
    entry = replace(item.entry, key=item.entry.url)
    trace = trace_of(item.feed_url, entry.key, item.seen_at)
    return replace(item, entry=entry, feed_title=item.feed_name, trace=trace)


@given(st.lists(items | items.map(usual), min_size=1, max_size=5))
def test_every_entry_comes_out_as_it_went_in(some):
    text = pack(some)
    assert text.isascii()
    assert unpack(text) == some


def test_a_thousand_entries_take_a_quarter_of_what_they_take_one_by_one():
    press = Press()
    some = []
    for number in range(1_000):
        article = press.article(number)
        entry = Entry(key=article.url, url=article.url, title=article.title, published=article.published)
        feed = f"https://{article.source.domain}/rss.xml"
        seen = START + timedelta(seconds=number / 7)
        names = {"feed_url": feed, "feed_name": article.source.name, "feed_title": article.source.name}
        trace = trace_of(feed, entry.key, seen)
        some.append(WorkItem(entry=entry, **names, tags=(), full_text=True, seen_at=seen, trace=trace))
    alone = sum(len(json.dumps(codec.to_plain(item))) for item in some)
    assert len(pack(some)) < alone / 4
