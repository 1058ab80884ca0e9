"""What a refusal says: the operator as it was written, and a query that is understood when it is followed."""

from __future__ import annotations

import pytest

from worker.errors import QueryError
from worker.match.query import parse


def refused(text):
    with pytest.raises(QueryError) as caught:
        parse(text, entities={"putin"})
    return caught.value


@pytest.mark.parametrize(
    ("text", "column", "mend"),
    [
        ("kim NEAR/5 NOT putin", 11, "write NOT (a NEAR/5 b)"),
        ("kim ONEAR/3 (xi NEAR/5 putin)", 13, "write (a ONEAR/3 b) AND (b ONEAR/3 c)"),
        ("kim NEAR/5 title:putin", 11, "title:(a NEAR/5 b)"),
        ("kim NEAR (xi AND putin)", 10, "NEAR/10 relates words"),
        ("title:NOT kim", 6, "write NOT in front of the field: NOT title:putin"),
        ("title:ATLEAST/2 kim", 6, "write ATLEAST/2 in front of the field: ATLEAST/2 title:putin"),
        ("title:lead:kim", 6, "title:kim AND lead:putin"),
        ("title:", 6, 'write a word, a "phrase", an @entity or a group in ( ) after it'),
        ("SENTENCE(kim title:putin)", 13, "write the field in front of the whole: title:SENTENCE(kim putin)"),
        ("PARAGRAPH(kim ATLEAST/2 xi)", 14, "PARAGRAPH( ) holds words"),
        ("SENTENCE(lang:en kim)", 9, "join it with AND"),
        ("lang:en-GB", 0, "lang:en"),
        ("lang:zh-CN", 0, "lang:zh"),
        ("lang:pt_BR", 0, "lang:pt"),
        ("lang:zz1", 0, "lang:en"),
        ("@nato", 0, 'file = "bundled:world"'),
    ],
)
def test_the_mend(text, column, mend):
    error = refused(text)
    assert mend in error.mend
    assert error.column == column


@pytest.mark.parametrize(("text", "message"), [("*", "* alone is no word"), ("?*", "?* alone is no word")])
def test_a_lone_wildcard_is_called_so(text, message):
    assert refused(text).message == message


@pytest.mark.parametrize("name", ["SENTENCE", "PARAGRAPH"])
@pytest.mark.parametrize("part", ["title:kim", "lang:en", "ATLEAST/2 kim", "SENTENCE(kim)"])
def test_what_cannot_stand_inside_is_told_by_the_name_of_the_operator(name, part):
    assert refused(f"{name}(putin {part})").message == f"this cannot stand inside {name}( )"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("title:NOT kim", "NOT title:putin"),
        ("title:ATLEAST/2 kim", "ATLEAST/2 title:putin"),
        ("author:lead:kim", "author:kim AND lead:putin"),
        ("SENTENCE(url:kim xi)", "url:SENTENCE(kim putin)"),
        ("kim NEAR/5 title:putin", "title:(a NEAR/5 b)"),
        ("kim NEAR/5 (xi NEAR/2 putin)", "(a NEAR/5 b) AND (b NEAR/5 c)"),
        ("kim NEAR/5 NOT putin", "NOT (a NEAR/5 b)"),
    ],
)
def test_what_it_says_to_write_is_understood(text, query):
    assert refused(text).mend.endswith(query)
    parse(f"trump AND {query}")


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_query_has_nothing_to_point_at(query):
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.caret() == ""
