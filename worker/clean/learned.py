"""What a host repeats on its pages, learned from the pages themselves, and an article without it.

A line is furniture when it, or lines of its shape, stand on a tenth and at least three of the stories that are
remembered of the host. Stories are counted, not pages: the background paragraph of a running story and the lines of a
text that appears under several addresses stand on many pages of one event, and are no furniture. With few pages such
counts mislead, so nothing happens before twelve of them are known.

Everything here is a function of the set of remembered pages: the order in which they came does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from statistics import median_low

from worker.clean.article import opening
from worker.clean.marks import Mark, is_sentence, word_marks
from worker.model import Article, RemovedLine
from worker.ports import SeenPage

LEAST_PAGES = 12
LEAST_STORIES = 3
LEAST_SHARE = 0.1
# The latest pages of a host, and for how long, in seconds: a design that was given up is forgotten.
MAX_PAGES = 48
MAX_AGE = 90 * 86_400.0
# Furniture stands before and after the text; what repeats in the middle of long pages does so on shorter ones too.
_EDGE_LINES = 40
_MAX_MARKS = 96
_MAX_WORDS = 32
_OPENING = 400
# How much of their opening words, beyond what any two pages of the host share, two reports of one event share, and two
# versions of one text; and how many words that must be.
_SAME_EVENT = 0.2
_SAME_TEXT = 0.6
_LEAST_SHARED = 3
# So many stories must be told on the pages with a line, or it is repeated within a few events.
_LEAST_SPREAD = 0.5
# A sentence that has two words in common with the story around it, words that few stories of the host have, is about
# it: repeated background, not furniture. It is looked for in the first characters of the text.
_TELLING = 2
_TELLING_SHARE = 1 / 3
_AROUND = 1000
# An article that would lose more than this is one whose text is repeated, not its furniture.
_LEAST_LEFT = 0.25


def seen_page(article: Article, marks: Sequence[Sequence[Mark]]) -> SeenPage | None:
    """What is remembered of an article's page; None where it had no text, or nobody knows when it was seen.

    `marks` are those of the lines of its text (marks.marks_of).
    """
    if not article.text or article.seen_at is None:
        return None
    edges = (*marks[:_EDGE_LINES], *marks[max(_EDGE_LINES, len(marks) - _EDGE_LINES) :])
    values = dict.fromkeys(mark.value for line in edges for mark in line)
    return SeenPage(
        article_id=article.id,
        seen_at=article.seen_at.replace(microsecond=0),
        marks=tuple(sorted(list(values)[:_MAX_MARKS])),
        words=word_marks(f"{article.title}\n{article.text[:_OPENING]}", _MAX_WORDS),
    )


def latest(pages: Iterable[SeenPage]) -> list[SeenPage]:
    """Those of a host's pages that count, oldest first."""
    ordered = sorted(pages, key=lambda page: (page.seen_at, page.article_id))[-MAX_PAGES:]
    return [page for page in ordered if (ordered[-1].seen_at - page.seen_at).total_seconds() <= MAX_AGE]


def without_furniture(article: Article, marks: Sequence[Sequence[Mark]], pages: Iterable[SeenPage]) -> Article:
    """The article without the lines its host repeats, which it keeps aside in `removed`.

    `pages` are the remembered ones of its host. The article comes back as it is while they are fewer than twelve, and
    where hardly anything would be left of it.
    """
    known = latest(pages)
    repeated = _repeated({mark for line in marks for mark in line}, known)
    if not repeated:
        return article
    lines = article.text.split("\n")
    # Lines beyond those that have marks stay.
    reasons = [next((repeated[mark] for mark in line if mark in repeated), "") for line in marks]
    reasons = _spared(article.title, lines, [*reasons, *[""] * (len(lines) - len(reasons))], known)
    text = "\n".join(line for line, reason in zip(lines, reasons, strict=True) if not reason).strip()
    if text == article.text or len(text) < _LEAST_LEFT * len(article.text):
        return article
    return replace(
        article,
        text=text,
        summary=opening(text) if article.summary == opening(article.text) else article.summary,
        removed=tuple(
            RemovedLine(text=line, because=reason) for line, reason in zip(lines, reasons, strict=True) if reason
        ),
    )


def _spared(title: str, lines: Sequence[str], reasons: Sequence[str], pages: Sequence[SeenPage]) -> list[str]:
    """The reasons, without those of sentences that share telling words with the story around them."""
    text = "\n".join(line for line, reason in zip(lines, reasons, strict=True) if not reason)
    frequency = Counter(word for page in pages for word in page.words)
    around = {
        word
        for word in word_marks(f"{title}\n{text[:_AROUND]}", _AROUND)
        if frequency[word] <= _TELLING_SHARE * len(pages)
    }
    return [
        ""
        if reason and is_sentence(line) and len(around.intersection(word_marks(line[:_AROUND], _AROUND))) >= _TELLING
        else reason
        for line, reason in zip(lines, reasons, strict=True)
    ]


def _repeated(marks: Iterable[Mark], pages: Sequence[SeenPage]) -> dict[Mark, str]:
    """Those of the marks that are furniture's, each with the reason in words."""
    if len(pages) < LEAST_PAGES:
        return {}
    holders: dict[int, int] = {}
    for position, page in enumerate(pages):
        for value in page.marks:
            holders[value] = holders.get(value, 0) | 1 << position
    often = {mark: holders[mark.value] for mark in marks if holders.get(mark.value, 0).bit_count() >= LEAST_STORIES}
    if not often:
        return {}
    texts, events = _neighbours(pages)
    everything = (1 << len(pages)) - 1
    if _distinct(everything, texts) < LEAST_PAGES:
        return {}
    stories = _distinct(everything, events)
    counted = {mark: _distinct(mask, events) for mark, mask in often.items()}
    return {
        mark: f"{mark.told()}: on {count} of the latest {stories} stories here"
        for mark, count in counted.items()
        if count >= max(LEAST_STORIES, LEAST_SHARE * stories, _LEAST_SPREAD * often[mark].bit_count())
    }


def _neighbours(pages: Sequence[SeenPage]) -> tuple[list[int], list[int]]:
    """For each page the others that carry its text, and those that tell of its event, as bits.

    What two pages share by chance, or because their furniture comes first, is what most pairs of the host share.
    """
    bits = {word: 1 << place for place, word in enumerate({word for page in pages for word in page.words})}
    masks = [sum(bits[word] for word in page.words) for page in pages]
    sizes = [max(1, mask.bit_count()) for mask in masks]
    pairs = list(combinations(range(len(pages)), 2))
    shared = [(masks[one] & masks[other]).bit_count() / min(sizes[one], sizes[other]) for one, other in pairs]
    usual = median_low(shared)
    texts, events = [0] * len(pages), [0] * len(pages)
    for (one, other), share in zip(pairs, shared, strict=True):
        beyond, size = share - usual, min(sizes[one], sizes[other])
        if beyond * size < _LEAST_SHARED and share < 1:
            continue
        for found, least in ((texts, _SAME_TEXT), (events, _SAME_EVENT)):
            if beyond >= least * (1 - usual):
                found[one] |= 1 << other
                found[other] |= 1 << one
    return texts, events


def _distinct(holders: int, neighbours: Sequence[int]) -> int:
    """How many of these pages there are, no two of them neighbours."""
    taken = 0
    for page, near in enumerate(neighbours):
        if holders >> page & 1 and not near & taken:
            taken |= 1 << page
    return taken.bit_count()
