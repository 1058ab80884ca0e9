"""Follow-ups share a name and what matched with the story told; other events of the kind do not. All is sample text."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.followup import (
    BREAKING,
    COOLDOWN,
    family,
    follows,
    is_follow_up,
    remembering,
    split_off,
    told_before,
)
from worker.model import Article, Highlight, Match, Report, Story

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def story(story_id, *titles, told=("new_story",), terms=(), seen=NOW):
    reports = tuple(
        Report(article_id=f"{story_id}-{at}", source="s", title=title, url="", published=None, seen_at=seen)
        for at, title in enumerate(titles)
    )
    return Story(
        id=story_id,
        topic="t",
        headline=titles[0],
        first_seen=seen,
        last_seen=seen,
        reports=reports,
        terms=tuple((term, 0.3) for term in terms),
        told=told,
    )


QUAKE = story(
    "quake",
    "Strong earthquake strikes Morocco",
    "Fear of aftershocks keeps Marrakech awake",
    terms=("earthquake", "morocco", "marrakech", "magnitude"),
)


def match(*found, field="title"):
    return Match(
        topic="t",
        query="",
        score=0.5,
        highlights=tuple(Highlight(field=field, start=0, end=len(text), text=text) for text in found),
    )


def told(title, text="", *, found=("earthquake",), live=(QUAKE,), alike=0.0, now=NOW):
    article = Article(id="a", title=title, text=text)
    found_story = told_before(article, match(*found), live, alike={"quake": alike}, now=now)
    return found_story and found_story.id


@pytest.mark.parametrize(
    ("title", "text", "found"),
    [
        ("Hundreds feared dead in Morocco earthquake", "", ("earthquake",)),
        ("Moroccan earthquake claims lives", "Families spent the night outside.", ("Moroccan", "earthquake")),
        ("Families sleep outside after the earthquake", "The army of Morocco brought tents.", ("earthquake",)),
        ("Aftershocks go on", "People in Marrakech fear for their houses.", ("Aftershocks",)),
    ],
)
def test_a_follow_up_is_one_whatever_grouping_found_alike(title, text, found):
    assert told(title, text, found=found) == "quake"


@pytest.mark.parametrize(
    ("title", "text", "found"),
    [
        pytest.param("An earthquake shook Hokkaido", "It was of magnitude 7.", ("earthquake",), id="another place"),
        pytest.param("Earthquake drills begin", "Schools in Athens took part.", ("Earthquake",), id="another thing"),
        pytest.param("Floods after rain in Morocco", "", ("Floods",), id="another kind"),
        pytest.param("Earthquake in Turkey, and in Morocco", "", ("Earthquake", "Turkey"), id="a new name asked for"),
        pytest.param(
            "Strikes by dockers in Agadir as Morocco reads of earthquake", "", ("Strikes", "Agadir"), id="both"
        ),
        pytest.param("morocco leather is in fashion", "earthquake", ("earthquake",), id="no name"),
        pytest.param("", "", ("earthquake",), id="no words"),
    ],
)
def test_news_is_news(title, text, found):
    assert told(title, text, found=found) is None


def test_where_the_title_names_only_others_nothing_is_kept_quiet():
    assert told("Dancers of the Bolshoi shaken by earthquake", "They had left Morocco.") is None
    assert told("Dancers of the Bolshoi shaken by earthquake in Morocco", "They are well.") == "quake"


LATER = NOW + COOLDOWN + timedelta(seconds=1)


def test_after_the_cooldown_what_repeats_the_story_has_to_be_a_little_alike():
    title = "Villages of Morocco a day after the earthquake"
    assert told(title, now=LATER) is None
    assert told(title, now=LATER, alike=0.05) == "quake"
    assert told(title, now=LATER, alike=0.04) is None


def test_after_the_cooldown_what_brings_something_has_to_be_alike():
    title, found = "Moroccan pastry chefs bake against the cold", ("Moroccan", "pastry")
    assert told(title, found=found, now=LATER, alike=0.12) == "quake"
    assert told(title, found=found, now=LATER, alike=0.11) is None


def test_words_for_one_kind_of_event_are_known_by_each_other():
    singer = story("quake", "Sample singer dies", "Old Sample singer had long been ill")
    words = ("Sample", "death")
    assert told("The death of the Sample singer, told by a friend", found=words, live=[singer]) == "quake"
    assert told("Burglary at the Sample singer's home", found=("Sample", "burglary"), live=[singer]) is None


def test_a_name_that_begins_a_title_is_one_where_the_story_knows_it():
    singer = story("quake", "Fans mourn Jo Sample, singer", "All the friends of Jonna Sample sing tonight")
    title = "Jonna Sample's friends sing for many hours, and Port Other elects Kestrel"
    assert told(title, found=("Sample",), live=[singer]) == "quake"
    assert told(title.replace("Jonna", "Young"), found=("Sample",), live=[singer]) is None


def test_while_news_breaks_the_second_outlet_may_word_it_quite_differently():
    title, found = "Houses fall in Morocco as the ground trembles", ("trembles",)
    assert told(title, found=found, alike=0.09, now=NOW + BREAKING) == "quake"
    assert told(title, found=found, alike=0.07, now=NOW + BREAKING) is None
    assert told(title, found=found, alike=0.09, now=NOW + BREAKING + timedelta(seconds=1)) is None


def test_a_story_nobody_was_told_of_keeps_nothing_quiet():
    assert told("Morocco earthquake kills many", live=[story("s", "Earthquake in Morocco", told=())]) is None


def test_a_follow_up_of_a_follow_up_belongs_to_the_first():
    second = story("second", "Rescue teams reach Amizmiz", told=(split_off(QUAKE),))
    assert told("In Amizmiz the rescue teams found survivors", found=("rescue",), live=[second, QUAKE]) == "quake"
    assert follows(second) == "quake"
    assert follows(QUAKE) == ""


def test_a_follow_up_of_an_earlier_release_is_one_without_its_head():
    old = story("old", "Rescue", told=("split_off", "corroborated:3"))
    assert is_follow_up(old)
    assert follows(old) == ""
    assert not is_follow_up(QUAKE)


def test_what_became_one_with_the_story_it_followed_follows_nothing():
    both = story("quake", "Strong earthquake strikes Morocco", told=("new_story", split_off(QUAKE)))
    assert not is_follow_up(both)
    assert follows(both) == ""


def test_a_follow_up_stays_in_its_family_when_the_story_it_follows_becomes_part_of_another():
    second = story("second", "Rescue teams reach Amizmiz", told=(split_off(QUAKE),))
    first = remembering(story("first", "Earth shakes in Morocco"), [QUAKE])
    assert [kin.id for kin in family(second, [second, first])] == ["second", "first"]
    assert [kin.id for kin in family(first, [second, first])] == ["first", "second"]
    assert told("In Amizmiz the rescue teams found survivors", found=("rescue",), live=[second, first]) == "first"
    assert remembering(first, [QUAKE]) == first
    untold = story("untold", "Tremor", told=())
    assert remembering(first, [untold]) == first


def test_a_family_is_the_story_and_its_follow_ups():
    one, two = (story(name, "Rescue", told=(split_off(QUAKE),)) for name in ("one", "two"))
    other = story("other", "Floods")
    live = [QUAKE, one, two, other]
    assert {kin.id for kin in family(one, live)} == {kin.id for kin in family(QUAKE, live)} == {"quake", "one", "two"}
    assert [kin.id for kin in family(other, live)] == ["other"]


def test_the_story_is_taken_as_it_is_now():
    grown = story("quake", "Strong earthquake strikes Morocco", told=("new_story", "corroborated:3"))
    assert family(grown, [QUAKE]) == [grown]


@pytest.mark.parametrize("piece", ["Morocco ", "a Morocco earthquake ", "A", "’ "])
def test_hostile_titles_take_bounded_work(piece):
    # of every title and text only the beginning is looked at
    endless = piece * (1_000_000 // len(piece))
    stories = [story(f"s{number}", endless) for number in range(20)]
    assert told(endless, endless, found=("flood",), live=stories) is None


@pytest.mark.parametrize(
    ("title", "found", "follows_it"),
    [
        pytest.param("Strong earthquake keeps people awake", ("Strong", "earthquake"), True, id="all of it known"),
        pytest.param("Strong earthquake keeps people awake", ("earthquake",), False, id="one word is too little"),
        pytest.param("Strong earthquake and flood", ("Strong", "earthquake", "flood"), False, id="more than is known"),
        pytest.param("Strong Earthquake Keeps People Awake", ("Strong", "Earthquake"), False, id="names may hide"),
        pytest.param("Strong earthquake wakes Lima", ("Strong", "earthquake"), False, id="somewhere else"),
    ],
)
def test_a_headline_without_names_follows_what_it_repeats(title, found, follows_it):
    assert (told(title, found=found) == "quake") is follows_it


def test_a_headline_without_names_is_news_when_the_other_story_is_over():
    title, later = "Strong earthquake keeps people awake", NOW + COOLDOWN + timedelta(seconds=1)
    assert told(title, found=("Strong", "earthquake"), now=later) is None
