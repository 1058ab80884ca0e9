"""Grouping within a topic, and how many sources are independent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.model import Article, Report, Source
from worker.stories.group import MAX_REPORTS, MAX_TERMS, independent_sources, place

MORNING = datetime(2023, 9, 11, 8, 49, tzinfo=UTC)

TRAIN = (
    "Train believed to carry Kim Jong Un has left for Russia, South Korean media say",
    (
        "SEOUL - A special train believed to be carrying North Korean leader Kim Jong Un appears to "
        "have left Pyongyang for "
        "Vladivostok, where he may meet President Vladimir Putin, South Korean media reported on Monday."
    ),
)
KREMLIN = (
    "Kremlin confirms Kim Jong Un will visit Russia in the coming days",
    (
        "MOSCOW - North Korean leader Kim Jong Un will visit Russia at the invitation of Vladimir "
        "Putin, the Kremlin said in "
        "a short statement on its website."
    ),
)
KCNA = (
    "Kim Jong Un to meet Putin during Russia visit, KCNA announces",
    (
        "Comrade Kim Jong Un will soon pay a visit to the Russian Federation at the invitation of "
        "President Putin. He will "
        "meet and have talks with him, the state news agency said."
    ),
)
MISSILES = (
    "North Korea fires two cruise missiles into the Yellow Sea",
    (
        "The missiles flew for some twenty minutes off the western coast, the joint chiefs of staff in "
        "Seoul said, calling "
        "the launch a grave provocation after the end of the annual summer drills."
    ),
)


def article(article_id, words, *, minutes=0, source="sample-wire.example", **more):
    seen_at = MORNING + timedelta(minutes=minutes)
    return Article(
        id=article_id,
        url=f"https://{source}/{article_id}",
        title=words[0],
        text=words[1],
        published=more.pop("published", seen_at),
        seen_at=seen_at,
        source=Source(domain=source),
        **more,
    )


def same(a, b):
    return bool(a) and a == b


def put(live, item, signature=()):
    placed = place(item, "summit", signature, live, now=item.seen_at, is_copy=same)
    return placed, [*(story for story in live if story.id != placed.story.id), placed.story]


def test_the_first_report_opens_a_story_with_its_title_as_headline():
    placed, _ = put([], article("a1", TRAIN))
    assert placed.is_new
    assert placed.copy_of is None
    assert (placed.story.headline, placed.story.topic) == (TRAIN[0], "summit")
    assert placed.story.first_seen == placed.story.last_seen == MORNING
    assert placed.story.reports == (placed.report,)
    assert placed.story.independent_sources == 1


def test_the_day_the_summit_broke_is_one_story():
    day = [
        (article("train", TRAIN), (1, 2)),
        (article("copy1", TRAIN, minutes=31, source="daily.example"), (1, 2)),
        (article("copy2", TRAIN, minutes=60, source="evening.example"), (1, 2)),
        (article("kremlin", KREMLIN, minutes=143, source="gazette.example"), (3, 4)),
        (article("kcna", KCNA, minutes=256, source="tribune.example"), (5, 6)),
    ]
    live = []
    for item, signature in day:
        live = put(live, item, signature)[1]
    assert len(live) == 1
    assert [report.copy_of for report in live[0].reports] == [None, "train", "train", None, None]
    assert live[0].independent_sources == 3
    assert live[0].headline == TRAIN[0]
    assert live[0].last_seen == MORNING + timedelta(minutes=256)


def test_another_event_opens_a_story_of_its_own_and_names_the_nearest():
    first, live = put([], article("a1", TRAIN))
    placed, live = put(live, article("a2", MISSILES, minutes=5))
    assert placed.is_new
    assert placed.nearest == first.story.id
    assert 0.0 <= placed.similarity < 0.2
    assert len(live) == 2


def test_the_same_article_again_changes_nothing():
    _, live = put([], article("a1", TRAIN))
    _, live = put(live, article("a2", KREMLIN, minutes=9, source="gazette.example"))
    again, after = put(live, article("a2", KREMLIN, minutes=9, source="gazette.example"))
    assert not again.is_new
    assert again.story is live[0]
    assert after == live
    assert again.report.article_id == "a2"


def test_a_copy_joins_its_original_whatever_its_headline():
    _, live = put([], article("a1", TRAIN), (1, 2))
    _, live = put(live, article("a2", MISSILES, minutes=1), (3, 4))
    placed, _ = put(live, article("a3", ("Morning briefing", MISSILES[1]), minutes=2, source="b.example"), (1, 2))
    assert placed.copy_of == "a1"
    assert placed.similarity == 1.0
    assert placed.story.id == live[0].id
    assert placed.story.independent_sources == 1
    assert placed.story.terms == live[0].terms


def test_a_copy_of_a_copy_names_the_original():
    live = []
    for number in range(3):
        placed, live = put(live, article(f"a{number}", TRAIN, minutes=number, source=f"s{number}.example"), (7, 7))
    assert placed.copy_of == "a0"


@pytest.mark.parametrize(("hours", "is_new"), [(71, False), (73, True)])
def test_a_story_closes_when_the_window_has_passed_since_its_latest_report(hours, is_new):
    _, live = put([], article("a1", TRAIN))
    placed, _ = put(live, article("a2", TRAIN, minutes=hours * 60))
    assert placed.is_new is is_new


def test_an_old_page_found_today_does_not_join_todays_story():
    _, live = put([], article("a1", TRAIN))
    old = article("a2", TRAIN, minutes=5, published=datetime(2019, 4, 25, tzinfo=UTC))
    placed, live = put(live, old)
    assert placed.is_new
    joined, _ = put(live, article("a3", TRAIN, minutes=9))
    assert joined.story.id == live[0].id


def test_a_date_in_the_future_counts_as_now():
    _, live = put([], article("a1", TRAIN, published=datetime(2031, 1, 1, tzinfo=UTC)))
    placed, _ = put(live, article("a2", TRAIN, minutes=5))
    assert not placed.is_new


def test_an_article_without_times_was_seen_now():
    bare = replace(article("a1", TRAIN), published=None, seen_at=None)
    placed = place(bare, "summit", (), [], now=MORNING, is_copy=same)
    assert placed.report.seen_at == MORNING
    assert placed.report.published is None


def test_the_id_is_made_of_topic_and_first_article():
    one = place(article("a1", TRAIN), "summit", (), [], now=MORNING, is_copy=same)
    two = place(article("a1", KREMLIN), "summit", (), [], now=MORNING + timedelta(hours=1), is_copy=same)
    other = place(article("a1", TRAIN), "railways", (), [], now=MORNING, is_copy=same)
    assert one.story.id == two.story.id
    assert one.story.id != other.story.id


def test_an_article_without_words_is_placed_too():
    placed, live = put([], Article(id="empty", seen_at=MORNING))
    assert placed.is_new
    again, _ = put(live, Article(id="empty2", seen_at=MORNING))
    assert again.is_new


def test_a_story_keeps_its_first_and_latest_reports_and_a_bounded_vocabulary():
    live = []
    for number in range(MAX_REPORTS + 40):
        words = (f"{TRAIN[0]} {' '.join(f'extra{number}x{n}' for n in range(9))}", TRAIN[1])
        _, live = put(live, article(f"a{number}", words, minutes=number, source=f"s{number}.example"))
    (story,) = live
    assert len(story.reports) == MAX_REPORTS
    assert story.reports[0].article_id == "a0"
    assert story.reports[-1].article_id == f"a{MAX_REPORTS + 39}"
    assert story.independent_sources == MAX_REPORTS
    assert len(story.terms) == MAX_TERMS


def report(source, copy_of=None):
    return Report(article_id=source, source=source, title="", url="", published=None, seen_at=MORNING, copy_of=copy_of)


@pytest.mark.parametrize(
    ("reports", "count"),
    [
        ([], 0),
        ([report("a")], 1),
        ([report("a"), report("a")], 1),
        ([report("a"), report("b")], 2),
        ([report("a"), report("b", copy_of="a"), report("c", copy_of="a")], 1),
        ([report("a"), report("b", copy_of="a"), report("b")], 2),
    ],
)
def test_copies_count_with_their_original_and_publishers_once(reports, count):
    assert independent_sources(reports) == count
