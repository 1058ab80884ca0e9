"""A feed's record: what is written is read, in little room, and what a former release wrote is read too."""

from __future__ import annotations

from base64 import b85encode
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.edge import codec
from worker.edge.store.feed_record import HEALTHS, health_of, read_record, read_state, write_head, write_state
from worker.model import Feed, FeedState

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AT = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
FULL = FeedState(
    etag='W/"sample"',
    last_modified="Fri, 01 May 2026 08:00:00 GMT",
    body_hash="00ff" * 8,
    interval=837.25,
    last_poll=AT,
    last_success=AT,
    last_new=AT - timedelta(hours=1),
    next_due=AT + timedelta(hours=1),
    failing_since=AT - timedelta(days=1),
    errors=3,
    error="the sample server does not answer",
    title="Sample feed",
    polls=1234,
    unchanged=900,
    entries=5000,
    rhythm=bytes(range(44)),
    known=bytes(range(202)),
)


def states():
    times = st.none() | st.integers(0, 7 * 10**15).map(lambda at: EPOCH + timedelta(microseconds=at))
    texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]))
    counts, seconds = st.integers(0, 2**40), st.floats(0, 1e9)
    by_type = {
        "str | None": texts,
        "bytes": st.binary(),
        "str": st.text(st.characters(exclude_categories=["Cs"])),
        "float": seconds,
        "float | None": st.none() | seconds,
        "int": counts,
        "bool": st.booleans(),
        "datetime | None": times,
    }
    return st.builds(FeedState, **{field.name: by_type[str(field.type)] for field in fields(FeedState)})


@given(states())
def test_every_state_is_read_as_it_was_written(state):
    assert read_state(write_state(state)) == state


def as_json(state):
    """The state as a former release kept it: what is packed was text in base 85."""
    text = {name: b85encode(getattr(state, name)) for name in ("known", "rhythm")}
    return codec.dump(replace(state, **text))


@given(states())
def test_the_json_of_a_former_release_is_read(state):
    assert read_state(as_json(state)) == state


@pytest.mark.parametrize("last_modified", ["Fri, 01 May 2026 08:00:00 GMT", "Thu, 29 Feb 2024 23:59:59 GMT"])
def test_a_date_in_its_usual_form_takes_a_few_bytes(last_modified):
    state = FeedState(last_modified=last_modified)
    assert len(write_state(state)) <= 6
    assert read_state(write_state(state)) == state


@pytest.mark.parametrize(
    "last_modified",
    [
        "Fri, 1 May 2026 08:00:00 GMT",
        "Thu, 01 May 2026 08:00:00 GMT",
        "Fri, 31 Dec 9999 99:99:99 GMT",
        "Wed, 00 Jan 1970 00:00:00 GMT",
        "Fri, 01 Mai 2026 08:00:00 GMT",
        "Fri, 01 May 2026 08:00:00 +0000",
        "yesterday",
        "\udcff",
        "",
    ],
)
def test_a_validator_is_kept_byte_for_byte_whatever_its_form(last_modified):
    state = FeedState(last_modified=last_modified)
    assert read_state(write_state(state)) == state


def test_a_full_state_takes_less_than_half_of_its_json():
    assert 2 * len(write_state(FULL)) < len(as_json(FULL))


def test_a_state_that_was_never_polled_takes_nothing():
    assert write_state(FeedState()) == b""


@given(states(), st.binary(max_size=20))
def test_a_field_of_a_later_release_is_passed_over(state, value):
    later = bytes([0xB3, 0x06, len(value)]) + value  # field 204, bytes
    assert read_state(write_state(state) + later) == state


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://news.example/rss?x=1", "news.example"),
        ("https://News.Example:8080/rss", "news.example"),
        ("http://bücher.example/rss", "xn--bcher-kva.example"),
        ("http://127.1/rss", "127.0.0.1"),
        ("mailto:sample@news.example", ""),
    ],
)
def test_a_record_tells_the_host_its_requests_go_to(url, host):
    state = write_state(FULL)
    record = read_record(bytes([2, 2]) + write_head(Feed(url=url, name="Sample")) + state)
    assert (record.host, record.url, record.name) == (host, url, "Sample")
    assert (record.health, read_state(record.state)) == ("failing", FULL)


def test_the_health_follows_the_state():
    told = [FeedState(), FeedState(polls=1), FULL, FeedState(polls=2, gone=True)]
    assert [health_of(state) for state in told] == list(HEALTHS)
