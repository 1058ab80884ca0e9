from __future__ import annotations

import pytest

from worker.fetch.responses import asked_pause, media_type, retry_after

DATE = "Sat, 21 Nov 2026 19:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ("", None)),
        ("text/html", ("text/html", None)),
        ("text/html; charset=UTF-8", ("text/html", "utf-8")),
        ("Text/HTML;charset = 'windows-1251' ", ("text/html", "windows-1251")),
        ('text/html; level=1; charset="euc-kr"', ("text/html", "euc-kr")),
        ("text/html; charset=", ("text/html", None)),
        ("text/html; charset=a; charset=b", ("text/html", "a")),
        ("; charset=koi8-r", ("", "koi8-r")),
    ],
)
def test_media_type(header, expected):
    assert media_type(header) == expected


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", None, 120.0),
        (" 0 ", None, 0.0),
        ("Sat, 21 Nov 2026 19:05:00 GMT", DATE, 300.0),
        ("Saturday, 21-Nov-26 19:05:00 GMT", DATE, 300.0),
        ("Sat, 21 Nov 2026 18:00:00 GMT", DATE, 0.0),
        ("Sat, 21 Nov 2026 19:05:00 GMT", None, None),
        ("Sat, 21 Nov 2026 19:05:00 -0000", DATE, None),
        (None, DATE, None),
        ("", DATE, None),
        ("soon", DATE, None),
        ("-5", DATE, None),
        ("1.5", DATE, None),
        ("٣", DATE, None),
        ("Sat, 99 Nov 2026 99:99:99 GMT", DATE, None),
    ],
)
def test_retry_after(value, date, seconds):
    assert retry_after(value, date) == seconds


def test_an_endless_number_is_a_long_pause_not_an_error():
    pause = retry_after("9" * 5000, None)
    assert pause is not None
    assert pause > 10**9


@pytest.mark.parametrize(
    ("status", "retry_after", "pause"),
    [
        (429, 7.0, 7.0),
        (503, 7.0, 7.0),
        (503, None, 0.0),
        (500, 7.0, 0.0),
        (200, 7.0, 0.0),
        (301, 7.0, 0.0),
    ],
)
def test_only_429_and_503_speak_for_the_whole_host(status, retry_after, pause):
    assert asked_pause(status, retry_after) == pause


def test_429_means_a_pause_also_where_it_does_not_say_how_long():
    assert asked_pause(429, None) >= 10.0
    assert asked_pause(429, 0.0) == asked_pause(429, None)
