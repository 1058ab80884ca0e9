"""What holds of a host's pages whatever is on them: when nothing happens, and that their order does not matter."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from support.hosts import LANGUAGES, article, judged, page_of, story

from worker.clean.learned import LEAST_PAGES, MAX_PAGES, latest
from worker.clean.marks import marks_of, word_marks

NOTICE = LANGUAGES["en"]["notice"]
furniture = st.lists(
    st.sampled_from(
        [NOTICE, "Photo: A. Sample", "Photo: B. Sample", "Photo essay", "___", "More [VIDEO]", "광고 문의"]
    ),
    max_size=6,
)
prose = st.lists(st.text(alphabet="abcdeé 한中.:[]|0\n", max_size=30), max_size=5)


@st.composite
def articles(draw, *, least=1, most=30):
    """Articles of one host, with lines from a small stock and lines of their own."""
    made = []
    for number in range(draw(st.integers(least, most))):
        title, lines = story("en", number)
        lines = [*draw(furniture), *(lines if draw(st.booleans()) else draw(prose)), *draw(furniture)]
        made.append(article(number, lines, title=title if draw(st.booleans()) else ""))
    return [one for one in made if one.text]


def stripped(lines):
    """How often each line stands there; blank ones at the edges of what is left go too."""
    return Counter(line.strip() for line in lines if line.strip())


@given(articles(most=LEAST_PAGES - 1))
def test_fewer_than_twelve_pages_never_change_an_article(made):
    pages = [page_of(one) for one in made]
    assert all(judged(one, pages) == one for one in made)


@given(articles(least=LEAST_PAGES))
def test_an_article_keeps_some_of_its_lines_and_the_others_stand_aside(made):
    pages = [page_of(one) for one in made]
    for one in made[-3:]:
        told = judged(one, pages)
        assert len(told.text) >= len(one.text) / 4
        after = [*told.text.split("\n"), *(line.text for line in told.removed)]
        assert stripped(after) == stripped(one.text.split("\n"))
        assert all(line.because for line in told.removed)


@given(articles(least=LEAST_PAGES), st.randoms(use_true_random=False))
def test_the_order_in_which_pages_came_changes_no_decision(made, random):
    pages = [page_of(one) for one in made]
    shuffled = random.sample(pages, len(pages))
    assert [judged(one, pages) for one in made[:3]] == [judged(one, shuffled) for one in made[:3]]


@given(articles(least=LEAST_PAGES), st.randoms(use_true_random=False))
def test_dropping_what_does_not_count_at_any_time_leaves_the_same_pages(made, random):
    pages = [page_of(article(number, one.text.split("\n"))) for number, one in enumerate([*made, *made, *made])]
    held = []
    for page in random.sample(pages, len(pages)):
        held = latest([*held, page])
    assert held == latest(pages)
    assert len(held) <= MAX_PAGES


@given(st.text(alphabet=st.characters(), max_size=80), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_has_marks_for_each_of_its_lines(text, links):
    assert len(marks_of(text, link_lines=links)) == text.count("\n") + 1
    assert all(0 <= mark.value < 2**32 and mark.told() for line in marks_of(text) for mark in line)
    assert all(0 <= word < 2**16 for word in word_marks(text, 10))
