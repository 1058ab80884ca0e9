"""Job payloads, and what becomes of the entries of a job whose worker keeps dying."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.edge import codec
from worker.model import Entry, WorkItem
from worker.run import jobs

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
# More rounds than any ladder may have.
ROUNDS = 20


def item(number):
    return WorkItem(
        entry=Entry(key=str(number), url=f"https://example.org/{number}", title=f"Sample {number}", published=NOW),
        feed_url="https://example.org/rss",
        feed_name="Example",
        feed_title="Example",
        tags=("a", "b"),
        full_text=True,
        seen_at=NOW,
        trace=f"trace-{number}",
    )


def keys_of(payload):
    return [work.entry.key for work in jobs.read_ingest(payload)[0]]


def play(payload, kills):
    """Run a batch until every job is done or given up; `kills(entry key, feed_only)` says what kills its worker.

    A worker commits what comes before the entry that kills it. Returns (done, given up, dead letters, runs by entry).
    """
    queue, done, given_up, dead, runs = [(payload, 0)], set(), [], [], Counter()
    for _ in range(ROUNDS * (len(payload["items"]) + 1)):
        if not queue:
            break
        current, losses = queue.pop(0)
        items, feed_only = jobs.read_ingest(current)
        deadly = False
        for work in items:
            key = work.entry.key
            if key in done:
                continue
            runs[key] += 1
            if kills(key, feed_only):
                deadly = True
                break
            done.add(key)
        if not deadly:
            continue
        after = jobs.after_loss(jobs.INGEST_JOB, current, losses + 1)
        dead += [facts["title"].removeprefix("Sample ") for facts in after.dead]
        if after.again is None:
            given_up += keys_of(current)
        else:
            queue += [(payload, losses + 1) for payload in after.again]
    assert not queue, "the ladder has no end"
    return done, given_up, dead, runs


@given(st.integers(1, jobs.BATCH), st.data())
def test_poison_costs_only_itself_however_much_of_it_there_is(size, data):
    keys = [str(number) for number in range(size)]
    pages = set(data.draw(st.lists(st.sampled_from(keys), unique=True), label="deadly with their page"))
    always = set(data.draw(st.lists(st.sampled_from(keys), unique=True), label="deadly in any way"))
    payload = jobs.ingest_payload([item(number) for number in range(size)])
    done, given_up, dead, runs = play(payload, lambda key, feed_only: key in always or (key in pages and not feed_only))
    assert done == set(keys) - always
    assert sorted(given_up) == sorted(always)
    # A deadly page is a dead letter after three tries, an entry that is deadly without it once more.
    assert Counter(dead) == Counter([*(pages | always), *always])
    assert all(runs[key] <= 4 for key in keys)


def test_a_deadly_page_is_tried_in_its_batch_and_twice_alone_and_then_its_entry_goes_on_without_it():
    payload = jobs.ingest_payload([item(1), item(2)])
    alone = jobs.after_loss(jobs.INGEST_JOB, payload, 1)
    assert [keys_of(one) for one in alone.again] == [["1"], ["2"]]
    again = jobs.after_loss(jobs.INGEST_JOB, alone.again[1], 2)
    assert again.again == [alone.again[1]]
    last = jobs.after_loss(jobs.INGEST_JOB, again.again[0], 3)
    assert [jobs.read_ingest(one) for one in last.again] == [([item(2)], True)]
    assert alone.dead == again.dead == ()
    (facts,) = last.dead
    assert facts["url"] == "https://example.org/2"
    assert facts["feed"] == "Example"


@given(st.integers(1, jobs.BATCH), st.integers(1, 6), st.booleans())
def test_however_often_a_job_is_lost_each_entry_is_in_one_later_job_or_in_the_failed_one(size, losses, feed_only):
    payload = jobs.ingest_payload([item(number) for number in range(size)], feed_only=feed_only)
    following = jobs.after_loss(jobs.INGEST_JOB, payload, losses).again
    kept = [payload] if following is None else following
    assert [key for one in kept for key in keys_of(one)] == keys_of(payload)
    assert following is None or all(one["feed_only"] >= feed_only for one in following)


def test_a_batch_whose_worker_had_to_leave_it_stays_as_it_is():
    payload = jobs.ingest_payload([item(1), item(2)])
    assert jobs.after_loss(jobs.INGEST_JOB, payload, 0).again == [payload]


def test_entries_that_waited_in_one_job_with_those_of_others_are_tried_one_by_one_like_those_of_any():
    items = [item(number) for number in range(3)]
    payload = jobs.joined([jobs.ingest_payload(items[:2]), jobs.joined([jobs.ingest_payload(items[2:])])])
    assert json.loads(json.dumps(payload)) == payload
    assert (jobs.read_ingest(payload), payload["v"]) == ((items, False), jobs.PACKED)
    assert jobs.after_loss(jobs.INGEST_JOB, payload, 0).again == [payload]
    assert jobs.after_loss(jobs.INGEST_JOB, payload, 1) == jobs.after_loss(
        jobs.INGEST_JOB, jobs.ingest_payload(items), 1
    )


@given(st.integers(1, 3 * jobs.BATCH))
def test_no_job_is_run_with_more_entries_than_its_hard_limit_is_made_for(size):
    payload = jobs.joined([jobs.ingest_payload([item(number)]) for number in range(size)])
    parts = jobs.parts(payload)
    assert [key for part in parts for key in keys_of(part)] == [str(number) for number in range(size)]
    assert all(len(keys_of(part)) <= jobs.BATCH for part in parts)
    assert len(parts) == -(-size // jobs.BATCH)


def test_what_is_looked_at_by_itself_or_for_one_host_or_is_large_waits_by_itself():
    fresh = jobs.ingest_payload([item(1)])
    assert jobs.may_be_joined(jobs.INGEST_JOB, fresh)
    assert jobs.may_be_joined(jobs.INGEST_JOB, jobs.joined([fresh]))
    whole = replace(item(2), entry=replace(item(2).entry, content="Sample text. " * 1_000))
    for payload in (
        jobs.ingest_payload([item(1)], feed_only=True),
        jobs.ingest_payload([item(1)], put_back=1),
        jobs.ingest_payload([whole]),
        {**fresh, "v": jobs.VERSION + 1},
    ):
        assert not jobs.may_be_joined(jobs.INGEST_JOB, payload)
    assert not jobs.may_be_joined(jobs.DELIVER_JOB, {"v": jobs.PLAIN, "members": []})
    for payload in (fresh, {"v": jobs.PLAIN, "members": []}):
        assert jobs.parts(payload) == [payload]


def test_a_lost_delivery_is_left_to_the_outbox_and_a_lost_refresh_runs_once_more():
    payload = {"v": 1, "members": ["a:desk"]}
    refresh = {"v": 1, "members": [], "stories": ["5707"]}
    for losses in (0, 1):
        assert jobs.after_loss(jobs.DELIVER_JOB, payload, losses).again == []
        assert jobs.after_loss(jobs.DELIVER_JOB, refresh, losses).again == [refresh]
    assert jobs.after_loss(jobs.DELIVER_JOB, refresh, 2).again == []


def test_a_payload_is_plain_json_and_reads_back():
    items = [item(1), replace(item(2), baseline=True, full_text=False)]
    wire = json.loads(json.dumps(jobs.ingest_payload(items, feed_only=True)))
    assert wire["v"] == jobs.PLAIN, "which releases before read as well"
    assert jobs.read_ingest(wire) == (items, True)


@pytest.mark.parametrize("losses", [0, 1, jobs.TRIES, 9])
@pytest.mark.parametrize("function", [jobs.INGEST_JOB, jobs.DELIVER_JOB])
def test_what_becomes_of_a_payload_of_a_newer_release_is_for_its_workers_to_say(function, losses):
    payload = {"v": jobs.VERSION + 1, "shaped": "otherwise"}
    assert jobs.after_loss(function, payload, losses).again == [payload]


def test_a_payload_of_a_later_release_with_new_fields_is_read_and_missing_ones_are_defaulted():
    wire = jobs.ingest_payload([item(1)])
    wire["items"][0]["entry"]["colour"] = "blue"
    wire["items"][0]["priority"] = 3
    del wire["items"][0]["baseline"]
    assert jobs.read_ingest(wire) == ([item(1)], False)


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts, st.none() | st.datetimes(timezones=st.just(UTC)), st.tuples(texts, texts))
def test_whatever_an_entry_holds_survives_the_queue(title, content, published, tags):
    work = replace(
        item(1),
        tags=tags,
        entry=Entry(key=title, url="", title=title, content=content, published=published),
    )
    assert codec.from_plain(WorkItem, json.loads(json.dumps(codec.to_plain(work)))) == work
