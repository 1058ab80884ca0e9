"""Folding and parsing of anything at all."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.errors import QueryError
from worker.match.describe import in_words, to_query
from worker.match.folding import fold
from worker.match.query import parse
from worker.match.text import Passage, units

SCRIPTS = (
    "a b é e\u0301 ß ﬁ Ł İ ' ’ 's . ! ? \n \u00ad \u200b \u202e й Й ё и\u0306 Σ ς क ि ् म \u064f أ ـ "
    "金 ー プ ﾌ ﾟ 김 \u1112 \u1161 \u11ab ป \u0e39 1 ² \x00 👍 \ufe0f"
)
PARTS = st.sampled_from([*SCRIPTS.split(" "), " "])
texts = st.one_of(st.text(max_size=40), st.lists(PARTS, max_size=30).map("".join))
WORDS = (
    "a kim AND OR NOT NEAR NEAR/3 ONEAR/2 ATLEAST/2 SENTENCE( PARAGRAPH( ( ) title: lead: source:bbc.co.uk lang:en "
    '"kim jong" = =NATO @putin meet* colo?r # \n 金正恩 , - “ ” * ? : / near foo:'
)
queries = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(WORDS.split(" ")), max_size=12).map(" ".join))


@given(texts)
def test_folding_twice_changes_nothing(text):
    once = fold(text).text
    assert units(once) == units(text)


@given(texts)
def test_words_are_found_where_they_stand(text):
    passage = Passage(text)
    for token, word in enumerate(passage.words):
        start, end = passage.offsets(token, token + 1)
        assert 0 <= start < end <= len(text)
        assert word in fold(text[start:end]).text
        assert token == 0 or start >= passage.offsets(token - 1, token)[0]


@given(texts)
def test_sentences_divide_paragraphs(text):
    passage = Passage(text)
    assert set(passage.paragraphs) <= set(passage.sentences)
    assert passage.sentences == sorted(set(passage.sentences))


@given(st.text(alphabet="ab ÀÉ\n-,", max_size=40))
def test_plain_words_by_a_second_way(text):
    plain = text.replace("À", "a").replace("É", "e")
    assert Passage(text).words == re.findall("[abe]+", plain)


def understood(text):
    """The query, or the refusal."""
    try:
        return parse(text)
    except QueryError as error:
        return error


# the first parse builds the parser, which takes its time
@settings(max_examples=400, deadline=None)
@given(queries)
def test_any_query_is_understood_or_refused_at_a_place(text):
    query = understood(text)
    if isinstance(query, QueryError):
        assert 0 <= query.column <= len(text)
        assert query.mend
        assert query.caret()
    else:
        assert parse(to_query(query)) == query
        assert in_words(query).endswith(".")
