"""Made-up hosts whose pages repeat lines, and what becomes of their articles one after another."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.clean.learned import seen_page, without_furniture
from worker.clean.marks import marks_of
from worker.model import Article
from worker.ports import SeenPage

FIRST = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
LANGUAGES = tomllib.loads((Path(__file__).parents[1] / "data" / "repeating_hosts.toml").read_text("utf-8"))


def story(language: str, number: int) -> tuple[str, list[str]]:
    """Title and lines of the nth story; those of two stories differ in place and thing."""
    words = LANGUAGES[language]
    place, thing = words["places"][number % 14], words["things"][number % 14]
    prose = [words[kind].format(place=place, thing=thing) for kind in ("prose", "more")]
    return f"{place}: {thing} ({number})", prose


def long_story(language: str, number: int) -> tuple[str, list[str]]:
    """The same with some paragraphs more, each of them of its own."""
    title, prose = story(language, number)
    return title, [
        *prose,
        *(f"{line} Work on part {part} of {number} took a season." for part, line in enumerate(prose * 2)),
    ]


def teaser(language: str, number: int) -> str:
    words = LANGUAGES[language]
    return words["teaser"].format(other=words["things"][(number + 5) % 14])


def article(number: int, lines: Iterable[str], *, title: str = "", seen: datetime | None = None) -> Article:
    return Article(
        id=f"article{number:03}",
        url=f"https://repeats.example/{number}",
        canonical_url=f"https://repeats.example/{number}",
        title=title or f"Sample {number}",
        text="\n".join(lines),
        seen_at=seen or FIRST + timedelta(hours=number),
    )


def page_of(one: Article, link_lines: Sequence[str] = ()) -> SeenPage:
    page = seen_page(one, marks_of(one.text, link_lines=link_lines))
    assert page is not None
    return page


def judged(one: Article, pages: Iterable[SeenPage], link_lines: Sequence[str] = ()) -> Article:
    """The article without its host's furniture, itself among the pages that are known."""
    known = {page.article_id: page for page in (*pages, page_of(one, link_lines))}
    return without_furniture(one, marks_of(one.text, link_lines=link_lines), known.values())


def series(articles: Iterable[Article]) -> list[Article]:
    """The articles as they come out, each judged by those before it and itself."""
    pages: list[SeenPage] = []
    told = []
    for one in articles:
        told.append(judged(one, pages))
        pages.append(page_of(one))
    return told
