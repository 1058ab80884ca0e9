"""Trying destinations out: a made-up alert sent directly (`wirewatch alerts test`), or nothing (`check --online`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from worker.config import Settings, load
from worker.edge.clock import SystemClock
from worker.edge.http import HttpClient
from worker.edge.reach import unreachable
from worker.edge.slack_api import API, SlackApi
from worker.errors import ConfigError, DeliveryError
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


def what_is_missing(settings: Settings) -> list[str]:
    """A sentence for each destination whose host cannot be reached, or whose Slack token may not post."""
    return asyncio.run(_missing(settings))


async def _missing(settings: Settings) -> list[str]:
    clock, found = SystemClock(), []
    async with HttpClient(allow=settings.allow, user_agent=settings.user_agent) as http:
        for spec in settings.destinations:
            is_bot = spec.sender == "slack-bot"
            address = spec.url or (API if is_bot else "")
            why = unreachable(address) if address else None
            if why is None and is_bot:
                why = await _missing_at_slack(SlackApi(http, clock=clock, spec=spec))
            found += [f"destination {spec.name}: {why}"] if why else []
    return found


async def _missing_at_slack(api: SlackApi) -> str | None:
    try:
        return await api.missing()
    except DeliveryError as error:
        return str(error)


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
