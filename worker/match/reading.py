"""An article made ready for many queries: its fields cut into words once, and what is about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from worker.match.folding import fold
from worker.match.lexicon import Lexicon
from worker.match.line import Line
from worker.match.text import Passage
from worker.match.view import View
from worker.model import Article

LEAD_WORDS = 60

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)


class Reading:
    """One article under the eyes of all queries of a lexicon.

    `whole` is what queries look at, title and text. The fields that they may name are title, body (the text, or the
    summary where there is no text), lead (the first 60 words of the body), author and url (the canonical one
    too). `other` is a reading of the same article under another lexicon, whose words need not be cut again.
    """

    def __init__(self, article: Article, lexicon: Lexicon, other: Reading | None = None) -> None:
        self.article = article
        self._lexicon = lexicon
        self.body_field = "text" if article.text and not article.text.isspace() else "summary"
        """The field of the article that the body is."""
        self.title: Passage = other.title if other else Passage(article.title)
        self.body: Passage = other.body if other else Passage(getattr(article, self.body_field))
        self.text_start = len(self.title.words) + 1
        """The first token of the line that belongs to the text."""
        self.line = Line((("title", self.title), (self.body_field, self.body)), lexicon)
        self.whole = View(self.line, lexicon)
        self._views: dict[str, View] = {}

    def view(self, field: str) -> View:
        """What a field that queries may name is; the same at each call."""
        view = self._views.get(field)
        if view is None:
            view = self._views[field] = self._made(field)
        return view

    def _made(self, field: str) -> View:
        start = self.text_start
        match field:
            case "title":
                return View(self.line, self._lexicon, 0, start - 1)
            case "body":
                return View(self.line, self._lexicon, start, start + len(self.body.words))
            case "lead":
                return View(self.line, self._lexicon, start, self.lead_end)
            case _:
                return View(self._aside(field), self._lexicon)

    def _aside(self, field: str) -> Line:
        article = self.article
        if field == "author":
            return Line((("author", Passage(article.author)),), self._lexicon, order=1)
        # Feeds often link through a redirect; the words are in the canonical address then.
        names = ("url",) if article.canonical_url in {"", article.url} else ("url", "canonical_url")
        return Line([(name, Passage(getattr(article, name))) for name in names], self._lexicon, order=2)

    @cached_property
    def lead_end(self) -> int:
        """The token of the line behind the lead."""
        return self.text_start + self.body.before_word(LEAD_WORDS)

    @cached_property
    def words_of_text(self) -> int:
        """How many words the text has."""
        numbers = self.body.numbers
        return numbers[-1] + 1 if numbers else 0

    @cached_property
    def about(self) -> frozenset[str]:
        """What source:, lang:, feed: and tag: are answered by, as "source:bbc.co.uk"."""
        article = self.article
        hosts = tuple(found[1] for url in (article.canonical_url, article.url) if (found := _HOST.match(url)))
        return _about(article.source.domain, hosts, article.feed, language_of(article), article.tags)


@lru_cache(maxsize=1 << 12)
def _about(domain: str, hosts: tuple[str, ...], feed: str, language: str, tags: tuple[str, ...]) -> frozenset[str]:
    said = {f"feed:{plain(feed)}", f"lang:{language}", *(f"tag:{plain(tag)}" for tag in tags)}
    names = _domains(plain(domain), [plain(host) for host in hosts])
    labels = [name.split(".") for name in names]
    return frozenset(said).union(f"source:{'.'.join(own[start:])}" for own in labels for start in range(len(own)))


def _domains(domain: str, hosts: Sequence[str]) -> list[str]:
    """The publisher's domain, and the hosts of the article where they are its own or nothing else is known."""
    return [domain, *(host for host in hosts if host.endswith(f".{domain}"))] if domain else list(hosts)


def language_of(article: Article) -> str:
    """The language as ISO 639-1 has it, "" where it is not known: "en" for en-GB."""
    return re.split(r"[-_]", (article.language or "").lower(), maxsplit=1)[0]


def plain(name: str) -> str:
    """A name as queries write it after feed: or tag:, folded and with single spaces."""
    return " ".join(fold(name).text.split())
