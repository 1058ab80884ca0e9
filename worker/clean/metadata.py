"""Title, author, date, site and language of a page: structured data first, then meta elements, then what is visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from worker.clean.published import published
from worker.clean.structured import Declared, line, read_declared, string
from worker.clean.text import fragment_text
from worker.clean.urls import choose_canonical, registrable_domain

_AUTHOR = (
    "author",
    "article:author",
    "parsely-author",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "sailthru.author",
    "cxenseparse:author",
)
_BY = re.compile(r"(?:by|von|par|por|di|от|автор)\s*[:\s]\s*", re.IGNORECASE)
# Chinese and Japanese titles set the site off without spaces.
_SEPARATOR = re.compile(
    r" (?:[-–—·•»›*/_|]|::?) |\|| ?[｜：] ?|_|(?<=[\u3040-\u30ff\u3400-\u9fff])[-–—]+(?=[\u3040-\u30ff\u3400-\u9fff])"
)
_BAR = re.compile(r" [*·•»›] |[|｜]| :: ")
_NOT_FOLDED = re.compile(r"[\W_]+")
_NO_PEOPLE = ("Organization", "NewsMediaOrganization", "Corporation")
_MAX_AUTHOR = 120
_MAX_TITLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says about its article. Empty strings and None stand for unknown.

    `titles` and `descriptions` are all it gives, as it gives them: witnesses for what stands above the text. `body` is
    the text in its structured data, "" where there is none; `is_paid` tells that it says the article must be paid for.
    """

    title: str
    author: str
    published: datetime | None
    canonical_url: str
    site_name: str | None
    languages: tuple[str, ...]
    description: str
    titles: tuple[str, ...]
    descriptions: tuple[str, ...]
    body: str
    is_paid: bool
    link_lines: tuple[str, ...]


def read_metadata(
    html: str, tree: LexborHTMLParser, *, url: str, feed_date: datetime | None, now: datetime
) -> Metadata:
    """Everything but the text, judged. `feed_date` is the entry's own date, a witness for the page's.

    `tree` is the page's, whole: `html` itself is read where it declares no date only.
    """
    declared = read_declared(tree, budget=4 * len(html))
    article = _main_article(declared)
    site = _site_name(declared, article)
    canonical = choose_canonical(url, (*declared.canonical, declared.first("og:url")))
    title = _title(declared, article, site=site, domain=registrable_domain(canonical))
    descriptions = _descriptions(declared, article)
    return Metadata(
        title=title,
        author=_author(declared, article),
        published=published(declared, article, html=html, feed_date=feed_date, now=now),
        canonical_url=canonical,
        site_name=site,
        languages=tuple(
            stated
            for stated in (
                string(article.get("inLanguage")),
                declared.language,
                declared.first("og:locale", "content-language"),
            )
            if stated
        ),
        description=next(iter(descriptions), ""),
        titles=(title, *declared.headings, string(article.get("headline")), declared.first("og:title")),
        body=_body(article),
        is_paid=_is_paid(declared, article),
        descriptions=descriptions,
        link_lines=declared.link_lines,
    )


def _descriptions(declared: Declared, article: dict[str, Any]) -> tuple[str, ...]:
    stated = (declared.first(name) for name in ("og:description", "description", "twitter:description"))
    return tuple(text for one in (*stated, string(article.get("description"))) if (text := plain(one)))


def _body(article: dict[str, Any]) -> str:
    """https://schema.org/articleBody, which some pages without any other text carry; escaped twice by many."""
    stated = article.get("articleBody")
    return fragment_text(unescape(stated)) if isinstance(stated, str) else ""


def _is_paid(declared: Declared, article: dict[str, Any]) -> bool:
    """Google's rules for paywalled content ask for isAccessibleForFree, Facebook's for content_tier.

    Some sites state the former of the paid part, or of the web page, only.
    """
    parts = article.get("hasPart")
    stated = [
        article,
        *(part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)),
        *(node for node in declared.others if node.get("@type") == "WebPage"),
    ]
    return (
        any(str(one.get("isAccessibleForFree")).rpartition("/")[2].casefold() == "false" for one in stated)
        or declared.first("article:content_tier").casefold() == "locked"
    )


