"""The pieces of headlines that are compared, and how they are written back. All is sample text."""

import pytest

from worker.alerts.headlines import pieces_of, quoted_pieces


@pytest.mark.parametrize(
    ("title", "pieces"),
    [
        ("Ferry captain arrested", {"ferry", "capta", "arres"}),
        ("FERRY Captain arrests", {"ferry", "capta", "arres"}),
        pytest.param("After the storm: photos of a live week", {"storm"}, id="words that say nothing alone"),
        pytest.param("21 dead, 1,300 hurt: a 6.8-foot wave", {"wave"}, id="numbers and what they count"),
        pytest.param("G7 leaders on route 12: talks", {"leade", "route", "talks"}, id="numbers that count nothing"),
        pytest.param("Der Kapitän wurde verhaftet", {"kapit", "verha"}, id="German"),
        pytest.param("Капитан парома арестован", {"капит", "паром", "арест"}, id="Russian"),
        pytest.param("船長逮捕", {"船長", "長逮", "逮捕"}, id="Chinese"),
        pytest.param("선장 체포", {"선장", "체포"}, id="Korean"),
        pytest.param("雨", {"雨"}, id="one character"),
        pytest.param("AFP通信 reports", {"通信", "repor"}, id="two scripts"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_what_a_headline_says(title, pieces):
    assert pieces_of(title) == pieces


def test_pieces_are_quoted_as_the_headline_writes_them_and_in_its_order():
    title = "Captain of the Ferry ARRESTED, captain charged"
    assert quoted_pieces(title, frozenset({"arres", "capta"})) == ["Captain", "ARRESTED", "captain"]
    assert quoted_pieces("Storm after storm", frozenset({"storm"})) == ["Storm", "storm"]


def test_pairs_in_a_row_are_one_word():
    assert quoted_pieces("警察逮捕船長", frozenset({"逮捕"})) == ["逮捕"]
    assert quoted_pieces("警察逮捕船長", frozenset({"察逮", "逮捕", "船長"})) == ["察逮捕", "船長"]


def test_only_the_beginning_of_an_endless_headline_is_read():
    assert pieces_of("fog " * 10_000 + "storm") == frozenset()
    assert len(pieces_of("字" * 100_000)) == 1
