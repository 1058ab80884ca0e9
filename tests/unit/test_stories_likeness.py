"""How alike is alike enough."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.model import Report, Story
from worker.stories.likeness import dot, recency, threshold
from worker.stories.rarities import Rarities


def seen(*vocabularies):
    rarities = Rarities()
    for vocabulary in vocabularies:
        rarities.count(vocabulary, 1.0)
    return rarities


def test_likeness_rests_on_rare_terms():
    rarities = seen(*[["minister"]] * 400)
    report = rarities.scaled([("minister", 1.0), ("sandbank", 1.0)])
    same_ground = rarities.scaled([("sandbank", 1.0), ("ferry", 1.0)])
    same_office = rarities.scaled([("minister", 1.0), ("budget", 1.0)])
    assert dot(report, same_ground) > 5 * dot(report, same_office)


def test_a_burst_of_reports_of_one_story_does_not_make_its_words_common():
    burst, stories = Rarities(), Rarities()
    for number in range(1, 101):
        burst.count(["sandbank"], 1 / number)
        stories.count(["sandbank"], 1.0)
    assert burst("sandbank") > 2 * stories("sandbank")


def test_nothing_in_common_is_not_alike():
    assert dot({"a": 1.0}, {"b": 1.0}) == 0.0
    assert Rarities().scaled([]) == {}


def test_what_came_long_ago_counts_less_and_is_forgotten():
    rarities = seen(["once"])
    before = rarities("once")
    for number in range(110_000):
        rarities.count([f"word{number % 700}"], 1.0)
    assert "once" not in rarities._frequency
    assert rarities._stories < 60_000
    assert rarities("once") > before


def test_the_more_words_the_more_alike_they_have_to_be():
    asked = [threshold(terms) for terms in range(60)]
    assert asked == sorted(asked)
    assert asked[5] == asked[0] < asked[20] < asked[40] == asked[59]


def test_an_unknown_term_is_the_rarest():
    rarities = seen(["known"])
    assert rarities("unknown") == pytest.approx(max(rarities("unknown"), rarities("known")))
    assert rarities("unknown") > rarities("known")


def test_a_pause_makes_a_story_less_alike_but_never_a_stranger():
    begun = datetime(2026, 3, 2, 9, tzinfo=UTC)
    story = Story(id="s", topic="t", headline="", first_seen=begun, last_seen=begun)

    def after(hours):
        at = begun + timedelta(hours=hours)
        return recency(Report(article_id="a", source="s", title="", url="", published=None, seen_at=at), story)

    assert after(0) == after(-3) == 1.0
    assert after(15) == 0.5
    assert after(60) == after(71) == 0.3