def plain(text: str) -> str:
    """One line without markup: sites escape HTML into their metadata."""
    return line(fragment_text(text))


def without_site(title: str, *, names: Iterable[str], alike: Iterable[str] = ()) -> str:
    """The title without the publisher's name at its end or start.

    A part is the publisher's when it reads like one of `names` (site name, domain). Where a bar sets parts off, what is
    left of it may also be known from another title the page gives (`alike`): then kickers and sections go too.
    """
    title = title[:_MAX_TITLE]
    others = {folded: other for other in alike if (folded := _fold(other))}
    if _BAR.search(title):
        whole = _fold(title)
        # the shortest: others carry the site's name themselves
        for folded in sorted(others, key=len):
            if len(folded) * 2 > len(whole) and folded in whole:
                return others[folded]
    known = {folded for name in names if (folded := _fold(name))}
    cuts = list(_SEPARATOR.finditer(title))
    ends = [*(cut.start() for cut in cuts[1:]), len(title)]
    for cut, end in zip(cuts, ends, strict=False):
        rest = (title[cut.end() : end], title[cut.end() :])
        if _fold(title[: cut.start()]) in others or any(_fold(part) in known for part in rest):
            return title[: cut.start()].strip()
    if cuts and _fold(title[: cuts[0].start()]) in known:
        return title[cuts[0].end() :].strip()
    return title


def _fold(text: str) -> str:
    return _NOT_FOLDED.sub("", text).casefold()


def _main_article(declared: Declared) -> dict[str, Any]:
    """The article the page is about: of several (related ones, live posts) the one whose headline the page repeats."""
    shown = {_fold(text) for text in (declared.first("og:title"), *declared.headings, declared.title)}
    for node in declared.articles:
        if (headline := _fold(string(node.get("headline")))) and any(headline in text for text in shown):
            return node
    return next((node for node in declared.articles if node.get("datePublished")), {})


def _title(declared: Declared, article: dict[str, Any], *, site: str | None, domain: str) -> str:
    names = [
        site or "",
        domain,
        domain.partition(".")[0],
        *declared.every("og:site_name", "application-name", "twitter:site"),
    ]
    headline = plain(string(article.get("headline")) or string(article.get("name")))
    og = plain(declared.first("og:title", "twitter:title", "title", "dc.title"))
    alike = [headline, plain(declared.first("twitter:title")), *declared.headings]
    for candidate in (og, headline, *declared.headings[:1], declared.title):
        if candidate and _fold(candidate) not in {_fold(name) for name in names}:
            return without_site(candidate, names=names, alike=alike)
    return og or declared.title


def _author(declared: Declared, article: dict[str, Any]) -> str:
    sites = {_fold(name) for name in declared.every("og:site_name")}
    for people in (
        list(_names(_people(article.get("author")))),
        list(declared.every(*_AUTHOR)),
        list(declared.bylines),
    ):
        found = dict.fromkeys(name for person in people if (name := _person(person)) and _fold(name) not in sites)
        if found:
            return ", ".join(found)[: 4 * _MAX_AUTHOR]
    return ""


def _people(authors: Any) -> Any:
    """The authors without the newsroom or agency that is named beside them."""
    if not isinstance(authors, list):
        return authors
    people = [one for one in authors if not (isinstance(one, dict) and one.get("@type") in _NO_PEOPLE)]
    return people or authors


def _names(value: Any) -> Iterator[str]:
    for person in value if isinstance(value, list) else [value]:
        if isinstance(person, dict):
            yield from _names(person.get("name"))
        elif isinstance(person, str):
            yield person


def _person(text: str) -> str:
    name = plain(text)
    # "Von", "Di" before one word is a name of its own
    if (match := _BY.match(name)) and (" " in name[match.end() :] or match[0][:2].casefold() == "by"):
        name = name[match.end() :]
    return "" if "://" in name or name.startswith(("@", "www.")) or len(name) > _MAX_AUTHOR else name.strip(" ,;|")


def _site_name(declared: Declared, article: dict[str, Any]) -> str | None:
    stated = declared.first("og:site_name", "application-name") or next(_names(article.get("publisher")), "")
    return plain(stated)[:200] or None
