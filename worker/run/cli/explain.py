"""`wirewatch articles explain`: why an article matches a topic, or why not."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.alerts.plain import plain, shortened
from worker.errors import WirewatchError
from worker.run.cli import complete
from worker.run.cli.common import AsJson, ConfigFile, count, open_redis, print_json, text

if TYPE_CHECKING:  # loading them costs more than all of --help
    from rich.console import Console, Group
    from rich.table import Table
    from rich.tree import Tree

    from worker.match.explain import Explanation, Factors, Finding
    from worker.match.lexicon import Lexicon
    from worker.match.nodes import Query
    from worker.model import Article, Topic

ArticleId = Annotated[str, typer.Argument(metavar="ID", callback=text, help="As `wirewatch articles list` shows it.")]
TopicName = Annotated[
    str,
    typer.Argument(
        metavar="TOPIC", help="The name of a topic; leave it out with --query.", autocompletion=complete.topics
    ),
]
TryQuery = Annotated[str, typer.Option("--query", metavar="QUERY", help="Try this query instead of a topic's.")]
_LONGEST_TEXT = 600
_GROUPS = {"and": "all of", "or": "one of", "not": "not"}


def articles_explain(
    article_id: ArticleId,
    topic: TopicName = "",
    query: TryQuery = "",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Say why an article matches a topic, or why not.

    Every clause of the query is shown with what became of it: where it was found, or how near it came. With --json:
    article, topic, query, meaning, matched, why_not, score, factors (name, value, weight, contribution) and tree, each
    clause with kind, field, clause, held, said, quotes, parts and hidden.
    """
    from worker.config import load
    from worker.edge.store.articles import Archive
    from worker.match.explain import explain
    from worker.match.query import parse
    from worker.model import Topic

    if bool(topic) == bool(query):
        raise typer.BadParameter("give the name of a topic, or a query with --query", param_hint="TOPIC")
    settings = load(config, secrets_needed=False)
    watched = Topic(name="", query=query) if query else _topic(topic, settings.topics)
    aliases = {entity.name: entity.aliases for entity in settings.entities}
    understood = parse(watched.query, entities=aliases)
    article = Archive(open_redis(config)).article(article_id)
    if article is None:
        raise WirewatchError(f"there is no article {article_id}; see `wirewatch articles list`")
    explanation = explain(understood, article, _lexicon(watched, article, aliases))
    if as_json:
        print_json(_as_json(explanation, article, topic or None, understood))
    else:
        print_explanation(explanation, article, topic, understood)


def _lexicon(topic: Topic, article: Article, aliases: Mapping[str, Sequence[str]]) -> Lexicon:
    """The terms as they are looked for in this article: by their stems where the topic asks for it."""
    from worker.match.lexicon import Lexicon, lexicon_in
    from worker.match.reading import language_of

    return lexicon_in(language_of(article), aliases) if topic.stem else Lexicon(aliases)


def _topic(name: str, topics: Sequence[Topic]) -> Topic:
    known = {topic.name: topic for topic in topics}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        mend = f"did you mean {' or '.join(near)}?" if near else "see `wirewatch topics list`"
        raise WirewatchError(f"there is no topic {name}; {mend}")
    return known[name]


# --- as JSON ----------------------------------------------------------------------------------------------------------


def _as_json(explanation: Explanation, article: Article, topic: str | None, query: Query) -> dict[str, Any]:
    from worker.match.describe import in_words

    factors = explanation.factors
    return {
        "article": article.id,
        "topic": topic,
        "query": query.text,
        "meaning": in_words(query),
        "matched": explanation.matched,
        "why_not": explanation.why_not or None,
        "score": factors.score if factors else None,
        "factors": [dict(zip(_FACTOR_KEYS, row[:4], strict=True)) for row in _rows(factors)] if factors else [],
        "tree": asdict(explanation.tree),
    }


# --- for people -------------------------------------------------------------------------------------------------------

_FACTOR_KEYS = ("name", "value", "weight", "contribution")


