"""The table of faults keeps the rows of what was not played."""

from __future__ import annotations

from support.faulttable import replaced, row

DOCUMENT = "# Faults\n<!-- measured -->\n<!-- end of measured -->\nthe end\n"


def test_rows_of_what_was_played_are_written_anew_and_the_others_stay():
    first = {name: row(name, "nothing is lost", [1.0, 4.0, 2.0]) for name in ("a flood", "a storm")}
    second = {name: row(name, "nothing is lost", [3.0]) for name in ("a storm", "a frost")}
    assert replaced(replaced(DOCUMENT, first), second) == (
        "# Faults\n<!-- measured -->\n"
        "| fault | what is promised | rounds | at rest after (median, longest) |\n|---|---|---|---|\n"
        "| a flood | nothing is lost | 3 | 2.0 s, 4.0 s |\n"
        "| a storm | nothing is lost | 1 | 3.0 s, 3.0 s |\n"
        "| a frost | nothing is lost | 1 | 3.0 s, 3.0 s |\n"
        "<!-- end of measured -->\nthe end\n"
    )
