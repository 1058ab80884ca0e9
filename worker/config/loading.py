"""wirewatch.toml -> Settings. The only reader of the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from worker.config import schema, values
from worker.config.check import KEYS_OF_TYPE, CheckQuery, check_text, query_language
from worker.config.entities import read_beside
from worker.config.opml import MOST_BYTES, read_opml
from worker.config.problem import Problem
from worker.config.secrets import Secrets, bot_token, signing_key
from worker.config.settings import USER_AGENT, OpmlSource, Settings
from worker.config.tables import Findings, Tables
from worker.errors import ConfigError
from worker.model import DestinationSpec, Entity, Feed, Topic
from worker.secret import SecretStr


def load(
    path: Path | None = None,
    *,
    env: Mapping[str, str] = os.environ,
    check_query: CheckQuery = query_language,
    secrets_needed: bool = True,
) -> Settings:
    """The settings in the file at `path`, by default at $WIREWATCH_CONFIG, else ./wirewatch.toml.

    Raises ConfigError with the first problem, and how many more there are. Where nothing will be sent, secrets are not
    needed: a topic can be tried where its destinations' secrets are not at hand.
    """
    file = config_path(path, env=env)
    text = read_config(file)
    findings = Findings(text)
    settings = _examine(file, text, env, findings, check_query, secrets_needed=secrets_needed)
    if findings.error is not None:
        raise findings.error
    return settings


def problems(
    path: Path | None = None, *, env: Mapping[str, str] = os.environ, check_query: CheckQuery = query_language
) -> list[Problem]:
    """Everything that is wrong with the file that `load` would read, in no more than one sentence each."""
    file = config_path(path, env=env)
    try:
        text = read_config(file)
        findings = Findings(text)
        _examine(file, text, env, findings, check_query)
    except ConfigError as error:
        return [Problem(where=error.where, message=error.message)]
    return findings.problems


def config_path(path: Path | None = None, *, env: Mapping[str, str] = os.environ) -> Path:
    """The file that `load` would read; it need not exist."""
    return path or Path(env.get("WIREWATCH_CONFIG") or "wirewatch.toml")


def environment_redis_url(env: Mapping[str, str] = os.environ) -> str | None:
    """$REDIS_URL, from which a worker on another machine starts; None where it is not set, ConfigError if wrong."""
    try:
        return values.redis_url(env["REDIS_URL"]) if env.get("REDIS_URL") else None
    except ValueError as error:
        raise ConfigError(str(error), where="$REDIS_URL") from None


def redis_place(path: Path | None = None, *, env: Mapping[str, str] = os.environ) -> tuple[str | None, Path]:
    """Where Redis is, also by a file that is broken elsewhere: its URL if one is set, and the data directory.

    For commands that only look at a running system: a mistake in a query must not hide what goes on. Never raises for
    what the file holds; a missing file leaves the environment and the default directory.
    """
    path = config_path(path, env=env)
    try:
        data: Mapping[str, Any] = tomllib.loads(path.read_bytes().decode("utf-8-sig", "replace"))
    except (OSError, tomllib.TOMLDecodeError):
        data = {}
    folder = path.resolve().parent
    url, directory = _string(data, "redis", "url"), _string(data, "storage", "dir") or "data"
    if url:
        secrets = Secrets(env=env, folder=folder, findings=Findings(""))
        url = secrets.resolve(url, ("redis", "url"), values.redis_url).get_secret_value()
    return url or env.get("REDIS_URL") or None, (folder / Path(directory).expanduser()).resolve()


def _string(data: Mapping[str, Any], table: str, key: str) -> str | None:
    section = data.get(table)
    value = section.get(key) if isinstance(section, dict) else None
    return value if isinstance(value, str) else None


def read_config(path: Path) -> str:
    """The text of the file, line ends as they are; ConfigError where it is missing or no text."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        missing = "no wirewatch.toml here" if path == Path("wirewatch.toml") else f"there is no file {path}"
        raise ConfigError(f"{missing}; write one with `wirewatch init`, or name it with --config") from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); mend that, or name another with --config"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8") from None


def _examine(
    file: Path,
    text: str,
    env: Mapping[str, str],
    findings: Findings,
    check_query: CheckQuery,
    *,
    secrets_needed: bool = True,
) -> Settings:
    folder = file.resolve().parent
    tables, entities = check_text(text, findings, folder, check_query)
    secrets = Secrets(env=env, folder=folder, findings=findings, needed=secrets_needed)
    return _settings(tables, entities, folder, secrets, findings)


