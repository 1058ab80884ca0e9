"""The words of a report that an alert rests on: where it says whose news it is, else the passage that matched."""

from __future__ import annotations

import regex

from worker.alerts.plain import plain, shortened
from worker.model import Article, Match, Story

_QUOTE_CHARACTERS = 240
_AROUND = 400
_SENTENCE_BREAK = regex.compile(r"(?<=[.!?][\"”’]?)\s+|(?<=[。！？])|\n")


def quoted(article: Article, match: Match, story: Story) -> str:
    """One sentence of the article, in quotation marks; "" where it has no words."""
    credit = next((root.quote for root in story.roots if root.article_id == article.id), "")
    sentence = plain(credit or _passage(article, match) or article.title)
    return f'"{shortened(sentence, _QUOTE_CHARACTERS)}"' if sentence else ""


def _passage(article: Article, match: Match) -> str:
    """The sentence around the first match outside the title."""
    fields = {"text": article.text, "summary": article.summary}
    for highlight in match.highlights:
        text = fields.get(highlight.field, "")
        if text[highlight.start : highlight.end] != highlight.text or not highlight.text:
            continue
        begin = max(0, highlight.start - _AROUND)
        before = _SENTENCE_BREAK.split(text[begin : highlight.start])[-1]
        after = _SENTENCE_BREAK.split(text[highlight.end : highlight.end + _AROUND])[0]
        return f"{before}{highlight.text}{after}"
    return ""
