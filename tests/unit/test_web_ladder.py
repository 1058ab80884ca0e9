"""How far a story got, as pages show it."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.model import Report, Story, Topic
from worker.run.web.ladder import ladder

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
TOPIC = Topic(name="Harbour", query="harbour", sources=(1, 3), parties=("harbour-office",))
NAMES = {"harbour-office": "Harbour Office"}


def story(*told, sources=1, hours_old=1):
    at = NOW - timedelta(hours=hours_old)
    report = Report(article_id="a", source="coast.example", title="t", url="", published=at, seen_at=NOW)
    return Story(
        id="s",
        topic="Harbour",
        headline="h",
        first_seen=NOW,
        last_seen=NOW,
        reports=(report,),
        independent_sources=sources,
        told=told,
    )


def rungs(found):
    return [(rung.label, rung.state, rung.detail) for rung in found.rungs]


def test_steps_taken_the_next_one_and_those_that_may_come():
    found = ladder(story("new_story", sources=2), TOPIC, NOW, NAMES)
    assert rungs(found) == [
        ("First report", "taken", ""),
        ("3 sources", "next", "2 of 3"),
        ("Harbour Office", "open", ""),
    ]
    assert found.why_silent == ""


@pytest.mark.parametrize(
    ("told", "rung"),
    [
        ("confirmed:harbour-office", ("Harbour Office", "taken", "confirms")),
        ("denied:harbour-office", ("Harbour Office", "denied", "denies")),
    ],
)
def test_what_a_party_says_is_a_step(told, rung):
    assert rungs(ladder(story(told), TOPIC, NOW, NAMES))[-1] == rung


def test_a_denial_is_shown_though_it_was_confirmed_before():
    found = ladder(story("confirmed:harbour-office", "denied:harbour-office"), TOPIC, NOW, NAMES)
    assert rungs(found)[-1] == ("Harbour Office", "denied", "denies")


def test_a_turn_of_the_story_is_a_step_of_its_own():
    assert rungs(ladder(story("new_story", "turn:a9"), TOPIC, NOW, NAMES))[-1] == ("A turn of it", "taken", "")


@pytest.mark.parametrize(
    ("one", "topic", "why"),
    [
        (story(), None, "its topic is not watched any more"),
        (story(hours_old=50), TOPIC, "its reports are older than this topic's max_age"),
        (story(sources=2), Topic(name="Harbour", query="harbour", sources=(3,)), "waits for 3 independent sources"),
        (story("split_off:s0"), TOPIC, "goes on with a story that was told"),
        (story(), TOPIC, "nothing in it was news when it came"),
    ],
)
def test_it_says_why_nobody_was_told(one, topic, why):
    assert ladder(one, topic, NOW, NAMES).why_silent == why


def test_a_follow_up_leads_to_the_story_before_it():
    assert ladder(story("split_off:s0"), TOPIC, NOW, NAMES).follows == "s0"
