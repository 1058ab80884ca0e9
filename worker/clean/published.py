"""When the article of a page was published: the page's own statements in order, its visible date, the feed's date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from worker.clean.dates import Stamp, choose_published, read_stamp
from worker.clean.document import bounded
from worker.clean.structured import Declared, string

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "publish-date",
    "publish_date",
    "published_time",
    "published_at",
    "publication_date",
    "article.published",
    "dc.date.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "pubdate",
    "date",
)
_MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "article:modified",
    "dcterms.modified",
    "dc.date.modified",
    "datemodified",
    "last-modified",
)
# A day told without its zone is that of a moment at most so far away.
_SAME_DAY = timedelta(days=1, hours=14)
# Where a date in sight is looked for: its finder makes a tree of its own, several times as large as the page's.
_LONGEST_DATED = 1_000_000
_MOST_TAGS_DATED = 50_000


def published(
    declared: Declared, article: dict[str, Any], *, html: str, feed_date: datetime | None, now: datetime
) -> datetime | None:
    """When the page's article appeared, by what the page declares, shows, or the feed says; None where nobody does."""
    texts = [
        *(string(article.get(key)) for key in ("datePublished", "dateCreated", "uploadDate")),
        *declared.every(*_PUBLISHED),
        *(string(node.get("datePublished")) for node in declared.others),
        *declared.times,
    ]
    stated = [stamp for text in texts if text and (stamp := read_stamp(text))]
    found = choose_published(stated, feed=feed_date, now=now)
    if found is None and (day := _visible_day(html, now)) is not None and not _is_modification(day, declared):
        return choose_published([day], feed=None, now=now)
    return found


def _is_modification(day: Stamp, declared: Declared) -> bool:
    """Whether a day may be no more than that of the last change, which a page without any other date states."""
    nodes = (*declared.articles, *declared.others)
    texts = [*(string(node.get("dateModified")) for node in nodes), *declared.every(*_MODIFIED)]
    stamps = [stamp for text in texts if text and (stamp := read_stamp(text))]
    return any(abs(stamp.value - day.value) <= _SAME_DAY for stamp in stamps)


def _visible_day(html: str, now: datetime) -> Stamp | None:
    # dates in prose and URLs need its 0.3 s import only where a page declares nothing
    from htmldate import find_date  # noqa: PLC0415

    try:
        # the extensive search takes seconds on large pages and finds next to nothing more
        found = find_date(
            bounded(html, longest=_LONGEST_DATED, most_tags=_MOST_TAGS_DATED),
            original_date=True,
            extensive_search=False,
            max_date=now.date().isoformat(),
        )
    except (ValueError, TypeError, RecursionError):
        return None
    return read_stamp(found) if isinstance(found, str) else None