def _rows(factors: Factors) -> list[tuple[str, float, float, float, str]]:
    """Each factor of the score: name, value, weight, contribution, and what the value rests on."""
    from worker.match.factors import BASE, DENSITY, LEAD, TITLE

    of_clauses = f"of {count(factors.clauses, 'clause')} in the"
    passages = f"{count(factors.passages, 'passage')} in {count(factors.words, 'word')}"
    rows = [
        ("base", 1.0, BASE, "every match"),
        ("title", factors.title, TITLE, f"{factors.in_title} {of_clauses} title"),
        ("lead", factors.lead, LEAD, f"{factors.in_lead} {of_clauses} lead"),
        ("density", factors.dense, DENSITY, passages),
    ]
    return [(name, round(value, 4), weight, round(value * weight, 4), rests) for name, value, weight, rests in rows]


def print_explanation(
    explanation: Explanation, article: Article, topic: str, query: Query, *, out: Console | None = None
) -> None:
    """Verdict, clauses and score: fitted to a terminal, with one line for each of them where a program reads."""
    from worker.match.describe import in_words
    from worker.run.cli.table import cell, console

    out = out or console()
    matched = explanation.matched
    head = {
        "article": f"{cell(article.title)} ({cell(article.source.domain)})",
        **({"topic": cell(topic)} if topic else {}),
        "query": shortened(cell(query.text), _LONGEST_TEXT),
        "means": shortened(cell(in_words(query)), _LONGEST_TEXT),
        "result": f"it matches with a score of {explanation.factors.score:.2f}" if explanation.factors else "no match",
        **({} if matched else {"why not": cell(explanation.why_not)}),
    }
    factors = _rows(explanation.factors) if explanation.factors else []
    score = {
        name: f"{value:.2f} x {weight:.2f} = {contribution:.3f}  {rests}"
        for name, value, weight, contribution, rests in factors
    }
    with out.capture() as captured:
        out.print(_table(head), "", _branches(explanation.tree) if out.is_terminal else _lines(explanation.tree))
        if explanation.factors:
            out.print("", _table({**score, "score": f"{explanation.factors.score:.3f}"}))
    for line in captured.get().splitlines():
        out.file.write(line.rstrip() + "\n")


def _table(rows: Mapping[str, str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, said in rows.items():
        table.add_row(Text(name, style="bold"), Text(said))
    return table


def _branches(finding: Finding, above: Tree | None = None) -> Tree:
    from rich.tree import Tree

    mark = ("✓", "green") if finding.held else ("✗", "red")
    label = _label(finding, mark)
    tree = above.add(label) if above else Tree(label, guide_style="dim")
    for part in finding.parts:
        _branches(part, tree)
    if finding.hidden:
        tree.add(finding.hidden, style="dim")
    return tree


def _lines(finding: Finding) -> Group:
    from rich.console import Group
    from rich.padding import Padding

    below: list[Group | str] = [*map(_lines, finding.parts), *([finding.hidden] if finding.hidden else [])]
    label = _label(finding, ("holds" if finding.held else "fails", ""))
    return Group(label, *(Padding(one, (0, 0, 0, 2)) for one in below))


def _label(finding: Finding, mark: tuple[str, str]) -> Table:
    """The clause and what is said of it, with a line for each passage."""
    from rich.table import Table
    from rich.text import Text

    clause = _GROUPS.get(finding.kind, "") if finding.parts or finding.hidden else ""
    field = f"{finding.field}: " if clause and finding.field else ""
    label = Table.grid(padding=(0, 1, 0, 0))
    said = (field + (clause or plain(finding.clause)), "bold"), f": {plain(finding.said)}"
    label.add_row(Text(*mark), Text.assemble(*said))
    for one in finding.quotes:
        passage = Text.assemble((f"{one.field}: ", "dim"), (_inline(one.before), "dim"))
        passage.append(f"[{plain(one.text)}]", style="yellow").append(_inline(one.after), style="dim")
        label.add_row("", passage)
    return label


def _inline(text: str) -> str:
    """Plain text that keeps the blank on either side of it."""
    return " " * text[:1].isspace() + plain(text) + " " * (len(text) > 1 and text[-1].isspace())
