"""What an article is about."""

import math

import pytest

from worker.model import Article
from worker.stories.terms import terms


def of(title="", text=""):
    return terms(Article(id="x", title=title, text=text))


def test_weights_have_length_one():
    weights = of("Kremlin confirms visit", "The visit was confirmed on Monday.")
    assert math.fsum(weight**2 for weight in weights.values()) == pytest.approx(1.0)


def test_no_words_no_terms():
    assert of() == {}
    assert of("!!! ---", " \n ") == {}


def test_a_title_word_weighs_more_than_a_word_of_the_text():
    weights = of("quiet harbour", "a distant lighthouse")
    assert weights["harbour"] > weights["lighthouse"]


def test_a_name_weighs_more_than_a_common_word():
    weights = of("", "The minister met Peskov about grain.")
    assert weights["peskov"] > weights["grain"]


def test_the_first_word_of_a_sentence_is_no_name():
    weights = of("", "Grain was sold. Cattle were sold. He praised Cattle and Barley.")
    assert weights["barley"] > weights["grain"]


@pytest.mark.parametrize("gap", ['. "', ": ", "  ", ".\n\n", " “"])
def test_what_a_mark_or_a_gap_sets_apart_begins_a_sentence(gap):
    weights = of("", f"grain was sold{gap}Barley too (Cattle was not)")
    assert weights["barley"] == pytest.approx(weights["grain"])
    assert weights["cattle"] > weights["barley"]


def test_in_title_case_capitals_say_nothing():
    weights = of("Grain Ships Reach Safe Harbour")
    assert weights["ship"] == pytest.approx(weights["harbour"])


def test_function_words_and_short_lower_case_words_go():
    assert set(of("", "we saw the ship with all of its crew")) == {"ship", "crew"}


def test_short_names_and_numbers_stay():
    assert {"un", "296"} <= set(of("Kim Jong Un counts 296"))


def test_plurals_meet_singulars():
    assert set(of("", "missiles")) == set(of("", "missile"))


def test_scripts_without_spaces_give_pairs_of_characters():
    assert {"金正", "正恩"} <= set(of("金正恩访问俄罗斯"))
    assert {"김정", "정은"} <= set(of("김정은 러시아"))


def test_only_the_opening_counts():
    assert "latecomer" not in of("Title", "word " * 1000 + "latecomer")
