"""Tables: fitted to a terminal, one line a row where the output is read by a program.

Where a terminal has no room for what is long, a headline or an error, this stands in lines of its own below its row.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from worker.alerts.plain import plain
from worker.run.cli.common import ago

# What people copy or compare at a glance is never cut or broken over lines; the other columns share what is left.
WHOLE = frozenset({"id", "state", "sources", "articles", "entries", "score", "reason", "part", "role", "heartbeat"})
# What is long is read in so many columns, or in lines of its own.
READABLE = 60
GAP, INDENT = 2, "    "
# A column that is cut keeps so much.
NARROWEST = 8
# Lines that a program reads are as long as they need to be.
ENDLESS = 100_000


def console() -> Console:
    """Standard output, as wide as the terminal; what is printed is never taken for markup."""
    width = None if sys.stdout.isatty() else ENDLESS
    return Console(width=width, markup=False, highlight=False, emoji=False)


def print_table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    below: Collection[str] = (),
    out: Console | None = None,
) -> None:
    """The columns of the rows, the first line naming them; those `below` need room, or leave the table."""
    out = out or console()
    with out.capture() as captured:
        if out.is_terminal and not _has_room(rows, columns, below, out.width):
            out.print(Group(*_blocks(rows, columns, below, out)))
        else:
            out.print(table_of(rows, columns))
    for line in captured.get().splitlines():
        out.file.write(line.rstrip() + "\n")


def _has_room(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], below: Collection[str], width: int) -> bool:
    """Whether what is long gets enough of the line, or all that it needs."""
    widths = _widths(rows, columns)
    needed = [min(widths[name], READABLE) if name in below else widths[name] for name in columns]
    return not below or sum(needed) + GAP * (len(needed) - 1) <= width


def _widths(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dict[str, int]:
    return {name: max(cell_len(name), *(cell_len(cell(row.get(name))) for row in rows)) for name in columns}


def _blocks(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], below: Collection[str], out: Console
) -> Iterator[Text]:
    """Each row as a line, and what is long broken between words below it."""
    short = [name for name in columns if name not in below]
    widths = _fitted(_widths(rows, short), out.width - GAP * (len(short) - 1))

    def line(cells: Mapping[str, str], style: str = "") -> Text:
        fitted = (set_cell_size(cut(cells[name], widths[name]), widths[name]) for name in short)
        return Text((" " * GAP).join(fitted).rstrip(), style=style, no_wrap=True)

    yield line({name: name.replace("_", " ") for name in short}, "bold")
    for row in rows:
        yield line({name: cell(row.get(name)) for name in short})
        for name in columns:
            if name in below and row.get(name):
                text = Text(cell(row[name])).wrap(out, out.width - len(INDENT), overflow="fold")
                yield from (Text(INDENT) + part for part in text)


def _fitted(widths: dict[str, int], room: int) -> dict[str, int]:
    """The widths, those of what may be cut made smaller until all fit; the widest gives way first."""
    while sum(widths.values()) > room:
        name = max((name for name in widths if name not in WHOLE), key=lambda name: widths[name], default=None)
        if name is None or widths[name] <= NARROWEST:
            break
        widths[name] -= 1
    return widths


def cut(text: str, width: int) -> str:
    """The text, which ends in an ellipsis where it is wider."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def table_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """The same, to be printed."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in WHOLE)
    for row in rows:
        table.add_row(*(Text(cell(row.get(name))) for name in columns))
    return table


def cell(value: Any) -> str:
    """One cell on one line; nothing a feed wrote can act on the terminal."""
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return ago(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(part) for part in value) or "-"
    return plain(str(value)) or "-"
