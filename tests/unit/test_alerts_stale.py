"""What is too old to tell anybody about."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.stale import why_stale
from worker.model import Article

NOW = datetime(2026, 9, 11, 9, tzinfo=UTC)
DAY = 86_400.0


def why(*, age=None, title="Leaders meet", text="", baseline=False, max_age=2 * DAY):
    published = None if age is None else NOW - timedelta(seconds=age)
    article = Article(id="a", title=title, text=text, published=published)
    return why_stale(article, now=NOW, max_age=max_age, baseline=baseline)


@pytest.mark.parametrize("age", [None, -3600.0, 0.0, 2 * DAY])
@pytest.mark.parametrize("baseline", [False, True])
def test_fresh(age, baseline):
    assert why(age=age, baseline=baseline) == ""


def test_older_than_max_age_is_stale_and_says_so():
    assert why(age=2 * DAY + 1) == "stale: published 2026-09-09 08:59Z, older than 48 hours"


def test_in_a_first_poll_it_says_that_too():
    assert why(age=2 * DAY + 1, baseline=True).endswith("already in its feed at the first poll")


@pytest.mark.parametrize(("max_age", "words"), [(3600.0, "1 hour"), (5400.0, "1.5 hours"), (7 * DAY, "7 days")])
def test_the_age_is_given_in_words(max_age, words):
    assert why(age=30 * DAY, max_age=max_age).endswith(f"older than {words}")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("The 2019 summit, an anniversary", ""),
        ("Seven years ago: two leaders in Vladivostok", "It was April 2019 when the train arrived."),
        ("Looking back at Vladivostok", "In 2019 the leaders met."),
    ],
)
def test_a_piece_that_looks_back_is_stale_however_new_its_page(title, text):
    assert why(age=60.0, title=title, text=text).startswith("stale: looks back at 2019")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("Leaders meet for the first time since 2019", "", id="an old year alone"),
        pytest.param("Leaders to meet on anniversary", "The talks are set for Monday.", id="words of memory alone"),
        pytest.param("Leaders to meet on anniversary", "The date was set in 2025.", id="last year"),
        pytest.param(
            "Train leaves for Vladivostok", "They last met seven years ago, in 2019.", id="memory in the text"
        ),
        pytest.param("Anniversary train 201900 leaves", "", id="part of a number"),
    ],
)
def test_news_that_mentions_the_past_is_fresh(title, text):
    assert why(age=60.0, title=title, text=text) == ""
