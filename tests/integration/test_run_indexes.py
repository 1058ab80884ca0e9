"""The sitemaps of an index are asked for one after another; one that fails costs itself only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.sites import answering, client, routing, run, serving

from worker.errors import FeedError
from worker.model import ParsedFeed
from worker.run.indexes import news_of, without_validators
from worker.run.polling import ANSWERS
from worker.run.reading import Reader
from worker.secret import SecretStr

NOW = datetime(2024, 6, 1, tzinfo=UTC)


class InPlace:
    async def run(self, function, *arguments, **named):
        return function(*arguments, **named)


def sitemap(*titles):
    pages = "".join(
        f"<url><loc>https://map.example/{t}</loc><news:news><news:title>{t}</news:title></news:news></url>"
        for t in titles
    )
    return answering("200 OK", body=f"<urlset xmlns:news='urn:n'>{pages}</urlset>".encode())


async def news(http, server, *paths, url="https://index.example/sitemap.xml", extra=()):
    index = ParsedFeed(title="", link="", language=None, entries=(), follow=tuple(server.url(f"/{p}") for p in paths))
    reader = Reader(InPlace())
    return await news_of(index, url=url, http=http, reader=reader, extra=extra, max_bytes=1_000_000, now=NOW)


@run
async def test_entries_of_all_sitemaps_that_can_be_read_come_together():
    routes = routing(a=sitemap("one", "two"), b=answering("500 Internal Server Error"), c=sitemap("three"))
    async with serving(routes) as server, client() as http:
        found = await news(http, server, "a", "b", "c")
    assert [entry.title for entry in found.entries] == ["one", "two", "three"]
    assert len(found.follow) == 3
    assert [request.split()[1] for request in server.requests] == [b"/a", b"/b", b"/c"]


@run
async def test_where_none_can_be_read_the_first_reason_is_told():
    pages = answering("200 OK", body=b"<urlset><url><loc>https://map.example/</loc></url></urlset>")
    async with serving(routing(a=answering("404 Not Found"), b=pages)) as server, client() as http:
        with pytest.raises(
            FeedError, match=r"none of the sitemaps that this index names can be read \(http.*/a: .*404"
        ):
            await news(http, server, "a", "b")


@run
async def test_the_operators_headers_go_to_the_host_of_the_index_only():
    async with serving(sitemap("one")) as server, client() as http:
        await news(http, server, "a", extra=[("X-Sample", SecretStr("secret"))])
        await news(http, server, "a", url=server.url("/index.xml"), extra=[("X-Sample", SecretStr("secret"))])
    assert [b"secret" in request for request in server.requests] == [False, True]


@run
async def test_an_index_is_asked_for_as_a_whole_every_time():
    fields = ('ETag: "1"', "Last-Modified: Tue, 14 May 2024 10:30:00 GMT", "Cache-Control: max-age=60")
    async with serving(answering("200 OK", *fields)) as server, client() as http:
        answer = await http.get(server.url("/"), accept_status=ANSWERS)
    kept = without_validators(answer)
    assert kept == replace(answer, headers=dict(kept.headers))
    assert kept.headers["cache-control"] == "max-age=60"
    assert not {"etag", "last-modified"} & kept.headers.keys()
