"""A page is parsed once; what is left of it is small, well-formed and no deeper than the extractor can follow."""

from __future__ import annotations

import pytest

from worker.clean.document import bare_html, parse
from worker.clean.text import article_text

SENTENCE = "Sample sentence {} tells of a train, a harbour and a meeting that nobody had announced before."
PARAGRAPHS = [SENTENCE.format(number) for number in range(20)]
ARTICLE = "<article>" + "".join(f"<p>{one}</p>" for one in PARAGRAPHS) + "</article>"


def bare(html: str) -> str:
    return bare_html(parse(html))


@pytest.mark.parametrize(
    "furniture",
    [
        "<script>var sample = 'harbour';</script>",
        "<style>p { color: red }</style>",
        "<nav><ul><li>World<li>Sport</ul></nav>",
        "<aside><p>Another story</p></aside>",
        "<footer>Imprint</footer>",
        "<noscript>Enable scripts</noscript>",
        "<svg><text>Logo</text></svg>",
        "<div hidden>Not shown</div>",
        '<blockquote class="twitter-tweet"><p>A post</p></blockquote>',
    ],
)
def test_what_is_no_article_text_is_gone(furniture):
    assert bare(f"<body><p>Before</p>{furniture}<p>After</p></body>") == bare("<body><p>Before</p><p>After</p></body>")


def test_text_after_furniture_stays():
    assert "right after" in bare("<p>before <button>Share</button> right after</p>")


def test_parts_that_react_streams_are_not_hidden():
    assert "Streamed" in bare('<div hidden id="S:1a"><p>Streamed</p></div>')


@pytest.mark.parametrize("depth", [100, 300, 3000])
@pytest.mark.parametrize("wrapper", ["div", "span", "font", "section"])
def test_deep_nesting_does_not_lose_the_article(depth, wrapper):
    html = f"<html><body>{f'<{wrapper}>' * depth}{ARTICLE}{f'</{wrapper}>' * depth}</body></html>"
    assert article_text(bare(html)).split("\n") == PARAGRAPHS


@pytest.mark.parametrize("opening", ["<div>{}", "<p><font>{}</p>", "<div><span>{}", '<div title="a > b">{}'])
def test_tags_nobody_closed_do_not_lose_the_article(opening):
    lines = [SENTENCE.format(number) for number in range(400)]
    html = "<html><body><article>" + "".join(opening.format(one) for one in lines)
    text = article_text(bare(html))
    assert [one for one in lines if one not in text] == []


def test_shallow_pages_keep_their_wrappers():
    assert bare("<body><div class='story'><p>Sample</p></div></body>").count("<div") == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 5_000,
        '<a href="/x">a link</a>' * 50_000,
        '<li><a href="/x">a link to another story of the day</a>' * 50_000,
        "<b><i>" * 5_000,
        "<table><tr><td>" * 500,
    ],
    ids=["nested", "links", "list of links", "formatting", "tables"],
)
def test_an_article_behind_hostile_structure_is_found(hostile):
    text = article_text(bare(f"<html><body>{hostile}{ARTICLE}"))
    assert [one for one in PARAGRAPHS if one not in text] == []


@pytest.mark.parametrize("filler", ["word " * 2_000_000, "<" * 10_000_000, "<p>a" * 1_000_000, "<p>" * 1_200_000])
def test_what_is_far_larger_than_any_page_loses_its_end(filler):
    left = bare(f"<html><body>{ARTICLE}{filler}")
    assert len(left) <= 1_000_000
    assert left.count("<") <= 121_000
    assert PARAGRAPHS[-1] in left
