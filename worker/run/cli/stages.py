"""The stages as Unix filters: JSON Lines in, JSON Lines out, a bad line costs itself only."""

from __future__ import annotations

import base64
import binascii
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from worker.errors import FeedError, WirewatchError
from worker.run.cli.common import ConfigFile, moment, open_redis, print_json, start_of
from worker.run.cli.progress import with_progress
from worker.run.cli.reading import STANDARD_INPUT, NumberedLines, complain, object_of, read_bytes

if TYPE_CHECKING:
    from worker.model import Article, Entity, Entry, Match, Page, Topic
    from worker.stories.meaning import Meanings

Pages = Annotated[
    Path,
    typer.Argument(metavar="PAGES.jsonl", show_default=False, help="JSON Lines; - or nothing reads standard input."),
]
Articles = Annotated[
    Path,
    typer.Argument(metavar="ARTICLES.jsonl", show_default=False, help="JSON Lines; - or nothing reads standard input."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(parse)
    app.command()(clean)
    app.command()(match)
    app.command()(group)


def parse(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FEED.xml", help="Feed files; - or nothing reads standard input."),
    ] = None,
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the feed comes from, to resolve its relative links.")
    ] = "",
) -> None:
    """Turn feed files into one line per entry.

    RSS, RDF, Atom, JSON Feed and news sitemaps. A file that is no feed costs itself only; the status is 1 in the end.
    """
    from worker.poll.parse import parse_feed

    bad = False
    for file in files or [STANDARD_INPUT]:
        try:
            feed = parse_feed(read_bytes(file), url=url, now=datetime.now(UTC))
        except FeedError as error:
            bad = complain(f"{'standard input' if file == STANDARD_INPUT else file}: {error}")
            continue
        except WirewatchError as error:
            bad = complain(str(error))
            continue
        if feed.follow:
            bad = complain(f"{file}: this is a sitemap index, which holds no entries; parse {' or '.join(feed.follow)}")
        for entry in feed.entries:
            print_json(_entry_line(entry, str(file), feed.title), indent=None)
    raise typer.Exit(int(bad))


def clean(file: Pages = STANDARD_INPUT) -> None:
    """Turn web pages into articles.

    Reads {"id","url","html"} or {"id","url","html_base64"}, one a line, and writes one article line for each, in
    order, with its id kept. A bad line costs itself only; the status is 1 in the end.
    """
    from worker.clean.article import clean as clean_page
    from worker.clean.lines import to_line

    def one(line: Mapping[str, Any]) -> dict[str, Any]:
        if line.get("id") in {None, ""} and not line.get("url"):
            raise ValueError('a page line needs an "id" or a "url"')
        article = clean_page(_page(line), None, now=datetime.now(UTC))
        return {**to_line(article), "id": _id(line, article.id)}

    filter_lines(file, one, "cleaning")


