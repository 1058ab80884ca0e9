"""Whether the configuration has changed on disk: its own file, or one of the lists it names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from worker.config import values
from worker.config.entities import BUNDLED

Stamp: TypeAlias = tuple[tuple[int, int] | None, ...]
_LISTS = (("entities", "file"), ("feeds", "opml"))


class ConfigFiles:
    """The configuration file at `path`, and the entity files and feed lists on disk that it names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own: tuple[int, int] | None = None
        self._named: tuple[Path, ...] = ()

    def stamp(self) -> Stamp | None:
        """Times of change and sizes; another value means that something was changed. None without a configuration.

        Reads the configuration where that has changed. Never raises. A named file that is not there yet is waited for;
        while the configuration is broken, the files that it named before are.
        """
        own = _stamp(self.path)
        if own is not None and own != self._own:
            self._own, self._named = own, self._look_up()
        return self.glance()

    def glance(self) -> Stamp | None:
        """`stamp` with the files that were named when that was taken last: looks at no file's content."""
        own = _stamp(self.path)
        return None if own is None else (own, *(_stamp(path) for path in self._named))

    def size(self) -> int:
        """Bytes of all of them together, as far as they are known."""
        return sum(size for _, size in filter(None, self.glance() or ()))

    def _look_up(self) -> tuple[Path, ...]:
        try:
            tables = tomllib.loads(self.path.read_bytes().decode("utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            return self._named
        folder = self.path.resolve().parent
        return tuple(sorted({folder / path for path in _places(tables)}))


def _places(tables: Mapping[str, Any]) -> Iterator[Path]:
    for table, key in _LISTS:
        rows = tables.get(table)
        for row in rows if isinstance(rows, list) else ():
            place = row.get(key) if isinstance(row, dict) else None
            if isinstance(place, str) and not values.is_web(place) and not place.startswith(BUNDLED):
                try:
                    yield Path(place).expanduser()
                except RuntimeError:  # the home of nobody
                    continue


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size
