"""What a host repeats goes once enough of its stories are known; what belongs to a story stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.hosts import FIRST, LANGUAGES, article, judged, page_of, series, story, teaser

from worker.clean.article import opening
from worker.clean.learned import LEAST_PAGES, MAX_AGE, MAX_PAGES, latest

NOTICE = "Members of our readers' club get the weekend edition a day early."


def host(language="en", *, pages=14, extra=lambda _number: []):
    """Articles of a host: a story each, the notice and a teaser under it."""
    for number in range(pages):
        title, prose = story(language, number)
        lines = [*prose, LANGUAGES[language]["notice"], teaser(language, number), *extra(number)]
        yield article(number, lines, title=title)


def left_out(one):
    return [line.text for line in one.removed]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_and_a_teaser_go_from_the_twelfth_page_on_and_the_story_stays(language):
    told = series(host(language))
    assert [one.removed for one in told[: LEAST_PAGES - 1]] == [()] * (LEAST_PAGES - 1)
    for number, one in enumerate(told[LEAST_PAGES - 1 :], LEAST_PAGES - 1):
        assert one.text.split("\n") == story(language, number)[1]
        assert left_out(one) == [LANGUAGES[language]["notice"], teaser(language, number)]


def test_each_line_says_why_it_was_left_out():
    notice, teased = series(host())[-1].removed
    assert notice.because == "the same line: on 14 of the latest 14 stories here"
    assert teased.because == "lines that begin with “More from this desk:”: on 14 of the latest 14 stories here"


def test_eleven_pages_teach_nothing_however_much_they_repeat():
    repeated = ["Advertising feature", NOTICE, "Photo: Sample Agency"] * 5
    told = series(article(number, [*story("en", number)[1], *repeated]) for number in range(LEAST_PAGES - 1))
    assert all(one.removed == () for one in told)


def test_a_line_on_two_stories_or_on_fewer_than_a_tenth_stays():
    twice = series(host(extra=lambda number: ["Photo essay"] if number in {3, 13} else []))
    assert "Photo essay" in twice[13].text
    seldom = series(host(pages=40, extra=lambda number: ["Photo essay"] if number in {3, 17, 39} else []))
    assert "Photo essay" in seldom[39].text
    often = series(host(pages=40, extra=lambda number: ["Photo essay"] if number in {3, 13, 23, 39} else []))
    assert "Photo essay" not in often[39].text


def test_a_text_under_many_addresses_is_no_furniture_and_counts_as_one_page():
    title, prose = story("en", 3)
    lines = [*prose, "The heading of a part", "A list without a full stop"]
    copies = [article(100 + number, lines, title=title) for number in range(6)]
    others = list(host(pages=LEAST_PAGES - 2))
    few = series([*others, *copies])
    assert all(one.removed == () for one in few)
    many = series([*host(pages=MAX_PAGES - 6), *copies])
    assert many[-1].text == copies[-1].text


def test_background_that_a_running_story_repeats_is_no_furniture():
    background = "The minister last crossed the border by train in April, for talks in the harbour town."
    running = [
        article(
            50 + number,
            [f"The {what} of the minister's armoured train was seen at the border.", background],
            title=f"Minister's armoured train: {what} at the border",
        )
        for number, what in enumerate(["engine", "escort", "dining car", "arrival", "departure", "crew"])
    ]
    told = series([*host(), *running])
    assert all(background in one.text for one in told[14:])


def test_a_sentence_about_its_own_story_stays_where_others_repeat_it():
    """The same words are background in one article and a promotion on the pages of others."""
    promoted = "Read how the observatory of Eastholm measured the comet."
    pages = [page_of(one) for one in host(pages=20, extra=lambda number: [promoted] if number % 4 == 0 else [])]
    about = article(99, ["Astronomers at Eastholm met at the observatory on Friday.", promoted], title="Comet returns")
    assert promoted in judged(about, pages).text
    other = article(98, [*story("en", 1)[1], promoted], title=story("en", 1)[0])
    assert left_out(judged(other, pages)) == [promoted]


def test_datelines_and_figures_of_templated_prose_stay():
    def lines(number):
        _, prose = story("en", number)
        return [f"PORT ELLERY: {prose[0]}", f"The harbour index closed at {7000 + number} points.", prose[1]]

    told = series(article(number, lines(number), title=story("en", number)[0]) for number in range(20))
    assert all(one.removed == () for one in told)


def test_links_in_a_row_under_the_text_go_by_their_shape():
    pages, last = [], None
    for number in range(14):
        title, prose = story("en", number)
        tag = LANGUAGES["en"]["places"][number]
        last = article(number, [*prose, tag], title=title)
        pages.append(page_of(last, [tag]))
    assert left_out(judged(last, pages, [tag])) == [tag]
    assert judged(last, pages).removed == ()


def test_a_design_that_was_given_up_is_forgotten():
    pages = [page_of(one) for one in host()]
    back = replace(article(99, [*story("en", 1)[1], NOTICE]), seen_at=FIRST + timedelta(seconds=MAX_AGE, hours=14))
    assert NOTICE in judged(back, pages).text
    new = [page_of(article(200 + n, story("en", n)[1], title=story("en", n)[0])) for n in range(MAX_PAGES)]
    assert NOTICE in judged(article(299, [*story("en", 2)[1], NOTICE]), [*pages, *new]).text


def test_the_latest_pages_count():
    pages = [page_of(one) for one in host(pages=MAX_PAGES + 5)]
    assert latest(reversed(pages)) == pages[5:]
    assert latest([]) == []


def test_an_article_that_is_hardly_more_than_what_is_repeated_is_left_alone():
    pages = [page_of(one) for one in host()]
    short = article(99, ["Closed today.", NOTICE, teaser("en", 2)], title="Closed")
    assert judged(short, pages) == short


def test_a_summary_taken_from_the_text_follows_it_and_another_stays():
    pages = [page_of(one) for one in (article(n, [NOTICE, *story("en", n)[1]]) for n in range(14))]
    one = article(99, [NOTICE, *story("en", 3)[1]], title=story("en", 3)[0])
    assert judged(replace(one, summary=opening(one.text)), pages).summary == " ".join(story("en", 3)[1])
    assert judged(replace(one, summary="The feed's own words."), pages).summary == "The feed's own words."


def test_what_has_no_text_or_no_time_teaches_nothing():
    from worker.clean.learned import seen_page

    assert seen_page(article(1, []), ()) is None
    assert seen_page(replace(article(1, ["A line."]), seen_at=None), ((),)) is None
