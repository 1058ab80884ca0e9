"""By what lines are known again: their words, and shapes that only lines other than prose have."""

from __future__ import annotations

import pytest

from worker.clean.marks import MAX_LINES, Shape, marks_of, word_marks


def shapes(line, **named):
    (marks,) = marks_of(line, **named)
    return {mark.shape: mark.shown for mark in marks}


def words_of(line):
    (marks,) = marks_of(line)
    return next(mark.value for mark in marks if mark.shape is Shape.WORDS)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Photo: A. Sample / Sample Agency", "Photo"),
        ("More from this desk: rain at the weekend", "More from this desk"),
        ("この面の記事：灯台が冬に休館", "この面の記事"),
        ("Dans la même rubrique : le musée fermera", "Dans la même rubrique"),
        ("Из этой рубрики: музей закроют", "Из этой рубрики"),
        ("من هذا القسم: إغلاق المتحف", "من هذا القسم"),
    ],
)
def test_a_prefix_is_what_stands_before_a_colon(line, shown):
    assert shapes(line)[Shape.PREFIX] == shown


@pytest.mark.parametrize(
    "line",
    [
        "SEOUL: The ministry said on Monday that the train had left.",
        "The minister said: “We shall see.”",
        "Q: What comes next?",
        "部长表示：谈判将继续。",
        "Kick-off 19:30 at the harbour ground",
        "https://example.org/a-page",
        "Among the many reasons that were given at length on Monday were these: rain",
    ],
)
def test_prose_times_addresses_and_long_openings_have_no_prefix(line):
    assert Shape.PREFIX not in shapes(line)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Why the ferry is late [VIDEO]", "[VIDEO]"),
        ("Why the ferry is late | Opinion", "| Opinion"),
        ("渡轮为何晚点【视频】", "【视频】"),
    ],
)
def test_a_tag_is_what_stands_at_the_end(line, shown):
    assert shapes(line)[Shape.TAG] == shown


def test_openings_are_three_words_of_lines_that_go_on():
    assert shapes("Enlarge this image toggle caption A. Sample")[Shape.OPENING] == "enlarge this image"
    assert Shape.OPENING not in shapes("Enlarge this image")
    assert Shape.OPENING not in shapes("Enlarge this image and you will see the train at the border.")
    assert Shape.OPENING not in shapes("天 气 预 报 员 说")


def test_a_line_that_is_a_link_is_known_by_that():
    assert Shape.LINK in shapes("North  Korea", link_lines=["North Korea"])
    assert Shape.LINK not in shapes("North Korea", link_lines=["South Korea"])


def test_the_same_line_is_the_same_whatever_its_case_spaces_and_counts():
    assert words_of("12 Comments") == words_of("3  comments")
    assert words_of("Ｐｈｏｔｏ essay") == words_of("photo essay")
    assert words_of("photo essay") != words_of("photo story")


def test_figures_in_a_sentence_make_it_another_one():
    assert words_of("The index closed at 7,421 points.") != words_of("The index closed at 7,422 points.")


def test_separators_have_a_mark_and_figures_have_none():
    assert words_of("* * *") == words_of("* * *")
    assert words_of("___") != words_of("* * *")
    assert marks_of("12.5\n\n7,421") == ((), (), ())


def test_endless_lines_are_known_by_their_beginning():
    assert words_of("word " * 100_000) == words_of("word " * 200_000)
    assert words_of("\u0301\u0323" * 1_000_000 + "a") == words_of("\u0301\u0323" * 1_000_000 + "b")


def test_no_page_costs_more_than_a_thousand_lines():
    assert len(marks_of("line\n" * (MAX_LINES + 50))) == MAX_LINES


def test_words_are_long_ones_or_pairs_of_characters_in_scripts_without_spaces():
    assert len(word_marks("The train left the border on a Friday", 10)) == len({"train", "left", "border", "friday"})
    assert len(word_marks("装甲列车", 10)) == len({"装甲", "甲列", "列车"})
    assert len(word_marks("train " * 50 + "border harbour ferry", 2)) == 2
    assert word_marks("12 3456", 10) == ()
