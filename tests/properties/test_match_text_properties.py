"""Folding and parsing of anything at all."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from worker.errors import QueryError
from worker.match.describe import in_words, to_query
from worker.match.engine import Matcher
from worker.match.folding import fold, surface
from worker.match.lexicon import Lexicon
from worker.match.line import Line
from worker.match.query import parse
from worker.match.text import Passage, exact_units, tokens, units
from worker.match.view import View
from worker.model import Article, Topic

SCRIPTS = (
    "a b é e\u0301 ß ﬁ Ł İ ' ’ 's . ! ? \n \u00ad \u200b \u202e й Й ё и\u0306 Σ ς क ि ् म \u064f أ ـ "
    "金 ー プ ﾌ ﾟ 김 \u1112 \u1161 \u11ab ป \u0e39 1 ² \x00 👍 \ufe0f"
)
PARTS = st.sampled_from([*SCRIPTS.split(" "), " "])
LETTER = st.characters(categories=["L", "M", "N"])
# A text is of one script or two, mostly: that is what pages are made for.
BLOCKS = st.sampled_from(range(0, 0x3200, 0x80)).map(
    lambda start: st.characters(
        min_codepoint=start, max_codepoint=start + 0x7F, categories=["L", "M", "N", "P", "S", "Cf"]
    )
)
one_script = st.lists(BLOCKS, min_size=1, max_size=2).flatmap(
    lambda blocks: st.lists(st.one_of(*blocks, PARTS), max_size=40).map("".join)
)
texts = st.one_of(st.text(max_size=40), st.lists(PARTS, max_size=30).map("".join), one_script)
letters = st.lists(st.one_of(LETTER, LETTER, PARTS), min_size=1, max_size=20).map(
    lambda chars: "".join(char for char in chars if char.isspace() or unicodedata.category(char[0])[0] in "LMN")
)
# Marks of two scripts on one letter change places when they are put into order, and are then on neither word.
ordered, ordered_texts = (
    strategy.map(lambda text: unicodedata.normalize("NFC", text)) for strategy in (letters, texts)
)
WORDS = (
    "a kim AND OR NOT NEAR NEAR/3 ONEAR/2 ATLEAST/2 SENTENCE( PARAGRAPH( ( ) title: lead: source:bbc.co.uk lang:en "
    '"kim jong" = =NATO @putin meet* colo?r # \n 金正恩 , - “ ” * ? : / near foo:'
)
queries = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(WORDS.split(" ")), max_size=12).map(" ".join))


@given(texts)
def test_folding_twice_changes_nothing(text):
    once = fold(text).text
    assert units(once) == units(text)


@given(texts)
def test_words_are_found_where_they_stand(text):
    passage = Passage(text)
    for token, word in enumerate(passage.words):
        start, end = passage.offsets(token, token + 1)
        assert 0 <= start < end <= len(text)
        assert word in fold(text[start:end]).text
        assert token == 0 or start >= passage.offsets(token - 1, token)[0]


@given(ordered_texts)
def test_a_word_cut_out_is_that_word_again(text):
    passage = Passage(text)
    for token, word in enumerate(passage.words):
        again = Passage(passage.original(token, token + 1)).words
        # one character may be several words: ½, the ligature of a whole sentence
        assert again == [word] or (word in again and len(passage.original(token, token + 1)) < len("".join(again)))


@given(texts, texts)
def test_texts_are_folded_each_for_itself(text, other):
    assert fold(f"{text} {other}").text == f"{fold(text).text} {fold(other).text}"
    assert Passage(f"{text} {other}").words == Passage(text).words + Passage(other).words


@given(texts)
def test_composed_or_decomposed_is_the_same(text):
    assert Passage(unicodedata.normalize("NFD", text)).words == Passage(unicodedata.normalize("NFC", text)).words


@given(st.text(alphabet="aéĀ иЙё Ωά قآ \u0301\u0306\u0323\u0327\u0653\u0654\u064b \u200b", max_size=30))
def test_spellings_keep_their_accents_composed_or_decomposed(text):
    decomposed, composed = (Passage(unicodedata.normalize(form, text)) for form in ("NFD", "NFC"))
    assert [surface(decomposed.original(i, i + 1)) for i in range(len(decomposed.words))] == [
        surface(composed.original(i, i + 1)) for i in range(len(composed.words))
    ]


@given(texts)
def test_words_by_folding_first_and_cutting_then(text):
    assume(not set("*?") & set(fold(text).text))
    cut = units(text, wildcards=True)
    assert cut == units(text)
    assert Passage(text).words == [token for unit in cut for token in tokens(unit)]


@given(texts)
def test_what_a_passage_says_of_its_words_fits_together(text):
    passage = Passage(text)
    words, numbers = passage.words, list(passage.numbers)
    lexicon = Lexicon({})
    positions = View(Line((("title", passage),), lexicon), lexicon).positions
    assert sorted(place for places in positions.values() for place in places) == list(range(len(words)))
    assert all(words[place] == word for word, places in positions.items() for place in places)
    assert all(0 <= after - before <= 1 for before, after in pairwise(numbers))
    assert passage.spaced <= (numbers == list(range(len(words))))
    joined = "".join(("" if passage.glued(token) else " ") + word for token, word in enumerate(words))
    assert tuple(joined.split()) == units(text)


@given(ordered)
def test_an_exact_spelling_finds_itself(text):
    def spelled(passage):
        return [surface(passage.original(token, token + 1)) for token in range(len(passage.words))]

    assert spelled(Passage(" ".join(exact_units(text)))) == spelled(Passage(text))


@settings(deadline=None)
@given(ordered)
def test_whatever_is_typed_finds_itself(text):
    assume(0 < len(units(text)) <= 20)
    topics = [Topic(name="phrase", query=f'"{text}"'), Topic(name="exact", query=f'="{text}"')]
    found = Matcher(topics, []).match(Article(id="1", title=f"x {text} y"))
    assert [match.topic for match in found] == ["phrase", "exact"]
    assert all(0 <= part.start < part.end <= len(text) + 4 for match in found for part in match.highlights)


@given(texts)
def test_sentences_divide_paragraphs(text):
    passage = Passage(text)
    assert set(passage.paragraphs) <= set(passage.sentences)
    assert passage.sentences == sorted(set(passage.sentences))


@given(st.text(alphabet="ab ÀÉ\n-,", max_size=40))
def test_plain_words_by_a_second_way(text):
    plain = text.replace("À", "a").replace("É", "e")
    assert Passage(text).words == re.findall("[abe]+", plain)


def understood(text):
    """The query, or the refusal."""
    try:
        return parse(text)
    except QueryError as error:
        return error


# the first parse builds the parser, which takes its time
@settings(max_examples=400, deadline=None)
@given(queries)
def test_any_query_is_understood_or_refused_at_a_place(text):
    query = understood(text)
    if isinstance(query, QueryError):
        assert 0 <= query.column <= len(text)
        assert query.mend
        assert query.caret() or not text.strip()
    else:
        assert parse(to_query(query)) == query
        assert in_words(query).endswith(".")
