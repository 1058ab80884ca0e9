"""`wirewatch topics test`: what a query means, and what it finds."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.alerts.plain import plain
from worker.run.cli.articles import Lines, stored
from worker.run.cli.common import AsJson, ConfigFile, count, moment, print_json, start_of
from worker.run.cli.progress import with_progress

if TYPE_CHECKING:  # loading them costs more than all of --help
    from rich.console import RenderableType
    from rich.text import Text

    from worker.match.nodes import Query as Understood
    from worker.model import Article, Entity, Highlight, Match

Query = Annotated[
    str, typer.Argument(metavar="QUERY", help="What to look for, such as '\"kim jong un\" NEAR/40 putin'.")
]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="How far back, such as 30m, 6h or 7d.")]
ArticleFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="ARTICLES.jsonl", help="Article lines instead of the stored articles; - reads standard input."
    ),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=0, help="How many articles are shown; 0 shows all.")]
Stem = Annotated[bool, typer.Option("--stem", help="Let a word stand for its inflected forms, as a topic with it.")]

SHOWN = 20
PASSAGES = 2
CONTEXT = 60
LONGEST_PIECE = 20
INDENT = (0, 0, 0, 6)


@dataclass(frozen=True, slots=True)
class Found:
    """An article and how it matches."""

    article: Article
    match: Match


def topics_test(
    query: Query,
    file: ArticleFile = None,
    *,
    since: Since = "7d",
    limit: Limit = SHOWN,
    stem: Stem = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what a query means and which articles match, best first.

    Looked at are the stored articles, or the article lines of a file, which needs neither Redis nor a configuration.
    With --json the list has every match.

    A query holds words, "phrases", AND, OR, NOT, ( ), NEAR/10, ONEAR/10, SENTENCE(a b), PARAGRAPH(a b), ATLEAST/3 a,
    meet*, colo?r, =NATO, title:a, lead:a, body:a, author:a, url:a, source:bbc.co.uk, lang:en, feed:NAME, tag:NAME and
    @entities.
    """
    from worker.match.engine import Matcher
    from worker.match.query import parse
    from worker.model import Topic

    start = start_of(since)
    understood = parse(query)
    if file is None or config or _names_entities(understood):
        entities = _entities(config, needed=file is None)
        understood = parse(query, entities=[entity.name for entity in entities])
    else:
        entities = ()
    matcher = Matcher([Topic(name="test", query=query, stem=stem)], entities)
    articles = Lines(file) if file else stored(start, config)
    looked_at = 0
    found: list[Found] = []
    told = matcher.match_each(with_progress(articles, "looking", "articles", besides=True))
    for looked_at, (article, matches) in enumerate(told, 1):  # noqa: B007  the last number is what is told
        found.extend(Found(article, match) for match in matches)
    found.sort(key=lambda one: -one.match.score)
    where = f"in {file}" if file else f"stored in the last {since}"
    if as_json:
        print_json([_row(one) for one in found])
    else:
        _print(understood, found, looked_at, plain(where), limit)
    raise typer.Exit(int(isinstance(articles, Lines) and articles.bad))


def _names_entities(query: Understood) -> bool:
    from worker.match.nodes import Alias, walk

    return any(isinstance(node, Alias) for node, _ in walk(query.root))


def _entities(config: Path | None, *, needed: bool) -> Sequence[Entity]:
    """The entities a query may name; a file of articles can be looked at without a configuration."""
    from worker.config import config_path, load

    if needed or config or config_path(config).exists():
        return load(config, secrets_needed=False).entities
    return ()


def _row(found: Found) -> dict[str, Any]:
    article = found.article
    return {
        "score": round(found.match.score, 2),
        "title": article.title,
        "source": article.source.domain,
        "published": moment(article.published),
        "highlights": [highlight.text for highlight in found.match.highlights[:4]],
        "id": article.id,
        "url": article.url,
    }


# --- for people ---------------------------------------------------------------------------------------------------


def _print(understood: Understood, found: Sequence[Found], looked_at: int, where: str, limit: int) -> None:
    from rich.text import Text

    from worker.match.describe import doubts, in_words
    from worker.run.cli.table import console

    lines: list[RenderableType] = [Text(f"Meaning: {plain(in_words(understood))}")]
    lines.extend(Text(f"Note: {doubt}.") for doubt in doubts(understood))
    shown = found[: limit or None]
    if found:
        percent = 100 * len(found) / looked_at
        share = f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"
        lines.append(Text(f"{count(len(found), 'article')} of {looked_at:,} {where} ({share}), best first:"))
    for one in shown:
        lines.extend(_block(one))
    if len(shown) < len(found):
        lines.append(Text(f"\n… and {len(found) - len(shown):,} more; --limit 0 shows all"))
    out = console()
    with out.capture() as captured:
        for line in lines:
            out.print(line)
    for written in captured.get().splitlines():
        sys.stdout.write(f"{written.rstrip()}\n")
    sys.stdout.flush()
    if not found:
        nothing = f"no article of {looked_at:,} {where} matches" if looked_at else f"no article is {where}"
        sys.stderr.write(f"{nothing}\n")


def _block(found: Found) -> Iterator[RenderableType]:
    """One article: where it is from, its title, and the passages of its text that match."""
    from rich.padding import Padding
    from rich.text import Text

    article, match = found.article, found.match
    day = f"{article.published:%Y-%m-%d %H:%M}Z" if article.published else "no date"
    origin = plain(article.source.domain or article.feed) or "unknown source"
    yield Text("")
    yield Text.assemble((f"{match.score:.2f}", "bold"), f"  {origin}  {day}  {plain(article.id)}")
    marks = [highlight for highlight in match.highlights if highlight.field == "title"]
    if article.title:
        yield Padding(_marked(article.title, marks, (0, len(article.title))), INDENT)
    for highlight in [highlight for highlight in match.highlights if highlight.field != "title"][:PASSAGES]:
        whole: str = getattr(article, highlight.field)
        window = _window(whole, highlight)
        yield Padding(Text(f"{highlight.field}: ").append_text(_marked(whole, [highlight], window)), INDENT)


def _window(whole: str, mark: Highlight) -> tuple[int, int]:
    """What is shown around a passage, without pieces of words where blanks are near."""
    start, end = max(0, mark.start - CONTEXT), min(len(whole), mark.end + CONTEXT)
    if start:
        start = whole.find(" ", start, min(start + LONGEST_PIECE, mark.start)) + 1 or start
    if end < len(whole):
        blank = whole.rfind(" ", max(end - LONGEST_PIECE, mark.end), end)
        end = end if blank < 0 else blank
    return start, end


def _marked(whole: str, marks: Sequence[Highlight], window: tuple[int, int]) -> Text:
    """What `window` shows of a text on one line, with its marks in brackets."""
    from rich.text import Text

    at, end = window
    line = Text("…" if at > 0 else "")
    for mark in marks:
        line.append(_inline(whole[at : mark.start]))
        line.append(f"[{_middle_cut(plain(whole[mark.start : mark.end]))}]", style="yellow")
        at = mark.end
    line.append(_inline(whole[at:end]))
    return line.append("…" if end < len(whole) else "")


def _inline(text: str) -> str:
    """`text` on one line, with a blank where it begins or ends with one."""
    inner = plain(text)
    if not inner:
        return " " if text else ""
    return " " * text[:1].isspace() + inner + " " * text[-1:].isspace()


def _middle_cut(text: str) -> str:
    return text if len(text) <= 4 * CONTEXT else f"{text[: 2 * CONTEXT]} … {text[-2 * CONTEXT :]}"
