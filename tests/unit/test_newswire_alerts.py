"""The recorded day through the pure stages: what it makes wirewatch tell, in order, and that nothing else does."""

import random
from datetime import UTC, datetime

import pytest

from worker.clean.article import clean
from worker.dedupe.fingerprint import signature
from worker.match.engine import Matcher
from worker.model import Entity, Entry, Page, Topic, WorkItem
from worker.pipeline import Watch, judge
from worker.ports import Live
from worker.run.newswire.content import load
from worker.run.newswire.day import DEMO_SPEED, RecordedDay
from worker.run.newswire.hosts import Hosts
from worker.run.newswire.site import Request

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
RECORDING = load()
ENTITIES = [
    Entity(name="kim-jong-un", aliases=("Kim Jong Un", "Ким Чен Ын", "김정은", "金正恩")),
    Entity(name="putin", aliases=("Putin", "Vladimir Putin", "Путин", "푸틴", "普京", "プーチン")),
    Entity(name="kremlin", aliases=("Kremlin", "Peskov")),
    Entity(name="kcna", aliases=("KCNA",)),
]
TOPIC = Topic(
    name="Kim-Putin summit",
    query="@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)",
    sources=(1, 3),
    parties=("kremlin", "kcna"),
)
WATCH = Watch(
    matcher=Matcher([TOPIC], ENTITIES),
    topics={TOPIC.name: TOPIC},
    entities={entity.name: entity.aliases for entity in ENTITIES},
)
TRAIN = "han-river-daily/armoured-train-leaves-pyongyang"
KREMLIN = "kremlin-sample/kim-jong-un-to-visit-russia"
KCNA = "kcna-sample/kim-jong-un-to-visit-russian-federation"


@pytest.fixture(scope="module")
def articles():
    """Every article of the day with its item, as read from its page the moment it came out."""
    day = RecordedDay(opened=START, start=START, speed=DEMO_SPEED, last=RECORDING.items[-1].minute)
    sites = {site.outlet.key: site for site in Hosts.of(RECORDING, port=41234, day=day).sites.values()}
    return [(item, _read(sites[item.outlet], item, day.shown_at(item.minute))) for item in RECORDING.items]


def _read(site, item, now):
    url = f"{site.base_url}{item.path}"
    page = Page(url=url, body=site.answer(Request(path=item.path), now).body, content_type="text/html", charset="utf-8")
    work = WorkItem(
        entry=Entry(key=item.key, url=url, title=item.title, summary=item.summary),
        feed_url=site.feed_url, feed_name=site.outlet.name, feed_title=site.outlet.name,
        tags=(), full_text=True, seen_at=now, trace="",
    )  # fmt: skip  # read as a table, not one below the other
    return clean(page, work, now=now)


def told(articles):
    """The alerts in order, each with the key of the item that caused it."""
    stories, alerts = {}, []
    for item, article in articles:
        matches = WATCH.matcher.match(article)
        live = {TOPIC.name: Live(stories=tuple(stories.values()))}
        change = judge(WATCH, article, matches, signature(article.text), live, now=article.seen_at)
        stories.update((story.id, story) for story in change.stories)
        alerts.extend((item, alert) for alert in change.alerts)
    return alerts


def test_the_day_tells_of_the_train_then_of_the_kremlin_then_of_kcna(articles):
    assert [(item.at, item.key, alert.reason) for item, alert in told(articles)] == [
        ("08:49", TRAIN, "new_story"),
        ("11:12", KREMLIN, "confirmed"),
        ("13:05", KCNA, "confirmed"),
    ]


def test_all_alerts_are_of_one_story(articles):
    assert len({alert.story.id for _, alert in told(articles)}) == 1


def test_each_party_is_quoted_from_its_own_page(articles):
    _, kremlin, kcna = [alert for _, alert in told(articles)]
    assert "the Kremlin's press service announced" in kremlin.sent_because
    assert "KCNA announced" in kcna.sent_because
    assert "kcna" not in kremlin.sent_because.lower()
    assert "kremlin" not in kcna.sent_because.lower()


def test_the_third_independent_source_is_told_with_the_confirmation(articles):
    _, kremlin, _ = [alert for _, alert in told(articles)]
    assert kremlin.sent_because.endswith(
        "3 independent sources now carry it: "
        "South Korean officials through han-river-daily.localhost, "
        "pacific-rim-observer.localhost, kremlin-sample.localhost"
    )


def test_wire_copies_join_the_story_as_copies(articles):
    story = told(articles)[-1][1].story
    ids = {article.id: item for item, article in articles}
    copies = {ids[report.article_id].key: ids[report.copy_of].key for report in story.reports if report.copy_of}
    assert copies == {item.key: item.copy_of for item in RECORDING.items if item.copy_of}


def test_without_the_thread_nothing_is_told(articles):
    assert told([(item, article) for item, article in articles if item.role != "summit"]) == []


@pytest.mark.parametrize("seed", range(10))
def test_an_order_shuffled_by_polling_tells_the_same(articles, seed):
    # in the demo a poll can be 2 s late, which are 12 minutes of the day
    late = random.Random(seed)
    shuffled = sorted(articles, key=lambda one: one[0].minute + late.uniform(0, 12))
    assert [alert.reason for _, alert in told(shuffled)] == ["new_story", "confirmed", "confirmed"]
