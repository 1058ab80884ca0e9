"""Two stories that turn out to be one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from worker.model import Article, Report, Source, Story
from worker.stories.group import StoryIndex, place
from worker.stories.story import MAX_REPORTS, MAX_SIGNATURES, joined, merged

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
# Sample text: two ways of telling of one fire that share little, and a report that tells both.
FIRE = "Blaze at Larkhill warehouse: crews from Dunmore battle flames"
EVACUATION = "Families evacuated on Quay Street, shelter opens at Wexley school"
BOTH = "Larkhill warehouse blaze: families evacuated, Wexley school shelter opens on Quay Street as crews battle flames"


def article(article_id, title, *, minutes=0, text=""):
    seen_at = START + timedelta(minutes=minutes)
    return Article(
        id=article_id,
        title=title,
        text=text,
        published=seen_at,
        seen_at=seen_at,
        source=Source(domain=f"{article_id}.example"),
    )


def report(number, **more):
    return Report(
        article_id=f"a{number}",
        source=f"s{number}.example",
        title="Sample",
        url="",
        published=None,
        seen_at=START + timedelta(minutes=number),
        **more,
    )


def story(name, numbers, **more):
    reports = tuple(report(number, signature=(number,)) for number in numbers)
    return Story(
        id=name,
        topic="t",
        headline=name,
        first_seen=reports[0].seen_at,
        last_seen=reports[-1].seen_at,
        reports=reports,
        independent_sources=len(reports),
        **more,
    )


def same(a, b):
    return bool(a) and a == b


def alike(name, minutes):
    """A story that shares most of its words with every other one made here."""
    shared = {"larkhill": 0.5, "warehouse": 0.5, "blaze": 0.5, "evacuat": 0.4}
    terms = tuple({**shared, name: 0.3}.items())
    return replace(story(name, [minutes]), terms=terms)


BRIDGE = article("new", "Larkhill warehouse blaze under control", minutes=30)


def test_a_report_that_fits_two_stories_alike_makes_them_one():
    live = [alike("late", 9), alike("early", 2)]
    placed = place(BRIDGE, "t", (), live, now=BRIDGE.seen_at, is_copy=same)
    assert placed.story.id == "early"
    assert [gone.id for gone in placed.absorbed] == ["late"]
    assert [told.article_id for told in placed.story.reports] == ["a2", "a9", "new"]
    assert not placed.is_new


def test_two_events_with_little_in_common_stay_two_though_a_report_tells_of_both():
    stories = StoryIndex(signature=lambda _: (), is_copy=same)
    placed = [stories.add(article(str(at), title, minutes=at)) for at, title in enumerate((FIRE, EVACUATION, BOTH))]
    assert placed[1].is_new
    assert placed[2].absorbed == ()


def test_many_new_words_do_not_hide_the_story_that_a_report_is_like():
    longer = "Larkhill warehouse blaze, shelter opens on Quay Street, smoke drifts over Wexley, Dunmore harbour closed"
    stories = StoryIndex(signature=lambda _: (), is_copy=same)
    first = stories.add(article("1", "Larkhill warehouse blaze"))
    second = stories.add(article("2", longer, minutes=5))
    assert second.nearest == first.story.id
    assert second.similarity > 0


def test_a_stream_knows_what_became_of_a_merged_story():
    first = ("Larkhill warehouse blaze spreads", "Warehouse blaze in Larkhill spreads towards Dunmore")
    stories = StoryIndex(signature=lambda _: (), is_copy=same)
    placed = stories.add(article("1", first[0]))
    assert stories.current(placed.story.id) == placed.story.id
    gone = replace(placed.story, id="gone", first_seen=placed.story.first_seen + timedelta(minutes=1))
    stories._stories["gone"] = gone
    stories._post(gone)
    joining = stories.add(article("2", first[1], minutes=5))
    assert [one.id for one in joining.absorbed] == ["gone"]
    assert stories.current("gone") == placed.story.id
    assert len(stories) == 1


def test_merging_keeps_every_report_in_order_and_all_that_was_told():
    one = story("one", [1, 5], told=("new_story",))
    other = story("other", [2, 3], told=("new_story", "corroborated:3"))
    both = merged(other, one)
    assert (both.id, both.headline) == ("one", "one")
    assert [told.article_id for told in both.reports] == ["a1", "a2", "a3", "a5"]
    assert both.told == ("new_story", "corroborated:3")
    assert both.independent_sources == 4
    assert both.last_seen == START + timedelta(minutes=5)
    assert merged(one, other) == both


def test_many_reports_keep_the_signatures_of_the_first_and_the_latest_only():
    long = story("long", [0])
    for number in range(1, MAX_REPORTS + 30):
        long = joined(long, report(number, signature=(number,)), {"word": 1.0}, 0.5)
    assert len(long.reports) == MAX_REPORTS
    signed = [told.article_id for told in long.reports if told.signature]
    assert len(signed) == MAX_SIGNATURES
    assert signed[0] == "a0"
    assert signed[-1] == f"a{MAX_REPORTS + 29}"


def test_a_look_alike_event_does_not_join_a_story_whose_reports_repeat_each_other():
    words = ("larkhill", "warehouse", "blaze", "overnight")
    terms = tuple((word, 0.5) for word in words)
    tight, loose = (replace(story("s", [1]), terms=terms, cohesion=value) for value in (0.9, 0.1))
    other = article("x", "Blaze in Norfield: ferry terminal, depot, chapel destroyed", minutes=9)
    joined_tight = place(other, "t", (), [tight], now=other.seen_at, is_copy=same)
    joined_loose = place(other, "t", (), [loose], now=other.seen_at, is_copy=same)
    assert joined_tight.is_new
    assert joined_loose.similarity == joined_tight.similarity
    assert not joined_loose.is_new
