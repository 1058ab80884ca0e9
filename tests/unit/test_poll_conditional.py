"""Headers of a polite poll."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.model import FeedState
from worker.poll.conditional import (
    ACCEPT,
    cache_lifetime,
    is_partial,
    is_whole,
    request_headers,
    retry_after,
    validators,
)
from worker.secret import SecretStr

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
    own = [("accept", SecretStr("text/xml")), ("X-Key", SecretStr("sample"))]
    headers = request_headers(FeedState(etag='"a"'), own)
    assert headers == {"If-None-Match": '"a"', "A-IM": "feed", "accept": "text/xml", "X-Key": "sample"}


def test_only_who_knows_our_entity_tag_may_send_less_than_the_whole():
    assert "A-IM" not in request_headers(FeedState(last_modified="Sat"))
    assert "A-IM" in request_headers(FeedState(etag='"a"', last_modified="Sat"))


def test_a_whole_document_is_asked_for_without_conditions():
    state = FeedState(etag='"a"', last_modified="Sat")
    assert request_headers(state, whole=True) == {"Accept": ACCEPT}


def test_a_whole_document_is_asked_for_once_a_day_where_none_came():
    state = FeedState(etag='"a"', whole_at=NOW)
    assert not is_whole(state, now=NOW + timedelta(hours=23, minutes=59))
    assert is_whole(state, now=NOW + timedelta(days=1))
    assert is_whole(FeedState(last_modified="Sat"), now=NOW)


def test_without_validators_there_is_nothing_to_ask_by():
    assert is_whole(FeedState(whole_at=NOW), now=NOW)


def test_validators_are_kept_as_they_came_unless_endless():
    assert validators({"ETag": 'W/"x"', "Last-Modified": "odd  date"}) == ('W/"x"', "odd  date")
    assert validators({"etag": "x" * 10_000, "last-modified": ""}) == (None, None)
    assert validators({}) == (None, None)


@pytest.mark.parametrize(
    ("status", "headers", "partial"),
    [
        (200, {}, False),
        (226, {"IM": "feed"}, True),
        (226, {}, True),
        (200, {"im": "feed, gzip"}, True),
        (200, {"IM": "gzip"}, False),
    ],
)
def test_a_partial_answer_is_known_by_its_status_or_by_what_was_done_to_it(status, headers, partial):
    assert is_partial(status, headers) is partial


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
