"""Why an article is too old to tell anybody about, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import regex

from worker.model import Article

_HOUR = 3600.0
_DAY = 24 * _HOUR
_LEAD_CHARACTERS = 600
_TITLE_CHARACTERS = 500
# A year this far back, beside words of remembrance in the title, marks a piece about then rather than now.
_YEARS_BACK = 2
_REMEMBERS = regex.compile(
    r"(?i)(?<!\p{L})(?:anniversary|(?:years?|decades?) (?:ago|on|later)|on this day|look(?:s|ing)? back"
    r"|remember(?:s|ed|ing)?"
    r"|archives?|(?:from|in) the archives?|retrospective|jahrestag|vor \d{1,3} jahren|rückblick|erinnerung an"
    r"|il y a \d{1,3} ans"
    r"|anniversaire|rétrospective|aniversario|hace \d{1,3} años|aniversário|há \d{1,3} anos|anniversario"
    r"|\d{1,3} anni fa"
    r"|годовщин\p{L}{1,3}|\d{1,3} лет (?:назад|спустя)|річниц\p{L}{1,3}|\d{1,3} років тому)(?!\p{L})"
    r"|[\d一二三四五六七八九十]{1,4}(?:周年|週年|年前)|\d{1,3} ?(?:주년|년 전)"
)
# The day an address bears, as in /2019/04/25/ or /2019/apr/25/; publishers keep it when they put a page out again.
_ADDRESS_DAY = regex.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[/-](0?[1-9]|[12]\d"
    r"|3[01])(?![\d])"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905  quotes would hide the words
# A live page keeps the address of its first day, a story that runs is updated for weeks.
_ADDRESS_KEPT = timedelta(days=30)
_URL_CHARACTERS = 2000
_YEAR = regex.compile(r"(?<![\p{Latin}\p{Cyrillic}\p{N}])(?:19|20)[0-9]{2}(?![\p{N}]|(?![年년])\p{L})")


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
    return _old_address(article, now, max_age) or _looks_back(article, now)


def _old_address(article: Article, now: datetime, max_age: float) -> str:
    """A page put out again under a fresh date, or under none."""
    found = _ADDRESS_DAY.search((article.canonical_url or article.url)[:_URL_CHARACTERS].casefold())
    if not found:
        return ""
    year, month, day = found.groups()
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    try:
        dated = datetime(int(year), number, int(day), tzinfo=UTC)
    except ValueError:
        return ""
    is_old = now - dated > max(_ADDRESS_KEPT, timedelta(seconds=max_age) + timedelta(days=1))
    return f"stale: its address is dated {dated:%Y-%m-%d}" if is_old else ""


def _looks_back(article: Article, now: datetime) -> str:
    title = article.title[:_TITLE_CHARACTERS]
    remembers = _REMEMBERS.search(title)
    if not remembers:
        return ""
    opening = f"{title} {(article.text or article.summary)[:_LEAD_CHARACTERS]}"
    years = [year for year in _YEAR.findall(opening) if int(year) <= now.year - _YEARS_BACK]
    return f'stale: looks back at {years[0]} ("{remembers.group()}" in the title)' if years else ""


def _in_words(seconds: float) -> str:
    if seconds >= 3 * _DAY and seconds % _DAY == 0:
        return f"{seconds / _DAY:g} days"
    hours = seconds / _HOUR
    return "1 hour" if hours == 1 else f"{hours:g} hours"
