"""The stages as Unix filters: JSON Lines in, JSON Lines out, a bad line costs itself only."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from worker.errors import FeedError, WirewatchError
from worker.model import Article, Entry, Page
from worker.run.cli.common import ConfigFile, moment

Lines = Annotated[Path | None, typer.Argument(help="JSON Lines; - or nothing reads standard input.")]


def register(app: typer.Typer) -> None:
    app.command()(parse)
    app.command()(clean)
    app.command()(match)
    app.command()(group)


def parse(
    files: Annotated[list[Path], typer.Argument(help="Feed files.")],
    url: Annotated[str, typer.Option(help="Where the feed comes from, to resolve its relative links.")] = "",
) -> None:
    """Feed files to one line per entry."""
    from worker.poll.parse import parse_feed  # noqa: PLC0415  each filter loads only its stage

    bad = False
    for file in files:
        try:
            feed = parse_feed(read_bytes(file), url=url or file.resolve().as_uri(), now=datetime.now(UTC))
        except FeedError as error:
            bad = complain(f"{file}: {error}")
            continue
        for entry in feed.entries:
            write(_entry_line(entry, str(file), feed.title))
    raise typer.Exit(int(bad))


def clean(file: Lines = None) -> None:
    """Pages, {"id","url","html"} or {"id","url","html_base64"}, to article lines, in order, the id kept."""
    from worker.clean.article import clean as clean_page  # noqa: PLC0415  each filter loads only its stage
    from worker.clean.lines import to_line  # noqa: PLC0415

    def one(line: dict[str, Any]) -> dict[str, Any]:
        article = clean_page(_page(line), None, now=datetime.now(UTC))
        return {**to_line(article), "id": line.get("id") or article.id}

    filter_lines(file, one)


def match(
    file: Lines = None,
    query: Annotated[str | None, typer.Option("--query", help='A query; its topic is called "query".')] = None,
    config: ConfigFile = None,
) -> None:
    """Articles to the topics they satisfy, with the passages that say why."""
    from worker.clean.lines import from_line  # noqa: PLC0415  each filter loads only its stage
    from worker.config import load  # noqa: PLC0415
    from worker.match.engine import Matcher  # noqa: PLC0415
    from worker.model import Topic  # noqa: PLC0415

    if query is None:
        settings = load(config)
        matcher = Matcher(settings.topics, settings.entities)
    else:
        entities = load(config).entities if config else ()
        matcher = Matcher([Topic(name="query", query=query)], entities)

    def one(line: dict[str, Any]) -> dict[str, Any]:
        article = from_line(line)
        return {
            "id": article.id,
            "topics": [
                {
                    "topic": found.topic,
                    "score": round(found.score, 4),
                    "highlights": [
                        {"field": h.field, "start": h.start, "end": h.end, "text": h.text} for h in found.highlights
                    ],
                }
                for found in matcher.match(article)
            ],
        }

    filter_lines(file, one)


def group(file: Lines = None) -> None:
    """Articles in time order to their story, and to the article they copy."""
    from worker.clean.lines import from_line  # noqa: PLC0415  each filter loads only its stage
    from worker.dedupe.fingerprint import is_copy, signature  # noqa: PLC0415
    from worker.stories.group import StoryIndex  # noqa: PLC0415

    index = StoryIndex(signature=signature, is_copy=is_copy)

    def one(line: dict[str, Any]) -> dict[str, Any]:
        article: Article = from_line(line)
        placed = index.add(article)
        return {"id": article.id, "story": placed.story.id, "copy_of": placed.copy_of}

    filter_lines(file, one)


def filter_lines(file: Path | None, one: Any) -> None:
    """Apply `one` to every line; a bad line is one error line with its number, and the status is 1 in the end."""
    bad = False
    with open_lines(file) as lines:
        for number, line in _numbered(lines):
            try:
                value = json.loads(line)
                if not isinstance(value, dict):
                    raise ValueError("a line is one JSON object")  # noqa: TRY004, TRY301  reported as every bad line is
                write(one(value))
            except json.JSONDecodeError as error:
                bad = complain(f"line {number}: this is not JSON ({error.msg} at column {error.colno})")
            except (ValueError, WirewatchError) as error:
                bad = complain(f"line {number}: {error}")
    raise typer.Exit(int(bad))


def _numbered(lines: TextIO) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def open_lines(file: Path | None) -> TextIO:
    """The file or standard input as UTF-8; a broken byte costs its own line."""
    if file is None or str(file) == "-":
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]  # a TextIOWrapper
        return sys.stdin
    try:
        return file.open(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise WirewatchError(f"{file} cannot be read: {error.strerror}") from error


def read_bytes(file: Path) -> bytes:
    """The bytes of a file, or of standard input for "-"."""
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise WirewatchError(f"{file} cannot be read: {error.strerror}") from error


def write(line: dict[str, Any]) -> None:
    """One line; lone surrogates, which UTF-8 cannot hold, are escaped."""
    text = json.dumps(line, ensure_ascii=False)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = json.dumps(line).encode("ascii")
    sys.stdout.buffer.write(data + b"\n")


def complain(message: str) -> bool:
    """One error line on standard error; True, so that callers can note it."""
    sys.stdout.flush()
    sys.stderr.write(f"wirewatch: {message}\n")
    return True


def _page(line: dict[str, Any]) -> Page:
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


def _string(line: dict[str, Any], key: str) -> str:
    value = line.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f'"{key}" is a text')  # noqa: TRY004  a bad line, not a bug
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
