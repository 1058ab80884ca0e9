"""Who is on record, and who only seems to be."""

import pytest

from worker.alerts.parties import on_record
from worker.model import Article, Highlight, Match, Source

KREMLIN = ("Kremlin", "Кремль", "kremlin.ru")
MATCH = Match(
    topic="summit",
    query="@kim NEAR @putin",
    score=0.5,
    highlights=(Highlight(field="text", start=0, end=9, text="Kim Jong Un will visit Russia; talks with Putin"),),
)


def heard(text, *, title="", source="sample-wire.example", name=None, aliases=KREMLIN):
    article = Article(id="a", title=title, text=text, source=Source(domain=source, name=name))
    return on_record("kremlin", aliases, article, MATCH)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Kremlin confirmed that Kim will visit.",
        "The Kremlin has confirmed the visit.",
        "Kim will come in the next days, the Kremlin said.",
        "Kim will visit, Kremlin spokesman Dmitry Peskov said on Monday.",
        "Kremlin’s press service announced the visit of Kim.",
        "The visit was confirmed by the Kremlin.",
        "Kim will visit Russia, according to the Kremlin.",
        "“Kim will visit,” said Kremlin spokesman Dmitry Peskov.",
        "Kim will visit, said the Kremlin.",
        "KREMLIN CONFIRMS VISIT BY KIM",
    ],
)
def test_a_sentence_that_puts_the_kremlin_on_record(sentence):
    record = heard(f"The train moved slowly. {sentence}\nIt rained.")
    assert record is not None
    assert not record.denies
    assert record.sentence == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "The Kremlin denied that Kim will visit.",
        "The visit of Kim was denied by the Kremlin.",
        "Kremlin spokesman Dmitry Peskov dismissed talk of a visit.",
    ],
)
def test_a_sentence_in_which_the_kremlin_denies(sentence):
    record = heard(sentence)
    assert record is not None
    assert record.denies


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("The Kremlin declined to confirm that Kim will visit.", id="declined"),
        pytest.param("The Kremlin has not confirmed the visit.", id="not yet"),
        pytest.param("The Kremlin said it had nothing to say on a visit by Kim.", id="nothing"),
        pytest.param("The Kremlin hasn't announced the visit of Kim.", id="contraction"),
        pytest.param("The visit was not confirmed by the Kremlin.", id="not by"),
        pytest.param("A Kremlin official who asked not to be named said Kim will visit.", id="unnamed"),
        pytest.param("Kim will visit the Kremlin, South Korean media said.", id="somebody else speaks"),
        pytest.param("Media said the Kremlin planned a visit by Kim.", id="spoken about"),
        pytest.param("The Kremlin confirmed the harvest figures.", id="another subject"),
        pytest.param("The visit was confirmed by Seoul.", id="somebody else"),
        pytest.param("Kremlinologists said Kim will visit.", id="part of a word"),
    ],
)
def test_what_only_looks_like_it(sentence):
    assert heard(sentence) is None


def test_the_title_is_a_sentence_of_its_own():
    record = heard("Nothing more was known.", title="Kremlin confirms Kim visit")
    assert record is not None
    assert record.sentence == "Kremlin confirms Kim visit"


def test_the_name_is_given_as_the_sentence_has_it():
    assert heard("Kim will visit, the Kremlin said.").name == "the Kremlin"
    assert heard("Kremlin confirms Kim visit.").name == "Kremlin"


def test_the_first_sentence_counts():
    record = heard("The Kremlin denied any visit by Kim. Later the Kremlin confirmed the visit.")
    assert record.denies


def test_its_own_site_is_its_own_word():
    by_domain = heard("Press service.", title="On the forthcoming visit", source="kremlin.ru")
    by_name = heard("Press service.", title="On the forthcoming visit", source="mirror.example", name="Kremlin")
    assert by_domain.sentence == by_name.sentence == "On the forthcoming visit"


def test_many_words_are_one_name():
    record = heard(
        "Kim left for Russia, the Korean Central News Agency reported.",
        aliases=("KCNA", "Korean Central News Agency"),
    )
    assert record.name == "the Korean Central News Agency"


def test_a_long_sentence_is_cut_for_the_quote():
    record = heard("The Kremlin confirmed the visit of Kim " + "and so on " * 200)
    assert 290 <= len(record.sentence) <= 300
    assert record.sentence.endswith("…")


@pytest.mark.parametrize("piece", ["Kremlin ", ". ", "\n", '"', "said Kremlin ", "the the ", "! ? . "])
def test_hostile_text_takes_no_unbounded_work(piece):
    # the text looked at is bounded, and each word of it is visited a fixed number of times
    assert heard(piece * (2_000_000 // len(piece))) is None
