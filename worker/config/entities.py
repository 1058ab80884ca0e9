"""The entities a configuration knows: its own, and those of the files it names.

One file serves several configurations. What the configuration defines itself wins over every file, so that a user can
correct an entry, and a file on disk wins over a bundled list, so that a name added to that by a later release breaks
nobody's files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from worker.config import schema, values
from worker.config.problem import nearest
from worker.config.tables import Findings, Tables, read_entities
from worker.errors import ConfigError
from worker.model import Entity

BUNDLED = "bundled:"
"""How a list that comes with wirewatch is named: "bundled:world"."""
LISTS = ("world",)
"""The lists that come with wirewatch."""
MOST_BYTES = 10_000_000
# Where tomllib stopped, as it ends its messages.
_SPOT = re.compile(r" \(at (line \d+, column \d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """`known` are those that can be used; `names` also the ones written wrongly, None where not every file was read."""

    known: tuple[Entity, ...]
    names: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """What one file holds. `problems` are sentences that begin with the file's name and the line."""

    known: tuple[Entity, ...]
    names: frozenset[str]
    problems: tuple[str, ...] = ()


def gather(tables: Tables, folder: Path | None, findings: Findings) -> Entities:
    """The entities of `tables` and of the files they name, relative to `folder`; what is wrong goes to `findings`.

    Where `folder` is None only bundled lists are read.
    """
    rows = tables.entities
    findings.unique("entities", "name", ((index, row.name.casefold()) for index, row in rows.items() if row.name))
    places = {index: row.file for index, row in rows.items() if row.file}
    findings.unique("entities", "file", ((index, str(Path(place))) for index, place in places.items()))
    once = {str(Path(place)): (index, place) for index, place in reversed(places.items())}
    names, complete = set(tables.names["entities"]), True
    known = {entity.name.casefold(): (entity, "") for entity in _entities(rows)}
    # Files on disk first: they win over bundled lists.
    for index, place in sorted(once.values(), key=lambda found: (found[1].startswith(BUNDLED), found[0])):
        found = _read(place, folder, index, findings)
        complete = complete and found is not None
        if found is not None:
            names |= found.names
            _join(known, found, place, index, findings)
    return Entities(known=tuple(entity for entity, _ in known.values()), names=frozenset(names) if complete else None)


def _join(known: dict[str, tuple[Entity, str]], found: _List, place: str, index: int, findings: Findings) -> None:
    """Adds what a file holds to what is known, with the file it came from ("" for the configuration itself)."""
    for entity in found.known:
        _, other = known.setdefault(entity.name.casefold(), (entity, place))
        if other not in {"", place} and not place.startswith(BUNDLED):
            message = (
                f'{other} and {place} both define "{entity.name}"; '
                "remove it from one of them, or define it here, which wins"
            )
            findings.add(("entities", index, "file"), message)


def _entities(rows: Mapping[int, schema.Entity]) -> tuple[Entity, ...]:
    return tuple(
        Entity(name=row.name, aliases=tuple(row.aliases))
        for row in rows.values()
        if row.name is not None and row.aliases is not None
    )


def _read(place: str, folder: Path | None, index: int, findings: Findings) -> _List | None:
    where = ("entities", index, "file")
    try:
        if place.startswith(BUNDLED):
            return _bundled(place)
        if values.is_web(place):
            raise ConfigError(f"{place} is on the web, and files of entities are read from disk; download it")  # noqa: TRY301  told below
        if folder is None:
            return None
        found = _listed(read_beside(folder, place, MOST_BYTES), place)
    except ConfigError as error:
        findings.add(where, str(error))
        return None
    for problem in found.problems:
        findings.add(where, problem)
    if not found.names and not found.problems:
        findings.add(where, f"{place} defines no entities; add some below headers [[entities]]", "warning")
    return found


@cache
def _bundled(place: str) -> _List:
    name = place.removeprefix(BUNDLED)
    if name not in LISTS:
        mend = nearest(place, [BUNDLED + known for known in LISTS])
        raise ConfigError(f"no list called {place} comes with wirewatch; {mend}")
    return _listed(files(__package__).joinpath(f"{name}.toml").read_bytes(), place)


def _listed(data: bytes, place: str) -> _List:
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{place} is larger than {MOST_BYTES // 1_000_000} MB; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{place} is not UTF-8 text; save it as UTF-8") from None
    findings = Findings(text)
    try:
        rows, names = read_entities(text, findings)
    except ConfigError as error:
        spot = _SPOT.search(error.message)
        line = f", {spot[1]}" if spot else ""
        raise ConfigError(f"{place}{line}: {_SPOT.sub('', error.message)}") from None
    for index, row in rows.items():
        if row.file is not None:
            findings.add(("entities", index, "file"), "a file of entities names no other; name it in wirewatch.toml")
    findings.unique("entities", "name", ((index, row.name.casefold()) for index, row in rows.items() if row.name))
    problems = tuple(f"{place}{', ' if problem.where else ': '}{problem}" for problem in findings.problems)
    return _List(known=_entities(rows), names=names, problems=problems)


def read_beside(folder: Path, place: str, most: int) -> bytes:
    """What is in the file at `place`, relative to `folder`, up to one byte more than `most`.

    ConfigError where it cannot be read.
    """
    try:
        with (folder / Path(place).expanduser()).open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise ConfigError(f"{place} cannot be read ({error.strerror}); correct the path") from None
    except (ValueError, RuntimeError):  # a NUL in it, a ~name of nobody
        raise ConfigError(f"{place!r} is no path; correct it") from None
