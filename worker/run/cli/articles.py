"""The articles that commands look at: those of a file, or the stored ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from worker.run.cli.common import open_redis
from worker.run.cli.stages import complain, numbered, object_of, opened

if TYPE_CHECKING:  # loading it costs more than all of --help
    from worker.model import Article


class Lines:
    """The articles of a file; a bad line costs itself only and is remembered."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.bad = False

    def __iter__(self) -> Iterator[Article]:
        from worker.clean.lines import from_line  # noqa: PLC0415  keeps --help fast

        with opened(self._file) as lines:
            for number, line in numbered(lines):
                try:
                    yield from_line(object_of(line))
                except ValueError as error:
                    self.bad = complain(f"line {number}: {error}")


def stored(start: datetime, config: Path | None) -> Iterator[Article]:
    """The stored articles since then."""
    from worker.edge.store.articles import Archive  # noqa: PLC0415  keeps --help fast

    return Archive(open_redis(config)).articles(start)


def with_progress(articles: Iterable[Article], doing: str) -> Iterable[Article]:
    """With a progress bar on a terminal."""
    if not sys.stderr.isatty():
        return articles
    from rich.console import Console  # noqa: PLC0415  keeps --help fast
    from rich.progress import track  # noqa: PLC0415  keeps --help fast

    return track(articles, doing, console=Console(stderr=True), transient=True)
