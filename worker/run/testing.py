"""Trying destinations out: a made-up alert sent directly (`wirewatch alerts test`), or nothing (`check --online`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from worker.alerts.sample import sample_at
from worker.config import Settings, load
from worker.edge.apprise import understands
from worker.edge.clock import SystemClock
from worker.edge.http import HttpClient
from worker.edge.reach import unreachable
from worker.edge.slack_api import API, SlackApi
from worker.errors import ConfigError, DeliveryError
from worker.model import Alert, DestinationSpec
from worker.ports import Clock
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
            address = spec.url.get_secret_value() or (API if is_bot else "")
            asked = understands if spec.sender == "apprise" else unreachable
            why = asked(address) if address else None
            if why is None and is_bot:
                why = await _missing_at_slack(SlackApi(http, clock=clock, spec=spec))
            found += [f"destination {spec.name}: {why}"] if why else []
    return found


async def _missing_at_slack(api: SlackApi) -> str | None:
    try:
        return await api.missing()
    except DeliveryError as error:
        return str(error)


def sample_alert(clock: Clock) -> Alert:
    """A test alert of now."""
    return sample_at(clock.now())
