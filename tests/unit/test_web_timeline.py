"""A story's reports on a line of time."""

from datetime import UTC, datetime, timedelta

from worker.edge.store.newsdesk import Step
from worker.model import Reason, Report, Story
from worker.run.web.timeline import timeline_of

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def report(number, minutes, source=None):
    at = NOW + timedelta(minutes=minutes)
    return Report(
        article_id=f"a{number}", source=source or f"s{number}.example", title="t", url="", published=at, seen_at=at
    )


def story(*reports):
    return Story(id="s", topic="t", headline="h", first_seen=NOW, last_seen=NOW, reports=reports)


def step(article_id, reason):
    return Step(
        alert_id="x",
        topic="t",
        story_id="s",
        headline="",
        reason=reason,
        because="",
        created=NOW,
        article_id=article_id,
    )


def test_a_publisher_has_one_row_with_all_its_reports():
    line = timeline_of(
        story(report(1, 0, "a.example"), report(2, 30, "b.example"), report(3, 60, "a.example")), [], limit=9
    )
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
        story(report(1, 0), report(2, 30)), [step("a2", Reason.CONFIRMED), step("gone", Reason.DENIED)], limit=9
    )
    assert [mark.reasons for row in line.rows for mark in row.marks] == [(), (Reason.CONFIRMED,)]


def test_reports_of_one_moment_stand_at_the_start():
    line = timeline_of(story(report(1, 0), report(2, 0)), [], limit=9)
    assert [mark.x for row in line.rows for mark in row.marks] == [4.0, 4.0]


def test_days_are_named_where_there_are_several():
    assert not timeline_of(story(report(1, 0), report(2, 30)), [], limit=9).spans_days
    assert timeline_of(story(report(1, 0), report(2, 30 * 60)), [], limit=9).spans_days


def test_many_publishers_are_counted():
    line = timeline_of(story(*(report(n, n) for n in range(7))), [], limit=4)
    assert [row.source for row in line.rows] == ["s0.example", "s1.example", "s2.example", "s3.example"]
    assert line.more == 3


def test_who_led_to_an_alert_is_shown_rather_than_others():
    line = timeline_of(story(*(report(n, n) for n in range(7))), [step("a6", Reason.CONFIRMED)], limit=3)
    assert [row.source for row in line.rows] == ["s0.example", "s1.example", "s6.example"]
    assert line.more == 4


def test_a_story_without_reports_has_no_rows():
    assert timeline_of(story(), [], limit=3).rows == ()
