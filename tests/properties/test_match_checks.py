"""Checks made for many topics and articles at once tell what evaluating each by itself tells."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.queries import ENTITIES, HAN, HANGUL, SEPARATORS, WORDS, build, roots

from worker.match.checking import Checks
from worker.match.checks import FARTHEST, Kind, checks_of
from worker.match.describe import to_query
from worker.match.engine import Matcher
from worker.match.evaluate import all_hold
from worker.match.lexicon import Lexicon, lexicon_in
from worker.match.nodes import AtLeast, Near, Not, Phrase, Query, Scope, Within, disjunction
from worker.match.reading import Reading
from worker.match.standing import Standing
from worker.match.vocabulary import Vocabulary
from worker.model import Article, Topic

ALIASES = {entity.name: entity.aliases for entity in ENTITIES}
spaced = st.lists(st.tuples(st.sampled_from(list(WORDS)), st.sampled_from(SEPARATORS)), max_size=20)


@st.composite
def articles(draw):
    """Articles in scripts with spaces, whose text may reach over several numbers of 64 bits."""
    filler = draw(st.sampled_from([0, 0, 40, 55, 61, 130]))
    return Article(id="1", title=build(draw(spaced), 0)[0], text=build(draw(spaced), filler)[0], language="en")


def by_tables(nodes, readings, lexicon):
    """For each reading and each node that has checks whether all hold, and whether that is sure."""
    vocabulary, tables = Vocabulary(lexicon), Checks()
    checks = [checks_of(lexicon.bound(node), lexicon) for node in nodes]
    slots = [slot for slot, own in enumerate(checks) if own is not None]
    for slot in slots:
        tables.put(slot, checks[slot], vocabulary.use)
    vocabulary.forget()
    standing = Standing(readings, vocabulary.held(readings))
    pairs = [(article, slot) for article in range(len(readings)) for slot in slots]
    passes, sure = tables.passing(
        np.array([slot for _, slot in pairs], np.int32), np.array([article for article, _ in pairs], np.intp), standing
    )
    return dict(zip(pairs, zip(passes.tolist(), sure.tolist(), strict=True), strict=True))


@settings(max_examples=300, deadline=None)
@given(st.lists(roots(), min_size=1, max_size=6), st.lists(articles(), min_size=1, max_size=4), st.booleans())
def test_tables_tell_what_evaluation_tells(nodes, seen, stemmed):
    lexicon = lexicon_in("en", ALIASES) if stemmed else Lexicon(ALIASES)
    readings = [Reading(article, lexicon) for article in seen]
    for (article, slot), (passes, sure) in by_tables(nodes, readings, lexicon).items():
        assert passes == all_hold((lexicon.bound(nodes[slot]),), readings[article]) or (passes and not sure)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, FARTHEST),
    st.integers(-2, 2),
    st.integers(0, 140),
    st.sampled_from(["kim nato", "nato kim", "kim"]),
    st.booleans(),
)
@example(FARTHEST, 0, 63, "kim nato", True)
def test_near_reaches_as_far_as_it_says_wherever_it_stands(distance, more, before, left, ordered):
    between = max(0, distance + more)
    text = f"{'w ' * before}{left} {'w ' * between}путин"
    node = Near(Phrase(tuple(left.split())), Phrase(("путин",)), distance, ordered)
    lexicon = Lexicon(ALIASES)
    reading = Reading(Article(id="1", title="путин", text=text), lexicon)
    assert by_tables([node], [reading], lexicon) == {(0, 0): (between <= distance, True)}


def test_only_phrases_that_overlap_leave_a_count_open():
    lexicon = Lexicon(ALIASES)
    both = disjunction([Phrase(("kim", "nato")), Phrase(("nato", "meets"))])
    texts = ("kim nato nato meets", "kim nato meets", "kim nato meets nato meets", "kim nato", "nato meets " * 90)
    readings = [Reading(Article(id="1", text=text), lexicon) for text in texts]
    nodes = [AtLeast(2, both), Not(AtLeast(2, both))]
    told = by_tables(nodes, readings, lexicon)
    assert [told[article, 0] for article in range(5)] == [
        (True, True), (True, False), (True, True), (False, True), (True, True),
    ]  # fmt: skip  # one for each text
    assert [told[article, 1] for article in range(5)] == [
        (False, True), (True, False), (False, True), (True, True), (False, True),
    ]  # fmt: skip  # one for each text


def test_what_tables_cannot_tell_is_left_to_evaluation():
    lexicon = Lexicon(ALIASES)
    far = Near(Phrase(("kim",)), Phrase(("nato",)), FARTHEST + 1, ordered=False)
    long = Phrase(("kim",) * (FARTHEST + 2))
    of_author = Scope("author", Phrase(("kim",)))
    nowhere = Within("sentence", Not(Phrase(("kim",))))
    for node in (far, long, of_author, nowhere):
        assert checks_of(lexicon.bound(node), lexicon) is None
    kinds = [check.kind for check in checks_of(lexicon.bound(Not(Phrase(("kim", "nato")))), lexicon)]
    assert kinds == [Kind.SOME]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(roots().map(Query).map(to_query), min_size=1, max_size=2), st.lists(articles(), min_size=1, max_size=40)
)
def test_articles_read_at_once_match_as_one_by_one(queries, seen):
    # so many topics that they are checked at once
    topics = [Topic(name=f"{n} {copy}", query=query) for n, query in enumerate(queries) for copy in range(60)]
    others = [Article(id="2", text=f"Kim {HAN} {HANGUL}"), Article(id="3", text="kim meets NATO. " * 2000)]
    together = Matcher(topics, ENTITIES)
    alone = Matcher([topic for topic in topics if topic.name.endswith(" 0")], ENTITIES)
    told = list(together.match_each([*seen, *others]))
    assert [article for article, _ in told] == [*seen, *others]
    for article, found in told:
        assert [match for match in found if match.topic.endswith(" 0")] == alone.match(article)
        assert len(found) == 60 * len(alone.match(article))


def test_each_of_many_articles_gets_its_own_matches():
    matcher = Matcher([Topic(name=str(n), query=f"number{n} NEAR/3 sample") for n in range(100)], [])
    articles = [Article(id=str(n), title=f"sample number{n % 100}", text=f"number{n % 7} a sample") for n in range(150)]
    assert [(article, set(names)) for article, names in matcher.matching_each(articles)] == [
        (article, {str(n % 100), str(n % 7)}) for n, article in enumerate(articles)
    ]
