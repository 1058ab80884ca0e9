"""`wirewatch topics suggest`: a query from a few articles, for people who do not write boolean."""

from __future__ import annotations

import shlex
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from worker.errors import ConfigError, UnavailableError, WirewatchError
from worker.run.cli.articles import stored
from worker.run.cli.common import AsJson, ConfigFile, count, open_redis, print_json, printable, start_of, text
from worker.run.cli.progress import Listed, with_progress
from worker.run.cli.reading import STANDARD_INPUT, NumberedLines, called, object_of

if TYPE_CHECKING:
    from worker.match.suggest.propose import Found, Part, Suggestion
    from worker.model import Article, Entity

Examples = Annotated[
    list[str],
    typer.Argument(
        metavar="ARTICLES",
        help="Articles to find: files of article lines (- is standard input) or ids of stored ones.",
    ),
]
Others = Annotated[
    list[str] | None,
    typer.Option("--not", metavar="ARTICLES...", help="Articles that must not be found, given in the same way."),
]
Among = Annotated[
    Path | None, typer.Option("--among", metavar="FILE", help="Article lines to compare with, instead of stored ones.")
]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="How far back in the stored articles.")]

# Of more articles the newest are taken: this many hold the words of a busy week and are gone through in seconds.
MOST_COMPARED = 20_000
# Counts of fewer articles than this say little about how rare a word is.
FEW = 200
_SHOWN, _SHOWN_DOUBTS = 8, 3
_PROBABLE = 0.5


class ManyNots(TyperCommand):
    """Takes several articles after one --not: what follows it up to the next option is no example."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeats the option before each of its values, as the parser wants it."""
        spread: list[str] = []
        refusing = valueless = False
        for argument in args:
            if argument == "--not":
                refusing = valueless = True
            elif argument.startswith("-") and argument != "-":
                refusing = False
                spread.append(argument)
            else:
                spread.extend(["--not", argument] if refusing else [argument])
                valueless = False
        return super().parse_args(ctx, [*spread, "--not"] if valueless else spread)


def register(group: typer.Typer) -> None:
    """Add the command to the group of the topics."""
    group.command("suggest", cls=ManyNots)(topics_suggest)


