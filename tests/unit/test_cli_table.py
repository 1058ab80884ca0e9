"""Tables on a terminal of some width."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from rich.console import Console

from worker.run.cli.common import ago, count, moment
from worker.run.cli.table import cell, print_table

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ROWS = [
    {"id": "578fd2b020a091d8", "topic": "Sample summit", "headline": "A long headline " * 8, "sources": 3},
    {"id": "e2ce58fb211682f2", "topic": "Ferries", "headline": "크렘린 확인 " * 9 + "https://x.example/" + "y" * 90},
]


def drawn(width):
    text = io.StringIO()
    out = Console(file=text, width=width, markup=False, highlight=False, emoji=False)
    print_table(ROWS, ("id", "topic", "headline", "sources"), out=out)
    return text.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 60])
def test_a_table_fits_the_terminal_and_ids_stay_whole(width):
    lines = drawn(width)
    assert max(cell_len(line) for line in lines) <= width
    assert [line.split()[0] for line in lines if line[:1].strip()] == ["id", ROWS[0]["id"], ROWS[1]["id"]]


def test_a_wide_table_has_a_line_a_row_and_loses_nothing():
    header, first, second = drawn(1000)
    assert header.split() == ["id", "topic", "headline", "sources"]
    assert ROWS[0]["headline"].strip() in first
    assert ROWS[1]["headline"] in second
    assert (first[-1], second[-1]) == ("3", "-")


def on_terminal(width, rows=ROWS):
    text = io.StringIO()
    out = Console(file=text, width=width, force_terminal=True, color_system=None, markup=False, emoji=False)
    print_table(rows, ("id", "topic", "headline", "sources"), below=("headline",), out=out)
    return text.getvalue().splitlines()


def test_where_a_terminal_has_no_room_a_headline_stands_below_its_row():
    lines = on_terminal(80)
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].split() == ["id", "topic", "sources"]
    assert lines[1].split() == [ROWS[0]["id"], "Sample", "summit", "3"]
    below = [line for line in lines if line.startswith("    ")]
    assert "".join(below[:2]).split() == ROWS[0]["headline"].split(), "all of it, broken between words"
    assert "".join(below[2:]).count("y") == 90
    assert on_terminal(1000)[0].split() == ["id", "topic", "headline", "sources"]


@pytest.mark.parametrize("headline", ["Short", "", None])
def test_a_headline_that_is_short_or_missing_takes_no_line_of_its_own(headline):
    assert len(on_terminal(80, [{**ROWS[0], "headline": headline}])) == 2


def test_what_may_be_cut_gives_way_and_ids_stay_whole():
    _, line, *_ = on_terminal(50, [{**ROWS[0], "topic": "A sample topic of a name that is far too long"}])
    assert cell_len(line) <= 50
    assert line.split()[0] == ROWS[0]["id"]
    assert "…" in line


def test_a_cell_is_one_line_of_harmless_text():
    assert cell("a\x1b[2J\r\nb\u202ec") == "a [2J b c"
    assert cell("[bold]x[/bold] \\[/y] :smile:") == "[bold]x[/bold] \\[/y] :smile:"
    assert cell("नमस्ते क्‍ष 👩‍🚀") == "नमस्ते क्‍ष 👩‍🚀"
    assert cell(["a", None, "b"]) == "a, -, b"
    assert (cell(None), cell(""), cell(0), cell([])) == ("-", "-", "0", "-")


def test_times_are_said_as_people_say_them():
    said = {
        timedelta(seconds=3): "3 s ago",
        timedelta(seconds=-40): "in 40 s",
        timedelta(minutes=5): "5 min ago",
        timedelta(hours=-30): "in 30 h",
        timedelta(days=4): "4 days ago",
    }
    assert {distance: ago(NOW - distance, NOW) for distance in said} == said


def test_moments_are_rfc_3339_in_utc():
    assert moment(datetime(2026, 5, 1, 14, 0, tzinfo=UTC)) == "2026-05-01T14:00:00Z"
    assert moment(datetime.fromisoformat("2026-05-01T14:00:00+02:00")) == "2026-05-01T12:00:00Z"
    assert moment(None) is None


def test_counts_have_their_noun():
    assert (count(1, "alert"), count(2, "alert"), count(0, "entry", "entries")) == ("1 alert", "2 alerts", "0 entries")
