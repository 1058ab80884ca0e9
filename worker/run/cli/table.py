"""Tables: fitted to a terminal, one line a row where the output is read by a program."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.alerts.plain import plain
from worker.run.cli.common import ago

# What people copy or compare at a glance is never cut or broken over lines; the other columns share what is left.
WHOLE = frozenset({"id", "state", "sources", "articles", "entries", "score", "reason", "part", "role", "heartbeat"})
# Lines that a program reads are as long as they need to be.
ENDLESS = 100_000


def console() -> Console:
    """Standard output, as wide as the terminal; what is printed is never taken for markup."""
    width = None if sys.stdout.isatty() else ENDLESS
    return Console(width=width, markup=False, highlight=False, emoji=False)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, out: Console | None = None) -> None:
    """The columns of the rows, the first line naming them."""
    out = out or console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in WHOLE)
    for row in rows:
        table.add_row(*(Text(cell(row.get(name))) for name in columns))
    with out.capture() as captured:
        out.print(table)
    for line in captured.get().splitlines():
        out.file.write(line.rstrip() + "\n")


def cell(value: Any) -> str:
    """One cell on one line; nothing a feed wrote can act on the terminal."""
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return ago(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(part) for part in value) or "-"
    return plain(str(value)) or "-"
