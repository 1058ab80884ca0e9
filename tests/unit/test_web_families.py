"""Reports with their copies below them."""

from datetime import UTC, datetime

from worker.alerts.timeline import Told
from worker.model import Report
from worker.run.web.stories import families_of

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def told(article_id, copy_of=None):
    report = Report(
        article_id=article_id, source="s.example", title="t", url="", published=NOW, seen_at=NOW, copy_of=copy_of
    )
    return Told(report=report, at=NOW)


def ids(found):
    return [(own.report.article_id, [copy.report.article_id for copy in copies]) for own, copies in found]


def test_copies_stand_below_their_original_and_so_do_copies_of_copies():
    found = families_of([told("a"), told("b", "a"), told("c"), told("d", "b"), told("e", "c")])
    assert ids(found) == [("a", ["b", "d"]), ("c", ["e"])]


def test_a_copy_of_what_is_not_there_stands_by_itself():
    assert ids(families_of([told("a"), told("b", "gone")])) == [("a", []), ("b", [])]


def test_copies_of_one_another_end_somewhere():
    found = families_of([told("a", "b"), told("b", "a")])
    assert sorted(one for own, copies in ids(found) for one in (own, *copies)) == ["a", "b"]
