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


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Jahrestag des Gipfels", "Im April 2019 trafen sie sich."),
        ("Il y a 7 ans : le sommet", "C'était en avril 2019."),
        ("Hace 7 años: la cumbre", "Fue en 2019."),
        ("Годовщина саммита", "Они встретились в 2019 году."),
        ("정상회담 7주년", "2019년 4월에 만났다."),
        ("Two decades on: the summit", "It was 2006."),
    ],
)
def test_other_languages_look_back_too(title, text):
    assert why(age=60.0, title=title, text=text).startswith("stale: looks back at 20")


def by_address(url, *, age=60.0, max_age=2 * DAY):
    published = None if age is None else NOW - timedelta(seconds=age)
    return why_stale(Article(id="a", url=url, published=published), now=NOW, max_age=max_age, baseline=False)


@pytest.mark.parametrize("age", [60.0, None])
@pytest.mark.parametrize("path", ["2019/04/25/summit", "2019/apr/25/summit", "world/2019-04-25/summit", "2019/4/25"])
def test_a_page_put_out_again_is_told_by_its_address(path, age):
    assert by_address(f"https://paper.example/{path}", age=age) == "stale: its address is dated 2019-04-25"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("2026/09/11/summit", id="today"),
        pytest.param("2026/08/13/live", id="a page that is updated for weeks"),
        pytest.param("2026/02/30/summit", id="no such day"),
        pytest.param("2027/01/01/summit", id="still to come"),
        pytest.param("article/20190425123", id="a number"),
        pytest.param("2019/summit", id="a year alone"),
    ],
)
def test_an_address_that_is_not_old_makes_nothing_stale(path):
    assert by_address(f"https://paper.example/{path}") == ""


def test_a_topic_that_takes_old_pages_takes_old_addresses():
    assert by_address("https://paper.example/2026/08/01/summit", max_age=60 * DAY) == ""
