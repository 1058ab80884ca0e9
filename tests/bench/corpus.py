"""Real news text for the benchmark: read from the evaluation data at run time, never kept here.

Items are dealt, by a fixed seed, into two halves that share no item. One half becomes the articles that are measured
(and others to warm up on), the other the text from which topics take their words.

English articles have exactly 400 words, title included; a word is what stands between blanks. Every second one is the
beginning of a full-length report, every other one is strung together from short items of a news feed, which is harder
on an engine: such an article is about eight things. The rest of the evaluation data's pages, in other languages, are
measured as they are.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import regex
from support.prose import START

from worker.clean.language import choose_language
from worker.model import Article, Source, short_id

WORDS = 400
_SUMMARY = 25
# The feeds' summaries have 190 characters on average then, and no whole articles are among them.
_MOST_OF_SUMMARY = 300
SEED = 20260903
MEASURED, WARM_UP, VOCABULARY = 400, 200, 1600
_LONG_TITLE = 14
_MARKUP = regex.compile(r"<\w|https?:")
_WORD = regex.compile(r"\S+")


class MissingError(Exception):
    """The evaluation data is not there."""


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of news as it was published."""

    title: str
    text: str
    domain: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class News:
    """What is measured, what warms the engine up, and what topics are made from; no item is in two of them."""

    measured: list[Article]
    warm_up: list[Article]
    vocabulary: list[Article]
    foreign: list[Article]
    foreign_warm_up: list[Article]


