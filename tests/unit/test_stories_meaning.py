"""A model corrects what words say about whether two reports tell of one event, and without one nothing changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from worker.dedupe.fingerprint import is_copy, signature
from worker.errors import ConfigError
from worker.model import Article, Source
from worker.stories.group import StoryIndex, place
from worker.stories.meaning import SAMPLES, WEIGHT, Meaning, Meanings

START = datetime(2023, 9, 11, tzinfo=UTC)
# Each stem stands for an idea, those of one group for the same: what a model knows and the words alone do not.
IDEAS = (
    ("ferry", "ship", "passenger", "vessel"),
    ("mayor", "budget", "money", "council"),
    ("quake", "shake", "magnitude", "damage"),
    ("grain", "wheat", "export", "harvest"),
    ("penalt", "cup", "trophy", "match"),
    ("bank", "rate", "inflation", "borrow"),
    ("court", "fraud", "baker", "judge"),
    ("stork", "vaccine", "study", "research"),
    ("missile", "launch", "rocket", "drill"),
    ("parade", "anniversary", "march", "flag"),
)


def by_ideas(texts: Sequence[str]) -> list[list[float]]:
    """A small model for sentences: how often each idea is spoken of."""
    return [[0.1 + sum(text.lower().count(stem) for stem in idea) for idea in IDEAS] for text in texts]


def article(ident: str, title: str, text: str, *, minutes: int = 0) -> Article:
    at = START + timedelta(minutes=minutes)
    return Article(id=ident, title=title, text=text, source=Source(domain=f"{ident}.example"), published=at, seen_at=at)


# Sample text throughout. Names that two reports may share, and names that only one of them has.
NAMES = 8
SHARED = [f"Kanto{chr(97 + at)}" for at in range(NAMES)]
OWN = [f"Birch{chr(97 + at)}" for at in range(NAMES)]
LAUNCH = article("launch", "Rocket seen above coast", f"A rocket flew: {', '.join(SHARED)}.")
PARADE = article("parade", "Parade in the square", f"A march with flags: {', '.join(SHARED)}.")
AGAIN = article("again", "Missile drill", f"A launch was heard: {', '.join(OWN)}.")


def later(opening: str, shared: int) -> Article:
    """A report that begins so and names so many of those of `LAUNCH`."""
    names = [*SHARED[:shared], *OWN[shared:]]
    return article("later", opening, f"{opening} today: {', '.join(names)}.", minutes=30)


def joins(opening: str, meanings: Meanings | None) -> list[bool]:
    """Whether the report joins the story of the launch, by how many names they share."""
    joined = []
    for shared in range(NAMES + 1):
        index = StoryIndex(signature=signature, is_copy=is_copy, meanings=meanings)
        index.add(LAUNCH)
        joined.append(not index.add(later(opening, shared)).is_new)
    return joined


def topic_joins(opening: str, meanings: Meanings | None) -> list[bool]:
    """The same inside a topic."""

    def meant(one: Article) -> Meaning | None:
        return meanings.of(one) if meanings else None

    told = place(LAUNCH, "t", (), [], now=START, is_copy=is_copy, meaning=meant(LAUNCH)).story
    reports = [later(opening, shared) for shared in range(NAMES + 1)]
    placed = [place(one, "t", (), [told], now=START, is_copy=is_copy, meaning=meant(one)) for one in reports]
    return [not one.is_new for one in placed]


@pytest.mark.parametrize("by", [joins, topic_joins])
def test_a_report_of_something_else_needs_more_names_in_common_and_one_of_the_same_fewer(by):
    meanings = Meanings(by_ideas)
    for joined in (by("Flags and march", None), by("Missile launch", None)):
        assert sum(joined) > 0, "names bring reports together"
        assert not all(joined)
    assert sum(by("Flags and march", meanings)) < sum(by("Flags and march", None))
    assert sum(by("Missile launch", meanings)) > sum(by("Missile launch", None))


def test_what_means_the_same_comes_nearer_and_what_does_not_goes_away_by_a_bounded_step():
    meanings = Meanings(by_ideas)
    told = meanings.of(LAUNCH).packed
    assert 0.4 < meanings.of(AGAIN).refine(0.4, told) <= 0.4 + WEIGHT
    assert 0.4 - WEIGHT <= meanings.of(PARADE).refine(0.4, told) < 0.4
    assert meanings.of(PARADE).refine(0.0, told) == 0.0
    assert meanings.of(AGAIN).refine(1.0, told) == 1.0


def test_a_story_of_another_model_or_of_none_is_judged_by_its_words():
    meanings = Meanings(by_ideas)
    wider = Meanings(lambda texts: [[*vector, 0.5] for vector in by_ideas(texts)])
    of_none, of_another = "", wider.of(LAUNCH).packed
    for told in (of_none, of_another):
        assert meanings.of(LAUNCH).refine(0.3, told) == 0.3
        assert meanings.of(LAUNCH).joined(told, 5) == meanings.of(LAUNCH).packed


def test_a_story_means_what_its_reports_mean_on_average():
    meanings = Meanings(by_ideas)
    launch, parade = meanings.of(LAUNCH), meanings.of(PARADE)
    mixed = launch.joined(parade.packed, 1)
    alone, between, other = (launch.refine(0.5, told) for told in (launch.packed, mixed, parade.packed))
    assert alone > between > other
    mostly_parade = launch.joined(parade.packed, 9)
    assert between > launch.refine(0.5, mostly_parade)


def test_a_copy_says_nothing_new():
    wire = " ".join(f"word{number} ferry{number}" for number in range(60))
    meanings = Meanings(by_ideas)
    one = article("one", "Ferry talks in Northport", wire)
    two = article("two", "Council budget talks about money", wire, minutes=5)
    first = place(one, "t", signature(wire), [], now=START, is_copy=is_copy, meaning=meanings.of(one)).story
    second = place(two, "t", signature(wire), [first], now=START, is_copy=is_copy, meaning=meanings.of(two))
    assert second.copy_of == "one"
    assert second.story.meaning == first.meaning != ""


def test_how_long_vectors_are_does_not_matter():
    longer = Meanings(lambda texts: [[7 * value for value in vector] for vector in by_ideas(texts)])
    same = Meanings(by_ideas)
    assert longer.of(AGAIN).packed == same.of(AGAIN).packed


@pytest.mark.parametrize("vector", [[1.0, 1.0], [0.0, 0.0]])
def test_a_model_that_tells_nothing_apart_is_refused(vector):
    with pytest.raises(ConfigError, match="no more alike than any others"):
        Meanings(lambda texts: [vector for _ in texts])


def test_the_samples_are_pairs_of_different_words():
    for one, other in SAMPLES:
        assert one.startswith("Sample: ")
        assert other.startswith("Sample: ")
        assert one != other
