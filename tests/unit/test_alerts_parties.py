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


NAMES = (
    "Kremlin",
    "Peskov",
    "الكرملين",
    "Кремль",
    "Кремле",
    "Песков",
    "Пескова",
    "Kreml",
    "크렘린궁",
    "克里姆林宫",
    "クレムリン",
)
FOUND = (
    "Kim Jong Un", "Putin", "visit", "talks", "summit", "Ким Чен Ына", "Ким Чен Ын", "визит", "визита", "Besuch",
    "visite", "visita", "زيارة", "كيم جونغ أون", "金正恩", "访问", "김정은", "방문", "会談",
)  # fmt: skip  # a list of words, as a query of all languages would find them


def spoken(sentence, *, title="", before="", names=NAMES):
    """True where the party denies, False where it confirms, None where it is not on record."""
    found = Match(
        topic="t",
        query="",
        score=0.5,
        highlights=tuple(Highlight(field="text", start=0, end=len(word), text=word) for word in FOUND),
    )
    text = f"{before} {sentence}".strip()
    record = on_record("kremlin", names, Article(id="a", title=title, text=text), found)
    return record and record.denies


@pytest.mark.parametrize(
    "sentence",
    [
        "Dmitry Peskov, the Kremlin's spokesman, said Kim Jong Un was on his way.",
        "The talks with Kim will be held on Tuesday, Peskov told reporters.",
        "Кремль подтвердил визит Ким Чен Ына.",
        "Ким Чен Ын приедет, сообщил Песков.",
        "В Кремле подтвердили визит Ким Чен Ына.",
        "По словам Пескова, визит начнется во вторник.",
        "Der Kreml bestätigte den Besuch.",
        "Der Besuch beginnt morgen, teilte der Kreml mit.",
        "Le Kremlin a confirmé la visite.",
        "La visite commence demain, selon le Kremlin.",
        "El Kremlin confirmó la visita.",
        "克里姆林宫证实金正恩将访问俄罗斯。",
        "크렘린궁은 김정은 위원장이 방문한다고 밝혔다.",
        "クレムリンは会談を発表した。",
    ],
)
def test_confirmed_in_its_language(sentence):
    assert spoken(sentence) is False


@pytest.mark.parametrize(
    "sentence",
    [
        "Peskov said that reports of a visit by Kim Jong Un were false.",
        "Кремль опроверг сообщения о визите Ким Чен Ына.",
        "Der Kreml dementierte einen Besuch.",
        "Le Kremlin a démenti la visite.",
        "El Kremlin desmintió la visita.",
        "克里姆林宫否认金正恩将访问。",
    ],
)
def test_denied_in_its_language(sentence):
    assert spoken(sentence) is True


@pytest.mark.parametrize(
    "sentence",
    [
        "The Kremlin declined to comment on Kim Jong Un's journey.",
        "The Kremlin neither confirmed nor denied the visit of Kim Jong Un.",
        "The Kremlin did not deny the visit of Kim Jong Un.",
        "The Kremlin refused to deny the visit.",
        "Asked about a visit by Kim Jong Un, the Kremlin had no comment.",
        "The Kremlin said it had no information about a visit by Kim Jong Un.",
        "The Kremlin will announce the visit of Kim Jong Un in due course.",
        "The visit will be announced by the Kremlin.",
        "The visit is expected to be confirmed by the Kremlin.",
        "If the Kremlin confirmed the visit, markets would fall.",
        "The Kremlin would not confirm the visit.",
        "The Kremlin could confirm the visit soon.",
        "Kim Jong Un's visit was not agreed, Kremlin spokesman Dmitry Peskov said.",
        "Le Kremlin n'a ni confirmé ni démenti la visite.",
        "According to the Kremlin's critics, Kim Jong Un will visit.",
        "Kremlin critics said Kim Jong Un would visit.",
        "Critics of the Kremlin said Kim Jong Un would visit.",
        "Des critiques du Kremlin ont confirmé la visite.",
        "Kremlin-backed media said Kim Jong Un would visit.",
        "A Kremlin source said Kim Jong Un would visit.",
        "Кремль не подтвердил визит Ким Чен Ына.",
        "Der Kreml wollte den Besuch nicht bestätigen.",
        "Le Kremlin n'a pas confirmé la visite.",
        "克里姆林宫拒绝证实金正恩访问。",
        "クレムリンは会談について発表しなかった。",
    ],
)
def test_silence_and_what_may_come_are_no_word(sentence):
    assert spoken(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "There will be no visit by Kim Jong Un, the Kremlin said.",
        "The Kremlin said there were no plans for a visit by Kim Jong Un.",
        "The Kremlin said that Kim Jong Un would not visit Russia.",
        "A visit by Kim Jong Un is not planned, Peskov said.",
        "“There won't be any talks with Kim Jong Un,” Peskov told reporters.",
        "Peskov said talks with Kim Jong Un were not on the agenda.",
        "Визита Ким Чен Ына не будет, сообщил Песков.",
        "Визит Ким Чен Ына не планируется, заявили в Кремле.",
        "Кремль заявил, что никакого визита Ким Чен Ына не будет.",
        "Es werde keinen Besuch geben, teilte der Kreml mit.",
        "Le Kremlin a indiqué qu'aucune visite n'était prévue.",
        "El Kremlin dijo que no habrá visita.",
        "克里姆林宫表示，没有访问计划，也不会举行会談。",
        "크렘린궁은 김정은 위원장의 방문 계획이 없다고 밝혔다.",
        "クレムリンは会談の予定はないと発表した。",
    ],
)
def test_what_is_said_not_to_be_is_denied(sentence):
    assert spoken(sentence) is True


