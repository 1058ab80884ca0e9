"""HTML pages of an outlet, in the theme the outlet names: wordpress, soup, semantic or table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from worker.run.newswire.content import Outlet, Shown, labels
from worker.run.newswire.feeds import CONTENT_TYPES, local


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("worker.run.newswire", "recording"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def article(outlet: Outlet, shown: Shown, latest: Sequence[Shown], base_url: str) -> bytes:
    """The page of one article; `latest` are the outlet's other items that the page links to."""
    published = local(outlet, shown.published)
    return _render(
        f"{outlet.theme}.html",
        outlet,
        base_url,
        item=shown.item,
        url=shown.url,
        published=published,
        latest=latest,
        ld=_linked_data(outlet, shown, published.isoformat()),
    )


def front(outlet: Outlet, shown: Sequence[Shown], base_url: str) -> bytes:
    """The outlet's front page: what has come out, newest first, and where the feed is."""
    return _render("front.html", outlet, base_url, shown=shown)


def directory(outlets: Sequence[tuple[Outlet, str]]) -> bytes:
    """The list of all outlets, each with its base URL."""
    return _environment().get_template("directory.html").render(outlets=outlets).encode()


def _render(template: str, outlet: Outlet, base_url: str, **values: object) -> bytes:
    return (
        _environment()
        .get_template(template)
        .render(
            outlet=outlet,
            base_url=base_url,
            feed_type=CONTENT_TYPES[outlet.feed_format].partition(";")[0],
            words=labels(outlet.language),
            **values,
        )
        .encode()
    )


def _linked_data(outlet: Outlet, shown: Shown, published: str) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": shown.item.title,
        "description": shown.item.summary,
        "datePublished": published,
        "dateModified": published,
        "inLanguage": outlet.language,
        "articleSection": shown.item.section,
        "mainEntityOfPage": shown.url,
        "author": [{"@type": "Person", "name": shown.item.author}],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
    }
