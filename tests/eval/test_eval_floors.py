"""Quality floors: what cleaning reaches on pages of our own, in baseline.json, which only rises."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

import pytest
from support.eval_pages import PUBLISHED, EvalPage, layout_pages, residue_pages
from support.floors import BASELINE, hold

from worker.clean.article import clean
from worker.model import Article, Page

NOW = datetime(2023, 9, 12, tzinfo=UTC)
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")


def cleaned(page: EvalPage) -> Article:
    body = page.html.encode("utf-8")
    return clean(
        Page(url="https://www.courier.example/world/train-1", body=body, content_type="text/html"), None, now=NOW
    )


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = TOKEN.findall(text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)))


def f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Of four-word shingles, over all pages: wanted text, found text."""
    right = wrong = 0
    for wanted, found in pairs:
        one, other = shingles(wanted), shingles(found)
        right += 2 * (one & other).total()
        wrong += (one - other).total() + (other - one).total()
    return right / (right + wrong)


@lru_cache(maxsize=1)
def measured() -> dict[str, float]:
    layouts = [(page, cleaned(page)) for page in layout_pages()]
    mixed = [(page, cleaned(page)) for page in residue_pages()]
    both = [*layouts, *mixed]
    lines = [(page, line) for page, article in mixed for line in article.text.split("\n")]
    kept = sum(line in page.residue for page, line in lines)
    return {
        "layouts_f1": f1(("\n".join(page.paragraphs), article.text) for page, article in layouts),
        "residue_f1": f1(("\n".join(page.paragraphs), article.text) for page, article in mixed),
        "title_exact": sum(article.title == page.title for page, article in both) / len(both),
        "minute_right": sum(article.published == PUBLISHED for _, article in both) / len(both),
        "residue_gone": 1 - kept / sum(len(page.residue) for page, _ in mixed),
    }


@pytest.mark.parametrize("name", sorted(BASELINE["cleaning"]))
def test_quality_stays_above_its_floor_and_the_floor_follows(name):
    hold("cleaning", name, measured()[name])


def test_everything_measured_has_a_floor():
    assert sorted(measured()) == sorted(BASELINE["cleaning"])
