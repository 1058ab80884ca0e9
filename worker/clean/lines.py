"""The article line: how articles look in JSON Lines between the stage filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from worker.clean.urls import canonical_url, registrable_domain
from worker.model import Article, Source, short_id

# Exports write the year 1 or 9999 where they know no time, and days reckoned from those lie beyond the calendar.
_FIRST_YEAR, _LAST_YEAR = 1000, 9000


def to_line(article: Article) -> dict[str, Any]:
    """The article as a line, with every key of the contract and no other."""
    return {
        "id": article.id,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "title": article.title,
        "text": article.text,
        "summary": article.summary,
        "author": article.author,
        "published": _rfc3339(article.published),
        "language": article.language,
        "source": {"domain": article.source.domain, "name": article.source.name},
        "feed": article.feed,
        "seen_at": _rfc3339(article.seen_at),
        "partial": article.partial,
    }


def from_line(line: Mapping[str, Any]) -> Article:
    """The article a line stands for. All may be missing but id (or url) and title or text; other keys are ignored.

    Raises ValueError with a sentence that names the key to mend.
    """
    if not isinstance(line, Mapping):
        raise _wrong("an article line", "an object", line)
    url, canonical = _text(line, "url"), _text(line, "canonical_url")
    canonical = canonical or canonical_url(url)
    title, text = _text(line, "title"), _text(line, "text")
    ident = _id(line)
    if not ident and not canonical:
        raise ValueError('an article line needs an "id" or a "url"')
    if not title and not text:
        raise ValueError('an article line needs a "title" or a "text"')
    return Article(
        id=ident or article_id(canonical),
        url=url,
        canonical_url=canonical,
        title=title,
        text=text,
        summary=_text(line, "summary"),
        author=_text(line, "author"),
        published=_time(line, "published"),
        language=_text(line, "language") or None,
        source=_source(line, canonical or url),
        feed=_text(line, "feed"),
        seen_at=_time(line, "seen_at"),
        partial=_flag(line, "partial"),
    )


def article_id(canonical: str) -> str:
    """The id of the article at this canonical address."""
    return short_id("article", canonical)


def _rfc3339(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return text.rstrip("0").rstrip(".") + "Z"


def _text(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(f'"{key}"', "a string", value)
    return value


def _id(line: Mapping[str, Any]) -> str:
    value = line.get("id")
    # numbers are what many exports use as ids
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(line, "id")


def _flag(line: Mapping[str, Any], key: str) -> bool:
    value = line.get(key)
    if value is not None and not isinstance(value, bool):
        raise _wrong(f'"{key}"', "true or false", value)
    return bool(value)


def _time(line: Mapping[str, Any], key: str) -> datetime | None:
    text = _text(line, key).strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'"{key}" must be a time such as 2023-09-11T06:30:00Z, not "{text[:40]}"') from error
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _source(line: Mapping[str, Any], url: str) -> Source:
    value = line.get("source")
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        raise _wrong('"source"', 'an object with "domain" and "name"', value)
    return Source(domain=_text(value, "domain") or registrable_domain(url), name=_text(value, "name") or None)


def _wrong(what: str, wanted: str, value: Any) -> ValueError:
    return ValueError(f"{what} must be {wanted}, not {_kind(value)}")


def _kind(value: Any) -> str:
    names = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return "null" if value is None else names.get(type(value), type(value).__name__)
