"""The stages as Unix filters: JSON Lines in, JSON Lines out, a bad line costs itself only."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from worker.errors import FeedError, WirewatchError
from worker.run.cli.common import ConfigFile, moment, open_redis, print_json, printable, start_of

if TYPE_CHECKING:
    from worker.model import Article, Entity, Entry, Match, Page, Topic

Pages = Annotated[
    Path,
    typer.Argument(metavar="PAGES.jsonl", show_default=False, help="JSON Lines; - or nothing reads standard input."),
]
Articles = Annotated[
    Path,
    typer.Argument(metavar="ARTICLES.jsonl", show_default=False, help="JSON Lines; - or nothing reads standard input."),
]
STANDARD_INPUT = Path("-")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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
    from worker.poll.parse import parse_feed  # noqa: PLC0415  each filter loads only its stage

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
        for entry in feed.entries:
            print_json(_entry_line(entry, str(file), feed.title), indent=None)
    raise typer.Exit(int(bad))


def clean(file: Pages = STANDARD_INPUT) -> None:
    """Turn web pages into articles.

    Reads {"id","url","html"} or {"id","url","html_base64"}, one a line, and writes one article line for each, in
    order, with its id kept. A bad line costs itself only; the status is 1 in the end.
    """
    from worker.clean.article import clean as clean_page  # noqa: PLC0415  each filter loads only its stage
    from worker.clean.lines import to_line  # noqa: PLC0415

    def one(line: Mapping[str, Any]) -> dict[str, Any]:
        if line.get("id") in {None, ""} and not line.get("url"):
            raise ValueError('a page line needs an "id" or a "url"')
        article = clean_page(_page(line), None, now=datetime.now(UTC))
        return {**to_line(article), "id": _id(line, article.id)}

    filter_lines(file, one)


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
    from worker.clean.lines import from_line  # noqa: PLC0415  each filter loads only its stage
    from worker.match.engine import Matcher  # noqa: PLC0415

    if since is not None and file != STANDARD_INPUT:
        raise typer.BadParameter("give a file of articles or --since, not both", param_hint="--since")
    matcher = Matcher(*_watched(query, config))

    def one(line: Mapping[str, Any]) -> dict[str, Any]:
        # one by one, for lines may come as they are written
        article = from_line(line)
        return {"id": _id(line, article.id), "topics": list(map(_match_line, matcher.match(article)))}

    if since is None:
        filter_lines(file, one)
    for article, matches in matcher.match_each(_stored(since, config)):
        print_json({"id": article.id, "topics": list(map(_match_line, matches))}, indent=None)


def _match_line(found: Match) -> dict[str, Any]:
    highlights = [{"field": h.field, "start": h.start, "end": h.end, "text": h.text} for h in found.highlights]
    return {"topic": found.topic, "score": round(found.score, 4), "highlights": highlights}


def _stored(since: str, config: Path | None) -> Iterator[Article]:
    from worker.edge.store.articles import Archive  # noqa: PLC0415  each filter loads only its stage

    return Archive(open_redis(config)).articles(start_of(since))


def _watched(query: str | None, config: Path | None) -> tuple[Sequence[Topic], Sequence[Entity]]:
    """The topics to look for, and the entities their queries may name."""
    from worker.config import load  # noqa: PLC0415  each filter loads only its stage
    from worker.match.query import parse as parse_query  # noqa: PLC0415
    from worker.model import Topic  # noqa: PLC0415

    if query is None:
        settings = load(config, secrets_needed=False)
        return settings.topics, settings.entities
    entities = load(config, secrets_needed=False).entities if config else ()
    parse_query(query, entities=[entity.name for entity in entities])  # its error needs no topic's name
    return [Topic(name="query", query=query)], entities


def group(file: Articles = STANDARD_INPUT) -> None:
    """Put articles, given in time order, into stories.

    Reads article lines and writes {"id","story","copy_of"} for each, in order; copy_of is the id of the article whose
    text this one carries, or null. A bad line costs itself only; the status is 1 in the end.
    """
    from worker.clean.lines import from_line  # noqa: PLC0415  each filter loads only its stage
    from worker.dedupe.fingerprint import is_copy, signature  # noqa: PLC0415
    from worker.stories.group import StoryIndex  # noqa: PLC0415

    index = StoryIndex(signature=signature, is_copy=is_copy)
    given: dict[str, Any] = {}

    def one(line: Mapping[str, Any]) -> dict[str, Any]:
        article = from_line(line)
        placed = index.add(article)
        given[article.id] = _id(line, article.id)
        copy_of = given[placed.copy_of] if placed.copy_of is not None else None
        return {"id": given[article.id], "story": placed.story.id, "copy_of": copy_of}

    filter_lines(file, one)


def filter_lines(file: Path, one: Callable[[Mapping[str, Any]], dict[str, Any]]) -> NoReturn:
    """Apply `one` to every line; a bad line is one error line with its number, and the status is 1 in the end."""
    bad = False
    with opened(file) as lines:
        for number, line in numbered(lines):
            try:
                result = one(object_of(line))
            except (ValueError, WirewatchError) as error:
                bad = complain(f"line {number}: {error}")
            except Exception as error:  # noqa: BLE001  the boundary of a job: whatever is in a line costs that line only
                bad = complain(f"line {number}: this could not be handled ({type(error).__name__}: {error})")
            else:
                print_json(result, indent=None)
    raise typer.Exit(int(bad))


def numbered(lines: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers; the mark some editors put first is no part of line 1."""
    for number, raw in enumerate(lines, 1):
        line = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
        if line.strip():
            yield number, line


def object_of(line: bytes) -> Mapping[str, Any]:
    """The JSON object of a line; ValueError says what the line is instead."""
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise ValueError("this is nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("a line is one JSON object")  # noqa: TRY004  a bad line, not a bug
    return value


def _no_number(word: str) -> float:
    # Python reads and writes NaN and Infinity, other readers of JSON (RFC 8259) stumble over them.
    raise ValueError(f"this is not JSON ({word} is no number)")


def opened(file: Path) -> AbstractContextManager[IO[bytes]]:
    """The file, or standard input for "-"."""
    if file == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise WirewatchError(f"{file} cannot be read: {error.strerror}") from error


def read_bytes(file: Path) -> bytes:
    """The bytes of a file, or of standard input for "-"."""
    with opened(file) as source:
        return source.read()


def complain(message: str) -> bool:
    """One error line on standard error; True, so that callers can note it."""
    one_line = printable(message).replace("\n", " ")
    sys.stderr.write(f"wirewatch: {one_line}\n")
    return True


def _id(line: Mapping[str, Any], made: str) -> str | int:
    """The id as the line gave it, else the one that was made from its address."""
    value = line.get("id")
    if value is None or value == "":
        return made
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('"id" must be a string or a whole number')  # noqa: TRY004  a bad line, not a bug
    return value


def _page(line: Mapping[str, Any]) -> Page:
    from worker.model import Page  # noqa: PLC0415  keeps --help fast

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