def topics_suggest(
    articles: Examples,
    *,
    others: Others = None,
    among: Among = None,
    since: Since = "7d",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Propose a query that finds articles like these.

    Typically three examples are given. The query is explained in words, with what it finds among the stored articles.
    """
    from worker.match.suggest.propose import suggest

    pool = _Pool(config, among, since)
    examples = [article for given in articles for article in pool.given(given)]
    refused = [article for given in others or () for article in pool.given(given)]
    suggestion = suggest(examples, pool.background(), others=refused, entities=_entities(config))
    if as_json:
        print_json(_as_json(suggestion, len(examples)))
    else:
        _print(suggestion, len({article.id for article in examples}))


class _Pool:
    """Where articles come from: files, or what is stored."""

    def __init__(self, config: Path | None, among: Path | None, since: str) -> None:
        self._config = config
        self._since = start_of(since)
        self._among = list(deque(_lines(among, watched=True), MOST_COMPARED)) if among else None

    def given(self, name: str) -> list[Article]:
        """The articles of a file, or the one with that id."""
        path = Path(name)
        if path == STANDARD_INPUT or path.suffix or _exists(path):
            found = list(_lines(path))
            if not found:
                raise WirewatchError(f"{called(path)} holds no article lines")
            return found
        near = next((article for article in self._among or () if article.id == text(name)), None)
        stored = near or self._stored(text(name))
        if stored is None:
            raise WirewatchError(f"there is no article {name}; see `wirewatch articles list`, or give a file")
        return [stored]

    def background(self) -> Iterable[Article]:
        """What the examples are compared with; a bar shows how much of it was taken."""
        if self._among is not None:
            found = Listed(self._among, len(self._among))
        else:
            try:
                found = stored(self._since, self._config, most=MOST_COMPARED)
            except (ConfigError, UnavailableError) as error:
                raise WirewatchError(f"{error}; or give --among FILE with articles to compare with") from error
        return with_progress(found, "comparing", "articles", besides=True)

    def _stored(self, ident: str) -> Article | None:
        from worker.edge.store.articles import Archive

        return Archive(open_redis(self._config)).article(ident)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # no file is called so: the name is too long
        return False


def _lines(path: Path, *, watched: bool = False) -> Iterator[Article]:
    """The articles of a file, with a bar where it is a long one to be `watched`."""
    from worker.clean.lines import from_line

    lines = NumberedLines(path)
    for number, line in with_progress(lines, "reading", "lines", besides=True) if watched else lines:
        try:
            yield from_line(object_of(line))
        except ValueError as error:
            raise WirewatchError(f"{called(path)}, line {number}: {error}") from error


def _entities(config: Path | None) -> Sequence[Entity]:
    from worker.config import config_path, load

    here = config is not None or config_path(config).exists()
    return load(config, secrets_needed=False).entities if here else ()


# --- showing ------------------------------------------------------------------------------------------------------


def _command(query: str) -> str:
    return f'wirewatch topics add "NAME" {shlex.quote(query)}'


def _why(part: Part, examples: int, background: int) -> str:
    held = f"in {part.examples} of {count(examples, 'example')}"
    if part.group < 0:
        return "in counter-examples only"
    return f"{held}, in {_per_thousand(part.background, background)} of 1,000 other articles" if background else held


def _per_thousand(number: int, background: int) -> str:
    share = 1000 * number / background
    return f"{share:.0f}" if share >= 10 or not number else f"{max(share, 0.1):.1f}"


def _print(suggestion: Suggestion, examples: int) -> None:
    from worker.run.cli.table import print_table

    write = sys.stdout.write
    write(f"{printable(suggestion.query)}\n\n{printable(_command(suggestion.query))}\n\n")
    write(f"Meaning: {printable(suggestion.meaning)}\n\n")
    write("".join(f"Note: {printable(note)}\n" for note in _notes(suggestion)))
    rows = [
        {"term": part.text, "group": _group_name(part.group), "why": _why(part, examples, suggestion.background)}
        for part in suggestion.parts
    ]
    print_table(rows, ["term", "group", "why"])
    matches = suggestion.matches
    write(f"\nIt would have matched {len(matches)} of {count(suggestion.background, 'other article')}.\n")
    doubts = [found for found in matches if not found.chance]
    passed = [found for found in suggestion.passed if found.chance > _PROBABLE]
    for title, found, most in (
        ("Most like the examples:", [found for found in matches if found.chance], _SHOWN),
        ("Matched, but unlike the examples:", doubts, _SHOWN_DOUBTS),
        ("Like the examples, but not matched:", passed, _SHOWN_DOUBTS),
    ):
        if found:
            write(f"\n{title}\n")
            print_table([_row(each) for each in found[:most]], ["score", "title", "source"])


def _notes(suggestion: Suggestion) -> Iterator[str]:
    if not suggestion.shared:
        yield "the examples have hardly a word in common; the query is the OR of what is best for each"
    for article in suggestion.missed:
        yield f"it misses the example {article.title or article.id}"
    for article in suggestion.caught:
        yield f"it also finds the counter-example {article.title or article.id}"
    if suggestion.background < FEW:
        other = count(suggestion.background, "other article")
        few = f"only {other}" if suggestion.background else "no other articles"
        yield f"{few} to compare with; the more, the better the query"


def _group_name(group: int) -> str:
    return "not" if group < 0 else str(group + 1)


def _row(found: Found) -> dict[str, Any]:
    return {"score": round(found.score, 2), "title": found.article.title, "source": found.article.source.domain}


def _as_json(suggestion: Suggestion, examples: int) -> dict[str, Any]:
    """What --json prints.

    `parts` are the terms: `group` counts from 1 the groups that AND joins (0: must be absent), `examples` and
    `background` how many articles hold the term. `chance` is how likely an article is meant, judged by its likeness to
    the examples. `passed` are articles like the examples that the query does not match.
    """
    return {
        "query": suggestion.query,
        "command": _command(suggestion.query),
        "meaning": suggestion.meaning,
        "notes": list(_notes(suggestion)),
        "parts": [
            {"term": p.text, "group": p.group + 1, "examples": p.examples, "background": p.background}
            for p in suggestion.parts
        ],
        "examples": examples,
        "background": suggestion.background,
        "missed": [article.id for article in suggestion.missed],
        "caught": [article.id for article in suggestion.caught],
        "matched": len(suggestion.matches),
        "matches": [_found(found) for found in suggestion.matches],
        "passed": [_found(found) for found in suggestion.passed if found.chance > _PROBABLE],
    }


def _found(found: Found) -> dict[str, Any]:
    return {
        "id": found.article.id,
        "title": found.article.title,
        "source": found.article.source.domain,
        "score": round(found.score, 4),
        "chance": round(found.chance, 4),
    }
