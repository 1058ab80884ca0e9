"""Link headers as servers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.poll.links import Link, header_links

BASE = "https://gazette.example/news/feed"


def urls(value, rel):
    return [link.url for link in header_links(value, BASE) if rel in link.rel]


def test_the_example_of_websub():
    value = '<https://hub.example.com/>; rel="hub", <http://example.com/feed>; rel="self"'
    assert header_links(value, BASE) == (
        Link(url="https://hub.example.com/", rel=frozenset({"hub"})),
        Link(url="http://example.com/feed", rel=frozenset({"self"})),
    )


@pytest.mark.parametrize(
    "value",
    [
        "<https://hub.example/>; rel=hub",
        "<https://hub.example/>;rel=hub",
        '<https://hub.example/> ; REL = "HUB"',
        '<https://hub.example/>; rel="self hub"',
        '<https://hub.example/>; title="a, b; c=<d>"; rel="hub"',
        r'<https://hub.example/>; title="a \" b"; rel="hub"',
        '<https://hub.example/> rel="hub"',
        '<https://hub.example/>; rel="hub"; rel="other"',
        ', , <https://hub.example/>; crossorigin; rel="hub",',
        '</other>; rel="next", <https://hub.example/>; rel="hub"',
    ],
)
def test_spellings_of_one_hub(value):
    assert urls(value, "hub") == ["https://hub.example/"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "https://hub.example/; rel=hub",
        "<https://hub.example/>",
        "<https://hub.example/>; rel=other; rel=hub",
        "<javascript:alert(1)>; rel=hub",
        "<>; rel=hub",
        '<https://hub.example/>; rel="hub"; anchor="https://other.example/"',
        '<https://hub.example/; rel="hub"',
    ],
)
def test_no_hub(value):
    assert urls(value, "hub") == []


def test_addresses_are_resolved_and_types_told():
    (link,) = header_links('<../all.rss>; rel=alternate; type="Application/RSS+XML; charset=utf-8"; title="All"', BASE)
    assert link == Link(
        url="https://gazette.example/all.rss", rel=frozenset({"alternate"}), type="application/rss+xml", title="All"
    )


def test_a_header_without_end_is_read_no_further():
    assert len(header_links("<https://hub.example/>; rel=hub, " * 10_000, BASE)) == 50


@given(st.text(alphabet='<>;,="\\ ab/:hur', max_size=200))
def test_whatever_comes_gives_links_of_the_web_or_none(value):
    assert all(link.url.startswith(("http://", "https://")) for link in header_links(value, BASE))
