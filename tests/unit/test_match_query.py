"""The query language: what it means, and every refusal with its column and mend."""

from __future__ import annotations

import pytest

from worker.errors import QueryError
from worker.match.nodes import About, Alias, And, AtLeast, Exact, Near, Not, Or, Phrase, Scope, Within
from worker.match.query import parse


def word(*words):
    return Phrase(words)


A, B, C, D = word("a"), word("b"), word("c"), word("d")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("putin", word("putin")),
        ("PUTIN", word("putin")),
        ("Putin's", word("putin")),
        ("Putin’s", word("putin")),
        ('"kim jong un"', word("kim", "jong", "un")),
        ("“kim jong un”", word("kim", "jong", "un")),
        ("«kim jong un»", word("kim", "jong", "un")),
        ('"Kim\u2011Jong\nUn"', word("kim", "jong", "un")),
        ("kim-jong-un", word("kim", "jong", "un")),
        ("U.S.", word("u", "s")),
        ("O’Brien", word("o", "brien")),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a and b", And((A, word("and"), B))),
        ("a or near not b", And((A, word("or"), word("near"), word("not"), B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a (b c) d", And((A, B, C, D))),
        ("a OR (b OR c)", Or((A, B, C))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT b OR c", Or((And((A, Not(B))), C))),
        ("a NOT b c", And((A, Not(B), C))),
        ("NOT NOT a", A),
        ("a NEAR b", Near(A, B, 10, ordered=False)),
        ("a NEAR/3 b", Near(A, B, 3, ordered=False)),
        ("a ONEAR/0 b", Near(A, B, 0, ordered=True)),
        ("a NEAR/5(b OR @c)", Near(A, Or((B, Alias("c"))), 5, ordered=False)),
        ("a NEAR/2 b c", And((Near(A, B, 2, ordered=False), C))),
        ("a OR b NEAR/2 c", Or((A, Near(B, C, 2, ordered=False)))),
        ("NOT a b NEAR/2 c", And((Not(A), Near(B, C, 2, ordered=False)))),
        ("NOT (a NEAR/2 b) c", And((Not(Near(A, B, 2, ordered=False)), C))),
        ("SENTENCE(a b)", Within("sentence", And((A, B)))),
        ("PARAGRAPH (a OR b)", Within("paragraph", Or((A, B)))),
        ("ATLEAST/3 a", AtLeast(3, A)),
        ("ATLEAST/3 a b", And((AtLeast(3, A), B))),
        ("ATLEAST/2 (a OR b)", AtLeast(2, Or((A, B)))),
        ("ATLEAST/2 title:a", AtLeast(2, Scope("title", A))),
        ("meet*", word("meet*")),
        ("colo?r", word("colo?r")),
        ('"state visit*"', word("state", "visit*")),
        ("=NATO", Exact(("NATO",))),
        ('="Red Cross"', Exact(("Red", "Cross"))),
        ("title:a", Scope("title", A)),
        ("lead:@kim", Scope("lead", Alias("kim"))),
        ('body:"a b"', Scope("body", word("a", "b"))),
        ("author:(a OR b)", Scope("author", Or((A, B)))),
        ("url:=NATO", Scope("url", Exact(("NATO",)))),
        ("title:SENTENCE(a b)", Scope("title", Within("sentence", And((A, B))))),
        ("title:a b", And((Scope("title", A), B))),
        ("source:BBC.co.uk", About("source", "bbc.co.uk")),
        ("lang:en a", And((About("lang", "en"), A))),
        ('feed:"BBC  World"', About("feed", "bbc world")),
        ("tag:asia", About("tag", "asia")),
        ("@kim-jong-un", Alias("kim-jong-un")),
        ("a # b OR (\nOR b # c", Or((A, B))),
        ("# only for the desk\na", A),
        ("김정은", word("김정은")),
        ("김정은*", word("김정은")),
        ("Łódź Ångström Müller", And((word("lodz"), word("angstrom"), word("muller")))),
        ("a\u200b AND\u200b b", And((A, B))),
        ("a\u00a0b", And((A, B))),
    ],
)
def test_meaning(text, root):
    assert parse(text).root == root


def test_the_summit_query():
    query = parse("@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)")
    near = Near(Alias("kim-jong-un"), Alias("putin"), 40, ordered=False)
    words = Or(tuple(word(text) for text in ["summit", "meet*", "talks", "visit*", "train"]))
    assert query.root == And((near, words))


def test_nodes_know_their_column():
    root = parse("aa OR (bb NEAR @cc)").root
    near = root.parts[1]
    assert (root.parts[0].column, near.column, near.right.column) == (0, 7, 15)


@pytest.mark.parametrize(
    ("text", "column", "mend"),
    [
        ("", 0, "write a word"),
        ("  # nothing but a comment", 0, "write a word"),
        ("titel:putin", 0, "did you mean title: ?"),
        ("putin OR titel:putin", 9, "did you mean title: ?"),
        ("Title:putin", 0, "did you mean title: ?"),
        ("headline:putin", 0, "did you mean title: ?"),
        ("site:bbc.co.uk", 0, "did you mean source: ?"),
        ("zzzz:putin", 0, "the fields are title: lead:"),
        ("10:30", 0, "quotes around a word with a colon"),
        ("title:", 6, '"phrase"'),
        ("title:NOT a", 6, "NOT in front of the field: NOT title:putin"),
        ("title:(lead:a)", 7, "join the two with AND"),
        ("title:(a source:bbc.co.uk)", 9, "join the two with AND"),
        ("NOT a", 0, "putin NOT trump"),
        ("NOT a NOT b", 0, "putin NOT trump"),
        ("a OR NOT b", 5, "putin NOT trump"),
        ("a OR (NOT b NOT c)", 6, "putin NOT trump"),
        ("title:(NOT a)", 7, "putin NOT trump"),
        ("a SENTENCE(NOT b)", 11, "putin NOT trump"),
        ("a NEAR/x b", 2, "NEAR/10"),
        ("a NEAR/ b", 2, "NEAR/10"),
        ("a NEAR/-1 b", 2, "NEAR/10"),
        ("a NEAR/1.5 b", 2, "NEAR/10"),
        ("a NEAR/99999 b", 2, "from 0 to 9999"),
        ("a NEAR/5f b", 2, "ONEAR/5"),
        ("a NEAR 10 b", 2, "NEAR/10"),
        ("a NEAR10 b", 2, "NEAR/10"),
        ("a near/10 b", 2, "NEAR/10"),
        ("a w/10 b", 2, "NEAR/10"),
        ("a Near b", 2, "NEAR for the operator"),
        ("a Or b", 2, "OR for the operator"),
        ("a 𝐀𝐍𝐃 b", 2, "AND for the operator"),
        ("a NEAR b NEAR c", 9, "(a NEAR/10 b) AND (b NEAR/10 c)"),
        ("(a NEAR b) NEAR c", 1, "(a NEAR/10 b) AND (b NEAR/10 c)"),
        ("(a b) NEAR c", 1, "put words that stand in a row in quotes"),
        ("a NEAR (b OR c d)", 13, "put words that stand in a row in quotes"),
        ("a NEAR NOT b", 7, "NOT (a NEAR/10 b)"),
        ("NOT a NEAR b", 0, "NOT (a NEAR/10 b)"),
        ("title:a NEAR b", 0, "title:(a NEAR/10 b)"),
        ("a NEAR source:bbc.co.uk", 7, "join it with AND"),
        ("a NEAR SENTENCE(b c)", 7, "join it with AND"),
        ("ATLEAST/3 (a b)", 11, "ATLEAST counts"),
        ("ATLEAST/0 a", 0, "from 1 to 9999"),
        ("ATLEAST 3 a", 0, "ATLEAST/3"),
        ("SENTENCE a", 0, "SENTENCE(putin kim)"),
        ("SENTENCE(a title:b)", 11, "title:SENTENCE(kim putin)"),
        ("SENTENCE()", 9, "write a word"),
        ("SENTANCE(a b)", 0, "did you mean SENTENCE( ?"),
        ("ANDNOT a", 0, "AND NOT"),
        ("me*", 0, "at least 3 letters before *"),
        ("c?t", 0, "at least 3 letters before ?"),
        ("*", 0, "at least 3 letters before *"),
        ("kim *putin", 4, "at least 3 letters before *"),
        ('"co-op*"', 0, "at least 3 letters before *"),
        ("meet*ing", 0, "? for one letter"),
        ("meet**", 0, "? for one letter"),
        ("김정*", 0, "at least 3 letters before *"),
        ("김정은?", 0, "found inside longer words anyway"),
        ("=NAT*", 4, "leave out either = or the wildcard"),
        ("= NATO", 0, "=NATO"),
        ("=@kim", 0, "=NATO"),
        ('="..."', 0, "=NATO"),
        ("(a", 0, "close it with )"),
        ("a (b OR (c)", 2, "close it with )"),
        ("a)", 1, "open one before it"),
        ("()", 1, "write a word"),
        ('a "b', 2, 'close it with "'),
        ("“b", 0, 'close it with "'),
        ('""', 0, "letters or digits"),
        ('"?!"', 0, "letters or digits"),
        ("a AND", 5, "write a word"),
        ("OR a", 0, "write a word"),
        ("a AND OR b", 6, "write a word"),
        ("a && b", 2, "write AND"),
        ("a || b", 2, "write OR"),
        ("a -b", 2, "write NOT"),
        ("a +b", 2, "write AND"),
        ("!a", 0, "write NOT"),
        ("a, b", 1, "OR between alternatives"),
        ('"a b"~5', 5, "write a NEAR/5 b"),
        ("a^2", 1, "no weights"),
        ("'kim jong un'", 0, "double quotes"),
        ("a/b", 0, '"a/b"'),
        ("putin#comment", 5, "space before the comment"),
        ('"a"b', 3, "put a space"),
        ("a(b)", 0, "put a space"),
        ("(a)b", 3, "put a space"),
        ("@", 0, "@putin"),
        ("@ putin", 0, "@putin"),
        ("lang:english", 0, "lang:en"),
        ("source:", 0, "source:bbc.co.uk"),
        ("source:http://bbc.co.uk/", 0, "source:bbc.co.uk"),
        ("tag:foo*", 7, "the whole value"),
        ("a \x00 b", 2, "remove it"),
        ("a \ud800 b", 2, "remove it"),
        ("a 👍 b", 2, "only letters and digits"),
        ("title:(a", 6, "close it with )"),
    ],
)
def test_refusals(text, column, mend):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.column == column
    assert mend in caught.value.mend
    assert caught.value.query == text


def test_unknown_entity_suggests_the_nearest():
    with pytest.raises(QueryError) as caught:
        parse("a OR @puttin", entities=["putin", "kim-jong-un"])
    assert caught.value.column == 5
    assert caught.value.mend == "did you mean @putin ?"


def test_unknown_entity_unlike_any_other():
    with pytest.raises(QueryError, match="define it"):
        parse("@zzz", entities=["putin"])


def test_entities_are_unchecked_without_names():
    assert parse("@anybody").root == Alias("anybody")
    with pytest.raises(QueryError):
        parse("@anybody", entities=[])


def test_a_hundred_parentheses_are_read_and_more_refused():
    assert parse("(" * 100 + "a" + ")" * 100).root == A
    with pytest.raises(QueryError, match="nested deeper than 100") as caught:
        parse("(" * 200 + "a" + ")" * 200)
    assert caught.value.column == 100


def test_a_tree_may_not_grow_deeper_than_a_hundred():
    deep = "a" + "".join(f" OR ({'b ' if level % 2 else ''}c" for level in range(3)) + ")" * 3
    assert parse(deep)
    text = "a"
    for _ in range(60):
        text = f"(b OR (c {text}))"
    with pytest.raises(QueryError, match="nested deeper than 100"):
        parse(text)


def test_phrases_are_bounded():
    assert len(parse(f'"{"a " * 64}"').root.words) == 64
    with pytest.raises(QueryError, match="at most 64 words"):
        parse(f'"{"a " * 65}"')


@pytest.mark.parametrize("letter", ["a", "é", "普", "김"])
def test_words_are_bounded(letter):
    assert parse(letter * 200).root.words == (letter.replace("é", "e") * 200,)
    for text in (letter * 201, f'"{letter * 201} a"', f"{letter * 100_000}*", f'="{letter * 100_000}"'):
        with pytest.raises(QueryError, match="at most"):
            parse(text)


def test_ten_thousand_terms():
    assert len(parse(" OR ".join(f"word{number}" for number in range(10_000))).root.parts) == 10_000


@pytest.mark.parametrize(
    ("query", "column", "picture"),
    [
        ("kim AND\ntitel:putin\nOR x", 8, "titel:putin\n^"),
        ("kim OR", 6, "kim OR\n      ^"),
        ("김정은 普京 -x", 7, "김정은 普京 -x\n            ^"),
        ("kı\u0301m ｋ -x", 7, "kı\u0301m ｋ -x\n       ^"),
        ("a\tb\u200b\u00adc -x", 7, "a b  c -x\n       ^"),
        ("\u3000a -x", 3, " a -x\n   ^"),
        ("y" * 100 + " -x " + "z" * 100, 101, "…" + "y" * 36 + " -x " + "z" * 34 + "…\n" + " " * 38 + "^"),
        ("y" * 100 + " -x", 101, "…" + "y" * 71 + " -x\n" + " " * 73 + "^"),
        ("-x " + "z" * 100, 0, "-x " + "z" * 71 + "…\n^"),
        ("金" * 100, 50, "…" + "金" * 18 + "金" * 19 + "…\n" + " " * 37 + "^"),
    ],
)
def test_caret(query, column, picture):
    assert QueryError("no", query=query, column=column).caret(76) == picture


def test_a_query_over_several_lines_names_the_line():
    with pytest.raises(QueryError, match=r"titel: is not a field \(line 2, column 5\); did you mean title: \?"):
        parse("kim AND\n    titel:putin")


def test_caret_points_at_the_spot_on_its_line():
    with pytest.raises(QueryError) as caught:
        parse("kim AND\ntitel:putin")
    assert caught.value.caret() == "titel:putin\n^"
