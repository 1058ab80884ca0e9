"""Queries printed back and explained."""

from __future__ import annotations

import pytest

from worker.match.describe import in_words, to_query
from worker.match.query import parse


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Putin’s", "putin"),
        ("a b", "a AND b"),
        ("a (b OR c)", "a AND (b OR c)"),
        ("a OR (b c)", "a OR b AND c"),
        ("a NEAR b", "a NEAR/10 b"),
        ("(a OR b) ONEAR/2 “c d”", '(a OR b) ONEAR/2 "c d"'),
        ("NOT (a b) c", "NOT (a AND b) AND c"),
        ("c NOT (a NEAR b)", "c AND NOT (a NEAR/10 b)"),
        ("title:(a)", "title:a"),
        ("title:(a b)", "title:(a AND b)"),
        ("lead:(ATLEAST/2 a)", "lead:(ATLEAST/2 a)"),
        ("ATLEAST/2 (a OR b)", "ATLEAST/2 (a OR b)"),
        ("ATLEAST/2 title:a", "ATLEAST/2 title:a"),
        ("SENTENCE(a b)", "SENTENCE(a AND b)"),
        ('="Red Cross" =NATO', '="Red Cross" AND =NATO'),
        ('feed:"BBC World" tag:x', 'feed:"bbc world" AND tag:x'),
        ("a # comment", "a"),
    ],
)
def test_printed(text, printed):
    query = parse(text)
    assert to_query(query) == printed
    assert parse(printed) == query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("putin", "Articles with the word “putin”."),
        ('"kim jong un"', "Articles with the words “kim jong un” in a row."),
        ("meet*", "Articles with a word that starts with “meet”."),
        ("colo?r", "Articles with a word like “colo?r” (? is one letter)."),
        ("=NATO", "Articles with “NATO” in exactly this spelling."),
        ("@putin", "Articles with any name of @putin."),
        ("a NOT b", "Articles with the word “a” and without the word “b”."),
        (
            "a NEAR/1 b",
            "Articles with the word “a” and the word “b” with at most 1 word between them, in any order.",
        ),
        ("ATLEAST/3 a", "Articles with at least 3 times the word “a”."),
        (
            "title:a OR lead:b",
            "Articles with either the word “a” in the title or the word “b” in the first 60 words.",
        ),
        ("SENTENCE(a b)", "Articles with one sentence that holds [the word “a” and the word “b”]."),
        (
            "source:bbc.co.uk lang:en",
            "Articles with the publisher bbc.co.uk or one of its sub-domains and the language en.",
        ),
        ('feed:"x y" OR tag:z', "Articles with either the feed “x y” or the tag “z”."),
        ("普京", "Articles with “普京” (also inside a longer word)."),
    ],
)
def test_explained(text, words):
    assert in_words(parse(text)) == words


def test_the_summit_explained():
    query = parse("@kim-jong-un ONEAR/40 @putin AND (summit OR meet*)")
    assert in_words(query) == (
        "Articles with [any name of @kim-jong-un and any name of @putin with at most 40 words between them, "
        "in this order] and [either the word “summit” or a word that starts with “meet”]."
    )


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("state-visit?", "state-visit?"),
        ("visit?-to-moscow", "visit?-to-moscow"),
        ('"Who is Kim?"', '"who is kim"'),
        ('"near5" OR "atleast3"', '"near5" OR "atleast3"'),
        ("source:(bbc.co.uk OR www.kcna.kp)", "source:bbc.co.uk OR source:kcna.kp"),
        ("kim NOT source:(bbc.co.uk OR kcna.kp)", "kim AND NOT (source:bbc.co.uk OR source:kcna.kp)"),
        ("（金 ＡＮＤ 普京） ＮＯＴ 푸틴", "金 AND 普京 AND NOT 푸틴"),
        ('צה"ל', '"צה ל"'),
        ('="\u3260"', '="\u3260"'),  # a letter in a circle, which a term cannot start with outside quotes
    ],
)
def test_printed_so_that_it_is_read_again(text, printed):
    assert to_query(parse(text)) == printed
    assert parse(printed) == parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a OR b OR c", "any of [“a”, “b”, “c”]"),
        ("a OR b", "either the word “a” or the word “b”"),
        (
            'a OR "b c" OR meet* OR colo?r OR @d OR =E OR 普京',
            (
                "any of [“a”, the words “b c” in a row, a word that starts with “meet”, a word like “colo?r” (? is one "
                "letter), any name of @d, “E” in exactly this spelling, “普京”]"
            ),
        ),
        ("a (b OR c OR d)", "the word “a” and any of [“b”, “c”, “d”]"),
        ("a OR b OR (c d)", "any of [“a”, “b”, [the word “c” and the word “d”]]"),
        ("a OR (b c)", "either the word “a” or [the word “b” and the word “c”]"),
        ("title:(a OR b OR c)", "any of [“a”, “b”, “c”] in the title"),
        ("a NOT (b OR c)", "the word “a” and none of [“b”, “c”]"),
        ("a NOT (b c)", "the word “a” and not all of [“b”, “c”] together"),
        ("a NOT source:x.org", "the word “a” and not the publisher x.org or one of its sub-domains"),
        (
            "a NOT (b NEAR/2 c)",
            "the word “a” and without [the word “b” and the word “c” with at most 2 words between them, in any order]",
        ),
        ("ATLEAST/2 (a OR b OR c)", "at least 2 times any of [“a”, “b”, “c”]"),
        (
            "(a OR b OR c) ONEAR/3 d",
            "any of [“a”, “b”, “c”] and the word “d” with at most 3 words between them, in this order",
        ),
    ],
)
def test_groups_are_said_so_that_they_cannot_be_misread(text, words):
    assert in_words(parse(text)) == f"Articles with {words}."


def test_a_long_list_is_counted():
    words = in_words(parse(" OR ".join(f"w{number}" for number in range(10_000))))
    assert words.startswith("Articles with any of [“w0”, “w1”,")
    assert words.endswith("“w39” and 9,960 more].")
