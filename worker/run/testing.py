"""`wirewatch alerts test DESTINATION`: one made-up alert, sent directly, so that a destination is known to work."""

from __future__ import annotations

import asyncio
from pathlib import Path

from worker.config import load
from worker.edge.clock import SystemClock
from worker.edge.http import HttpClient
from worker.errors import ConfigError
from worker.model import Alert, Article, DestinationSpec, Match, Reason, Report, Source, Story, short_id
from worker.run.deliver import senders


def send_test_alert(config: Path | None, destination: str) -> None:
    """Send it; raises DeliveryError when it is not taken, ConfigError for an unknown destination."""
    settings = load(config)
    specs = {spec.name: spec for spec in settings.destinations}
    if destination not in specs:
        known = ", ".join(specs) or "none"
        raise ConfigError(f"there is no destination {destination}; configured: {known}")
    base_url = f"http://{settings.web_host}:{settings.web_port}"
    asyncio.run(_send(specs[destination], settings.allow, settings.user_agent, base_url))


async def _send(spec: DestinationSpec, allow: tuple[str, ...], user_agent: str, base_url: str) -> None:
    clock = SystemClock()
    async with HttpClient(allow=allow, user_agent=user_agent) as http:
        await senders(http, clock, base_url)[spec.sender].send(sample_alert(clock), spec)


def sample_alert(clock: SystemClock) -> Alert:
    """An alert that says of itself that it is a test."""
    now = clock.now()
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
