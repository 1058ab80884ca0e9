"""The configuration that is live, and what is built from it, in one process."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import redis
import structlog

from worker.config import Settings, from_published
from worker.edge import logs
from worker.edge.store.published import Published
from worker.errors import WirewatchError
from worker.secret import plain

log = structlog.get_logger()

CHECK_EVERY = 1.0
TELL_EVERY = 60.0
_PARTS = re.compile(r"[/:@?&=#]+")
# Request headers that hold no secret; everything else an operator adds may.
PLAIN_HEADERS = frozenset({"accept", "accept-language", "cache-control", "from", "referer", "user-agent"})


class LiveSettings:
    """Follows the published configuration; `on_change` is called with each new one."""

    def __init__(self, connection: redis.Redis, on_change: Callable[[Settings], None]) -> None:
        self._published = Published(connection)
        self._on_change = on_change
        self._version: str | None = None
        self._checked = float("-inf")

    def refresh(self, *, at_once: bool = False) -> bool:
        """Look for a newer version, at most once a second unless `at_once`; True when one was applied.

        A version that this release does not understand is told once, and the one before goes on; raises the error where
        there is none before.
        """
        at = time.monotonic()
        if at - self._checked < CHECK_EVERY and not at_once:
            return False
        self._checked = at
        version = self._published.version()
        if version is None or version == self._version:
            return False
        body = self._published.body()
        if body is None:
            return False
        try:
            settings = from_published(body)
            logs.hide(secrets_of(settings))
            self._on_change(settings)
        except WirewatchError as error:
            if self._version is None:
                raise
            log.error("config_refused", error=str(error), goes_on="with the last good one")
            self._version = version
            return False
        self._version = version
        log.info("config_live", version=version, topics=len(settings.topics))
        return True

    def wait(self, stopping: Callable[[], bool]) -> None:
        """Wait for the first version, however long it takes: to end would only mean to be started again."""
        told = float("-inf")
        while not stopping():
            if self.refresh() or self._version:
                return
            if time.monotonic() - told > TELL_EVERY:
                log.warning(
                    "waiting_for_config",
                    reason="no configuration is published on this Redis",
                    mend="start `wirewatch scheduler` where wirewatch.toml is",
                )
                told = time.monotonic()
            time.sleep(0.1)  # Redis has no key to block on here; this happens once, at the start


def secrets_of(settings: Settings) -> list[str]:
    """Every string that must not be shown.

    A webhook's address is none by itself, but what it carries besides host and path is.
    """
    found = [plain(settings.web_password), urlsplit(plain(settings.redis_url)).password or ""]
    for spec in settings.destinations:
        address = plain(spec.url)
        url = urlsplit(address)
        found += [plain(spec.secret), plain(spec.former_secret), plain(spec.token), url.password or "", url.query]
        if spec.sender == "slack":
            found += [address, url.path]
        if spec.sender == "apprise":
            # Any part of it may be a token: discord://ID/TOKEN, mailtos://user:password@host. A host is none.
            host = url.hostname if url.hostname and ("." in url.hostname or url.hostname == "localhost") else None
            found += [address, *(part for part in _PARTS.split(address.partition("://")[2]) if part != host)]
    for feed in settings.feeds:
        for name, value in feed.headers:
            if name.lower() not in PLAIN_HEADERS:
                # "Bearer abc": the second word is the secret, and errors quote it alone.
                found += [plain(value), plain(value).rpartition(" ")[2]]
    return [secret for secret in found if secret]
