"""The day it is all about, through copies, stories and the ladder together: 11 September 2023, in our own words."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.decide import decide
from worker.dedupe.fingerprint import is_copy, signature
from worker.model import Article, Highlight, Match, Source, Topic
from worker.stories.group import place
from worker.stories.independent import rooted

MORNING = datetime(2023, 9, 11, 8, 49, tzinfo=UTC)
SUMMIT = Topic(name="summit", query="@kim NEAR/40 @putin", sources=(1, 3), parties=("kremlin", "kcna"))
ENTITIES = {"kremlin": ("Kremlin", "Кремль"), "kcna": ("KCNA", "Korean Central News Agency")}
WIRE = (
    "SEOUL (Sample Wire) - An armoured train believed to be carrying North Korean leader Kim Jong Un has left "
    "Pyongyang and is heading for Vladivostok in the Russian Far East, South Korean media reported on Monday, citing "
    "government sources. Kim may meet President Vladimir Putin as early as Tuesday. The train moves slowly because of "
    "its weight. The Kremlin had said in the morning that it had nothing to say on the subject."
)
DAY = [
    # minutes after the first report, source, title, text
    (0, "wire.example", "Train believed to carry Kim Jong Un heads for Russia, media say", WIRE),
    (31, "daily.example", "Kim Jong Un's train on its way to Putin", WIRE.replace("Monday", "September 11")),
    (60, "evening.example", "Armoured train leaves Pyongyang", "(From our partners) " + WIRE),
    (
        91,
        "gazette.example",
        "Kim Jong Un seems to be travelling to Russia to meet Putin",
        (
            "Signs are growing that Kim Jong Un is travelling to Russia. Intelligence officials in Seoul "
            "believe that the "
            "North Korean leader boarded his train on Sunday evening, and that talks with Vladimir Putin are imminent."
        ),
    ),
    (
        143,
        "courier.example",
        "Kremlin confirms Kim Jong Un's visit",
        (
            "Moscow ended days of guessing at noon. North Korean leader Kim Jong Un will visit Russia in "
            "the coming days at "
            "the invitation of Vladimir Putin, the Kremlin said in a statement on its website. No place was named."
        ),
    ),
    (
        150,
        "daily.example",
        "Kremlin: Kim Jong Un to visit Russia",
        (
            "The Kremlin announced that North Korea's Kim Jong Un would visit Russia at the invitation of "
            "Vladimir Putin. "
            "The two may discuss food, fuel and shells, observers in Seoul think."
        ),
    ),
    (
        256,
        "tribune.example",
        "North Korea announces Kim Jong Un's visit to Russia",
        (
            "Kim Jong Un will soon visit the Russian Federation at the invitation of President Putin and "
            "will meet and talk "
            "with him, the Korean Central News Agency said."
        ),
    ),
    (
        300,
        "mirror.example",
        "Explainer: why Kim Jong Un travels to Putin by train",
        (
            "The train of the Kim family has bullet-proof windows. It took North Korea's leader to "
            "Vladivostok in 2019, "
            "when he met Vladimir Putin for the first time. Now Kim Jong Un is on his way to Russia again."
        ),
    ),
]


def day():
    for minutes, source, title, text in DAY:
        at = MORNING + timedelta(minutes=minutes)
        yield Article(
            id=f"{source}-{minutes}", title=title, text=text, published=at, seen_at=at, source=Source(domain=source)
        )


def matched(article):
    at = article.text.index("Kim Jong Un")
    mark = Highlight(field="text", start=at, end=at + 11, text=article.text[at : at + 11])
    return Match(topic="summit", query=SUMMIT.query, score=0.5, highlights=(mark,))


def told(articles):
    live, alerts, notes = {}, [], []
    for article in articles:
        stories = list(live.values())
        placed = place(article, "summit", signature(article.text), stories, now=article.seen_at, is_copy=is_copy)
        placed = replace(placed, story=rooted(placed.story, article))
        due, story, said = decide(
            article, placed, SUMMIT, matched(article), stories, now=article.seen_at, entities=ENTITIES
        )
        live[story.id] = story
        alerts += due
        notes += said
    return live, alerts, notes


def test_it_is_one_story_and_every_step_is_told_once_at_its_first_report():
    live, alerts, notes = told(day())
    assert len(live) == 1
    assert [(alert.reason.value, alert.article.id) for alert in alerts] == [
        ("new_story", "wire.example-0"),
        ("confirmed", "courier.example-143"),
        ("confirmed", "tribune.example-256"),
    ]
    assert len({alert.id for alert in alerts}) == 3
    assert Counter(note.split(":")[0] for note in notes) == {"a copy of the report by wire.example": 2, "same story": 3}


def test_each_alert_says_why_now():
    _, (first, kremlin, kcna), _ = told(day())
    assert first.sent_because.startswith('first report of this story: "')
    assert kremlin.sent_because.startswith('the Kremlin is on record: "North Korean leader Kim Jong Un will visit')
    assert kremlin.sent_because.endswith(
        "3 independent sources now carry it: "
        "South Korean media through wire.example, gazette.example, the Kremlin through courier.example"
    )
    assert kcna.sent_because.startswith("the Korean Central News Agency is on record:")


def test_the_story_counts_what_reports_rest_on_and_not_articles():
    live, _, _ = told(day())
    (story,) = live.values()
    assert len(story.reports) == len(DAY)
    # evening.example has a copy only, and daily.example tells what the Kremlin announced, as courier.example had
    assert [root.name for root in story.roots] == [
        "South Korean media",
        "gazette.example",
        "the Kremlin",
        "KCNA",
        "mirror.example",
    ]
    assert story.independent_sources == 5


@pytest.mark.parametrize("turn", range(1, len(DAY)))
def test_told_twice_changes_nothing(turn):
    articles = list(day())
    again = articles[:turn] + articles[turn - 1 :]
    assert [alert.id for alert in told(again)[1]] == [alert.id for alert in told(articles)[1]]


# The afternoon: everybody writes up what the day has told.
AFTERNOON = [
    (310, "wire.example", "Kremlin confirms Kim Jong Un's visit to Russia"),
    (325, "gazette.example", "Kim Jong Un to visit Russia, Kremlin and Pyongyang confirm"),
    (340, "herald.example", "Kremlin confirms Kim Jong Un is on his way to meet Putin"),
    (395, "evening.example", "Confirmed: Kim Jong Un travels to Russia by armoured train"),
    (430, "sentinel.example", "Kim Jong Un's armoured train and the visit to Putin, confirmed at last"),
    (470, "tribune.example", "Visit confirmed: Kim Jong Un and Putin to meet in Russia"),
    (520, "mirror.example", "Kim Jong Un's visit to Russia: what the Kremlin confirmed"),
]


def test_what_everybody_writes_up_afterwards_is_no_turn():
    later = [
        Article(
            id=f"{source}-{minutes}",
            title=title,
            text=f"{title}. Kim Jong Un will visit Russia to meet Vladimir Putin, as the day has told.",
            published=MORNING + timedelta(minutes=minutes),
            seen_at=MORNING + timedelta(minutes=minutes),
            source=Source(domain=source),
        )
        for minutes, source, title in AFTERNOON
    ]
    live, alerts, _ = told([*day(), *later])
    assert len(live) == 1
    assert [alert.reason.value for alert in alerts] == ["new_story", "confirmed", "confirmed"]
