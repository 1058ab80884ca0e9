"""Why an article is too old to tell anybody about, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import regex

from worker.model import Article

_HOUR = 3600.0
_DAY = 24 * _HOUR
_LEAD_CHARACTERS = 600
# A year this far back, beside words of remembrance in the title, marks a piece about then rather than now.
_YEARS_BACK = 2
_REMEMBERS = regex.compile(
    r"(?i)\b(?:anniversary|years? (?:ago|on)|on this day|look(?:s|ing)? back|remember(?:s|ed|ing)?)\b"
)
_YEAR = regex.compile(r"(?<![\p{L}\p{N}])(?:19|20)[0-9]{2}(?![\p{L}\p{N}])")


def why_stale(article: Article, *, now: datetime, max_age: float, baseline: bool) -> str:
    """A sentence for the log, or "" where the article is fresh.

    `max_age` is in seconds. An article without a date is as fresh as the moment it was seen: to miss a story
    because its publisher gives no dates would be worse than to tell an old one once. `baseline` marks what a feed
    already held at its first poll; it is judged by the same age, and the sentence says so.
    """
    published = article.published
    if published is not None and now - published > timedelta(seconds=max_age):
        first_poll = ", already in its feed at the first poll" if baseline else ""
        return f"stale: published {published:%Y-%m-%d %H:%M}Z, older than {_in_words(max_age)}{first_poll}"
    return _looks_back(article, now)


def _looks_back(article: Article, now: datetime) -> str:
    remembers = _REMEMBERS.search(article.title)
    if not remembers:
        return ""
    opening = f"{article.title} {(article.text or article.summary)[:_LEAD_CHARACTERS]}"
    years = [year for year in _YEAR.findall(opening) if int(year) <= now.year - _YEARS_BACK]
    return f'stale: looks back at {years[0]} ("{remembers.group()}" in the title)' if years else ""


def _in_words(seconds: float) -> str:
    if seconds >= 3 * _DAY and seconds % _DAY == 0:
        return f"{seconds / _DAY:g} days"
    hours = seconds / _HOUR
    return "1 hour" if hours == 1 else f"{hours:g} hours"
