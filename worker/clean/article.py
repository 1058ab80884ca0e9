"""Page and feed entry to one article; what cannot be cleaned flows on with the feed's own words, marked partial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from worker.clean.boilerplate import without_residue
from worker.clean.bytes import decode, not_html
from worker.clean.dates import Stamp, choose_published
from worker.clean.document import bare_html, parse
from worker.clean.evidence import with_lead, with_siblings, without_headline, without_note
from worker.clean.language import choose_language
from worker.clean.lines import article_id
from worker.clean.marks import Mark, marks_of
from worker.clean.metadata import Metadata, plain, read_metadata, without_site
from worker.clean.structured import line
from worker.clean.text import article_text, fragment_text, second_text
from worker.clean.urls import canonical_url, registrable_domain
from worker.clean.walls import why_no_article
from worker.model import Article, Page, Source, WorkItem, short_id

_SUMMARY = 300
# Below this a text may be a consent or error page's, and has to share words with what the feed announced.
_SHORT_TEXT = 1200
# Structured data holds the text where it is this much longer than what the page shows, and no mere teaser.
_MUCH_LONGER = 2
_LEAST_BODY = 200
_WORD = re.compile(r"\w{4,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    """What the feed itself says of the article, without markup."""

    url: str = ""
    title: str = ""
    text: str = ""
    summary: str = ""
    author: str = ""
    published: datetime | None = None
    language: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cleaned:
    """What the page says. `problem` tells why that is not all, "" where it is; without text the feed's words serve.

    `metadata` is None where the page is not the article's at all.
    """

    metadata: Metadata | None = None
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """An article, and what each line of its text is known by on other pages of its host."""

    article: Article
    marks: tuple[tuple[Mark, ...], ...]


def clean_marked(page: Page | None, item: WorkItem | None, *, now: datetime, why_partial: str = "") -> Marked:
    """As `clean`, with the marks of the text's lines."""
    article, links = _clean(page, item, now=now, why_partial=why_partial)
    return Marked(article=article, marks=marks_of(article.text, link_lines=links))


def clean(page: Page | None, item: WorkItem | None, *, now: datetime, why_partial: str = "") -> Article:
    """The article a page and its feed entry make together.

    Without a page (`why_partial` says why), or when the page gives less than the entry, the article holds what the feed
    gave and is marked partial: its text is the entry's content, or "" where there is only a summary. `item` is None for
    pages without a feed. Bad bytes never raise.
    """
    return _clean(page, item, now=now, why_partial=why_partial)[0]


def _clean(
    page: Page | None, item: WorkItem | None, *, now: datetime, why_partial: str
) -> tuple[Article, tuple[str, ...]]:
    """The article, and the lines of its page that are little but a link."""
    if page is None and item is None:
        raise TypeError("clean needs a page, a feed entry or both")
    feed = _from_feed(item) if item is not None else _Feed()
    cleaned = (
        _Cleaned(problem=why_partial or "the page was not fetched") if page is None else _from_page(page, feed, now)
    )
    url = feed.url or (page.url if page else "")
    meta = cleaned.metadata
    canonical = meta.canonical_url if meta else canonical_url(url)
    text = cleaned.text or feed.text
    title = _title(meta, feed, partial=bool(cleaned.problem))
    article = Article(
        id=article_id(canonical) if canonical else _id_without_url(item),
        url=url,
        canonical_url=canonical,
        title=title,
        text=text,
        summary=feed.summary or (meta.description if meta else "") or opening(text),
        author=(meta.author if meta else "") or feed.author,
        published=meta.published if meta else _feed_date(feed, now),
        language=choose_language(
            f"{text or feed.summary}\n{title}".strip(), *(meta.languages if meta else ()), feed.language
        ),
        source=Source(domain=registrable_domain(canonical), name=(meta.site_name if meta else None) or feed.site),
        feed=item.feed_name if item else "",
        tags=item.tags if item else (),
        seen_at=item.seen_at if item else now,
        partial=bool(cleaned.problem),
        partial_reason=cleaned.problem,
    )
    return article, meta.link_lines if meta else ()


