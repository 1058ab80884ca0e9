"""The configuration as the rest of the program sees it, and the form in which it is published to workers."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from worker import __version__
from worker.errors import ConfigError
from worker.model import DestinationSpec, Entity, Feed, Topic
from worker.secret import REVEALED, SecretStr

# Every @name of a query, and by chance what stands in quotes or a comment: one entity more does no harm.
_USED = re.compile(r"@(\w+(?:-\w+)*)")

PROJECT_URL = "https://github.com/wirewatch/wirewatch"
USER_AGENT = f"wirewatch/{__version__} (+{PROJECT_URL})"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlSource:
    """A list of feeds at `url` (a web address, or a path on disk), and what holds for every feed in it."""

    url: str
    interval: float | None = None
    full_text: bool = True
    enough_text: int | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """wirewatch.toml, checked, with every secret resolved and every path absolute. Durations are in seconds.

    `interval` lies between `min_interval` and `max_interval`. `courtesy` is the least interval for feeds that do not
    say how often they may be asked. `redis_url` is None where an embedded server is to be started in `storage_dir`.
    `feeds` holds the feeds of OPML files too, each address once and in one spelling; `opml` names the lists that are
    to be read from the web. `story_model` is the directory of a model for sentences, or its name on the Hugging Face
    Hub. `public_url`, without a slash at its end, is where WebSub hubs reach us. `entities` holds those of entity files
    too.
    """

    storage_dir: Path
    redis_url: SecretStr | None = None
    articles_ttl: float = 7 * 86400.0
    allow: tuple[str, ...] = ()
    user_agent: str = USER_AGENT
    respect_robots: bool = True
    interval: float = 15 * 60.0
    min_interval: float = 60.0
    max_interval: float = 6 * 3600.0
    courtesy: float = 3600.0
    story_model: str | None = None
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    web_password: SecretStr | None = None
    public_url: str | None = None
    feeds: tuple[Feed, ...] = field(default=(), repr=False)
    opml: tuple[OpmlSource, ...] = ()
    entities: tuple[Entity, ...] = ()
    topics: tuple[Topic, ...] = ()
    destinations: tuple[DestinationSpec, ...] = ()

    @property
    def fingerprint(self) -> str:
        """16 hex digits that are the same exactly when two configurations mean the same.

        Values left at their default do not count, so that releases with and without a new key agree during an upgrade;
        nor do entities that no topic uses.
        """
        compact = _SETTINGS.dump_json(_with_used_entities(self), exclude_defaults=True, context=REVEALED)
        return hashlib.sha256(compact).hexdigest()[:16]


_SETTINGS = TypeAdapter(Settings)
_FEEDS = TypeAdapter(tuple[Feed, ...])


def _with_used_entities(settings: Settings) -> Settings:
    """Without the entities that no topic names: shared files hold hundreds, which no worker has a use for."""
    used = {name for topic in settings.topics for name in (*_USED.findall(topic.query), *topic.parties)}
    return replace(settings, entities=tuple(entity for entity in settings.entities if entity.name in used))


def to_published(settings: Settings) -> str:
    """The settings as JSON, with their fingerprint, for the one Redis key from which workers read them.

    Of the entities only those are in it that a topic names in its query or as a party, of the feeds those with headers,
    which may be secret: there can be a hundred thousand, and workers meet them only through entries. Secrets are part
    of it, as workers know nothing but the Redis URL: it belongs in that key only, never in a job's payload or a log.
    """
    told = replace(_with_used_entities(settings), feeds=tuple(feed for feed in settings.feeds if feed.headers))
    published = _SETTINGS.dump_python(told, mode="json", context=REVEALED)
    return json.dumps({"fingerprint": settings.fingerprint, **published})


def published_feeds(settings: Settings) -> bytes:
    """All feeds, compressed, for a scheduler that starts while its file is broken."""
    return zlib.compress(_FEEDS.dump_json(settings.feeds, exclude_defaults=True, context=REVEALED), 1)


def from_published(text: str | bytes, feeds: bytes | None = None) -> Settings:
    """The settings in what `to_published` wrote, with the `feeds` of `published_feeds` where they are given.

    Keys of a later release are passed over; ConfigError if unreadable.
    """
    try:
        settings = _SETTINGS.validate_json(text)
        return replace(settings, feeds=_FEEDS.validate_json(zlib.decompress(feeds))) if feeds else settings
    except (ValidationError, zlib.error):
        # Without the cause: it would quote the published text, secrets and all.
        raise ConfigError(
            "the published configuration cannot be read by this version; restart the scheduler to publish it again"
        ) from None