@pytest.mark.parametrize(
    "sentence",
    [
        "The Kremlin said no date had been set for a visit by Kim Jong Un.",
        "The Kremlin said no decision on talks with Kim Jong Un had been made.",
        "There will be no talks with Kim Jong Un before Tuesday, the Kremlin said.",
        "The Kremlin said it could not rule out a visit by Kim Jong Un.",
        "No visit by Kim Jong Un will be announced by the Kremlin.",
        "The Kremlin did not say whether Kim Jong Un would not visit.",
        "There was no visit by Kim Jong Un, the Kremlin's critics said.",
        "Даты визита Ким Чен Ына не называются, сообщил Песков.",
        "克里姆林宫没有评论访问。",
        "크렘린궁은 방문에 대해 밝히지 않았다.",
    ],
)
def test_what_is_left_open_is_no_denial(sentence):
    assert spoken(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("A note on the Kremlin's official website confirmed the visit of Kim Jong Un.", id="its website"),
        pytest.param("The Kremlin's own press service announced the visit of Kim Jong Un.", id="its own"),
        pytest.param("The seat of power, the Kremlin, also announced the summit with Kim Jong Un.", id="an aside"),
        pytest.param(
            "Russia's leadership, the Kremlin, has confirmed the visit of Kim Jong Un.", id="an aside that has"
        ),
        pytest.param(
            "크렘린궁은 김정은 위원장이 푸틴 대통령의 초청으로 가까운 시일 안에 러시아를 공식 방문하게 된다고 밝혔다.",
            id="far off",
        ),
        pytest.param("أعلن الكرملين زيارة كيم جونغ أون.", id="Arabic"),
        pytest.param("وأكد الكرملين أن زيارة كيم جونغ أون ستبدأ الثلاثاء.", id="Arabic, with and"),
    ],
)
def test_more_ways_to_be_on_record(sentence):
    assert spoken(sentence) is False


RUSSIAN = ("Кремль", "Песков", "조선중앙통신", "克里姆林宫", "クレムリン", "Центральное телеграфное агентство")


@pytest.mark.parametrize(
    "sentence",
    [
        "Ким Чен Ын приедет, сообщила пресс-служба Кремля.",
        "Пресс-служба Кремля подтвердила визит Ким Чен Ына.",
        "В Кремле подтвердили визит Ким Чен Ына.",
        "По словам Пескова, визит Ким Чен Ына начнется во вторник.",
        "Визит Ким Чен Ына подтвержден Кремлем.",
        "조선중앙통신은 김정은 위원장이 푸틴 대통령의 초청에 따라 곧 방문하게 된다고 보도하였다.",
        "조선중앙통신은 방문이 곧 시작된다고 전하였다.",
        "克里姆林宫称，访问即将开始。",
        "クレムリンは会談を行うと述べた。",
    ],
)
def test_a_name_in_any_of_its_cases_and_its_own_verbs(sentence):
    assert spoken(sentence, names=RUSSIAN) is False


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("Кремлевские источники подтвердили визит Ким Чен Ына.", id="an adjective is another word"),
        pytest.param("Песковатский подтвердил визит Ким Чен Ына.", id="another name"),
        pytest.param("Критик Кремля сообщил о визите Ким Чен Ына.", id="somebody else"),
        pytest.param("Пресс-служба Кремля не подтвердила визит Ким Чен Ына.", id="not yet"),
    ],
)
def test_a_word_that_only_begins_like_the_name(sentence):
    assert spoken(sentence, names=RUSSIAN) is None


def test_a_denial_in_arabic():
    assert spoken("نفى الكرملين زيارة كيم جونغ أون.") is True
    assert spoken("لم يؤكد الكرملين زيارة كيم جونغ أون.") is None


@pytest.mark.parametrize(
    "sentence",
    [
        "The visit was the talk of Moscow, the Kremlin, and of all who have confirmed they know Kim Jong Un.",
        "The Kremlin's official critics announced the visit of Kim Jong Un.",
        "Peskov, the Kremlin, the duma: who announced the visit of Kim Jong Un?",
    ],
)
def test_asides_of_others(sentence):
    assert spoken(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "The Kremlin said Macron had called Putin about the summit in Delhi.",
        "Peskov said Putin would open the summit in Delhi with Modi.",
        "The Kremlin confirmed that the harvest was good.",
    ],
)
def test_a_party_quoted_about_something_else(sentence):
    assert spoken(sentence) is None


def test_the_sentence_before_says_whom_it_is_about():
    later = "Their talks will open in Vladivostok with Putin, the Kremlin said."
    assert spoken(later) is None
    assert spoken(later, before="Kim Jong Un is coming to Russia.") is False


@pytest.mark.parametrize(
    ("title", "denies"),
    [
        ("Kremlin: Kim Jong Un to visit Putin", False),
        ("Kim Jong Un to visit Putin - Kremlin", False),
        ("Kim Jong Un to visit Putin, Kremlin says", False),
        ("Kremlin: talk of a visit by Kim Jong Un is false", True),
        ("Kremlin: no comment on a visit by Kim Jong Un", None),
        ("Kim Jong Un visits the Kremlin", None),
    ],
)
def test_a_headline_credits_in_its_own_way(title, denies):
    assert spoken("Nothing more was known.", title=title) is denies


def test_its_own_site_denies_in_its_headline():
    record = heard("Press service.", title="Kremlin denies plans for a visit", source="kremlin.ru")
    assert record.denies
