"""The articles that commands look at: those of a file, or the stored ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from worker.run.cli.common import open_redis
from worker.run.cli.progress import Listed
from worker.run.cli.reading import NumberedLines, complain, object_of

if TYPE_CHECKING:  # loading it costs more than all of --help
    from worker.model import Article


class Lines:
    """The articles of a file; a bad line costs itself only and is remembered. `size` and `done` are in bytes."""

    def __init__(self, file: Path) -> None:
        self._lines = NumberedLines(file)
        self.bad = False

    @property
    def size(self) -> int:
        return self._lines.size

    @property
    def done(self) -> int:
        return self._lines.done

    def __iter__(self) -> Iterator[Article]:
        from worker.clean.lines import from_line

        for number, line in self._lines:
            try:
                yield from_line(object_of(line))
            except ValueError as error:
                self.bad = complain(f"line {number}: {error}")


def stored(start: datetime, config: Path | None, *, most: int | None = None) -> Listed[Article]:
    """The stored articles since then, in the order of their arrival; of more than `most` the newest."""
    from worker.edge.store.articles import Archive

    archive = Archive(open_redis(config))
    found = archive.count_since(start)
    return Listed(archive.articles(start, most=most), found if most is None else min(found, most))
