"""What is somebody's view and no report. All is sample text."""

import pytest

from worker.alerts.comment import why_comment
from worker.model import Article


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/opinion/2026/5/1/ferries-should-run",
        "https://a.example/culture/commentisfree/2026/may/01/ferries",
        "https://a.example/Opinion/ferries.html",
        "https://a.example/politik/kommentare/faehren-1.html",
        "https://a.example/fr/idees/article/2026/05/01/les-bacs.html",
    ],
)
def test_the_section_says_so(url):
    why = why_comment(Article(id="a", title="Ferries should run", url=url))
    assert why.startswith("comment: somebody's view, no report (it is in the section")


@pytest.mark.parametrize(
    "title",
    [
        "Opinion | Ferries should run",
        "OPINION: Ferries should run",
        "Editorial: who pays for the ferries?",
        "SAMPLE GAZETTE COMMENT: who pays for the ferries?",
        "The Sample Gazette view on ferries: run them | Editorial",
        "Kommentar: Wer zahlt die Fähren?",
        "Мнение: кто заплатит за паромы?",
        "社説：渡船を守れ",
        "[사설] 여객선을 지켜라",
    ],
)
def test_the_title_says_so(title):
    assert why_comment(Article(id="a", title=title, url="https://a.example/news/1"))


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Ferries to run again", "https://a.example/news/ferries-to-run-again"),
        pytest.param("Opinion polls: ferries matter", "https://a.example/news/1", id="opinion of many"),
        pytest.param("No comment from ferry company", "https://a.example/news/1", id="nothing said"),
        pytest.param("Ferry company: no comment", "https://a.example/news/1", id="nothing said, at the end"),
        pytest.param("Ferries", "https://a.example/r/ferries/comments/1/ferries", id="where readers answer"),
        pytest.param("Ferries", "https://a.example/news/opinion", id="the page itself, no section"),
        pytest.param("Ferries", "https://a.example/news/public-opinion-on-ferries/1", id="part of a word"),
        pytest.param("Ferries", "https://opinion.example/news/1", id="the host"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_is_a_report(title, url):
    assert why_comment(Article(id="a", title=title, url=url)) == ""


def test_the_canonical_address_counts():
    article = Article(id="a", url="https://a.example/x/1", canonical_url="https://a.example/opinion/1")
    assert why_comment(article)


def test_hostile_titles_and_addresses_take_bounded_work():
    for text in ("comment " * 100_000, "| " * 100_000, "\n" * 100_000):
        assert why_comment(Article(id="a", title=text, url=f"https://a.example/{text}")) == ""
    assert why_comment(Article(id="a", url="https://[broken")) == ""
