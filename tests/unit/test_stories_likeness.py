"""How alike is alike enough."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.model import Report, Story
from worker.stories.likeness import recency, threshold
from worker.stories.rarities import Rarities

BEGUN = datetime(2026, 3, 2, 9, tzinfo=UTC)
STORY = Story(id="s", topic="t", headline="", first_seen=BEGUN, last_seen=BEGUN)


def seen(*vocabularies):
    rarities = Rarities()
    for vocabulary in vocabularies:
        rarities.count(vocabulary, 1.0)
    return rarities


def about(*words):
    return replace(STORY, terms=tuple((word, 1.0) for word in words))


def test_likeness_rests_on_rare_terms():
    rarities = seen(*[["minister"]] * 400)
    report = rarities.scaled([("minister", 1.0), ("sandbank", 1.0)])
    same_ground, same_office = rarities.cosines(report, [about("sandbank", "ferry"), about("minister", "budget")])
    assert same_ground > 5 * same_office


def test_a_burst_of_reports_of_one_story_does_not_make_its_words_common():
    burst, stories = Rarities(), Rarities()
    for number in range(1, 101):
        burst.count(["sandbank"], 1 / number)
        stories.count(["sandbank"], 1.0)
    assert burst("sandbank") > 2 * stories("sandbank")


def test_nothing_in_common_is_not_alike():
    rarities = Rarities()
    one = rarities.scaled([("ferry", 1.0)])
    assert rarities.cosines(one, [about("ferry"), about("train"), about()]) == [pytest.approx(1.0), 0.0, 0.0]
    assert rarities.cosines({}, [about("ferry"), about()]) == [0.0, 0.0]


def test_likeness_follows_the_rarities_once_they_are_renewed():
    rarities, story = Rarities(), about("minister", "sandbank")
    report = [("minister", 1.0), ("ferry", 1.0)]
    (before,) = rarities.cosines(rarities.scaled(report), [story])
    for _ in range(1000):
        rarities.count(["minister"], 1.0)
    (after,) = rarities.cosines(rarities.scaled(report), [story])
    assert before == pytest.approx(0.5)
    assert after < 0.1


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
    def after(hours):
        at = BEGUN + timedelta(hours=hours)
        return recency(Report(article_id="a", source="s", title="", url="", published=None, seen_at=at), STORY)

    assert after(0) == after(-3) == 1.0
    assert after(15) == 0.5
    assert after(60) == after(71) == 0.3
