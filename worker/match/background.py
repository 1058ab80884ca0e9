"""How common words are in the news that passes: which word of a query is the rarest."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice

from worker.match.text import Passage
from worker.model import Article

# Shares of articles where nothing is counted: of a term about the article, and of words by their length.
_ABOUT = {"source:": 0.03, "lang:": 0.6, "feed:": 0.03, "tag:": 0.1}
_FIELDS = {"title:": 0.1, "author:": 0.01, "url:": 0.1}
_UNKNOWN = 0.001
_WILDCARD = 3.0
_PAST_EVERY_LETTER = "\U0010ffff"
_MOST_FORMS = 200


class Background:
    """Document frequencies of folded words: `counts` of `articles` articles."""

    def __init__(self, counts: Mapping[str, int], articles: int) -> None:
        self._counts = counts
        self._articles = articles

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(self._counts)

    def cost(self, term: str) -> float:
        """About the share of articles that hold a term, as `needs` writes them."""
        at = term.find(":") + 1
        field, word = term[:at], term[at:]
        if field in _ABOUT:
            return _ABOUT[field]
        return _FIELDS.get(field, 1.0) * self._share(word.lstrip("~+"))

    def _share(self, word: str) -> float:
        start = word.rstrip("*").partition("?")[0]
        unknown = _UNKNOWN / (1 + len(start))
        if start == word:
            counted = self._counts.get(word, 0)
        else:
            first = bisect_left(self._vocabulary, start)
            last = bisect_left(self._vocabulary, start + _PAST_EVERY_LETTER)
            counted = sum(
                self._counts[form] for form in islice(self._vocabulary, first, min(last, first + _MOST_FORMS))
            )
            unknown *= _WILDCARD
        return counted / (self._articles + 1) + unknown


NO_BACKGROUND = Background({}, 0)


def learned(articles: Iterable[Article]) -> Background:
    """The background that these articles are."""
    counts: Counter[str] = Counter()
    number = 0
    for number, article in enumerate(articles, start=1):  # noqa: B007  the count is wanted after the loop
        counts.update({*Passage(article.title).words, *Passage(article.text or article.summary).words})
    return Background(counts, number)
