"""Who reported when, in words."""

from datetime import UTC, datetime, timedelta

from worker.alerts.timeline import reported_at, timeline, timeline_lines
from worker.model import Report, Story

NOW = datetime(2026, 5, 1, 8, 49, tzinfo=UTC)


def report(number, minutes, *, seen=None, copy_of=None, source=None):
    published = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Report(
        article_id=f"a{number}",
        source=f"s{number}.example" if source is None else source,
        title="Sample",
        url="",
        published=published,
        seen_at=NOW + timedelta(minutes=seen if seen is not None else (minutes or 0) + 1),
        copy_of=copy_of,
    )


def story(*reports):
    return Story(id="s", topic="t", headline="h", first_seen=NOW, last_seen=NOW, reports=reports)


def test_the_first_reporter_stands_first_whoever_was_seen_first():
    told = timeline(story(report(1, 30), report(2, 0, seen=40), report(3, 20)))
    assert [one.report.article_id for one in told] == ["a2", "a3", "a1"]


def test_a_date_in_the_future_is_not_believed():
    assert reported_at(report(1, 600, seen=5)) == NOW + timedelta(minutes=5)


def test_without_a_date_it_was_reported_when_it_was_seen():
    assert reported_at(report(1, None, seen=7)) == NOW + timedelta(minutes=7)


def test_copies_are_hollow_and_name_their_original():
    lines = timeline_lines(story(report(1, 0), report(2, 27, copy_of="a1"), report(3, 91)), 8)
    assert lines == ["◆ 08:49 s1.example", "◇ 09:16 s2.example, a copy of s1.example", "◆ 10:20 s3.example"]


def test_a_copy_of_what_is_no_longer_listed_is_a_copy_all_the_same():
    assert timeline_lines(story(report(2, 0, copy_of="gone")), 8) == ["◇ 08:49 s2.example, a copy of an earlier report"]


def test_days_are_named_where_there_are_several():
    lines = timeline_lines(story(report(1, 0), report(2, 24 * 60)), 8)
    assert lines == ["◆ 1 May 08:49 s1.example", "◆ 2 May 08:49 s2.example"]


def test_of_many_the_first_and_the_latest_are_shown():
    lines = timeline_lines(story(*(report(n, n) for n in range(20))), 5)
    assert lines == [
        "◆ 08:49 s0.example",
        "… 16 more",
        "◆ 09:06 s17.example",
        "◆ 09:07 s18.example",
        "◆ 09:08 s19.example",
    ]
    assert len(timeline_lines(story(*(report(n, n) for n in range(5))), 5)) == 5


def test_nothing_a_feed_wrote_adds_a_line():
    (line,) = timeline_lines(story(report(1, 0, source="a\nb\u2028c\x1b[31m")), 8)
    assert line == "◆ 08:49 a b c [31m"


def test_a_story_without_reports_has_no_lines():
    assert timeline_lines(story(), 8) == []
