"""The parts a suggestion is made of: sets of articles, likeness, the worth of a query."""

from __future__ import annotations

import pytest

from worker.match.nodes import Phrase
from worker.match.suggest import usual
from worker.match.suggest.corpus import Corpus, bits, numbers
from worker.match.suggest.likeness import Likeness, chances
from worker.match.suggest.search import Term, aim_at, found_by, search
from worker.match.suggest.terms import Candidate
from worker.match.suggest.wording import near, written
from worker.model import Article

TITLES = (
    "Kites over the old pier",
    "The pier's kites: a day out",
    "Old kite-flying club",
    "김정은이 도착",
    "정은 김",
    "東京都庁の展示",
    "Путина встретили",
    "K-pop: 방탄소년단 concert",
)


@pytest.fixture
def corpus():
    return Corpus([Article(id=str(number), title=title) for number, title in enumerate(TITLES)])


def which(articles):
    return list(numbers(articles))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("pier",), [0, 1]),
        (("old", "pier"), [0]),
        (("pier", "kites"), [1]),
        (("kite", "flying"), [2]),
        (("old",), [0, 2]),
        (("김정은",), [3]),
        (("정은",), [3, 4]),
        (("은김",), []),
        (("정은", "김"), [4]),
        (("京都",), [5]),
        (("庁",), [5]),
        (("путина",), [6]),
        (("방탄소년단", "concert"), [7]),
        (("nowhere",), []),
    ],
)
def test_a_phrase_is_found_as_the_query_language_finds_it(corpus, words, found):
    assert which(corpus.with_phrase(words)) == found


def test_a_prefix_finds_every_word_that_starts_with_it(corpus):
    assert which(corpus.with_prefix("kite")) == [0, 1, 2]
    assert which(corpus.with_prefix("kites")) == [0, 1]
    assert which(corpus.with_prefix("пут")) == [6]


def test_any_name_of_an_entity_counts(corpus):
    assert which(corpus.with_any_name(("김정은", "Old Pier", "..."))) == [0, 3]


@pytest.mark.parametrize("chosen", [[], [0], [7, 8], [3, 64, 1000], range(0, 2000, 3)])
def test_sets_keep_their_articles(chosen):
    assert which(bits(chosen, 2001)) == list(chosen)


def test_what_shares_rare_words_of_the_title_is_likelier_meant():
    titles = ["Otter rescued from weir", "Rescued otter returns to weir", "Otter swims along a distant lake", "Band"]
    filler = [f"Everyday number {number}" for number in range(50)]
    corpus = Corpus([Article(id=str(n), title=title) for n, title in enumerate([*titles, *filler])])
    found = chances(Likeness(corpus), [0], [])
    assert found[1] > found.get(2, 0.0)
    assert 3 not in found
    assert 0 not in found


def test_what_is_more_like_a_counter_example_is_not_meant():
    titles = ["Otter rescued from weir", "Otter statue unveiled", "Statue of otter unveiled today", "Otter at the weir"]
    corpus = Corpus([Article(id=str(n), title=title) for n, title in enumerate([*titles, *["Fill"] * 50])])
    assert 2 not in chances(Likeness(corpus), [0], [1])
    assert 3 in chances(Likeness(corpus), [0], [1])


def term(found, evidence=3.0, share=0.0):
    return Term(found=found, evidence=evidence, share=share, cost=1.0)


def test_worth_is_best_where_examples_and_likely_articles_are_found_and_nothing_else():
    aim = aim_at([0, 1], [2], {3: 1.0, 4: 1.0}, 2000)
    all_meant = bits([0, 1, 3, 4], 2000)
    assert aim.worth(all_meant) == pytest.approx(1.0)
    assert aim.worth(bits([0, 1, 3], 2000)) < 1
    assert aim.worth(all_meant | bits([9], 2000)) < 1
    assert aim.worth(all_meant | bits([2], 2000)) < aim.worth(all_meant | bits([9], 2000))
    assert aim.worth(bits([0, 3, 4], 2000)) < aim.worth(bits([0, 1, 3], 2000))


def test_the_search_joins_by_or_what_completes_and_by_and_what_narrows():
    aim = aim_at([0, 1], [], dict.fromkeys(range(2, 40), 1.0), 2000)
    left, right = bits(range(20), 2000), bits(range(20, 40), 2000)
    wide = [bits([*range(40), *range(100, 300)], 2000), bits([*range(40), *range(500, 700)], 2000)]
    nothing = [frozenset()] * 2
    assert search(aim, [term(left), term(right)], nothing) == ((0, 1),)
    assert search(aim, [term(wide[0]), term(wide[1])], nothing) == ((0,), (1,))


def test_terms_that_clash_do_not_stand_together():
    aim = aim_at([0, 1], [], dict.fromkeys(range(2, 40), 1.0), 2000)
    terms = [term(bits(range(20), 2000)), term(bits(range(20, 40), 2000))]
    assert search(aim, terms, [frozenset({1}), frozenset({0})]) == ((0,),)


def test_groups_are_met_when_each_gives_one_term():
    assert found_by([[term(0b0011), term(0b0100)], [term(0b0110)]]) == 0b0110


def test_few_articles_are_eked_out_by_what_is_usual():
    assert usual.missing(usual.ENOUGH) == 0
    assert usual.missing(10) == usual.ENOUGH - 10
    assert usual.share("of") > usual.share("house") > usual.share("lighthouse") > usual.share("Ann", is_name=True)


def candidate(*words, surface):
    return Candidate(leaf=Phrase(words), surface=surface, found=1, evidence=1.0, share=0.0, cost=1.0)


@pytest.mark.parametrize(
    ("words", "surface", "text"),
    [
        (("tarvin",), "Tarvin", "Tarvin"),
        (("kim", "jong", "un"), "Kim Jong-un", '"Kim Jong-un"'),
        (("old", "pier"), "Old pier", '"Old pier"'),
        (("or",), "Or", '"Or"'),
        (("not",), "NOT", '"NOT"'),
        (("old", "pier"), 'Old" "pier', '"old pier"'),
        (("old", "pier"), "Old\npier", '"old pier"'),
        (("old", "pier"), "Old\u202epier", '"old pier"'),
        (("near",), "NEAR", '"NEAR"'),
    ],
)
def test_terms_are_written_as_spelled_where_that_means_the_same(words, surface, text):
    assert written([[candidate(*words, surface=surface)]], [], []) == text


def test_groups_stand_in_parentheses_where_they_must():
    a, b, c = (candidate(word, surface=word) for word in ("aaa", "bbb", "ccc"))
    assert written([[a, b]], [], []) == "aaa OR bbb"
    assert written([[a, b], [c]], [], []) == "(aaa OR bbb) AND ccc"
    assert written([[a, b]], [c], []) == "(aaa OR bbb) NOT ccc"
    assert near([[a, b], [c]], 10, []) == "(aaa OR bbb) NEAR/10 ccc"
