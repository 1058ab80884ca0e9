"""Headers of a polite poll."""

from datetime import UTC, datetime

import pytest

from worker.model import FeedState
from worker.poll.conditional import ACCEPT, cache_lifetime, request_headers, retry_after

NOW = datetime(2024, 5, 14, 10, 30, tzinfo=UTC)
DATE = "Tue, 14 May 2024 10:30:00 GMT"


def test_a_first_poll_asks_unconditionally():
    assert request_headers(FeedState()) == {"Accept": ACCEPT}


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "no quotes", '"a\\"b"', '"é"'])
def test_validators_go_back_byte_for_byte(etag):
    state = FeedState(etag=etag, last_modified="Tue,  14 May 2024 10:30 odd")
    headers = request_headers(state)
    assert headers["If-None-Match"] == etag
    assert headers["If-Modified-Since"] == "Tue,  14 May 2024 10:30 odd"


def test_the_operators_headers_win_whatever_their_case():
    headers = request_headers(FeedState(etag='"a"'), [("accept", "text/xml"), ("X-Key", "sample")])
    assert headers == {"If-None-Match": '"a"', "accept": "text/xml", "X-Key": "sample"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=600"}, 600.0),
        ({"cache-control": "public, Max-Age=600, must-revalidate"}, 600.0),
        ({"Cache-Control": 'max-age="600"'}, 600.0),
        ({"Cache-Control": "s-maxage=900"}, None),
        ({"Cache-Control": "max-age=600", "Age": "200"}, 400.0),
        ({"Cache-Control": "max-age=600", "Age": "700"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Cache-Control": "no-store"}, None),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "max-age=soon"}, None),
        ({"Date": DATE, "Expires": "Tue, 14 May 2024 11:30:00 GMT"}, 3600.0),
        ({"Date": DATE, "Expires": "Tue, 14 May 2024 11:30:00 GMT", "Cache-Control": "max-age=60"}, 60.0),
        ({"Date": DATE, "Expires": "Tue, 14 May 2024 09:30:00 GMT"}, None),
        ({"Date": DATE, "Expires": "0"}, None),
        ({"Expires": "Tue, 14 May 2024 11:30:00 GMT"}, None),
    ],
)
def test_freshness(headers, seconds):
    assert cache_lifetime(headers) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 14 May 2024 11:00:00 GMT", 1800.0),
        ("Tuesday, 14-May-24 11:00:00 GMT", 1800.0),
        ("Tue May 14 11:00:00 2024", 1800.0),
        ("Tue, 14 May 2024 09:00:00 GMT", 0.0),
        ("Wed, 14 May 2025 10:30:00 GMT", 365 * 86400.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Tue, 99 May 2024 11:00:00 GMT", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value, seconds):
    assert retry_after({"Retry-After": value}, now=NOW) == seconds


def test_no_retry_after():
    assert retry_after({}, now=NOW) is None
