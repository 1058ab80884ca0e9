"""What holds for every stream of articles."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.model import Article, Source
from worker.stories.group import MAX_REPORTS, MAX_TERMS, StoryIndex, independent_sources, place
from worker.stories.rarities import Rarities
from worker.stories.terms import terms

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
WORDS = st.sampled_from(
    [
        "Kim",
        "Putin",
        "train",
        "summit",
        "Kremlin",
        "confirms",
        "visit",
        "Vladivostok",
        "missiles",
        "launch",
        "2019",
        "金正恩",
        "Путин",
    ]
)
TITLES = st.lists(WORDS, max_size=6).map(" ".join)
TIMES = st.integers(-10_000, 10_000).map(lambda minutes: NOW + timedelta(minutes=minutes))


@st.composite
def articles(draw):
    return Article(
        id=draw(st.sampled_from("abcdefgh")),
        title=draw(TITLES | st.text(max_size=40)),
        text=draw(TITLES),
        published=draw(st.none() | TIMES),
        seen_at=draw(st.none() | TIMES),
        source=Source(domain=draw(st.sampled_from(["a.example", "b.example", ""]))),
    )


def same(a, b):
    return bool(a) and a == b


@given(st.lists(articles(), max_size=12))
def test_every_article_is_in_exactly_one_story_and_placing_again_changes_nothing(stream):
    live = {}
    for item in stream:
        placed = place(item, "t", (len(item.text),), list(live.values()), now=NOW, is_copy=same)
        for gone in placed.absorbed:
            del live[gone.id]
        live[placed.story.id] = placed.story
        again = place(item, "t", (), list(live.values()), now=NOW, is_copy=same)
        assert again.story == live[again.story.id]
        assert not again.is_new
        assert 0.0 <= placed.similarity <= 1.0 + 1e-9
    told = [report.article_id for story in live.values() for report in story.reports]
    assert sorted(told) == sorted({item.id for item in stream})


@given(st.lists(articles(), min_size=1, max_size=12))
def test_stories_are_well_formed(stream):
    index = StoryIndex(signature=lambda text: (len(text),), is_copy=same)
    for item in stream:
        story = index.add(item).story
        assert story.first_seen <= story.last_seen
        assert 1 <= len(story.reports) <= MAX_REPORTS
        assert len(story.terms) <= MAX_TERMS
        assert story.independent_sources == independent_sources(story.reports)
        known = {report.article_id for report in story.reports}
        assert all(report.copy_of is None or report.copy_of in known for report in story.reports)


@given(st.lists(articles(), min_size=1, max_size=14, unique_by=lambda item: item.id))
def test_a_stream_loses_no_report_whatever_is_merged(stream):
    index = StoryIndex(signature=lambda text: (len(text),) if text else (), is_copy=same, window=3e9)
    placed = [index.add(item) for item in stream]
    kept = {}
    for placement in placed:
        for gone in placement.absorbed:
            del kept[gone.id]
        kept[placement.story.id] = placement.story
    assert sorted(told.article_id for story in kept.values() for told in story.reports) == sorted(
        item.id for item in stream
    )
    assert len(index) == len(kept)
    assert {index.current(placement.story.id) for placement in placed} == set(kept)


@given(st.lists(articles(), min_size=2, max_size=14, unique_by=lambda item: item.id))
def test_a_copy_is_in_the_story_of_its_original(stream):
    index = StoryIndex(signature=lambda text: (len(text),) if text else (), is_copy=same, window=3e9)
    placed = {item.id: index.add(item) for item in stream}
    for placement in placed.values():
        if placement.copy_of is not None:
            original = placed[placement.copy_of]
            assert original.copy_of is None
            assert index.current(original.story.id) == index.current(placement.story.id)


@given(articles(), articles(), st.lists(articles(), max_size=5))
def test_likeness_is_symmetric_and_bounded(one, two, seen):
    rarities = Rarities()
    for item in seen:
        rarities.count(terms(item), 1.0)
    a, b = (place(item, "t", (), [], now=NOW, is_copy=same).story for item in (one, two))
    ((to_a, to_b), (back, _)) = (rarities.cosines(rarities.scaled(story.terms), [a, b]) for story in (a, b))
    assert abs(to_b - back) < 1e-9
    assert 0.0 <= to_b <= 1.0 + 1e-9
    assert not a.terms or abs(to_a - 1.0) < 1e-9