def _settings(
    tables: Tables, entities: tuple[Entity, ...], folder: Path, secrets: Secrets, findings: Findings
) -> Settings:
    polling, (host, port) = tables.polling, tables.web.listen
    return Settings(
        storage_dir=(folder / Path(tables.storage.dir).expanduser()).resolve(),
        redis_url=_redis_url(tables.redis, secrets),
        articles_ttl=tables.storage.articles,
        allow=tuple(tables.network.allow),
        user_agent=tables.network.user_agent or USER_AGENT,
        respect_robots=tables.network.respect_robots,
        interval=min(max(polling.interval, polling.shortest), polling.max_interval),
        min_interval=polling.shortest,
        max_interval=polling.max_interval,
        courtesy=polling.courtesy,
        story_model=_model(tables.stories.model, folder),
        web_host=host,
        web_port=port,
        web_password=secrets.resolve(tables.web.password, ("web", "password")) or None,
        public_url=tables.web.public_url,
        feeds=_feeds(tables, folder, secrets, findings),
        opml=tuple(source for _, source in _lists(tables) if values.is_web(source.url)),
        entities=entities,
        topics=tuple(topic_of(row) for row in tables.topics.values()),
        destinations=tuple(
            _destination(index, row, secrets) for index, row in tables.destinations.items() if row.type in KEYS_OF_TYPE
        ),
    )


def _model(written: str | None, folder: Path) -> str | None:
    """A directory that is there, or is written as a path, as an absolute path; anything else is a name."""
    if written is None:
        return None
    path = folder / Path(written).expanduser()
    return str(path.resolve()) if written.startswith(("/", ".", "~")) or path.is_dir() else written


def _redis_url(redis: schema.Redis, secrets: Secrets) -> SecretStr | None:
    if redis.url is not None:
        return secrets.resolve(redis.url, ("redis", "url"), values.redis_url) or None
    try:
        url = environment_redis_url(secrets.env)
    except ConfigError as error:
        secrets.findings.add((), str(error))
        return None
    return None if url is None else SecretStr(url)


def _feeds(tables: Tables, folder: Path, secrets: Secrets, findings: Findings) -> tuple[Feed, ...]:
    """The feeds written out, then those of OPML files whose address has not come up before."""
    feeds: dict[str, Feed] = {}
    for index, row in tables.feeds.items():
        if row.url is not None:
            feed = _feed(index, row, values.same_feed(row.url), secrets)
            feeds.setdefault(feed.url, feed)
    for index, source in _lists(tables):
        if not values.is_web(source.url):
            for feed in _listed(folder, index, source, findings):
                feeds.setdefault(feed.url, feed)
    return tuple(feeds.values())


def _feed(index: int, row: schema.Feed, url: str, secrets: Secrets) -> Feed:
    headers = tuple(
        (name, secrets.resolve(value, ("feeds", index, "headers", name), values.header_value))
        for name, value in row.headers.items()
    )
    return Feed(
        url=url,
        name=row.name or values.host(url),
        interval=row.interval,
        headers=headers,
        full_text=row.full_text,
        enough_text=row.enough_text,
        tags=tuple(row.tags),
    )


def _lists(tables: Tables) -> list[tuple[int, OpmlSource]]:
    return [
        (
            index,
            OpmlSource(
                url=row.opml,
                interval=row.interval,
                full_text=row.full_text,
                enough_text=row.enough_text,
                tags=tuple(row.tags),
            ),
        )
        for index, row in tables.feeds.items()
        if row.opml is not None
    ]


def _listed(folder: Path, index: int, source: OpmlSource, findings: Findings) -> tuple[Feed, ...]:
    where = ("feeds", index, "opml")
    try:
        feeds = read_opml(read_beside(folder, source.url, MOST_BYTES), source)
    except ConfigError as error:
        findings.add(where, str(error))
        return ()
    if not feeds:
        findings.add(where, f"{source.url} lists no feeds; export it again from your reader", "warning")
    return feeds


def topic_of(row: schema.Topic) -> Topic:
    """The topic that a table describes."""
    return Topic(
        name=row.name,
        query=row.query,
        notify=None if row.notify is None else tuple(row.notify),
        sources=tuple(row.sources),
        parties=tuple(row.parties),
        max_age=row.max_age,
        quiet=row.quiet,
        digest=row.digest,
        stem=row.stem,
    )


def _destination(index: int, row: schema.Destination, secrets: Secrets) -> DestinationSpec:
    where = ("destinations", index)
    written = row.secret or ()
    keys = [secrets.resolve(secret, (*where, "secret"), signing_key) for secret in written]
    return DestinationSpec(
        name=row.name,
        type=row.type,
        url=secrets.resolve(row.url, (*where, "url"), _address_of(row)),
        secret=keys[0] if keys else SecretStr(""),
        former_secret=keys[1] if len(keys) > 1 else SecretStr(""),
        token=secrets.resolve(row.token, (*where, "token"), bot_token),
        channel=row.channel or "",
        limit=row.limit,
        title=row.title or "",
        body=row.body or "",
    )


def _address_of(row: schema.Destination) -> Callable[[str], str]:
    if row.type == "apprise":
        return values.service_url
    return values.slack_api if row.token else values.web_url
