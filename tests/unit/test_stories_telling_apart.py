"""Look-alike events that no date of publication tells apart."""

from datetime import UTC, datetime

import pytest

from worker.model import Article, Report, Source, Story
from worker.stories.group import StoryIndex, place
from worker.stories.likeness import are_one, fits, threshold
from worker.stories.telling_apart import evidence

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALIKE = 0.3

# Sample text: two invented earthquakes on the same island, years apart.
QUAKE_2011 = (
    "Sample: Strong quake shakes the island of Tessaly",
    (
        "An earthquake of magnitude 58 shook the island of Tessaly on 14 March 2011 and damaged 340 houses in Port "
        "Ollin, Marrow and the fishing villages of the southern coast. The island's governor Ines Callow said that 17 "
        "people were hurt when the roof of the market hall fell in. Ferries brought tents from Larkhill."
    ),
)
QUAKE_2011_LATER = (
    "Sample: Tents for Port Ollin after the quake on Tessaly",
    (
        "Ferries brought tents from Larkhill to Port Ollin, where 340 houses were damaged by the earthquake of 14 "
        "March 2011. Governor Ines Callow visited the 17 people hurt under the market hall's roof on the island of "
        "Tessaly."
    ),
)
QUAKE_2019 = (
    "Sample: Night tremor wakes the north of Tessaly",
    (
        "An earthquake of magnitude 49 woke the north of the island of Tessaly on 2 November 2019. Chimneys fell in "
        "Graywater and Upper Fenn, where a school of 120 pupils stays closed. Nobody was hurt, said the mayor Tobias "
        "Renn, who had the dam above the reservoir looked at by engineers of the mining company."
    ),
)


def article(name, words, *, published=None):
    return Article(
        id=name,
        title=words[0],
        text=words[1],
        published=published,
        seen_at=NOW,
        source=Source(domain=f"{name}.example"),
    )


def index():
    return StoryIndex(signature=lambda _: (), is_copy=lambda a, b: bool(a) and a == b)


def story(name, reports):
    told = tuple(
        Report(article_id=f"{name}{at}", source="s", title="", url="", published=None, seen_at=NOW)
        for at in range(reports)
    )
    return Story(id=name, topic="t", headline="", first_seen=NOW, last_seen=NOW, reports=told)


def test_two_undated_earthquakes_of_one_island_stay_two_stories():
    stories = index()
    first, later, other = (
        stories.add(article(str(at), words)).story.id
        for at, words in enumerate((QUAKE_2011, QUAKE_2011_LATER, QUAKE_2019))
    )
    assert first == later
    assert other != first


def test_a_topic_tells_them_apart_by_the_same_rule():
    first = place(article("a", QUAKE_2011), "t", (), [], now=NOW, is_copy=lambda *_: False).story
    joined = place(article("b", QUAKE_2011_LATER), "t", (), [first], now=NOW, is_copy=lambda *_: False)
    other = place(article("c", QUAKE_2019), "t", (), [joined.story], now=NOW, is_copy=lambda *_: False)
    assert not joined.is_new
    assert other.is_new


@pytest.mark.parametrize("like_first", [1.0, 0.5])
def test_a_figure_in_common_brings_two_reports_nearer(like_first):
    report = {"quake": 0.8, "340": 0.6}
    assert evidence(report, {"quake": 0.8, "340": 0.6}, ALIKE * like_first) > 0
    assert evidence(report, {"quake": 0.8, "120": 0.6}, ALIKE * like_first) == 0


def test_years_without_one_in_common_part_them_and_a_year_in_common_alone_does_not_join_them():
    assert evidence({"quake": 0.8, "2011": 0.6}, {"quake": 0.8, "2019": 0.6}, ALIKE) < 0
    assert evidence({"quake": 0.8, "2011": 0.6}, {"2011": 0.6, "2019": 0.6}, ALIKE) == 0
    assert evidence({"quake": 0.8, "2011": 0.6}, {"quake": 1.0}, ALIKE) == 0


@pytest.mark.parametrize("number", ["1949", "2050", "20110", "211"])
def test_a_number_that_is_no_year_of_the_news_is_a_figure(number):
    assert evidence({number: 1.0}, {number: 1.0}, ALIKE) > 0


def test_figures_say_nothing_of_reports_that_share_little_else():
    assert evidence({"340": 0.1}, {"340": 0.1}, 0.1) == 0
    assert evidence({"2011": 0.1}, {"2019": 0.1}, 0.05) == 0


def test_an_undated_report_has_to_be_more_alike_the_longer_it_is():
    assert threshold(5, is_dated=False) == threshold(5)
    assert threshold(60, is_dated=False) > threshold(60)
    between = (threshold(60) + threshold(60, is_dated=False)) / 2
    one = story("one", 1)
    assert fits(between, 60, one)
    assert not fits(between, 60, one, is_dated=False)


def test_two_undated_stories_have_to_be_more_alike_the_more_reports_tell_of_both():
    def are(reports, other, between):
        return are_one(60, 1.0, story("one", reports), story("other", other), between, is_dated=False)

    assert are(1, 1, 0.45)
    assert not are(4, 4, 0.45)
    assert are(4, 4, 0.62)
    assert are(4, 1, 0.45), "a single report says as little as before"
    assert are_one(60, 1.0, story("one", 4), story("other", 4), 0.45), "dated ones began together"


def test_a_date_leaves_telling_apart_to_time():
    reports = [article(str(at), words, published=NOW) for at, words in enumerate((QUAKE_2011, QUAKE_2019))]
    first = place(reports[0], "t", (), [], now=NOW, is_copy=lambda *_: False).story
    dated = place(reports[1], "t", (), [first], now=NOW, is_copy=lambda *_: False)
    bare = place(article("1", QUAKE_2019), "t", (), [first], now=NOW, is_copy=lambda *_: False)
    assert not dated.is_new, "what is published in the same minute and so alike tells of one event"
    assert bare.is_new
    assert dated.similarity == bare.similarity, "what is handed on is how alike the words are"
