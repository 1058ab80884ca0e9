"""Reports of made-up words that are as hard to compress as real ones, from a seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from worker.model import Article, Source, feed_id, short_id

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
_SYLLABLES = [a + b + c for a in ("", *"bcdfghklmnprstvw") for b in "aeiou" for c in ("", *"lnrst")]
_GRAMMAR = (
    "the",
    "of",
    "to",
    "and",
    "in",
    "a",
    "that",
    "on",
    "for",
    "was",
    "said",
    "with",
    "as",
    "he",
    "is",
    "by",
    "at",
)
# How many words all reports share, and how many names each has to itself.
_WORDS, _NAMES = 5_000, 12


class Press:
    """Publishes reports; the same ones for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._known = [self._coined() for _ in range(_WORDS)]
        self._weights = list(accumulate(1 / (rank + 8) for rank in range(_WORDS)))

    def article(self, number: int, *, words: int = 400, seen_at: datetime | None = None) -> Article:
        """A report of so many words, with addresses and names of the usual length."""
        names = [self._coined().title() for _ in range(_NAMES)]
        title = self._sentence(10, names)
        sentences: list[str] = []
        left = words
        while left > 0:
            length = min(left, self._random.randint(12, 30))
            sentences.append(self._sentence(length, names) + ("\n\n" if self._random.random() < 0.4 else " "))
            left -= length
        domain = f"sample-{number % 500}.example"
        slug = "-".join(title.lower().split()[:8])
        at = seen_at or START + timedelta(seconds=number)
        url = f"https://www.{domain}/world/2026/05/01/{slug}-{self._random.randrange(10**7)}.html"
        return Article(
            id=short_id("article", url),
            url=url,
            canonical_url=url,
            title=title,
            text="".join(sentences).strip(),
            summary=sentences[0].strip(),
            author=f"{names[0]} {names[1]}",
            published=at - timedelta(seconds=self._random.randrange(3600)),
            language="en",
            source=Source(domain=domain, name=f"Sample Paper {number % 500}"),
            feed=feed_id(f"https://{domain}/rss.xml"),
            seen_at=at,
        )

    def _sentence(self, length: int, names: list[str]) -> str:
        words = [self._word(names) for _ in range(length)]
        return " ".join(words).capitalize() + "."

    def _word(self, names: list[str]) -> str:
        kind = self._random.random()
        if kind < 0.4:
            return self._random.choice(_GRAMMAR)
        if kind < 0.48:
            return self._random.choice(names)
        return self._random.choices(self._known, cum_weights=self._weights)[0]

    def _coined(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=self._random.choice((1, 2, 2, 3, 3, 4))))
