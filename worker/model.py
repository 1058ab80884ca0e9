"""The records that travel through the flow, each named after what it is at that stage.

All are frozen and hold plain values. Times are aware datetimes in UTC. Text is Unicode; offsets count code points.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from worker.secret import SecretStr

_NONE = SecretStr("")


def short_id(*parts: str) -> str:
    """16 hex digits that are the same for the same parts, on every machine and in every release."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


# --- what is configured -------------------------------------------------------------------------------------------


def feed_id(url: str) -> str:
    """The id of the feed at `url`, in the one spelling of the configuration (config.values.same_feed)."""
    return short_id("feed", url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A URL that is polled. `interval` is in seconds; None means the configured default."""

    url: str
    name: str
    interval: float | None = None
    headers: tuple[tuple[str, SecretStr], ...] = ()
    full_text: bool = True
    enough_text: int | None = None  # characters of text that, carried by an entry, make its page needless
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return feed_id(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A name in its many spellings and scripts, used as `@name` in queries."""

    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What is watched.

    `sources` are the rungs of independent sources at which an alert is due, ascending, e.g. (1, 3). `parties` are
    entity names (without the @) whose own word settles a story. `max_age` is in seconds. `quiet` is ("22:00", "07:00",
    "Europe/London"): alerts decided inside the window are delivered at its end. `digest` is for how many seconds alerts
    are collected before they go out as one message; None sends each at once. `stem` lets a word stand for its
    inflected forms in the language of each article ("meeting" also finds "meets"); phrases in `=` stay as written.
    """

    name: str
    query: str
    notify: tuple[str, ...] | None = None
    sources: tuple[int, ...] = (1,)
    parties: tuple[str, ...] = ()
    max_age: float = 48 * 3600.0
    quiet: tuple[str, str, str] | None = None
    digest: float | None = None
    stem: bool = False

    @property
    def id(self) -> str:
        return short_id("topic", self.name)


# --- what is found ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item in a feed, as published, cleaned of markup.

    `key` identifies the entry within its feed (guid, else link, else title; see poll.identity). `url` is the absolute
    http(s) link or "" where there is none. `content` is the entry's full HTML where the feed carries it, else "".
    """

    key: str
    url: str
    title: str
    summary: str = ""
    content: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What the bytes of a feed say.

    `ttl` is the pause the feed itself asks for, in seconds (ttl, sy:*). In `skip_hours` (0 to 23, UTC) and on
    `skip_days` (0 is Monday) it asks not to be polled. `hub` is its WebSub hub, `self_url` what it calls its own
    address. A sitemap index has no entries but names, in `follow`, the sitemaps to read in its place.
    """

    title: str
    link: str
    language: str | None
    entries: tuple[Entry, ...]
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hub: str | None = None
    self_url: str | None = None
    follow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between polls. Intervals and `lag` are in seconds.

    `known` tells the entries of its last document from others (poll.known).
    `rhythm` is when it publishes (poll.pace), `lag` how long after their publication its entries were seen, on average.
    `ttl`, `skip_hours` and `skip_days` are what its document asks for (the skips as bits), for polls that bring none.
    `not_before` is the earliest next poll that its publisher and the operator allow, `next_due` the one intended.
    `whole_at` is when a whole document was last sent or asked for. Since `moved_since` every poll was redirected for
    good to `moved_to`; once `moved`, that is what is asked. `pushed_at` is when a WebSub hub last told of news; None
    again once a poll found what no push had told of.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    known: bytes = b""
    interval: float = 900.0
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    next_due: datetime | None = None
    failing_since: datetime | None = None
    errors: int = 0
    error: str | None = None
    title: str = ""
    polls: int = 0
    unchanged: int = 0
    entries: int = 0
    updated: int = 0
    gone: bool = False
    rhythm: bytes = b""
    lag: float | None = None
    ttl: float | None = None
    skip_hours: int = 0
    skip_days: int = 0
    not_before: datetime | None = None
    whole_at: datetime | None = None
    moved_to: str | None = None
    moved_since: datetime | None = None
    moved: bool = False
    pushed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One entry on its way to a worker: what the feed said, when we saw it, and through which feed.

    `trace` is the id that logs carry from poll to delivery.
    """

    entry: Entry
    feed_url: str
    feed_name: str
    feed_title: str
    tags: tuple[str, ...]
    full_text: bool
    seen_at: datetime
    trace: str
    baseline: bool = False
    enough_text: int | None = None

    @property
    def id(self) -> str:
        """The same for one link through several feeds, and however often it is queued."""
        return short_id("entry", self.entry.url or f"{self.feed_url}\x1f{self.entry.key}")


def trace_of(feed_url: str, key: str, seen_at: datetime) -> str:
    """The trace of an entry that was seen in that feed at that moment."""
    return short_id("trace", feed_url, key, str(seen_at.timestamp()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The bytes fetched for an entry's link.

    `url` is the final one after redirects, `charset` what HTTP declared, `link` the Link header.
    """

    url: str
    body: bytes
    content_type: str = ""
    charset: str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The publisher: its registrable domain and, where known, the name it gives itself."""

    domain: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedLine:
    """A line that was taken out of an article's text, and the reason in words."""

    text: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The cleaned, normalised document; field for field the article line of the stage filters.

    `partial` marks an article made from the feed's own words because its page could not be fetched or cleaned;
    `partial_reason` says why in words. `removed` are lines that its host repeats on many pages, no longer in the text
    and no part of the article line.
    """

    id: str
    url: str = ""
    canonical_url: str = ""
    title: str = ""
    text: str = ""
    summary: str = ""
    author: str = ""
    published: datetime | None = None
    language: str | None = None
    source: Source = field(default_factory=lambda: Source(domain=""))
    feed: str = ""
    tags: tuple[str, ...] = ()
    seen_at: datetime | None = None
    partial: bool = False
    partial_reason: str = ""
    removed: tuple[RemovedLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A passage that says why an article matched: `text` is `article.<field>[start:end]`."""

    field: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An article that satisfies a topic. `score` lies in 0..1."""

    topic: str
    query: str
    score: float
    highlights: tuple[Highlight, ...]


# --- what is told -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """What a report rests on: its publisher's own reporting, or the agency, outlet or officials it attributes.

    `key` is the same for the same root, `name` is how the report calls it, `article_id` is the first report that rests
    on it. `quote` is the sentence that attributes, "" where the root is the publisher itself.
    """

    key: str
    name: str
    article_id: str
    quote: str = ""


# Copies are looked up by every sixteenth number of a signature.
PRINT_EVERY = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One article's place in a story. `copy_of` is the article id of the original it copies.

    `signature` is the MinHash of its text (dedupe), kept so that later copies are recognised. 4 bits of each number are
    stored, and 16 of every PRINT_EVERY-th from the first on, by which copies are looked up. `root` is the key of what
    it rests on (Root.key).
    """

    article_id: str
    source: str
    title: str
    url: str
    published: datetime | None
    seen_at: datetime
    copy_of: str | None = None
    signature: tuple[int, ...] = ()
    root: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Matched articles of one topic that report the same event.

    `roots` are what its reports rest on, in the order of arrival; `independent_sources` is how many they are.

    `terms` is the weighted vocabulary by which later articles are compared. `told` are the alerts already decided, as
    keys of the ladder ("new_story", "corroborated:3", "confirmed:kremlin", the latest "turn:ARTICLE"), so that each is
    told once, and marks among them: when the latest was ("at:TIME"), whom the story follows ("split_off:ID"), what it
    was before it became one with another ("was:ID"). `cohesion` (0..1) is how alike its reports were to it when they
    joined, on average; 0 where it has one report. `meaning` is what a model makes of its reports (stories.meaning), ""
    without one.
    """

    id: str
    topic: str
    headline: str
    first_seen: datetime
    last_seen: datetime
    reports: tuple[Report, ...] = ()
    independent_sources: int = 1
    roots: tuple[Root, ...] = ()
    terms: tuple[tuple[str, float], ...] = ()
    told: tuple[str, ...] = ()
    cohesion: float = 0.0
    meaning: str = ""


class Reason(StrEnum):
    """Why somebody is told."""

    NEW_STORY = "new_story"
    CORROBORATED = "corroborated"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    DIGEST = "digest"
    TEST = "test"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """An alert as a digest tells of it."""

    alert_id: str
    reason: Reason
    topic: str
    sent_because: str
    created: datetime
    story_id: str
    headline: str
    independent_sources: int
    source: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A decision to tell somebody. The id is made from topic, story and rung, so deciding twice gives one alert.

    `follow_up` marks one that is not the first of its story. A digest tells of those `collected`; its story, article
    and match are those of the latest of them. A notice is about wirewatch itself: it has a headline and no reports.
    """

    id: str
    reason: Reason
    topic: str
    sent_because: str
    created: datetime
    story: Story
    article: Article
    match: Match
    trace: str = ""
    follow_up: bool = False
    collected: tuple[Collected, ...] = ()

    @property
    def story_ids(self) -> tuple[str, ...]:
        """The stories that it tells of."""
        if self.reason is Reason.NOTICE:
            return ()
        return tuple(dict.fromkeys(one.story_id for one in self.collected)) or (self.story.id,)

    @property
    def thread(self) -> str:
        """What messages of one thread have in common: the story; a digest or a notice stands alone."""
        return self.id if self.reason in {Reason.DIGEST, Reason.NOTICE} else self.story.id


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSpec:
    """Where alerts go, as configured, with its secrets resolved; "" is none.

    While a webhook's secret is being changed, `former_secret` signs too. `limit` is how many messages it takes in how
    many seconds. `title` and `body` are templates (alerts.template), "" where the built-in words are used.

    A Slack channel is either the `url` of an incoming webhook, or a bot's `token` and a `channel`; `url` is then the
    address of Slack's API.
    """

    name: str
    type: str
    url: SecretStr = _NONE
    secret: SecretStr = _NONE
    token: SecretStr = _NONE
    channel: str = ""
    former_secret: SecretStr = _NONE
    limit: tuple[int, float] | None = None
    title: str = ""
    body: str = ""

    @property
    def address(self) -> str:
        """The same as long as alerts go to the same place by the same way."""
        return short_id("address", self.type, self.url.get_secret_value(), self.token.get_secret_value(), self.channel)

    @property
    def sender(self) -> str:
        """What delivers to it: its type, and "slack-bot" for a channel that a bot posts to."""
        return "slack-bot" if self.type == "slack" and self.token else self.type
