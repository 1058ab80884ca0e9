"""The tables of wirewatch.toml as they are written; `extra="forbid"` turns every unknown key into an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from worker.config import values

_ENTITY = re.compile(r"\w+(?:-\w+)*")
# What owners of feeds expect of a reader whom they told nothing.
_COURTESY = 3600.0
SECRET_FORMS = ("env:", "file:")
"""How a secret is named that is not written out."""


def _unless_named(check: Callable[[str], str]) -> AfterValidator:
    """Checks a value that is written out; one named by "env:" or "file:" is checked once it has been looked up."""
    return AfterValidator(lambda value: value if value.startswith(SECRET_FORMS) else check(value))


def _entity(value: str) -> str:
    if not _ENTITY.fullmatch(value) or len(value) > 100:
        raise ValueError('an entity is used as @name; write letters, digits and hyphens, as in "kim-jong-un"')
    return value


def _alias(value: str) -> str:
    # Only who writes entities needs it: it loads the tables of the folding.
    from worker.match.text import units  # noqa: PLC0415

    if len(value) > 200 or not units(value):
        raise ValueError("an alias needs a letter or a digit, and has at most 200 characters; correct or remove it")
    return value.strip()


def _party(value: str) -> str:
    if not value.startswith("@"):
        raise ValueError(f'a party is an entity; write "@{value}"')
    return value[1:]


def _rungs(value: list[int]) -> list[int]:
    if not value or value[0] < 1 or any(a >= b for a, b in pairwise(value)):
        raise ValueError("these are numbers of independent sources, rising from 1 or more; write for example [1, 3]")
    return value


Duration = Annotated[float, BeforeValidator(values.duration)]
Name = Annotated[str, AfterValidator(values.name)]
Party = Annotated[str, AfterValidator(_party)]
Text = Annotated[str, StringConstraints(min_length=1)]


class Table(BaseModel):
    """What all tables share."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Redis(Table):
    url: Annotated[str, _unless_named(values.redis_url)] | None = None


class Storage(Table):
    dir: Text = "./data"
    articles: Duration = 7 * 86400.0


class Network(Table):
    allow: list[Annotated[str, AfterValidator(values.network)]] = []
    user_agent: Annotated[str, AfterValidator(values.header_value)] | None = None
    respect_robots: bool = True


class Stories(Table):
    model: Text | None = None


class Polling(Table):
    interval: Duration = 15 * 60.0
    min_interval: Duration = 60.0
    max_interval: Duration = 6 * 3600.0

    @model_validator(mode="after")
    def _in_order(self) -> Polling:
        if self.shortest > self.max_interval:
            raise ValueError("min_interval is longer than max_interval; raise max_interval or lower min_interval")
        return self

    @property
    def shortest(self) -> float:
        """The least interval: `min_interval`, or an `interval` or `max_interval` below what that is by default."""
        if "min_interval" in self.model_fields_set:
            return self.min_interval
        written: list[float] = [getattr(self, key) for key in self.model_fields_set]
        return min([self.min_interval, *written])

    @property
    def courtesy(self) -> float:
        """The least interval for feeds that do not say how often they may be asked: an hour, unless less is written."""
        written: list[float] = [
            getattr(self, key) for key in ("interval", "min_interval") if key in self.model_fields_set
        ]
        return max(self.shortest, min([_COURTESY, self.max_interval, *written]))


class Web(Table):
    listen: Annotated[tuple[str, int], BeforeValidator(values.listen)] = ("127.0.0.1", 8080)
    password: Text | None = None
    public_url: Annotated[str, AfterValidator(values.public_url)] | None = None


class Feed(Table):
    url: Annotated[str, AfterValidator(values.feed_url)] | None = None
    opml: Text | None = None
    name: Name | None = None
    interval: Duration | None = None
    headers: dict[
        Annotated[str, AfterValidator(values.header_name)],
        Annotated[str, _unless_named(values.header_value)],
    ] = {}
    full_text: bool = True
    enough_text: Annotated[int, Field(ge=1)] | None = None
    tags: list[Name] = []

    @model_validator(mode="after")
    def _one_origin(self) -> Feed:
        if (self.url is None) == (self.opml is None):
            raise ValueError("a feed has either url or opml; write one of the two")
        if self.opml is not None and (self.name is not None or self.headers):
            # Headers would hand one publisher's token to every other one in the list.
            raise ValueError("name and headers belong to a single feed; remove them here, or write url")
        if self.opml is not None and values.is_web(self.opml):
            values.feed_url(self.opml)
        return self


class Entity(Table):
    name: Annotated[str, AfterValidator(_entity)] | None = None
    aliases: Annotated[list[Annotated[str, AfterValidator(_alias)]], Field(min_length=1)] | None = None
    file: Text | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Entity:
        if self.file is not None and (self.name is not None or self.aliases is not None):
            raise ValueError("an entity has a name and aliases, or it is a file of entities; write one of the two")
        if self.file is None and self.name is None:
            raise ValueError('an entity needs a name, by which queries call it; add name = "..."')
        if self.file is None and self.aliases is None:
            raise ValueError('an entity needs aliases, what it is called in the news; add aliases = ["..."]')
        return self


class Topic(Table):
    name: Name
    query: str
    notify: list[str] | None = None
    sources: Annotated[list[int], AfterValidator(_rungs)] = [1]
    parties: list[Party] = []
    max_age: Duration = 48 * 3600.0
    digest: Duration | None = None
    quiet: Annotated[tuple[str, str, str], BeforeValidator(values.quiet)] | None = None
    stem: bool = False


class Destination(Table):
    name: Name
    type: str
    url: Text | None = None
    secret: Annotated[tuple[str, ...], BeforeValidator(values.secrets)] | None = None
    token: Text | None = None
    channel: Annotated[str, AfterValidator(values.slack_channel)] | None = None
    limit: Annotated[tuple[int, float], BeforeValidator(values.limit)] | None = None
    title: Text | None = None
    body: Text | None = None
