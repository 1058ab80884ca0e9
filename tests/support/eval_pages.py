"""Pages of sample text in nine languages, laid out as news pages are, with what an extractor should find."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

TEXTS = json.loads((Path(__file__).parents[1] / "eval" / "texts.json").read_text(encoding="utf-8"))
SITE = "Sample Harbour Courier"
PUBLISHED = datetime(2023, 9, 11, 6, 42, tzinfo=UTC)
# Lines of residue a page: as many as one finds on real pages.
PER_PAGE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalPage:
    """A page and what is right: its paragraphs, title and time, and the residue of which no line may be left."""

    name: str
    html: str
    title: str
    paragraphs: tuple[str, ...]
    residue: tuple[str, ...] = ()


def layout_pages() -> Iterator[EvalPage]:
    """Every layout in every language."""
    for language, text in TEXTS.items():
        for name, layout in LAYOUTS.items():
            yield EvalPage(
                name=f"{language} {name}",
                html=layout(text["title"], text["paragraphs"]),
                title=text["title"],
                paragraphs=tuple(text["paragraphs"]),
            )


def residue_pages() -> Iterator[EvalPage]:
    """Every line of residue, once as a plain paragraph and once marked up as residue is."""
    for language, text in TEXTS.items():
        lines: Sequence[str] = text["residue"]
        for start in range(0, len(lines), PER_PAGE):
            some = tuple(lines[start : start + PER_PAGE])
            for style, marked in STYLES.items():
                yield EvalPage(
                    name=f"{language} residue {start} {style}",
                    html=_article(text["title"], _mixed(text["paragraphs"], [marked(one) for one in some])),
                    title=text["title"],
                    paragraphs=tuple(text["paragraphs"]),
                    residue=some,
                )


STYLES: Mapping[str, Callable[[str], str]] = {
    "plain": lambda line: f"<p>{escape(line)}</p>",
    "strong": lambda line: f"<p><strong>{escape(line)}</strong></p>",
    "linked": lambda line: f'<p class="more"><em><a href="/other-story">{escape(line)}</a></em></p>',
    "box": lambda line: f'<div class="related-box"><h3>{escape(line)}</h3></div>',
    "list": lambda line: f'<ul><li><a href="/other-story">{escape(line)}</a></li></ul>',
}


def _mixed(paragraphs: Sequence[str], residue: Sequence[str]) -> str:
    """Two lines after the second and the fourth paragraph each, the rest at the end."""
    pieces = [f"<p>{escape(one)}</p>" for one in paragraphs]
    pieces[4:4] = residue[2:4]
    pieces[2:2] = residue[:2]
    return "".join([*pieces, *residue[4:]])


def _page(title: str, head: str, body: str) -> str:
    """The page around an article: navigation, a list of other stories, an imprint."""
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{escape(title)} | {SITE}</title>"
        f'<meta property="og:site_name" content="{SITE}">'
        f"{head}</head><body><header><a href=/>{SITE}</a></header>"
        "<nav><ul><li><a href=/world>World</a><li><a href=/sport>Sport</a></ul></nav>"
        f"{body}"
        "<section class=teasers><h2>Elsewhere</h2><ul><li><a href=/a>The weather at the weekend</a>"
        "<li><a href=/b>A recipe for pickled cabbage</a></ul></section>"
        f"<footer><p>© 2023 {SITE}</p></footer></body></html>"
    )


def _stated(title: str, **more: object) -> str:
    node = {"@type": "NewsArticle", "headline": title, "datePublished": "2023-09-11T15:42:00+09:00", **more}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def _paragraphs(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(one)}</p>" for one in paragraphs)


def _article(title: str, inner: str) -> str:
    head = _stated(title) + f'<meta property="og:title" content="{escape(title)} - {SITE}">'
    return _page(title, head, f"<main><article><h1>{escape(title)}</h1>{inner}</article></main>")


def _plain(title: str, paragraphs: Sequence[str]) -> str:
    return _article(title, _paragraphs(paragraphs))


def _line_breaks(title: str, paragraphs: Sequence[str]) -> str:
    head = '<meta name="date" content="2023-09-11T06:42:00Z">'
    lines = "<br><br>".join(map(escape, paragraphs))
    return _page(title, head, f"<h1>{escape(title)}</h1><div id=content>{lines}</div>")


def _standfirst(title: str, paragraphs: Sequence[str]) -> str:
    head = _stated(title) + f'<meta name="description" content="{escape(paragraphs[0])}">'
    top = f"<header><h1>{escape(title)}</h1><p class=dek>{escape(paragraphs[0])}</p></header>"
    return _page(title, head, f"<article>{top}<div class=body>{_paragraphs(paragraphs[1:])}</div></article>")


def _parts(title: str, paragraphs: Sequence[str]) -> str:
    head = '<meta property="article:published_time" content="2023-09-11T06:42:00Z">'
    halves = (paragraphs[:3], paragraphs[3:])
    parts = "<figure><img src=/x.jpg></figure>".join(
        f"<div class=body__part>{_paragraphs(half)}</div>" for half in halves
    )
    return _page(title, head, f"<article><h1>{escape(title)}</h1>{parts}</article>")


def _deep(title: str, paragraphs: Sequence[str]) -> str:
    head = '<meta itemprop="datePublished" content="2023-09-11T06:42:00Z">'
    return _page(title, head, "<div>" * 300 + f"<article><h1>{escape(title)}</h1>{_paragraphs(paragraphs)}</article>")


def _structured(title: str, paragraphs: Sequence[str]) -> str:
    return _page(title, _stated(title, articleBody="\n".join(paragraphs)), "<div id=app></div>")


def _streamed(title: str, paragraphs: Sequence[str]) -> str:
    streamed = f'<div hidden id="S:1"><article><h1>{escape(title)}</h1>{_paragraphs(paragraphs)}</article></div>'
    return _page(title, _stated(title), f'<main><template id="B:1"></template></main>{streamed}')


def _inline(title: str, paragraphs: Sequence[str]) -> str:
    """Links and emphasis inside sentences, a <time> that says when."""
    linked = [
        f'{escape(one[:12])}<a href="/topic">{escape(one[12:20])}</a><b>{escape(one[20:24])}</b>{escape(one[24:])}'
        for one in paragraphs
    ]
    body = "".join(f"<div class=paragraph>{one}</div>" for one in linked)
    when = '<time datetime="2023-09-11T06:42:00Z" pubdate>11.9.</time>'
    return _page(title, "", f"<main><h1>{escape(title)}</h1>{when}<div class=article-body>{body}</div></main>")


LAYOUTS: Mapping[str, Callable[[str, Sequence[str]], str]] = {
    "plain": _plain,
    "line breaks": _line_breaks,
    "standfirst": _standfirst,
    "parts": _parts,
    "deep": _deep,
    "structured data": _structured,
    "streamed": _streamed,
    "inline": _inline,
}
