"""Quiet hours, over midnight and over changes of the clocks."""

from datetime import UTC, datetime

import pytest

from worker.alerts.quiet import held_until

NIGHT = ("22:00", "07:00", "Europe/London")
LUNCH = ("12:00", "13:30", "Asia/Seoul")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        pytest.param(None, "2026-01-10 23:00", None, id="no quiet hours"),
        pytest.param(NIGHT, "2026-01-10 21:59", None, id="before"),
        pytest.param(NIGHT, "2026-01-10 22:00", "2026-01-11 07:00", id="at the start"),
        pytest.param(NIGHT, "2026-01-10 23:30", "2026-01-11 07:00", id="before midnight"),
        pytest.param(NIGHT, "2026-01-11 03:00", "2026-01-11 07:00", id="after midnight"),
        pytest.param(NIGHT, "2026-01-11 07:00", None, id="at the end"),
        pytest.param(NIGHT, "2026-07-10 21:30", "2026-07-11 06:00", id="summer time"),
        pytest.param(NIGHT, "2026-07-10 20:30", None, id="not yet in summer time"),
        pytest.param(NIGHT, "2026-03-28 23:00", "2026-03-29 06:00", id="the night clocks go forward"),
        pytest.param(NIGHT, "2026-10-24 22:00", "2026-10-25 07:00", id="the night clocks go back"),
        pytest.param(LUNCH, "2026-01-10 03:15", "2026-01-10 04:30", id="inside one day"),
        pytest.param(LUNCH, "2026-01-10 12:15", None, id="its hours are local"),
        pytest.param(("01:30", "05:00", "Europe/London"), "2026-03-29 01:10", None, id="a start the clocks skip"),
        pytest.param(
            ("01:30", "05:00", "Europe/London"), "2026-03-29 01:30", "2026-03-29 04:00", id="skipped, an hour later"
        ),
    ],
)
def test_held_until(quiet, now, end):
    assert held_until(quiet, utc(now)) == (None if end is None else utc(end))