def _from_feed(item: WorkItem) -> _Feed:
    entry = item.entry
    site = plain(item.feed_title)
    title = without_site(plain(entry.title), names=(item.feed_title, registrable_domain(entry.url)))
    text = without_residue(without_note(fragment_text(entry.content), title, site))
    return _Feed(
        url=entry.url,
        title=title,
        text=text,
        summary=line(without_note(fragment_text(entry.summary), title, site)) or opening(text),
        author=plain(entry.author),
        published=entry.published or entry.updated,
        language=entry.language,
        site=site or None,
    )


def _from_page(page: Page, feed: _Feed, now: datetime) -> _Cleaned:
    kind = not_html(page.body, page.content_type)
    if kind is not None:
        return _Cleaned(problem=f"the page is {kind}, not HTML")
    html = decode(page.body, http_charset=page.charset)
    if not html.strip():
        return _Cleaned(problem="the page is empty")
    tree = parse(html)
    metadata = read_metadata(html, tree, url=page.url, feed_date=feed.published, now=now)
    text = _text(tree, metadata, f"{feed.title} {feed.summary}")
    if why := why_no_article(text, metadata.titles):
        return _Cleaned(problem=why)
    if metadata.is_paid and len(text) < _SHORT_TEXT:
        return _Cleaned(metadata=metadata, text=max(text, feed.text, key=len), problem="the rest is behind a paywall")
    return _judged(text, metadata, feed)


def _judged(text: str, metadata: Metadata, feed: _Feed) -> _Cleaned:
    """The page's text, unless the feed's words are better."""
    if not text:
        return _Cleaned(metadata=metadata, problem="no article text was found in the page")
    if len(text) < 0.8 * len(feed.text) or len(text) < len(feed.summary):
        return _Cleaned(metadata=metadata, problem="the page gave less text than the feed")
    if (len(text) < _SHORT_TEXT or feed.text) and not _shares_words(text, f"{feed.title} {feed.summary}"):
        return _Cleaned(problem="the page does not hold what the feed announced; it may be a consent or error page")
    return _Cleaned(metadata=metadata, text=text)


def _text(tree: LexborHTMLParser, metadata: Metadata, announced: str) -> str:
    """The article's own text, "" where there is none. Eats the tree."""
    html = bare_html(tree)
    text = with_siblings(article_text(html), tree)
    if len(metadata.body) > _MUCH_LONGER * len(text) and len(metadata.body) >= _LEAST_BODY:
        text = metadata.body
    if text and not _shares_words(text, announced):
        text = next((other for other in (metadata.body, second_text(html)) if _shares_words(other, announced)), text)
    text = with_lead(text, tree, metadata.descriptions)
    return without_headline(without_residue(text, link_lines=metadata.link_lines), metadata.titles)


def _shares_words(text: str, announced: str) -> bool:
    wanted = set(_WORD.findall(announced.casefold()))
    if len(wanted) < 5:
        return True
    return len(wanted & set(_WORD.findall(text.casefold()))) * 5 >= len(wanted)


def _title(meta: Metadata | None, feed: _Feed, *, partial: bool) -> str:
    """The page's title, or the feed's where the page proved no article (its title may be "Not found")."""
    stated = meta.title if meta else ""
    return feed.title or stated if partial else stated or feed.title


def _feed_date(feed: _Feed, now: datetime) -> datetime | None:
    return choose_published([Stamp(value=feed.published)] if feed.published else [], feed=None, now=now)


def opening(text: str) -> str:
    """The first sentences, cut at a word near 300 characters: the summary of an article that has none."""
    flat = " ".join(text[: 4 * _SUMMARY].split())
    if len(flat) <= _SUMMARY:
        return flat
    cut = flat[:_SUMMARY]
    return (cut[: cut.rfind(" ")] if cut.rfind(" ") > _SUMMARY // 2 else cut) + "…"


def _id_without_url(item: WorkItem | None) -> str:
    return short_id("article", item.feed_url, item.entry.key) if item else short_id("article", "")
