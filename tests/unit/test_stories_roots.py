"""What a report rests on, by its own words. All sentences are sample text."""

import pytest

from worker.model import Article, Source
from worker.stories.roots import OPENING_CHARACTERS, QUOTE_CHARACTERS, attribution


def rests_on(text, *, title="", source="paper.example", author=""):
    found = attribution(Article(id="a", title=title, text=text, author=author, source=Source(domain=source)))
    return found and found.key


@pytest.mark.parametrize(
    ("sentence", "key"),
    [
        ("The train has left, the Yonhap news agency reported on Monday.", "yonhap"),
        ("The train has left, according to Yonhap.", "yonhap"),
        ("According to state-run Xinhua, the talks are over.", "xinhua"),
        ("SEOUL, Sept 11 (Reuters) - The train has left.", "reuters"),
        ("The train has left. (AFP)", "afp"),
        ("Japan’s Kyodo news agency reported a departure at night.", "kyodo"),
        ("The minister will resign, Reuters has learned.", "reuters"),
        ("The minister told the BBC that he would resign.", "bbc"),
        ("In an interview with the Financial Times she ruled it out.", "ft"),
        ("The bank is for sale, citing people who spoke to Bloomberg News.", "bloomberg"),
        ("The coach is leaving, according to the San Francisco Chronicle.", "chronicle"),
        ("According to South Korean media, the train is on its way.", "media:kr"),
        ("State media quoted the former president as saying so.", "media:"),
        ("The train has left, said an official, quoting local media.", "media:"),
        ("The two plan to meet, U.S. officials say.", "officials:us"),
        ("The two may meet, according to a senior US official.", "officials:us"),
        ("A South Korean government official said the train had left.", "officials:kr"),
        ("Officials in Seoul said the train had left.", "officials:kr"),
        ("Morocco's Interior Ministry said that hundreds had died.", "officials:ma"),
        ("The Kremlin said the talks were over.", "officials:ru"),
    ],
)
def test_a_credit(sentence, key):
    assert rests_on(sentence) == key


@pytest.mark.parametrize(
    ("sentence", "key"),
    [
        ("The train has left, Yonhap reported, citing an unnamed South Korean government official.", "officials:kr"),
        ("The Associated Press had the same story, quoting South Korean media.", "media:kr"),
        ("Kyodo quoted Russian officials as saying that the train had left.", "officials:ru"),
        ("The Yomiuri newspaper said, citing Reuters, that the train had left.", "reuters"),
        ("Yonhap reported, citing unnamed people.", "yonhap"),
    ],
)
def test_of_a_chain_the_last_one_named_counts(sentence, key):
    assert rests_on(sentence) == key


@pytest.mark.parametrize(
    ("sentence", "key"),
    [
        ("Der Zug ist laut der Nachrichtenagentur Yonhap abgefahren.", "yonhap"),
        ("Das berichtete die Süddeutsche Zeitung am Montag.", "sueddeutsche"),
        ("Unter Berufung auf Reuters meldet das Blatt die Abfahrt.", "reuters"),
        ("Le train est parti, selon l'agence Yonhap.", "yonhap"),
        ("D'après Le Monde, le train est parti.", "le-monde"),
        ("El tren ha salido, según la agencia EFE.", "efe"),
        ("O trem partiu, segundo a Reuters.", "reuters"),
        ("Il treno è partito, secondo l'agenzia Ansa.", "ansa"),
        ("Поезд выехал, сообщает агентство Рёнхап.", "yonhap"),
        ("Потяг вирушив, повідомляє Суспільне.", "suspilne"),
        ("据韩联社报道，列车已经出发。", "yonhap"),
        ("路透社11日报道，列车已经出发。", "reuters"),
        ("聯合ニュースによると、列車は出発した。", "yonhap"),
        ("연합뉴스에 따르면 열차가 출발했다.", "yonhap"),
    ],
)
def test_a_credit_in_another_language(sentence, key):
    assert rests_on(sentence) == key


@pytest.mark.parametrize(
    "sentence",
    [
        "The train has left, our correspondent saw from the platform.",
        "The Reuters building in the harbour was closed.",
        "She worked for the BBC for many years.",
        "The spokesman told reporters that the train had left.",
        "The court ruled against Bloomberg on Monday.",
        "Officials said the train had left.",
        "According to a new report, trains are late.",
        "The press was not admitted.",
        "Kim reads the newspapers every morning.",
        "Die Bild ist schön.",
        "Reutersward reported a sale.",
        "An old editor of the Daily Mirror denies it.",
        "A former adviser to the White House said no.",
    ],
)
def test_what_is_no_credit(sentence):
    assert rests_on(sentence) is None


def test_an_outlet_that_credits_itself_reports_by_itself():
    assert rests_on("The minister told the BBC that he would resign.", source="bbc.co.uk") is None
    assert rests_on("The minister told the BBC that he would resign.", source="news.bbc.com") is None


def test_who_speaks_counts_where_the_outlet_was_told_itself():
    assert rests_on("A US official tells the BBC that they will meet.", source="bbc.co.uk") == "officials:us"


def test_the_sentence_that_shows_it_is_kept():
    article = Article(id="a", text="The train has left. Yonhap reported\nit first, on Monday. More follows.")
    assert attribution(article).sentence == "Yonhap reported"


def test_a_byline_is_a_credit():
    assert rests_on("The train has left.", author="By The Associated Press") == "ap"
    assert rests_on("The train has left.", author="Reuters staff") == "reuters"
    assert rests_on("The train has left.", author="Rita Euters") is None
    assert rests_on("The train has left.", author="Associated Press", source="apnews.com") is None


def test_the_title_counts_after_the_text():
    assert rests_on("The train has left.", title="Train leaves, South Korean media report") == "media:kr"
    assert rests_on("The train has left, AFP reported.", title="Train leaves, Yonhap says") == "afp"


def test_what_stands_further_down_is_about_something_else():
    assert rests_on("It left. It is green. It is long. Yonhap reported a strike in May.") is None
    assert rests_on("word " * OPENING_CHARACTERS + "Yonhap reported it.") is None


def test_initials_end_no_sentence():
    assert rests_on("The U.S. Navy has left. J. R. Sample saw it. It was early, according to AFP.") == "afp"


@pytest.mark.parametrize("piece", ["the ", "according to ", "(Reuters", "citing the senior US ", "A. ", "据", '" '])
def test_hostile_text_takes_bounded_work(piece):
    # the opening is bounded, and every repetition in a pattern is
    assert rests_on(piece * (1_000_000 // len(piece))) is None


def quoted(text):
    return attribution(Article(id="a", title="", text=text, source=Source(domain="paper.example"))).sentence


def test_a_long_sentence_is_cut_between_words():
    words = "The sample train, Yonhap reported, has left the yard and heads north along the river "
    sentence = quoted(f"{words * 3}.")
    assert len(sentence) <= QUOTE_CHARACTERS
    assert sentence.endswith("…")
    assert (words * 3).startswith(sentence.removesuffix("…") + " ")


def test_a_script_without_gaps_is_cut_anywhere():
    sentence = quoted("According to Yonhap " + "見" * 2 * QUOTE_CHARACTERS)
    assert len(sentence) == QUOTE_CHARACTERS
    assert sentence.endswith("見…")