def match(
    file: Articles = STANDARD_INPUT,
    query: Annotated[
        str | None,
        typer.Option("--query", metavar="QUERY", help='One query instead of the topics; its topic is called "query".'),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="TIME", help="The stored articles of that time, such as 7d, in place of a file."
        ),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Say which topics articles satisfy, and why.

    Reads article lines, or the stored articles with --since, and writes {"id","topics"} for each, in order: the topics
    of the configuration file, or one --query, which knows the @entities of --config where that is given besides. A bad
    line costs itself only; the status is 1 in the end.
    """
    from worker.clean.lines import from_line
    from worker.match.engine import Matcher

    if since is not None and file != STANDARD_INPUT:
        raise typer.BadParameter("give a file of articles or --since, not both", param_hint="--since")
    matcher = Matcher(*_watched(query, config))

    def one(line: Mapping[str, Any]) -> dict[str, Any]:
        # one by one, for lines may come as they are written
        article = from_line(line)
        return {"id": _id(line, article.id), "topics": list(map(_match_line, matcher.match(article)))}

    if since is None:
        filter_lines(file, one, "matching")
    for article, matches in matcher.match_each(_stored(since, config)):
        print_json({"id": article.id, "topics": list(map(_match_line, matches))}, indent=None)


def _match_line(found: Match) -> dict[str, Any]:
    highlights = [{"field": h.field, "start": h.start, "end": h.end, "text": h.text} for h in found.highlights]
    return {"topic": found.topic, "score": round(found.score, 4), "highlights": highlights}


def _stored(since: str, config: Path | None) -> Iterator[Article]:
    from worker.edge.store.articles import Archive

    return Archive(open_redis(config)).articles(start_of(since))


def _watched(query: str | None, config: Path | None) -> tuple[Sequence[Topic], Sequence[Entity]]:
    """The topics to look for, and the entities their queries may name."""
    from worker.config import load
    from worker.match.query import parse as parse_query
    from worker.model import Topic

    if query is None:
        settings = load(config, secrets_needed=False)
        return settings.topics, settings.entities
    entities = load(config, secrets_needed=False).entities if config else ()
    parse_query(query, entities=[entity.name for entity in entities])  # its error needs no topic's name
    return [Topic(name="query", query=query)], entities


def group(file: Articles = STANDARD_INPUT, config: ConfigFile = None) -> None:
    """Put articles, given in time order, into stories.

    Reads article lines and writes {"id","story","copy_of"} for each, in order; copy_of is the id of the article whose
    text this one carries, or null. A line is written when its story is over or the articles end, for until then it may
    turn out to be one with another. A bad line costs itself only; the status is 1 in the end. No configuration is
    needed; of one that is given, its model for stories is used.
    """
    from worker.clean.lines import from_line
    from worker.dedupe.fingerprint import is_copy, signature
    from worker.stories.group import StoryIndex

    index = StoryIndex(signature=signature, is_copy=is_copy, meanings=_meanings(config))
    numbers: dict[str, int] = {}
    waiting: deque[dict[str, Any]] = deque()
    lines_of: dict[str, list[dict[str, Any]]] = {}

    def settled(*, at_the_end: bool = False) -> Iterator[dict[str, Any]]:
        while waiting and (at_the_end or not index.is_live(waiting[0]["story"])):
            line = waiting.popleft()
            lines_of.pop(line["story"], None)
            yield line

    def one(line: Mapping[str, Any]) -> list[dict[str, Any]]:
        article = from_line(line)
        given = _id(line, article.id)
        if isinstance(given, int):
            numbers[article.id] = given
        placed = index.add(article)
        copy_of = None if placed.copy_of is None else numbers.get(placed.copy_of, placed.copy_of)
        waiting.append({"id": given, "story": placed.story.id, "copy_of": copy_of})
        told = lines_of.setdefault(placed.story.id, [])
        told.append(waiting[-1])
        for gone in placed.absorbed:
            for earlier in lines_of.pop(gone.id, ()):
                earlier["story"] = placed.story.id
                told.append(earlier)
        return list(settled())

    bad = _each_line(file, one, "grouping")
    for line in settled(at_the_end=True):
        print_json(line, indent=None)
    raise typer.Exit(int(bad))


def _meanings(config: Path | None) -> Meanings | None:
    """What the model named in a configuration brings, None without one."""
    if config is None:
        return None
    from worker.config import load
    from worker.run.watching import meanings_of

    model = load(config, secrets_needed=False).story_model
    return meanings_of(model) if model else None


def filter_lines(file: Path, one: Callable[[Mapping[str, Any]], dict[str, Any]], doing: str) -> NoReturn:
    """Write what `one` makes of every line; a bad line is one error line with its number, and the status is 1 then."""
    bad = _each_line(file, lambda line: [one(line)], doing)
    raise typer.Exit(int(bad))


def _each_line(file: Path, one: Callable[[Mapping[str, Any]], Iterable[dict[str, Any]]], doing: str) -> bool:
    """Write what `one` gives for every line; whether there were bad ones, which are an error line with their number."""
    bad = False
    lines = NumberedLines(file)
    for number, line in with_progress(lines, doing, "lines"):
        try:
            results = one(object_of(line))
        except (ValueError, WirewatchError) as error:
            bad = complain(f"line {number}: {error}")
        except Exception as error:  # noqa: BLE001  the boundary of a job: whatever is in a line costs that line only
            bad = complain(f"line {number}: this could not be handled ({type(error).__name__}: {error})")
        else:
            for result in results:
                print_json(result, indent=None)
    return bad


def _id(line: Mapping[str, Any], made: str) -> str | int:
    """The id as the line gave it, else the one that was made from its address."""
    value = line.get("id")
    if value is None or value == "":
        return made
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('"id" must be a string or a whole number')  # noqa: TRY004  a bad line, not a bug
    return value


def _page(line: Mapping[str, Any]) -> Page:
    from worker.model import Page

    if "html_base64" in line:
        try:
            body = base64.b64decode(line["html_base64"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise ValueError(f'"html_base64" is not base64 ({error})') from error
        return Page(url=_string(line, "url"), body=body)
    html = line.get("html")
    if not isinstance(html, str):
        raise ValueError('a page line needs "html" (text) or "html_base64"')  # noqa: TRY004  a bad line, not a bug
    # The text is Unicode already; saying so keeps a charset declared inside from being applied to it.
    return Page(url=_string(line, "url"), body=html.encode("utf-8", "surrogatepass"), charset="utf-8")


def _string(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f'"{key}" must be a string')  # noqa: TRY004  a bad line, not a bug
    return value


def _entry_line(entry: Entry, file: str, feed_title: str) -> dict[str, Any]:
    return {
        "id": entry.key,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "author": entry.author,
        "published": moment(entry.published),
        "updated": moment(entry.updated),
        "language": entry.language,
        "feed": feed_title or file,
    }
