"""Addresses by the words of their title come out as they went in."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from worker.run.slugs import lengthen, shorten

TITLE = "Kim Jong Un\u2019s armoured train leaves for Russia, officials say"
words = st.sampled_from(["Kim", "kim", "KIM", "uns", "train", "İ", "ǅ", "ß", "7", "russia", "Россия", "a"])
marks = st.characters(min_codepoint=0xDFFE, max_codepoint=0xE022)
pieces = words | st.sampled_from(["-", "/", "https://", "'", "\u2019", " "]) | marks | st.text(max_size=3)
texts = st.lists(pieces, max_size=20).map("".join)


@given(texts, texts)
def test_every_address_comes_out_as_it_went_in(url, title):
    assert lengthen(shorten(url, title), title) == url


@given(st.lists(words.filter(str.isascii), min_size=1, max_size=12))
def test_a_slug_of_the_whole_title_is_the_same_character_for_every_word(title):
    short = shorten(f"https://0.0/{'-'.join(title).lower()}", " ".join(title))
    assert short == "https://0.0/" + "-".join(short[-1] for _ in title)


def test_a_slug_needs_no_letter_of_its_title():
    slug = "kim-jong-uns-armoured-train-leaves-for-russia-officials-say"
    short = shorten(f"https://news.example/2026/{slug}.html", TITLE)
    assert not set(string.ascii_lowercase) & set(short.removeprefix("https://news.example/2026/").removesuffix(".html"))


def test_words_as_the_title_writes_them_and_words_left_out_are_found():
    url = "https://news.example/Kim-train-leaves-Russia"
    short = shorten(url, TITLE)
    assert len(short) == len("https://news.example/---") + len(["Kim", "train", "leaves", "Russia"])
    assert lengthen(short, TITLE) == url
