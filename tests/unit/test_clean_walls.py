"""Pages that hold no article are told from short articles about the same things."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from worker.clean.article import clean
from worker.clean.walls import why_no_article
from worker.model import Entry, Page, WorkItem

NOW = datetime(2023, 9, 11, 12, 0, tzinfo=UTC)
SENTENCES = [
    f"Sample sentence {n} of a report on the harbour train says what the delegation did there." for n in range(30)
]
ITEM = WorkItem(
    entry=Entry(
        key="guid-1",
        url="https://www.courier.example/world/harbour-train-1",
        title="Sample: a delegation takes the harbour train",
        summary="The delegation took the harbour train, a sample report says.",
    ),
    feed_url="https://www.courier.example/rss.xml",
    feed_name="courier",
    feed_title="Courier",
    tags=(),
    full_text=True,
    seen_at=NOW,
    trace="t-1",
)


@pytest.mark.parametrize(
    "title",
    [
        "404",
        "Page not found",
        "404 – Page Not Found",
        "Error 404",
        "404 - Page Not Found | Sample Courier",
        "Sorry, we couldn’t find that page",
        "존재하지 않는 기사입니다",
        "お探しの記事は見つかりませんでした",
        "您访问的页面不存在或已被删除",
        "Страница не найдена",
        "페이지를 찾을 수 없습니다",
        "お探しのページは見つかりませんでした",
        "页面不存在",
        "找不到網頁",
        "Página no encontrada",
        "Page introuvable",
        "Seite nicht gefunden",
        "الصفحة غير موجودة",
    ],
)
def test_pages_that_say_they_were_not_found(title):
    assert "not there" in why_no_article("Try our search, or go back to the front page.", ["Courier", title])


@pytest.mark.parametrize("title", ["Just a moment...", "Access Denied", "Are you a robot?", "Доступ запрещен"])
def test_checks_for_robots(title):
    assert "robots" in why_no_article("One more step.", [title])


@pytest.mark.parametrize(
    "text",
    [
        "We and our partners store cookies.\nYou may change your consent in the privacy settings.",
        "Мы используем файлы cookie и персональные данные.",
        "당사는 쿠키를 사용합니다.",
        "当サイトはクッキーを使用しています。",
        "本网站根据隐私政策处理信息。",
        "Utilizamos cookies y datos personales.",
        "Nous traitons vos données personnelles avec votre consentement.",
        "Wir verarbeiten personenbezogene Daten mit Ihrer Einwilligung.",
        "نستخدم ملفات تعريف الارتباط.",
    ],
)
def test_requests_for_consent(text):
    assert "consent" in why_no_article(text, ["Courier"])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The regulator found that the site sets cookies without consent.", "Cookies: a sample ruling on consent"),
        ("\n".join(SENTENCES[:3]) + "\nThe site uses cookies.", "A delegation takes the harbour train"),
        ("The page was not found, the archive said.", "Sample page not found in the archive for forty years"),
        ("\n".join(SENTENCES), "Not found"),
        ("Short.", ""),
        ("", ""),
    ],
)
def test_short_articles_are_no_walls(text, title):
    assert why_no_article(text, [title]) == ""


def cleaned(html: str, item: WorkItem | None = ITEM):
    return clean(Page(url=ITEM.entry.url, body=html.encode(), content_type="text/html"), item, now=NOW)


def paragraphs(lines: list[str]) -> str:
    return "<article>" + "".join(f"<p>{line}</p>" for line in lines) + "</article>"


def ld(**stated: object) -> str:
    node = {"@type": "NewsArticle", "datePublished": "2023-09-11T06:00:00Z", **stated}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def test_a_page_not_found_leaves_the_feeds_words():
    article = cleaned(f"<title>Page not found</title><h1>Page not found</h1>{paragraphs(SENTENCES[:2])}")

    assert (article.partial, article.title) == (True, ITEM.entry.title)
    assert article.text == ""
    assert "not there" in article.partial_reason


@pytest.mark.parametrize("stated", [False, "False", "false", "http://schema.org/False"])
def test_what_stands_before_a_paywall_is_kept_and_marked(stated):
    article = cleaned(ld(isAccessibleForFree=stated) + paragraphs(SENTENCES[:5]))

    assert article.text.split("\n") == SENTENCES[:5]
    assert (article.partial, article.partial_reason) == (True, "the rest is behind a paywall")


def test_a_paywall_may_be_stated_of_a_part_or_of_the_web_page():
    part = ld(hasPart={"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paid"})
    page = '<script type="application/ld+json">{"@type": "WebPage", "isAccessibleForFree": false}</script>'
    for stated in (part, page):
        assert cleaned(stated + paragraphs(SENTENCES[:5])).partial_reason == "the rest is behind a paywall"


def test_a_paid_teaser_of_another_article_is_no_paywall():
    teaser = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    assert not cleaned(ld() + teaser + paragraphs(SENTENCES[:5])).partial


def test_the_feeds_longer_text_is_better_than_what_stands_before_a_paywall():
    longer = replace(ITEM, entry=replace(ITEM.entry, content=paragraphs(SENTENCES)))
    article = cleaned('<meta property="article:content_tier" content="locked">' + paragraphs(SENTENCES[:5]), longer)

    assert article.text.split("\n") == SENTENCES
    assert article.partial


def test_a_paid_article_that_is_there_as_a_whole_is_not_partial():
    assert not cleaned(ld(isAccessibleForFree=False) + paragraphs(SENTENCES)).partial


def test_a_text_that_stands_in_structured_data_only_is_found():
    body = "&lt;p&gt;" + "&lt;/p&gt;&lt;p&gt;".join(SENTENCES) + "&lt;/p&gt;"
    article = cleaned(ld(articleBody=body) + "<div id=app></div><p>Please wait.</p>")

    assert article.text.split("\n") == SENTENCES
    assert not article.partial


def test_a_long_page_without_the_announced_words_loses_to_the_feeds_content():
    other = [
        f"Line {n} tells at some length of seals, storms, cabbage and the weather of the coming weeks."
        for n in range(40)
    ]
    content = replace(ITEM, entry=replace(ITEM.entry, content=paragraphs(SENTENCES[:3])))

    assert cleaned(paragraphs(other), content).text.split("\n") == SENTENCES[:3]
    assert not cleaned(paragraphs(other)).partial
