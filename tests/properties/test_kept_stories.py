"""A story survives being packed, whatever it holds, and in fewer bytes than before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.dedupe.fingerprint import reduced
from worker.edge.kept import Kept, completed, pack, unpack
from worker.model import Report, Root, Story

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  st adds UTC
IDS = st.one_of(TEXTS, st.integers(0, 9).map(str), st.integers(0, 2**64 - 1).map(lambda n: f"{n:016x}"))
PRINTS = st.one_of(st.just(()), st.lists(st.integers(0, 0xFFFF), min_size=64, max_size=64).map(reduced))
WEIGHTS = st.integers(-1000, 1000).map(lambda n: n / 1000)
REPORTS = st.builds(
    Report,
    article_id=IDS,
    source=TEXTS,
    title=TEXTS,
    url=TEXTS,
    published=st.none() | MOMENTS,
    seen_at=MOMENTS,
    copy_of=st.none() | IDS,
    signature=PRINTS,
    root=TEXTS,
)
STORIES = st.builds(
    Story,
    id=IDS,
    topic=TEXTS,
    headline=TEXTS,
    first_seen=MOMENTS,
    last_seen=MOMENTS,
    reports=st.lists(REPORTS, max_size=9, unique_by=lambda report: report.article_id).map(tuple),
    independent_sources=st.integers(0, 200),
    roots=st.lists(st.builds(Root, key=TEXTS, name=TEXTS, article_id=IDS, quote=TEXTS), max_size=4).map(tuple),
    terms=st.lists(st.tuples(TEXTS, WEIGHTS), max_size=8).map(tuple),
    told=st.lists(TEXTS, max_size=4).map(tuple),
    cohesion=st.floats(0, 1),
    meaning=st.sampled_from(["", "fw==", "AAECAwQF"]),
)
KEPT = st.builds(Kept, story=STORIES, posted=st.lists(st.integers(0, 2**32 - 1), max_size=12).map(tuple))


@given(KEPT)
def test_a_story_survives_the_round_trip(kept):
    assert unpack(pack(kept, whole=True)) == kept


@given(KEPT)
def test_what_a_record_leaves_to_articles_is_all_that_is_missing(kept):
    words = {report.article_id: (report.title, report.url) for report in kept.story.reports}
    left = unpack(pack(kept))
    assert set(left.left_out) == {report.article_id for report in kept.story.reports[5:]}
    assert completed(left, words) == kept


@pytest.mark.parametrize("size", [0, 1, 16, 17, 63, 64, 65, 128, 300])
def test_a_signature_of_any_length_is_read_as_it_is_compared(size):
    numbers = range(0xFFFF, 0xFFFF - size, -1)
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    one, other = (
        Report(article_id=name, source="s", title="t", url="", published=None, seen_at=moment, signature=signature)
        for name, signature in (("a", tuple(numbers)), ("b", tuple(range(64))))
    )
    story = Story(id="s", topic="t", headline="t", first_seen=moment, last_seen=moment, reports=(one, other))
    read = unpack(pack(Kept(story=story))).story.reports
    assert [report.signature for report in read] == [reduced(numbers), reduced(range(64))]


@given(MOMENTS, st.integers(-12, 14))
def test_a_moment_of_any_zone_is_the_same_moment_afterwards(moment, hours):
    from datetime import timezone

    local = moment.astimezone(timezone(timedelta(hours=hours)))
    report = Report(article_id="a", source="s", title="t", url="", published=local, seen_at=moment)
    story = Story(id="s", topic="t", headline="t", first_seen=moment, last_seen=moment, reports=(report,))
    assert unpack(pack(Kept(story=story))).story == story
