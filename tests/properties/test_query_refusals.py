"""Whatever somebody types, a query is understood or refused with a place in it and a mend; in time linear in it."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.errors import QueryError
from worker.match.describe import in_words, to_query
from worker.match.query import parse

PIECES = [
    "kim", "Путин", "普京", "김정은", "כהן", "किम", "a", "meet*", "colo?r", "*", "?", '"', "“", "”", "「", "」", "(",
    ")", "（", "）", "()", " ", "\n", "\t", "\u3000", "\u200f", "\u00ad", "AND", "OR", "NOT", "NEAR", "NEAR/5",
    "ONEAR/3", "NEAR/x", "near/5", "ATLEAST/2", "ATLEAST/0", "SENTENCE", "SENTENCE(", "PARAGRAPH(", "title:", "lead:",
    "url:", "source:", "source:(", "lang:en", "feed:", "tag:x", "titel:", "hd=", ":", "=", "=NATO", "@", "@putin", "#",
    "~", "~5", "^2", "/", "/s", "w/5", "[", "]", "{", "}", "-", "+", "!", "&&", "||", "&", "|", ",", ";", "$", "%",
    "\\", "<", ">", "'", "’", "O'Neill", "U.S.", "3.5", "C++", "1,000", "\x00", "\ud800", "👍", "e\u0301", "\u0301",
]  # fmt: skip  # read as a table, not one below the other
VALID = [
    "@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)",
    'title:(kim OR "state visit*") AND NOT (lang:(en OR de) OR source:bbc.co.uk)',
    "SENTENCE(kim NEAR/3 (putin OR 普京)) OR ATLEAST/3 (김정은 OR =NATO) # note",
    'PARAGRAPH(a b NOT c) lead:SENTENCE(d e) feed:"BBC World"\nOR url:politics',
]


def read(text):
    """The query, or the error that refuses it."""
    try:
        return parse(text, entities=["putin", "kim-jong-un"])
    except QueryError as error:
        return error


def check(text):
    found = read(text)
    if isinstance(found, QueryError):
        check_refusal(found, text)
    else:
        assert parse(to_query(found), entities=["putin", "kim-jong-un"]) == found
        assert in_words(found)


def check_refusal(error, text):
    assert 0 <= error.column <= len(text)
    assert error.query == text
    assert error.message
    assert error.mend
    assert "\n" not in str(error)
    assert len(str(error)) < 500
    if not text.strip():
        assert error.caret() == ""
        return
    _, mark = error.caret().split("\n")
    assert mark == " " * (len(mark) - 1) + "^"
    assert len(mark) <= 76


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text):
    check(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=30))
def test_any_characters_surrogates_too(text):
    check(text)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", " "]))
def test_token_soup(pieces, between):
    check(between.join(pieces))


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_a_valid_query_with_a_slip(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 3))
        text = text[:at] + data.draw(st.sampled_from(["", *PIECES])) + text[at + gone :]
    check(text)


class _Steps:
    """Counts the lines of Python that run: the same on every machine, unlike seconds."""

    def __init__(self):
        self.count = 0

    def __call__(self, frame, event, _):
        self.count += event == "line"
        return self


def steps(text):
    counter = _Steps()
    before = sys.gettrace()
    sys.settrace(counter)
    try:
        check(text)
    finally:
        sys.settrace(before)
    return counter.count


@pytest.mark.parametrize(
    "piece",
    ["(", '"', "a ", "a OR ", "*", "NOT ", "a NEAR b ", "# x\n", "a-", "a'", "a.b", "title:", "source:(", '"a" ',
     "@a ", "e\u0301", "\u0301", "\u00ad", "普", "a OR (b ", "lang:en OR ", "=A ", "w/5 ", "~",
     "ATLEAST/2 a ", "[", "\u200f "],
)  # fmt: skip  # read as a table, not one below the other
def test_twice_the_text_takes_no_more_than_twice_the_steps(piece):
    check(piece)  # what is made once is made
    small, large = steps(piece * 1000), steps(piece * 2000)
    assert large <= 2.2 * small + 1000


@pytest.mark.parametrize("text", ["(" * 200 + "a" + ")" * 200, "title:(" * 200 + "a" + ")" * 200, "NOT (" * 200])
def test_deep_nesting_is_refused(text):
    with pytest.raises(QueryError):
        parse(text)
