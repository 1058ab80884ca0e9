"""Whatever the articles hold: the query can be read, and it finds the examples or says which it misses."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.errors import WirewatchError
from worker.match.describe import in_words
from worker.match.engine import Matcher
from worker.match.query import parse
from worker.match.suggest.corpus import Corpus, numbers
from worker.match.suggest.propose import suggest
from worker.match.text import units
from worker.model import Article, Entity, Topic

WORDS = (
    "pier", "piers", "Pier's", "OR", "NOT", "near", "kite-flying", "Łódź", "naïve", "St. Ives", "co", "a", "7", "2026",
    "ﬁne", "김정은이", "김", "東京都", "서울 시장", "สะพาน", "мост", "моста", "جسر", "पुल", "पुलों", "“quoted”", "=x",
    "title:", "@who", "NEAR/3", "*", "x\u00ady", "\u202eabc", "\ud800", "\x00", "😀", "K팝", "...",
)  # fmt: skip  # read as a table, not one below the other
texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=8).map(" ".join)
pairs = st.tuples(texts, texts)
ENTITIES = (Entity(name="bridge", aliases=("мост", "جسر")), Entity(name="kim", aliases=("김정은", "Kim")))


def articles(kind, made):
    return [Article(id=f"{kind}{number}", title=title, text=text) for number, (title, text) in enumerate(made)]


@settings(max_examples=150)
@given(
    st.lists(pairs, min_size=1, max_size=5), st.lists(pairs, max_size=3), st.lists(pairs, max_size=12), st.booleans()
)
def test_a_suggestion_is_a_query_and_tells_the_truth(wanted, refused, rest, with_entities):
    examples, others, background = articles("e", wanted), articles("o", refused), articles("b", rest)
    entities = ENTITIES if with_entities else ()
    try:
        made = suggest(examples, background, others=others, entities=entities)
    except WirewatchError:
        assert not any(units(f"{each.title} {each.text}") for each in examples)
        return
    matcher = Matcher([Topic(name="t", query=made.query)], entities)
    assert made.meaning == in_words(parse(made.query, entities=[entity.name for entity in entities]))
    assert list(made.missed) == [each for each in examples if not matcher.match(each)]
    assert list(made.caught) == [each for each in others if matcher.match(each)]
    assert {found.article.id for found in made.matches} == {each.id for each in background if matcher.match(each)}
    assert 1 <= len(made.parts) <= 12


@settings(max_examples=150)
@given(st.lists(pairs, min_size=1, max_size=6), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
def test_sets_of_articles_are_those_the_engine_matches(made, chosen):
    stored = articles("a", made)
    words = units(" ".join(chosen))
    if not words:
        return
    query = '"' + " ".join(words) + '"'
    matcher = Matcher([Topic(name="t", query=query)], [])
    found = Corpus(stored).with_phrase(parse(query).root.words)
    assert [stored[number] for number in numbers(found)] == [each for each in stored if matcher.match(each)]
