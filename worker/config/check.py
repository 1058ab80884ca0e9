"""What the tables of one configuration, and the entity files it names, say about each other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from worker.config import schema, values
from worker.config.entities import Entities, gather
from worker.config.problem import nearest
from worker.config.tables import Findings, Tables, read_tables
from worker.errors import QueryError, TemplateError
from worker.model import Entity

CheckQuery: TypeAlias = Callable[[str, Collection[str] | None], None]
"""Raises QueryError where a query, given the names of the entities, is not in the query language.

None for the names leaves them unchecked.
"""

KEYS_OF_TYPE = {
    "console": frozenset({"limit", "title", "body"}),
    "apprise": frozenset({"limit", "title", "body", "url"}),
    "slack": frozenset({"limit", "title", "body", "url", "token", "channel"}),
    "webhook": frozenset({"limit", "body", "url", "secret"}),
}
"""The types of destination this version delivers to, and the keys of each besides name and type."""
_OPEN_DOOR = 'without a password only loopback may be listened on; set [web].password, or write "127.0.0.1:8080" here'
_READ_ON_THE_WAY = (
    "what hubs push to an http address can be read on the way, and who reads it can push as they do; write an https one"
)
_NO_CONTACT = (
    "publishers find nobody to write to in it, and block whom they do not know; add an address, as in "
    '"my-newsroom/1.0 (+https://example.org/contact)"'
)
_NO_APPRISE = (
    'type "apprise" needs a part that is not installed here; run pip install "wirewatch[apprise]" where '
    "`wirewatch worker deliver` runs"
)
_SLACK_WHERE = (
    "a Slack destination needs the url of an incoming webhook, or a bot's token and a channel (threads, edits); "
    "add them"
)
_SAMPLE_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_SLACK_HALF = "a Slack bot needs both a token and a channel; add the {missing}"


def query_language(query: str, entities: Collection[str] | None) -> None:
    """Raises QueryError where `query` is not in the query language."""
    # Workers read the published settings and never check a query: they need not load the grammar.
    from worker.match.query import parse  # noqa: PLC0415

    parse(query, entities=entities)


def check_text(
    text: str, findings: Findings, folder: Path | None, check_query: CheckQuery = query_language
) -> tuple[Tables, tuple[Entity, ...]]:
    """The tables in `text`, and every entity they and the files they name define; what is wrong goes to `findings`.

    Files lie relative to `folder`; where that is None they are not looked at, and names that may be in them pass.
    ConfigError where `text` is not TOML at all.
    """
    tables = read_tables(text, findings)
    if tables.web.password is None and not values.is_loopback(tables.web.listen[0]):
        findings.add(("web", "listen"), _OPEN_DOOR)
    if (tables.web.public_url or "").lower().startswith("http:"):
        findings.add(("web", "public_url"), _READ_ON_THE_WAY, "warning")
    agent = tables.network.user_agent
    if agent is not None and not any(mark in agent for mark in ("://", "@")):
        findings.add(("network", "user_agent"), _NO_CONTACT, "warning")
    urls = {index: values.same_feed(feed.url) for index, feed in tables.feeds.items() if feed.url}
    findings.unique("feeds", "url", urls.items(), "it is polled once, as the first says; remove")
    for key, rows in (("topics", tables.topics), ("destinations", tables.destinations)):
        findings.unique(key, "name", ((index, row.name.casefold()) for index, row in rows.items()))
    entities = gather(tables, folder, findings)
    for index, topic in tables.topics.items():
        _check_topic(index, topic, tables.names["destinations"], entities, findings)
        _query_language_of(index, topic, entities, findings, check_query)
    for index, destination in tables.destinations.items():
        _check_destination(index, destination, findings)
    if tables.topics and not tables.names["destinations"]:
        findings.add((), 'there are no [[destinations]]: nobody is told; add one, such as type = "console"', "warning")
    return tables, entities.known


def _check_topic(
    index: int, topic: schema.Topic, destinations: Collection[str], entities: Entities, findings: Findings
) -> None:
    for place, name in enumerate(topic.notify or ()):
        if name not in destinations:
            mend = nearest(name, destinations)
            findings.add(("topics", index, "notify", place), f'there is no destination "{name}"; {mend}')
    for place, party in enumerate(topic.parties):
        if entities.names is not None and party not in entities.names:
            mend = nearest(party, entities.names, prefix="@")
            findings.add(("topics", index, "parties", place), f'there is no entity "@{party}"; {mend}')


def _query_language_of(
    index: int, topic: schema.Topic, entities: Entities, findings: Findings, check_query: CheckQuery
) -> None:
    try:
        check_query(topic.query, entities.names)
    except QueryError as error:
        findings.add(("topics", index, "query"), f"{error}\n{error.caret()}".rstrip())


def _check_destination(index: int, destination: schema.Destination, findings: Findings) -> None:
    where = ("destinations", index)
    if destination.type not in KEYS_OF_TYPE:
        known = nearest(destination.type, KEYS_OF_TYPE)
        findings.add((*where, "type"), f'"{destination.type}" is no type of destination; {known}')
        return
    wanted = KEYS_OF_TYPE[destination.type]
    written = destination.model_fields_set - {"name", "type"}
    for key in sorted(written - wanted):
        findings.add((*where, key), f'a destination of type "{destination.type}" has no {key}; remove it')
    _check_templates(where, destination, findings)
    if destination.type == "apprise" and find_spec("apprise") is None:
        findings.add((*where, "type"), _NO_APPRISE, "warning")
    if destination.type == "slack":
        _check_slack(where, destination, findings)
    elif "url" in wanted and destination.url is None:
        findings.add(where, f'a destination of type "{destination.type}" needs a url; add it')
    if destination.type == "webhook" and destination.secret is None:
        message = 'without a secret the payload goes out unsigned; add secret = "env:NAME" so that it can be trusted'
        findings.add(where, message, "warning")


def _check_templates(where: tuple[str, int], destination: schema.Destination, findings: Findings) -> None:
    possible = {"title", "body"} & KEYS_OF_TYPE[destination.type]
    written = {key: text for key in sorted(possible) if (text := getattr(destination, key))}
    if not written:
        return
    # Few have any, and Jinja takes a while to load.
    from worker.alerts.sample import sample_at  # noqa: PLC0415
    from worker.alerts.template import checked  # noqa: PLC0415

    for key, text in written.items():
        try:
            checked(text, sample_at(_SAMPLE_TIME), is_json=destination.type == "webhook")
        except TemplateError as error:
            findings.add((*where, key), str(error))


def _check_slack(where: tuple[str, int], destination: schema.Destination, findings: Findings) -> None:
    if destination.token is None and destination.channel is None:
        if destination.url is None:
            findings.add(where, _SLACK_WHERE)
        return
    for missing in ("token", "channel"):
        if getattr(destination, missing) is None:
            findings.add(where, _SLACK_HALF.format(missing=missing))