def evaluation_folder() -> Path:
    """Where the evaluation data lies. Raises MissingError."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "eval"
    folder = Path(os.environ.get("WIREWATCH_EVAL", default))
    if not (folder / "stories" / "stream2023.articles.jsonl.gz").exists():
        raise MissingError(f"there is no evaluation data in {folder}; set WIREWATCH_EVAL to the folder that holds it")
    return folder


def news(folder: Path) -> News:
    """The articles of one benchmark run: the same for the same data."""
    rng = random.Random(SEED)
    pages = [_page(line) for line in _lines(folder / "extraction" / "fundus.gold.jsonl.gz")]
    full = _distinct([*_reports(folder), *(page for page in pages if page.language == "en")])
    full = [item for item in full if len(_WORD.findall(f"{item.title} {item.text}")) >= WORDS]
    short = _distinct(_feed_items(folder))
    rng.shuffle(full)
    rng.shuffle(short)
    articles = _interleaved(full[::2], short[::2])
    foreign = [_article(page, f"f{n}") for n, page in enumerate(pages) if page.language != "en"]
    rng.shuffle(foreign)
    return News(
        measured=list(islice(articles, MEASURED)),
        warm_up=list(islice(articles, WARM_UP)),
        vocabulary=list(islice(_interleaved(full[1::2], short[1::2]), VOCABULARY)),
        foreign=foreign[len(foreign) // 3 :],
        foreign_warm_up=foreign[: len(foreign) // 3],
    )


def published_reports(folder: Path) -> list[Article]:
    """English reports of `WORDS` words under their titles, as they are stored after polling and cleaning.

    Addresses are made of the titles, times made up: the data has neither.
    """
    rng = random.Random(SEED)
    found = [item for item in _distinct(_titled_reports(folder)) if len(_WORD.findall(item.text)) >= WORDS]
    rng.shuffle(found)
    at, articles = START, []
    for item in found:
        at += timedelta(seconds=rng.uniform(0, 10))
        text = item.text.strip()
        text = text[: _end_of_word(text, WORDS)]
        url = f"https://www.{item.domain}/2026/05/01/{regex.sub(r'[^a-z0-9]+', '-', item.title.lower()).strip('-')}"
        published = (at - timedelta(seconds=rng.randint(30, 3_000))).replace(microsecond=0)
        articles.append(
            Article(
                id=short_id("article", url),
                url=url,
                canonical_url=url,
                title=item.title,
                text=text,
                summary=text[: _end_of_word(text, _SUMMARY)],
                published=published,
                language="en",
                source=Source(domain=item.domain, name=item.domain),
                feed=f"https://www.{item.domain}/rss.xml",
                seen_at=at,
            )
        )
    return articles


def published_entries(folder: Path) -> list[Article]:
    """Items of real feeds in the order in which they came, under their own addresses, with what feeds say of them.

    A quarter of a second lies between two of them, as where work has queued up; none was seen as soon as it was out.
    """
    rng = random.Random(SEED)
    at, articles = START, []
    for line in _lines(folder / "stories" / "stream2023.articles.jsonl.gz"):
        at += timedelta(seconds=rng.uniform(0, 0.5))
        name = line["source"]["name"] or line["source"]["domain"]
        articles.append(
            Article(
                id=short_id("article", line["url"]),
                url=line["url"],
                title=line["title"],
                summary=line["text"][:_MOST_OF_SUMMARY],
                published=(at - timedelta(seconds=rng.randint(30, 3_000))).replace(microsecond=0),
                source=Source(domain=line["source"]["domain"], name=name),
                seen_at=at,
            )
        )
    return articles


# --- reading ------------------------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _page(line: dict[str, Any]) -> Item:
    text = line["text"] or ""
    return Item(line["title"] or "", text, "", choose_language(text) or "en")


def _reports(folder: Path) -> Iterator[Item]:
    """Full-length English reports. One set has no titles: there the first words stand in."""
    yield from _titled_reports(folder)
    for line in _lines(folder / "extraction" / "scrapinghub.gold.jsonl.gz"):
        text = line["text"].lstrip()
        cut = _end_of_word(text, _LONG_TITLE)
        yield Item(text[:cut], text[cut:].lstrip(), "")


def _titled_reports(folder: Path) -> Iterator[Item]:
    for line in _lines(folder / "stories" / "neardup.articles.jsonl.gz"):
        if line["source"]["domain"] != "copy.example":
            yield Item(line["title"], line["text"], _domain(line["source"]["domain"]))


def _feed_items(folder: Path) -> Iterator[Item]:
    for name in ("stream2023", "allsides"):
        for line in _lines(folder / "stories" / f"{name}.articles.jsonl.gz"):
            if line["text"] and not _MARKUP.search(line["text"]):
                yield Item(line["title"], line["text"], _domain(line["source"]["domain"] or ""))


def _domain(name: str) -> str:
    """The outlet as a domain: some of the data names it in words."""
    letters = regex.sub(r"[^a-z]", "", name.lower())
    return name.lower() if "." in name or not letters else f"{letters}.example"


def _distinct(items: Sequence[Item] | Iterator[Item]) -> list[Item]:
    """Without what begins in the same words: reports come several times in the data."""
    return list({tuple(_WORD.findall(item.text[:400])[10:25]): item for item in items}.values())


# --- articles -----------------------------------------------------------------------------------------------------


def _interleaved(full: Sequence[Item], short: Sequence[Item]) -> Iterator[Article]:
    waiting = iter(short)
    for number, item in enumerate(full):
        yield _cut(item, f"long{number}")
        yield _strung_together(waiting, f"short{number}")


def _strung_together(items: Iterator[Item], identity: str) -> Article:
    first = next(items)
    text = first.text
    while len(_WORD.findall(f"{first.title} {text}")) < WORDS:
        following = next(items)
        text = f"{text}\n\n{following.title}. {following.text}"
    return _cut(Item(first.title, text, first.domain), identity)


def _cut(item: Item, identity: str) -> Article:
    text = item.text.strip()
    end = _end_of_word(text, WORDS - len(_WORD.findall(item.title)))
    return _article(Item(item.title, text[:end], item.domain), identity)


def _end_of_word(text: str, count: int) -> int:
    last = next(islice(_WORD.finditer(text), count - 1, None), None)
    return last.end() if last else len(text)


def _article(item: Item, identity: str) -> Article:
    return Article(
        id=identity,
        url=f"https://{item.domain or 'news.example'}/{identity}",
        title=item.title,
        text=item.text,
        language=item.language,
        source=Source(domain=item.domain),
        feed=item.domain,
    )
