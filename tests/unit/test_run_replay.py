"""A back-test's memory is that of a few days however long the file is, and its clock only goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.config import Settings
from worker.model import Article, DestinationSpec, Source, Topic
from worker.run.replay import BEGINNING, Arrivals, Backtest, Silence, Told
from worker.stories.group import WINDOW

START = datetime(2023, 9, 1, tzinfo=UTC)
DAY = 24 * 3600.0


def article(number: int, *, hours: float | None = None, title: str = "", **changes: object) -> Article:
    seen = None if hours is None else START + timedelta(hours=hours)
    return Article(
        id=f"a{number}",
        title=title or f"Harbour{number} receives{number} captain{number} sample{number}",
        source=Source(domain=f"outlet{number}.example"),
        seen_at=seen,
        **changes,
    )


def settings(**changes: object) -> Settings:
    topic = Topic(name="Ferries", query="harbour* OR ferry OR storks OR orchestra", **changes)
    return Settings(
        storage_dir=Path("unused"), topics=(topic,), destinations=(DestinationSpec(name="desk", type="console"),)
    )


def test_an_id_is_taken_once_and_forgotten_when_the_store_would_have():
    stream = [
        article(1, hours=0),
        article(1, hours=5),
        article(2, hours=6),
        article(1, hours=47),
        article(3, hours=200),
        article(1, hours=201),
    ]
    came = [(one.id, now) for now, one in Arrivals(stream, 2 * DAY)]
    assert [ident for ident, _ in came] == ["a1", "a2", "a3", "a1"]
    assert [now for _, now in came] == [START + timedelta(hours=hours) for hours in (0, 6, 200, 201)]


def test_only_the_ids_of_the_time_that_is_kept_are_in_memory():
    arrivals = Arrivals((article(n, hours=n / 4) for n in range(4 * 24 * 60)), 2 * DAY)
    most = max(sum(len(ids) for _, ids in arrivals._hours) for _ in arrivals)
    assert arrivals.articles == 4 * 24 * 60
    assert 4 * 48 <= most <= 4 * (48 + 3)


def test_the_clock_stands_where_an_article_gives_no_time_or_an_earlier_one():
    stream = [
        article(1),
        article(2, hours=3),
        article(3),
        article(4, hours=2.5),
        article(5, hours=1),
        article(6, published=START + timedelta(hours=4)),
    ]
    arrivals = Arrivals(stream, DAY)
    hours = [(now - START) / timedelta(hours=1) for now, _ in arrivals]
    assert hours[1:] == [3, 3, 3, 3, 4]
    assert hours[0] < 0
    assert (arrivals.articles, arrivals.dated, arrivals.backwards) == (6, 4, 1), "half an hour is no disorder"
    assert arrivals.misplaced is not None
    assert arrivals.misplaced.id == "a5"


def test_stories_whose_window_is_over_are_forgotten():
    test = Backtest(settings())
    for outcome in test.run(Arrivals((article(n, hours=n) for n in range(24 * 30)), DAY)):
        assert isinstance(outcome, Told)
    assert test.alerts == test.matched == 24 * 30
    assert len(test._shelves["Ferries"].live_since(BEGINNING)) <= WINDOW / 3600 + 2


def test_a_held_alert_goes_out_in_the_order_of_time_and_what_is_held_at_the_end_too():
    test = Backtest(settings(quiet=("01:00", "03:00", "UTC")))
    stream = [
        article(1, hours=2, title="Sample ferry aground outside Northport"),
        article(2, hours=4, title="Storks return to the meadows of Hillfield"),
        article(3, hours=26, title="Orchestra of pupils plays for an hour at Marshfield"),
    ]
    outcomes = list(test.run(Arrivals(stream, DAY)))
    assert all(isinstance(outcome, Told) for outcome in outcomes)
    assert [(outcome.alert.article.id, (outcome.at - START) / timedelta(hours=1)) for outcome in outcomes] == [
        ("a1", 3),
        ("a2", 4),
        ("a3", 27),
    ]
    assert test.tallies["Ferries"].held == 2


def test_an_article_that_tells_nobody_says_which_story_it_went_to():
    test = Backtest(settings())
    title = "Sample ferry aground outside Northport"
    told, silence = test.run(Arrivals([article(1, hours=0, title=title), article(2, hours=1, title=title)], DAY))
    assert isinstance(told, Told)
    assert isinstance(silence, Silence)
    assert (silence.kind, silence.story_id, silence.headline) == ("same story", told.alert.story.id, title)
    assert test.tallies["Ferries"].silent == {"same story": 1}


def test_a_digest_goes_out_as_one_message_at_its_end():
    test = Backtest(settings(digest=3600.0))
    stream = [article(1, hours=0), article(2, hours=0.5), article(3, hours=2)]
    outcomes = [outcome for outcome in test.run(Arrivals(stream, DAY)) if isinstance(outcome, Told)]
    assert [(told.at - START) / timedelta(hours=1) for told in outcomes] == [1, 3]
    first, second = (told.alert for told in outcomes)
    assert [one.headline for one in first.collected] == [stream[0].title, stream[1].title]
    assert (first.reason.value, first.sent_because) == ("digest", "2 alerts in 1h")
    assert [one.headline for one in second.collected] == [stream[2].title]
    assert (test.alerts, test.messages) == (3, 2)
