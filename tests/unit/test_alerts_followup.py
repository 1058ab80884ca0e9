"""Follow-ups share a name with the story told; other events of the kind do not."""

from datetime import UTC, datetime

import pytest

from worker.alerts.followup import shared_name
from worker.model import Article, Story

NOW = datetime(2026, 1, 5, tzinfo=UTC)
QUAKE = Story(
    id="s",
    topic="earthquakes",
    headline="Earthquake strikes Morocco",
    first_seen=NOW,
    last_seen=NOW,
    terms=(("earthquake", 0.6), ("morocco", 0.5), ("marrakech", 0.4), ("magnitude", 0.3)),
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Families in Marrakech spent the night outside after the earthquake.", "Marrakech"),
        ("The army of Morocco brought tents.", "Morocco"),
        ("An earthquake of magnitude 7 shook Hokkaido on Saturday.", ""),
        ("Earthquake drills began in Athens.", ""),
        ("morocco leather and marrakech lamps", ""),
        ("Marrakech woke early.", ""),
        ("", ""),
    ],
)
def test_shared_name(text, name):
    assert shared_name(Article(id="a", title="Earthquake", text=text), QUAKE) == name


def test_a_plural_meets_its_singular():
    told = Story(id="s", topic="t", headline="h", first_seen=NOW, last_seen=NOW, terms=(("rohingya", 1.0),))
    assert shared_name(Article(id="a", text="Boats with Rohingyas arrived."), told) == "Rohingyas"


def test_what_the_story_is_hardly_about_does_not_count():
    heavy = tuple((f"term{number}", 1.0) for number in range(15))
    told = Story(id="s", topic="t", headline="h", first_seen=NOW, last_seen=NOW, terms=(*heavy, ("survey", 0.1)))
    assert shared_name(Article(id="a", text="The Geological Survey said so."), told) == ""
