"""Which stories a report is compared with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from worker.dedupe.fingerprint import is_copy, signature
from worker.model import Report, Story
from worker.stories.lookup import (
    COMPARED,
    may_be_copied,
    most_alike,
    place_of,
    prints,
    prints_of,
    rarest,
    told_most_alike,
)

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
WORDS = [f"sample{n}" for n in range(300)]


def evenly(_term):
    return 1.0


def told(name, print_of=()):
    return Report(
        article_id=name, source="s.example", title="x", url="", published=None, seen_at=NOW, signature=print_of
    )


def story(*reports, name="s", terms=()):
    weighed = tuple((term, 0.2) for term in terms)
    return Story(id=name, topic="t", headline="x", first_seen=NOW, last_seen=NOW, reports=reports, terms=weighed)


def test_the_story_that_shares_most_comes_first_and_one_that_shares_little_is_left_out():
    scaled = {"dunmore": 0.8, "larkhill": 0.5, "ferry": 0.1}
    found = {"dunmore": ["one"], "larkhill": ["one", "two"], "ferry": ["one", "two", "three"]}
    assert most_alike(found, scaled, evenly) == ["one", "two"]


def test_terms_that_lead_nowhere_do_not_take_the_place_of_those_that_do():
    scaled = {f"new{n}": 0.9 for n in range(20)} | {"dunmore": 0.1}
    assert most_alike({"dunmore": ["one"]}, scaled, evenly) == ["one"]


def test_a_report_is_compared_with_a_dozen_stories_however_many_share_its_terms():
    found = {"ferry": [f"s{n}" for n in range(60)]}
    assert len(most_alike(found, {"ferry": 1.0}, evenly)) == COMPARED
    assert most_alike({}, {"ferry": 1.0}, evenly) == []


def test_of_the_stories_told_those_that_share_most_are_compared_by_whatever_terms():
    near, far = story(name="near", terms=("ferry", "larkhill")), story(name="far", terms=("ferry", "dunmore"))
    other = story(name="other", terms=("council",))
    scaled = {"ferry": 0.1, "larkhill": 0.2, "storm": 0.9}
    assert told_most_alike([other, far, near, near], scaled) == [near, far]
    assert len(told_most_alike([story(name=f"s{n}", terms=("ferry",)) for n in range(9)], scaled)) == 3


def test_the_ten_rarest_terms_are_looked_up():
    assert rarest({f"t{n:02}": n / 20 for n in range(20)}) == [f"t{n:02}" for n in range(19, 9, -1)]


@pytest.mark.parametrize("changed", [20, 60, 100])
def test_a_copy_shares_a_print_with_its_original(changed):
    original, copy = signature(" ".join(WORDS)), signature(" ".join(["new", *WORDS[changed:]]))
    assert is_copy(original, copy)
    assert set(prints(original)) & set(prints(copy))


def test_another_text_shares_none():
    assert not set(prints(signature(" ".join(WORDS)))) & set(prints(signature(" ".join(reversed(WORDS)))))


def test_a_text_too_short_for_a_signature_has_no_prints():
    assert prints(()) == []
    assert prints_of(story(told("a"))) == set()


def test_the_originals_that_share_most_prints_are_looked_at_first():
    found = [["one", "two"], ["two"], ["three"], ["four"], ["five"], ["six"]]
    assert may_be_copied(found)[0] == "two"
    assert len(may_be_copied(found)) == 4


def test_a_report_knows_so_manieth_of_its_story_it_is():
    whole = story(told("a"), told("b"))
    assert place_of("b", whole) == (whole.reports[1], 2)
    assert place_of("c", whole) is None
