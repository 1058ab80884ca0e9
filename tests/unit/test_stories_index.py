"""Grouping a whole stream."""

from datetime import UTC, datetime, timedelta

from worker.model import Article, Source
from worker.stories.group import StoryIndex

START = datetime(2023, 9, 9, tzinfo=UTC)
# Three headlines of each event.
EVENTS = [
    (
        "Strong earthquake shakes Marrakesh",
        "Marrakesh earthquake survivors sleep outside",
        "Rescuers reach earthquake villages",
    ),
    ("Regatta off Porto called off in high wind", "Porto sailors wait for regatta", "New date for Porto regatta"),
    ("Blackout leaves half of Tartu dark", "Tartu blackout traced to substation", "Power back after Tartu blackout"),
    ("Commuter train derails near Nagoya", "Nagoya derailment: brakes checked", "Nagoya train line reopens"),
]


def article(number, title, text="", *, minutes=0):
    seen_at = START + timedelta(minutes=minutes)
    return Article(
        id=str(number),
        title=title,
        text=text,
        published=seen_at,
        seen_at=seen_at,
        source=Source(domain=f"s{number}.example"),
    )


def index(is_copy=lambda a, b: bool(a) and a == b):
    return StoryIndex(signature=lambda text: (hash(text),) if text else (), is_copy=is_copy)


def stream():
    """The first headline of every event, then the second ones, then the third."""
    turns = zip(*EVENTS, strict=True)
    titles = [title for turn in turns for title in turn]
    return [article(number, title, minutes=number) for number, title in enumerate(titles)]


def test_reports_of_one_event_share_a_story_and_events_do_not():
    stories = index()
    placed = [stories.add(item).story.id for item in stream()]
    assert len(set(placed)) == len(EVENTS)
    assert placed[:4] == placed[4:8] == placed[8:]


def test_the_same_stream_gives_the_same_stories():
    one, two = index(), index()
    assert [one.add(item) for item in stream()] == [two.add(item) for item in stream()]


def test_an_article_seen_again_stays_where_it_is():
    stories = index()
    first = stories.add(article(1, "Strong earthquake in Marrakesh"))
    again = stories.add(article(1, "Strong earthquake in Marrakesh", minutes=3))
    assert first.is_new
    assert not again.is_new
    assert again.story == first.story


def test_a_copy_is_named():
    stories = index()
    text = "The quake struck at night."
    stories.add(article(1, "Strong earthquake in Marrakesh", text))
    assert stories.add(article(2, "Earthquake strikes Marrakesh", text, minutes=9)).copy_of == "1"


def test_a_story_ends_with_the_window():
    stories = index()
    first = stories.add(article(1, "Strong earthquake in Marrakesh"))
    later = stories.add(article(2, "Strong earthquake in Marrakesh", minutes=73 * 60))
    assert later.is_new
    assert later.story.id != first.story.id


def test_what_led_to_stories_that_ended_is_forgotten():
    stories = index()
    running = [stories.add(article(0, "Ferry adrift off Larkhill"))]
    for day in range(1, 13):
        stories.add(article(f"{day}a", f"Blackout{day} darkens town{day}", minutes=day * 1440 + 1))
        again = article(f"{day}b", f"Ferry adrift off Larkhill, day {day}", minutes=day * 1440 + 2)
        running.append(stories.add(again))
    assert len({placed.story.id for placed in running}) == 1
    own = {f"{day}a" for day in range(1, 13) if stories._story_of.get(f"{day}a")}
    assert own <= {"9a", "10a", "11a", "12a"}
    # Of a story that is still live an article seen again stays where it is, however long ago it came.
    assert stories.add(article(0, "Ferry adrift off Larkhill", minutes=12 * 1440 + 3)).story == running[-1].story
    assert len(stories) < 6


def test_what_merged_stories_became_is_forgotten_with_them():
    stories = index()
    merging = [
        ("Larkhill warehouse blaze spreads overnight", 0),
        ("Dunmore harbour closed by Larkhill smoke plume", 20 * 60),
        ("Larkhill warehouse blaze: smoke closes Dunmore harbour", 20 * 60 + 10),
    ]
    placed = [stories.add(article(number, title, minutes=at)) for number, (title, at) in enumerate(merging)]
    assert [one.id for one in placed[2].absorbed] == [placed[1].story.id]
    assert stories.current(placed[1].story.id) == placed[0].story.id
    for day in range(4, 9):
        stories.add(article(f"later{day}", f"Blackout{day} darkens town{day}", minutes=day * 1440))
    assert not stories._merged_into
    assert stories.current(placed[1].story.id) == placed[1].story.id


def test_articles_without_any_time_are_grouped():
    stories = index()
    first = stories.add(Article(id="1", title="Strong earthquake in Marrakesh"))
    second = stories.add(Article(id="2", title="Earthquake in Marrakesh was strong"))
    assert second.story.id == first.story.id


def test_an_article_is_compared_with_few_stories_however_many_are_live():
    asked = 0

    def count(_a, _b):
        nonlocal asked
        asked += 1
        return False

    stories = index(is_copy=count)
    most = 0
    for number in range(600):
        before = asked
        stories.add(article(number, f"Ferry delayed at harbour number{number} pier{number}", "x", minutes=number))
        most = max(most, asked - before)
    # each candidate story is asked once per report it holds
    assert most <= 12 * 20
