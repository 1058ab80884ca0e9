"""The benchmark's topics, made from made-up text: different, understood, and of every form in the stated shares."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import pytest
from bench import topics, vocabulary

from worker.match.nodes import About, Alias, And, AtLeast, Exact, Near, Not, Or, Phrase, Scope, Within, walk
from worker.match.query import parse

COUNT = 600
SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "so", "ti")


@pytest.fixture(scope="module")
def words():
    """1,000 articles of invented words of which few are frequent and many rare, as in any language."""
    rng = random.Random(1)
    known = ["".join(parts) for parts in product(SYLLABLES, repeat=4)]
    weights = [1 / (rank + 20) for rank in range(len(known))]

    def sentence() -> str:
        picked = rng.choices(known, weights, k=12)
        named = " ".join(word.title() for word in rng.choices(known[300:400], k=2))
        return f"{picked[0].title()} {' '.join(picked[1:6])} {named} {' '.join(picked[6:])}."

    return vocabulary.read([(sentence(), " ".join(sentence() for _ in range(6))) for _ in range(1000)])


@pytest.fixture(scope="module")
def entities(words):
    return topics.entities(words, 20)


@pytest.fixture(scope="module")
def made(words, entities):
    return topics.topics(words, entities, ["example.org", "news.example"], COUNT)


@pytest.fixture(scope="module")
def roots(made, entities):
    names = {entity.name for entity in entities}
    return [parse(topic.query, entities=names).root for topic in made]


def test_all_are_different_and_understood(made, roots):
    assert len({topic.query for topic in made}) == len({topic.name for topic in made}) == len(roots) == COUNT


@pytest.mark.parametrize(
    "kind", [Phrase, Exact, Alias, Near, Within, AtLeast, Scope, About, And, Or, Not], ids=lambda kind: kind.__name__
)
def test_every_node_of_the_language_is_there(roots, kind):
    assert any(isinstance(node, kind) for root in roots for node, _ in walk(root))


@pytest.mark.parametrize(
    "form", ["* ", "* OR", '"', " ONEAR/", " NEAR ", " NOT source:", "lead:(", "title:", "=", "lang:en"]
)
def test_every_way_of_writing_is_there(made, form):
    assert any(form in f"{topic.query} " for topic in made)


def test_forms_come_in_the_stated_shares(roots):
    """Proximity and its kin cannot be mistaken for other forms, so they can be counted."""
    counted: Counter[str] = Counter()
    for root in roots:
        kinds = {type(node) for node, _ in walk(root)}
        counted.update(kind.__name__ for kind in kinds)
    in_hundred = {name: count * 100 / COUNT for name, count in counted.items()}
    assert in_hundred["Near"] == topics.FORMS["near"] + topics.FORMS["ordered near"]
    assert in_hundred["Within"] == topics.FORMS["sentence"]
    assert in_hundred["AtLeast"] == topics.FORMS["at least"]
    assert in_hundred["Scope"] == topics.FORMS["title"] + topics.FORMS["lead"]


def test_shares_are_of_a_hundred():
    for shares in (
        topics.FORMS,
        topics.ALONE,
        topics.JOINED,
        topics.BESIDE,
        topics.ADDED,
        topics.TERMS,
        topics.GROUPED,
    ):
        assert sum(shares.values()) == 100


def test_more_topics_begin_with_the_same_ones(words, entities, made):
    again = topics.topics(words, entities, ["example.org", "news.example"], 100)
    assert again == made[:100]


def test_entities_have_one_to_five_spellings(entities):
    assert {len(entity.aliases) for entity in entities} <= {1, 2, 3, 4, 5}
    assert len({entity.name for entity in entities}) == len(entities) == 20


def test_too_little_text_is_said():
    little = vocabulary.read([("Kebalo mirano", "Sotiba nuralo. Baloke kemiso.")] * 3)
    with pytest.raises(ValueError, match="too small"):
        topics.topics(little, [], ["example.org"], 50)


def test_a_sentence_ends_at_a_full_stop_and_a_title_at_its_end():
    found = vocabulary.document("Kim’s train leaves", "It left at dawn. Nobody waved; later some did.")
    assert found.words[:3] == ("Kim", "train", "leaves")
    assert found.title_end == 3
    assert [found.words[start] for start in found.sentences] == ["Kim", "It", "Nobody", "later"]
    assert found.sentence(4) == (3, 7)
