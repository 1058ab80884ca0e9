"""An alert to try things out with."""

from __future__ import annotations

from datetime import datetime

from worker.model import Alert, Article, Match, Reason, Report, Source, Story, short_id


def sample_at(now: datetime) -> Alert:
    """An alert that says of itself that it is a test."""
    url = "https://example.org/test"
    title = "This is a test alert from wirewatch"
    article = Article(
        id=short_id("test", now.isoformat()),
        url=url,
        canonical_url=url,
        title=title,
        summary="Nothing has happened. Somebody checked that alerts arrive here.",
        published=now,
        language="en",
        source=Source(domain="example.org", name="wirewatch"),
        seen_at=now,
    )
    report = Report(article_id=article.id, source="example.org", title=title, url=url, published=now, seen_at=now)
    story = Story(
        id=short_id("test story", article.id),
        topic="Test",
        headline=title,
        first_seen=now,
        last_seen=now,
        reports=(report,),
    )
    return Alert(
        id=short_id("test alert", article.id),
        reason=Reason.TEST,
        topic="Test",
        sent_because="somebody ran `wirewatch alerts test`",
        created=now,
        story=story,
        article=article,
        match=Match(topic="Test", query="", score=1.0, highlights=()),
    )
