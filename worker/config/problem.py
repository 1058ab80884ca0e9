"""What is wrong with a configuration, in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from worker.errors import ConfigError

MOST_NAMES = 40
"""So many are listed in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding.

    `where` is the key path ("topics[1].quiet"), "" for the file as a whole. `message` is one sentence; that of a query
    goes on with the query's line and a caret under the spot. `line` counts from 1, None where no line is to blame. A
    warning leaves the configuration usable.
    """

    where: str
    message: str
    severity: Literal["error", "warning"] = "error"
    line: int | None = None

    def __str__(self) -> str:
        place = [part for part in (f"line {self.line}" if self.line else "", self.where) if part]
        return f"{', '.join(place)}: {self.message}" if place else self.message


def first_error(problems: Iterable[Problem]) -> ConfigError | None:
    """The first error among `problems`, saying how many more there are; None where there are only warnings."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        return None
    first, more = errors[0], len(errors) - 1
    sentence, newline, picture = first.message.partition("\n")
    notes = [f"line {first.line}"] if first.line else []
    if more:
        notes.append(f"{more} more problem{'s' if more > 1 else ''}, `wirewatch check` shows all")
    if notes:
        sentence += f" ({'; '.join(notes)})"
    return ConfigError(sentence + newline + picture, where=first.where)


def nearest(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """The mend for an unknown name: the known one it resembles most, else all that are known."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{prefix}{close[0]}"?'
    if not names:
        return "none is defined here"
    if len(names) > MOST_NAMES:
        return f"none of the {len(names)} known here is spelled like it"
    return "known here: " + ", ".join(prefix + name for name in names)
