"""A story's reports on a line of time."""

from datetime import UTC, datetime, timedelta

from worker.model import Alert, Article, Match, Reason, Report, Story
from worker.run.web.timeline import ROWS, timeline_of

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def report(number, minutes, source=None):
    at = NOW + timedelta(minutes=minutes)
    return Report(
        article_id=f"a{number}", source=source or f"s{number}.example", title="t", url="", published=at, seen_at=at
    )


def story(*reports):
    return Story(id="s", topic="t", headline="h", first_seen=NOW, last_seen=NOW, reports=reports)


def alert(article_id, reason):
    return Alert(
        id="x",
        reason=reason,
        topic="t",
        sent_because="",
        created=NOW,
        story=story(),
        article=Article(id=article_id),
        match=Match(topic="t", query="q", score=1.0, highlights=()),
    )


def test_a_publisher_has_one_row_with_all_its_reports():
    line = timeline_of(story(report(1, 0, "a.example"), report(2, 30, "b.example"), report(3, 60, "a.example")), [])
    assert [(row.source, [mark.told.report.article_id for mark in row.marks]) for row in line.rows] == [
        ("a.example", ["a1", "a3"]),
        ("b.example", ["a2"]),
    ]
    (first, latest), (middle,) = (row.marks for row in line.rows)
    assert (first.x, middle.x, latest.x) == (4.0, 50.0, 96.0)
    assert [mark.is_first for mark in (first, middle, latest)] == [True, False, False]
    assert [mark.is_latest for mark in (first, middle, latest)] == [False, False, True]


def test_a_report_that_led_to_alerts_carries_their_reasons():
    line = timeline_of(
        story(report(1, 0), report(2, 30)), [alert("a2", Reason.CONFIRMED), alert("gone", Reason.DENIED)]
    )
    assert [mark.reasons for row in line.rows for mark in row.marks] == [(), (Reason.CONFIRMED,)]


def test_reports_of_one_moment_stand_at_the_start():
    line = timeline_of(story(report(1, 0), report(2, 0)), [])
    assert [mark.x for row in line.rows for mark in row.marks] == [4.0, 4.0]


def test_days_are_named_where_there_are_several():
    assert not timeline_of(story(report(1, 0), report(2, 30)), []).spans_days
    assert timeline_of(story(report(1, 0), report(2, 30 * 60)), []).spans_days


def test_many_publishers_are_counted():
    line = timeline_of(story(*(report(n, n) for n in range(ROWS + 3))), [])
    assert (len(line.rows), line.more) == (ROWS, 3)


def test_one_report_makes_no_line():
    assert timeline_of(story(report(1, 0)), []) is None
