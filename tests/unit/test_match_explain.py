"""Why an article matches a query or why not: every form of the language, held and failed, near misses and limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.match.engine import Matcher
from worker.match.explain import explain
from worker.match.explain.terms import closest
from worker.match.lexicon import Lexicon, lexicon_in
from worker.match.query import parse
from worker.model import Article, Entity, Source, Topic

ENTITIES = [
    Entity(name="kim", aliases=("Kim Jong Un", "Kim", "金正恩")),
    Entity(name="putin", aliases=("Putin", "Vladimir Putin", "Путин")),
]
ALIASES = {entity.name: entity.aliases for entity in ENTITIES}
FILLER = "word " * 57


def told(query, lexicon=None, **fields):
    understood = parse(query, entities=ALIASES)
    return explain(understood, Article(id="1", **fields), lexicon or Lexicon(ALIASES))


def every(finding):
    yield finding
    for part in finding.parts:
        yield from every(part)


# --- each form, held and failed -----------------------------------------------------------------------------------

HELD = [
    ("ferry", {"title": "A ferry"}, "in the title"),
    ("ferry", {"text": "A ferry, the ferry and a FERRY."}, "3 times in the text"),
    ("ferry", {"title": "Ferry", "text": "A ferry and a ferry."}, "in the title and 2 times in the text"),
    ("ferry", {"summary": "A ferry"}, "in the summary"),
    ('"late ferry"', {"text": "The late\nferry."}, "in the text"),
    (
        "ferr*",
        {"title": "Ferries", "text": "Two ferries, a ferry."},
        "in the title and 2 times in the text as “Ferries” and “ferry”",
    ),
    ("=NATO", {"text": "NATO and Nato"}, "in the text"),
    (
        "@putin",
        {"text": "Vladimir Putin. Putin. Путин!"},
        "3 times in the text as “Vladimir Putin”, “Putin” and “Путин”",
    ),
    (
        "@kim NEAR/3 @putin",
        {"title": "Putin, Kim", "text": "Kim Jong Un and a Putin"},
        "side by side in the title, 2 words apart in the text; at most 3 allowed",
    ),
    ("SENTENCE(a b)", {"text": "B then a too. A and b here. Then c."}, "in 2 sentences of the text"),
    (
        "PARAGRAPH(a b)",
        {"title": "a b", "text": "A. B.\n\nC."},
        "in 1 paragraph of the title and 1 paragraph of the text",
    ),
    (
        "ATLEAST/2 ferry",
        {"title": "ferry", "text": "ferry ferry"},
        "found 3 of 2 times: in the title and 2 times in the text",
    ),
    ("ATLEAST/2 title:ferry", {"title": "ferry ferry"}, "found 2 of 2 times: 2 times in the title"),
    ("title:ferry", {"title": "ferry", "text": "ferry"}, "in the title"),
    ("url:ferry", {"url": "https://a.example/ferry"}, "in the URL"),
    ("author:doe", {"author": "Jane Doe"}, "in the author's name"),
    ("lead:ferry", {"text": "ferry"}, "in the lead"),
    ("source:b.example", {"source": Source(domain="a.b.example")}, "the publisher is b.example"),
    ("lang:en", {"language": "en"}, "the language is en"),
    ("feed:wire", {"feed": "Wire"}, "the feed is “Wire”"),
    ("tag:asia", {"tags": ("Asia", "x")}, "the tags are “Asia” and “x”"),
    ("a NOT b", {"text": "a"}, "all 2 hold"),
    ("ferry OR boat OR ship", {"text": "a boat"}, "1 of 3 holds"),
]

FAILED = [
    ("ferry", {"title": "A boat", "text": "A ship"}, "not in the title or the text"),
    ("ferry", {"summary": "A boat"}, "not in the title or the summary"),
    ("ferry", {"text": "Two ferrys"}, "not in the title or the text; but “ferrys” is there"),
    ("meetings", {"text": "They meet at a meeting"}, "not in the title or the text; but “meeting” is there"),
    ("zelensky", {"text": "Selensky and Zelenskyj"}, "not in the title or the text; but “Zelenskyj” is there"),
    ("ferry", {"url": "https://a.example/ferry"}, "not in the title or the text; but in the URL"),
    ("金正恩", {"text": "金 正恩"}, "not in the title or the text; but “金 正恩” is there"),
    ('"late ferry boat"', {"text": "the late"}, "not in the title or the text: “ferry” and “boat” are missing"),
    (
        '"terror suspect"',
        {"text": "terrorism suspect"},
        "not in the title or the text: “terror” is missing; but “terrorism” is there",
    ),
    ('"late ferry"', {"text": "car"}, "none of its words is in the title or the text"),
    ('"late ferry"', {"title": "late", "text": "ferry"}, "its words are all there, but never in one field"),
    ('"late ferry"', {"text": "late. A ferry, late"}, "its words are all in the text, but never in a row"),
    ("meet*", {"text": "met"}, "not in the title or the text"),
    ("=NATO", {"text": "Nato, nato"}, "in the text, but only spelled “Nato” and “nato”"),
    ("=NATO", {"text": "UN"}, "not in the title or the text"),
    ('="Red Cross"', {"text": "a cross that is red"}, "its words are all in the text, but never in a row"),
    ("@putin", {"text": "С Путиным"}, "none of its 3 names is in the title or the text; but “Путиным” is there"),
    ("@kim", {"text": "nobody"}, "none of its 3 names is in the title or the text"),
    (
        "@kim NEAR/3 @putin",
        {"text": "Kim Jong Un " + FILLER + "Putin"},
        "57 words apart in the text, at most 3 allowed",
    ),
    (
        "a NEAR/1 b",
        {"title": "a x x b", "text": "b x x x a"},
        "2 words apart in the title, 3 words apart in the text, at most 1 allowed",
    ),
    ("a NEAR b", {"title": "a", "text": "b"}, "not in one field: a is in the title, b is in the text"),
    (
        "url:(ferry NEAR late)",
        {"url": "https://a.example/ferry", "canonical_url": "https://b.example/late"},
        "not in one field: the address in the feed and the canonical URL are two",
    ),
    (
        'url:"late ferry"',
        {"url": "https://a.example/ferry", "canonical_url": "https://b.example/late"},
        "its words are all there, but never in one field",
    ),
    ("ferry NEAR late", {"text": "late"}, "ferry is not in the title or the text"),
    ("a ONEAR/2 b", {"text": "b x a"}, "1 word apart in the text in the other order"),
    (
        "a ONEAR/1 b",
        {"text": "a x x b a"},
        "2 words apart in the text, at most 1 allowed; side by side in the text in the other order",
    ),
    ('kim NEAR "kim jong"', {"text": "kim jong"}, "both sides only in the same words, not beside each other"),
    (
        "SENTENCE(a b c)",
        {"text": "A with b here. C with nobody."},
        "all there, but never in one sentence; the closest, in the text, lacks c",
    ),
    ("SENTENCE(a c)", {"text": "A with b."}, "c is not in the title or the text"),
    ("SENTENCE(a NOT b)", {"text": "A with b."}, "in no sentence as wanted; the closest, in the text, also holds b"),
    (
        "PARAGRAPH(a b)",
        {"text": "A.\n\nB."},
        "all there, but never in one paragraph; the closest, in the text, lacks b",
    ),
    ('SENTENCE("us b")', {"text": "See us. B too."}, '"us b" is in the text, but not inside one sentence'),
    (
        "SENTENCE(a NOT (b OR c))",
        {"text": "A, b. And c."},
        "in no sentence as wanted; the closest, in the text, also holds b OR c",
    ),
    (
        "SENTENCE(a (b OR (c d)))",
        {"text": "A, c too. And d."},
        "b OR c AND d is true of no sentence of the title or the text",
    ),
    (
        "SENTENCE(a (b NEAR/1 c))",
        {"text": "A, b. B, a and c."},
        "b NEAR/1 c is 2 words apart in the text, at most 1 allowed",
    ),
    ("ATLEAST/4 ferry", {"title": "ferry", "text": "ferry"}, "found 2 of 4 times: in the title and in the text"),
    ("ATLEAST/2 (a OR b)", {"title": "A"}, "found 1 of 2 times: in the title as “A”"),
    ("ATLEAST/2 ferry", {"title": "boat"}, "not in the title or the text"),
    ("title:ferry", {"text": "a ferry, a ferry"}, "not in the title; but 2 times in the text"),
    (
        "lead:ferry",
        {"text": "word " * 84 + "ferry"},
        "not in the lead (the first 60 words); first at word 85 of the text",
    ),
    ("author:doe", {"title": "doe"}, "not in the author's name; but in the title"),
    ("source:b.example", {"source": Source(domain="c.example")}, "the publisher is c.example"),
    ("source:b.example", {}, "the publisher is not known"),
    ("lang:en", {"language": "de"}, "the language is de"),
    ("lang:en", {}, "the language is not known"),
    ("feed:wire", {"feed": "Other wire"}, "the feed is “Other wire”"),
    ("tag:asia", {"tags": ()}, "there are no tags"),
    ("ferry OR boat OR ship", {"text": "car"}, "none of 3 is in the title or the text"),
    ("title:(ferry OR boat)", {"text": "a boat"}, "none of 2 is in the title; but boat in the text"),
    ("ferry OR boat OR ship", {"text": "boats"}, "none of 3 is in the title or the text; but “boats” is there"),
]


@pytest.mark.parametrize(("query", "fields", "said"), HELD)
def test_where_a_clause_stands(query, fields, said):
    explanation = told(query, **fields)
    assert (explanation.matched, explanation.tree.said, explanation.why_not) == (True, said, "")


@pytest.mark.parametrize(("query", "fields", "said"), FAILED)
def test_why_a_clause_fails_and_how_near_it_came(query, fields, said):
    explanation = told(query, **fields)
    assert (explanation.matched, explanation.tree.said, explanation.factors) == (False, said, None)
    assert explanation.why_not == f"{explanation.tree.clause}: {said}"


def test_what_must_be_absent_and_is_there():
    explanation = told("ferry NOT (boat OR ship)", text="A ferry, a ship")
    assert explanation.why_not == "NOT (boat OR ship): forbidden, but it holds"
    ferry, negation = explanation.tree.parts
    assert (ferry.held, negation.held, negation.kind) == (True, False, "not")
    assert [(part.clause, part.held) for part in every(negation.parts[0])] == [("boat OR ship", True), ("ship", True)]
    assert told("ferry NOT ship", text="A ferry, a ship").why_not == "NOT ship: forbidden, but in the text"
    absent = told("ferry NOT ship", text="A ferry").tree.parts[1]
    assert (absent.held, absent.said, absent.parts) == (True, "absent, as wanted", ())
    near = told("ferry NOT (ferry NEAR/2 ship)", text="A ferry, a ship")
    assert near.why_not == "NOT (ferry NEAR/2 ship): forbidden, but 1 word apart in the text; at most 2 allowed"


# --- the tree -----------------------------------------------------------------------------------------------------


def test_the_first_failing_clause_is_named_wherever_it_stands():
    explanation = told("(summit OR talks) AND title:(kim putin) AND train", title="Kim", text="summit")
    assert explanation.why_not == "title:putin: not in the title"
    assert [(part.clause, part.held) for part in explanation.tree.parts] == [
        ("summit OR talks", True),
        ("title:(kim AND putin)", False),
        ("train", False),
    ]
    assert explanation.tree.parts[1].field == "title"


def test_of_alternatives_the_closest_to_holding_is_named():
    explanation = told("(a b) OR (c d e) OR f", text="c d")
    assert explanation.why_not == "none of 3 alternatives holds; the closest fails at e: not in the title or the text"


def test_in_a_choice_that_holds_only_what_holds_is_shown():
    tree = told("a OR b OR (c d) OR e", text="b e").tree
    assert [part.clause for part in tree.parts] == ["b", "e"]
    assert tree.hidden == "2 others do not hold"


def test_terms_of_a_choice_that_fails_are_told_together():
    tree = told("ferry OR (boat ship) OR train", text="boat").tree
    assert [(part.clause, part.said) for part in tree.parts] == [
        ("ferry OR train", "none of 2 is in the title or the text"),
        ("boat AND ship", "1 of 2 holds"),
    ]


def test_passages_are_exact_and_say_what_stands_around():
    text = "The ferry of the northern islands was late on Monday, because Łódź’s\nharbour was closed all day long."
    (quote,) = told("lodz", text=text).tree.quotes
    assert (quote.field, quote.text, text[quote.start : quote.end]) == ("text", "Łódź", "Łódź")
    assert quote.before == "…islands was late on Monday, because "
    assert quote.after == "’s\nharbour was closed all day long."


def test_a_wide_near_shows_its_two_ends_and_a_tight_one_what_stands_between():
    text = "a " + "word " * 60 + "b"
    assert [quote.text for quote in told("a NEAR/3 b", text=text).tree.quotes] == ["a", "b"]
    assert [quote.text for quote in told("a NEAR/3 b", text="a x b").tree.quotes] == ["a x b"]


def test_words_of_another_field_or_behind_the_lead_are_no_near_miss():
    behind = "word " * 60 + "ferrys"
    assert told("lead:ferry", text=behind).tree.said == "not in the lead (the first 60 words)"
    assert told("title:ferry", text="ferrys").tree.said == "not in the title"
    negated = told("body:SENTENCE(kim (late OR NOT boat))", title="Ferry", text="Kim has a boat.").tree
    assert negated.said == "late OR NOT boat is true of no sentence of the text"


def test_a_near_miss_is_shown_too():
    assert [quote.text for quote in told("=NATO", text="the Nato base").tree.quotes] == ["Nato"]
    assert [quote.text for quote in told("SENTENCE(a b c)", text="x a b here. C").tree.quotes] == ["a b"]
    assert [quote.text for quote in told("title:ferry", text="a ferry").tree.quotes] == ["ferry"]
    assert [quote.text for quote in told("meetings", text="a meeting").tree.quotes] == ["meeting"]


def test_forms_are_told_where_words_stand_for_their_forms():
    english = lexicon_in("en", ALIASES)
    assert (
        told("meetings", english, text="They meet at a meeting").tree.said
        == "2 times in the text as “meet” and “meeting”"
    )


# --- the score ----------------------------------------------------------------------------------------------------


def test_the_factors_make_the_score():
    # one clause of two in the title, none in the lead, one passage in 200 words: 0.1 + 0.45/2 + 0.25 * 0.5/2.5
    factors = told("kim train", title="kim", text="word " * 199 + "train").factors
    assert (factors.clauses, factors.in_title, factors.in_lead) == (2, 1, 0)
    assert (factors.passages, factors.words) == (1, 200)
    assert (factors.title, factors.lead, factors.density) == (0.5, 0.0, 0.5)
    assert factors.dense == pytest.approx(0.2)
    assert factors.score == pytest.approx(0.1 + 0.225 + 0.05)


def test_a_query_about_the_article_alone_has_the_lowest_score():
    factors = told("lang:en", language="en").factors
    assert (factors.clauses, factors.score) == (0, 0.1)


# --- limits -------------------------------------------------------------------------------------------------------


def test_a_long_conjunction_shows_what_failed_first():
    words = [f"w{number}" for number in range(40)]
    tree = told(" ".join(words), text=" ".join(word for word in words if word not in {"w20", "w35"})).tree
    assert (len(tree.parts), tree.said, tree.hidden) == (12, "38 of 40 hold", "28 more hold")
    assert [part.clause for part in tree.parts if not part.held] == ["w20", "w35"]


def test_a_deep_query_is_told_of_to_a_bound_and_still_names_the_clause():
    query = "boat"
    for level in range(49):
        query = f"(ship{level} OR (car{level} AND {query}))"
    text = " ".join(f"car{level}" for level in range(49))
    explanation = told(query, text=text)
    assert explanation.why_not == (
        "none of 2 alternatives holds; the closest fails at boat: not in the title or the text"
    )
    assert len(list(every(explanation.tree))) <= 122


def test_a_wide_query_is_told_of_to_a_bound():
    query = " OR ".join(f"(a{n} AND (b{n} OR (c{n} d{n})) AND (e{n} OR (f{n} g{n})))" for n in range(300))
    findings = list(every(told(query, text="x").tree))
    assert len(findings) <= 122
    assert all(len(finding.clause) <= 100 for finding in findings)


@pytest.mark.parametrize(
    "text",
    ["a" * 300_000, "a b. " * 20_000, "\ud800\x00" * 60_000, "金" * 20_000, "a\n\n" * 20_000, "abcx " * 20_000],
    ids=["word", "words", "surrogates", "han", "paragraphs", "similar"],
)
def test_hostile_texts_are_explained_in_little_room(text):
    queries = [
        "a NEAR/9999 b", "a NEAR/0 q", '"b a b a c"', "SENTENCE(a b c)", "SENTENCE(a NOT b)", "aaa*", "ATLEAST/9999 a",
        "=A", "金正 OR (金 NEAR/2 金)", "abcd", "lead:(b AND c)", "PARAGRAPH(a b NOT (a OR c))",
    ]  # fmt: skip  # read as a table, not one below the other
    for query in queries:
        explanation = told(query, title=text[:1000], text=text)
        for finding in every(explanation.tree):
            assert len(finding.said) + sum(len(q.text + q.before + q.after) for q in finding.quotes) < 2000, query
        assert len(explanation.why_not) < 1000


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=6, unique=True), min_size=1, max_size=4))
def test_the_closest_stretch_is_the_shortest(lists):
    places = [[(first, first + 1) for first in sorted(starts)] for starts in lists]
    found = closest(places)
    shortest = min(
        (end - first)
        for first in range(31)
        for end in range(first + 1, 32)
        if all(any(first <= a and b <= end for a, b in spans) for spans in places)
    )
    assert found[1] - found[0] == shortest
    assert all(any(found[0] <= a and b <= found[1] for a, b in spans) for spans in places)


# --- the same verdict as the engine -------------------------------------------------------------------------------

terms = st.sampled_from(["kim", "nato", '"kim nato"', "=NATO", "mee*", "@kim", "@putin", "金正", "김정", "w"])
operands = st.lists(terms, min_size=1, max_size=3).map(lambda parts: f"({' OR '.join(parts)})")
nears = st.builds("{} {}/{} {}".format, operands, st.sampled_from(["NEAR", "ONEAR"]), st.integers(0, 4), operands)
withins = st.builds(
    "{}({} {} {})".format,
    st.sampled_from(["SENTENCE", "PARAGRAPH"]),
    terms,
    operands,
    st.sampled_from(["", "NOT w", "nato NEAR/1 kim"]),
)
counted = st.builds("ATLEAST/{} {}".format, st.integers(1, 3), operands)
abouts = st.sampled_from(["lang:en", "lang:de", "source:b.example", "feed:wire", "tag:asia"])
clauses = st.one_of(terms, terms, operands, nears, withins, counted, abouts)
scoped = st.builds(
    "{}:{}".format,
    st.sampled_from(["title", "lead", "body", "url"]),
    st.one_of(terms, nears.map("({})".format), withins),
)
queries = st.recursive(
    st.one_of(clauses, scoped),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({') AND ('.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({') OR ('.join(parts)})"),
        inner.map("w NOT ({})".format),
    ),
    max_leaves=6,
)
texts = st.lists(
    st.sampled_from(
        ["Kim", "NATO", "Nato", "meets", "w", "w w w", "金正", "김정은", "Putin", ". The", "\n\n", "Kim NATO"]
    ),
    max_size=14,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(queries, texts, texts, st.sampled_from([None, "en"]), st.booleans())
def test_the_verdict_and_the_score_are_those_of_the_engine(query, title, text, language, stems):
    article = Article(
        id="1",
        title=title,
        text=text,
        language=language,
        url="https://b.example/kim",
        canonical_url="https://b.example/nato-meets-kim",
        tags=("Asia",),
    )
    lexicon = lexicon_in(language or "", ALIASES) if stems else Lexicon(ALIASES)
    explanation = explain(parse(query, entities=ALIASES), article, lexicon)
    found = Matcher([Topic(name="t", query=query, stem=stems)], ENTITIES).match(article)
    assert explanation.matched == bool(found)
    assert bool(explanation.why_not) != explanation.matched
    if found:
        assert explanation.factors.score == found[0].score
    for finding in every(explanation.tree):
        assert finding.said
        for quote in finding.quotes:
            assert quote.text == getattr(article, quote.field)[quote.start : quote.end]
