"""How often terms are in the news of a topic: counted by stories, packed, and told anew from time to time."""

from __future__ import annotations

import pytest

from worker.stories.background import NOTHING, is_due, packed_report, unpacked


def counted(*reports):
    return NOTHING.with_reports(b"".join(packed_report(words, place) for words, place in reports))


def test_a_story_of_several_reports_does_not_make_its_village_a_common_word():
    figures = counted((["dunmore", "ferry"], 1), (["dunmore"], 2), (["dunmore"], 4), (["ferry"], 1))
    assert figures.stories == pytest.approx(2.75)
    assert figures.of(["dunmore", "ferry", "larkhill"]) == pytest.approx({"dunmore": 1.75, "ferry": 2.0})


def test_figures_are_the_same_after_they_were_packed():
    figures = counted(*((["ferry", f"harbour-{n % 7}"], 1) for n in range(50)))
    again = unpacked(figures.packed())
    terms = ["ferry", *(f"harbour-{n}" for n in range(8))]
    assert again.of(terms) == pytest.approx(figures.of(terms), rel=0.03)
    assert unpacked(again.packed()).of(terms) == again.of(terms), "what was rounded once stays"
    assert again.stories == figures.stories


def test_a_term_takes_three_bytes_at_most():
    figures = counted(*((["ferry", *(f"harbour-{n}-{m}" for m in range(9))], 1) for n in range(200)))
    assert len(figures.packed()) <= 3 * (1 + 9 * 200)


def test_counting_goes_on_where_it_stopped():
    first = unpacked(counted((["ferry"], 1)).packed())
    assert first.with_reports(packed_report(["ferry", "harbour"], 1)).of(["ferry", "harbour"]) == {
        "ferry": pytest.approx(2.0),
        "harbour": 1.0,
    }


def test_what_was_common_long_ago_counts_less_and_what_came_once_is_forgotten():
    figures = counted(*((["ferry", f"once-{n}"], 1) for n in range(2_001)))
    assert figures.stories == pytest.approx(2_001 / 2)
    assert figures.of(["ferry", "once-5"]) == pytest.approx({"ferry": 2_001 / 2})


def test_nothing_is_known_before_the_first_report():
    assert NOTHING.of(["ferry"]) == {}
    assert counted((["ferry"], 1)).of([]) == {}
    assert unpacked(NOTHING.packed()).of(["ferry"]) == {}


def test_figures_are_told_anew_after_a_sixteenth_more_and_at_most_500():
    assert [counted for counted in (0, 16, 32, 800, 4_000, 40_000) if is_due(1, counted)] == [0, 16]
    assert (is_due(1, 32), is_due(2, 32)) == (False, True)
    assert (is_due(499, 40_000), is_due(500, 40_000)) == (False, True)


def test_characters_that_no_encoding_has_are_counted_too():
    assert counted((["\ud800"], 1)).of(["\ud800"]) == {"\ud800": 1.0}
