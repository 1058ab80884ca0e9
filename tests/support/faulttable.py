"""The table of faults in a document: what was played is written anew, the other rows stay."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
_HEAD = ("| fault | what is promised | rounds | at rest after (median, longest) |", "|---|---|---|---|")


def row(title: str, promise: str, seconds: Sequence[float]) -> str:
    median = statistics.median(seconds)
    return f"| {title} | {promise} | {len(seconds)} | {median:.1f} s, {max(seconds):.1f} s |"


def replaced(document: str, rows: Mapping[str, str]) -> str:
    """The document with these rows, by title, in the places of the former ones; new ones stand last."""
    head, _, rest = document.partition(BEGIN)
    table, _, tail = rest.partition(END)
    former = {_title(line): line for line in table.splitlines() if line.startswith("| ") and line not in _HEAD}
    return "\n".join([head + BEGIN, *_HEAD, *(former | rows).values(), END + tail])


def _title(line: str) -> str:
    return line.removeprefix("| ").partition(" | ")[0]
