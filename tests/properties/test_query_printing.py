"""A query printed in its own language is the same query, and said in words it cannot be mistaken for another."""

from __future__ import annotations

import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from worker.errors import QueryError
from worker.match.describe import in_words, to_query
from worker.match.nodes import (
    About,
    Alias,
    And,
    AtLeast,
    Exact,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Scope,
    Within,
    conjunction,
    disjunction,
)
from worker.match.query import parse
from worker.match.text import units

PLAIN = [
    "kim", "putin", "3", "o", "and", "or", "near5", "atleast3", "same", "путин", "йод", "αθηνα", "צה", "ल", "किम",
    *units("بوتين"), "普京", "金", "プーチン", "김정은", "ปูติน", "strasse",
]  # fmt: skip  # read as a table, not one below the other
WILD = ["meet*", "colo?r", "visit?", "vis??s*", "путин*", "κρατ*", *units("روسيا* שלום*", wildcards=True)]
SPELLED = ["NATO", "Müller", "Ł", "ＮＡＴＯ", "ǅ", "Путин", "김정은", "普京", "צה", "3"]

word = st.sampled_from(PLAIN + WILD)
phrases = st.one_of(word.map(lambda one: (one,)), st.lists(word, min_size=2, max_size=4).map(tuple)).map(Phrase)
exacts = st.lists(st.sampled_from(SPELLED), min_size=1, max_size=3).map(lambda words: Exact(tuple(words)))
aliases = st.sampled_from(["putin", "kim-jong-un", "путин", "Kreml.2", "金正恩"]).map(Alias)
leaves = st.one_of(phrases, phrases, exacts, aliases)
abouts = st.one_of(
    st.builds(About, st.just("source"), st.sampled_from(["bbc.co.uk", "kp", "xn--a-b.com", "пример.рф"])),
    st.builds(About, st.just("lang"), st.sampled_from(["en", "ru"])),
    st.builds(
        About,
        st.sampled_from(["feed", "tag"]),
        st.sampled_from(["bbc world", "a/b & c", "x:y", "азия", "no (1)", "or"]),
    ),
)
operands = st.lists(leaves, min_size=1, max_size=3).map(disjunction)
nears = st.builds(Near, operands, operands, st.sampled_from([0, 1, 10, 9999]), st.booleans())
counted = st.builds(AtLeast, st.integers(1, 9999), operands)


def holds_on_nothing(node):
    match node:
        case And():
            return all(map(holds_on_nothing, node.parts))
        case Or():
            return any(map(holds_on_nothing, node.parts))
        case Not():
            return not holds_on_nothing(node.part)
        case Scope():
            return holds_on_nothing(node.part)
        case _:
            return False


def negated(node):
    return node.part if isinstance(node, Not) else Not(node)


def logic(base):
    """Trees of AND, OR and NOT over `base`."""
    return st.recursive(
        base,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(conjunction),
            st.lists(inner, min_size=2, max_size=5).map(disjunction),
            inner.map(negated),
        ),
        max_leaves=6,
    )


withins = st.builds(
    Within,
    st.sampled_from(["sentence", "paragraph"]),
    logic(st.one_of(leaves, nears)).filter(lambda node: not holds_on_nothing(node)),
)
scopes = st.builds(
    Scope,
    st.sampled_from(["title", "lead", "body", "author", "url"]),
    logic(st.one_of(leaves, leaves, nears, withins, counted)),
)
counted_scopes = st.builds(AtLeast, st.integers(1, 5), st.builds(Scope, st.sampled_from(["title", "body"]), operands))
trees = logic(st.one_of(leaves, leaves, abouts, nears, counted, withins, scopes, counted_scopes)).filter(
    lambda node: not holds_on_nothing(node)
)


@settings(max_examples=200, deadline=None)
@given(trees)
def test_a_printed_query_is_read_as_the_same(tree):
    printed = to_query(Query(tree))
    query = parse(printed)
    assert query.root == tree
    assert to_query(query) == printed


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30).filter(units))
def test_any_words_of_any_script_are_printed_as_they_were_read(text):
    for query in (f'"{text}"', f'="{text}"', text, f"title:{text}", f'tag:"{text}"', f"feed:{text}"):
        try:
            read = parse(query)
        except QueryError:
            continue
        printed = to_query(read)
        assert parse(printed) == read
        assert to_query(parse(printed)) == printed


def meaning(node):
    """What a tree says, where two ways of writing say the same: a field in front of NOT or ATLEAST, or behind."""
    match node:
        case Scope(field, Not(part)):
            return ("not", meaning(Scope(field, part)))
        case Scope(field, AtLeast(count, part)):
            return ("at least", count, meaning(Scope(field, part)))
        case And() | Or():
            return (type(node).__name__, tuple(map(meaning, node.parts)))
        case Not() | AtLeast() | Within() | Scope():
            outer = {
                Not: lambda: ("not",),
                AtLeast: lambda: ("at least", node.count),
                Within: lambda: ("within", node.unit),
                Scope: lambda: ("in", node.field),
            }[type(node)]()
            return (*outer, meaning(node.part))
        case _:
            return node


@settings(max_examples=200, deadline=None)
@given(trees, trees)
def test_words_mean_one_thing(one, other):
    assume(meaning(one) != meaning(other))
    assert in_words(Query(one)) != in_words(Query(other))


@settings(max_examples=200, deadline=None)
@given(trees)
def test_the_words_are_one_sentence_with_every_bracket_closed(tree):
    words = in_words(Query(tree))
    bare = re.sub("“[^”]*”", "", words)
    assert words.startswith("Articles with ")
    assert words.endswith(".")
    assert bare.count("[") == bare.count("]")
    assert "\n" not in words
