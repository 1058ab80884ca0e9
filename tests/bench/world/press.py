"""The world's press as data: publishers, feeds, what comes out when, and which of it somebody watches. Seeded, pure.

An average feed has ten articles a day, so that 100,000 feeds have a million. How many each has is heavy-tailed
(log-normal), and more comes out by day than by night. Five hosts in a hundred are slow or fail. Breaking stories have a
known time, one each for topics of their own, and are told by several publishers: in words of their own, or as copies of
a wire report. So the alerts that are due are known exactly: one for the first report of each story, and one more where
its topic asks for three independent sources and three tell it.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from .words import EVENTS, Sentences, made_up

DAY = 86_400.0
PER_DAY = 10.0
"""Articles of an average feed in an ordinary day of the world."""

DAWN = 7 * 3600.0
"""Seconds after midnight at which the world begins: the day curve rises."""

FINE, SLOW, FLAKY, PAGELESS, BROKEN, MUTE = "fine", "slow", "flaky", "pageless", "broken", "mute"
# In a hundred hosts: answers after 2 to 3 s; 503 to every other poll; 500 for pages; 503 for all; ends connections.
_TROUBLE = ((SLOW, 0.02), (FLAKY, 0.01), (PAGELESS, 0.01), (BROKEN, 0.005), (MUTE, 0.005))
UNREACHABLE = frozenset({BROKEN, MUTE})
# How servers tell that nothing is new: an entity tag, a date, not at all, or not at all and with other bytes each time.
TAGGED, DATED, BARE, RESTLESS = "tagged", "dated", "bare", "restless"
_ANSWERS = ((TAGGED, 0.6), (DATED, 0.1), (BARE, 0.2), (RESTLESS, 0.1))
_RUNGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a world is; two of the same scale are the same. `per_day` is how many articles an average feed has."""

    feeds: int
    articles: int
    topics: int
    seed: int
    per_day: float = PER_DAY

    @property
    def seconds(self) -> float:
        """How long it lasts, in seconds of the world."""
        return DAY * self.articles / (self.feeds * self.per_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A publisher. `latency` is how long it takes to answer, in seconds."""

    address: str
    behaviour: str
    latency: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed of host number `host`. `per_day` is how many articles it has in a day of the world."""

    number: int
    host: int
    per_day: float
    answers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What comes out `at` so many seconds of the world.

    `text` is the number of its words, which copies share. `story` is the number of the story it reports, `named` that
    of the topic whose name it drops without anything else the topic asks for; -1 for none.
    """

    number: int
    feed: int
    at: float
    text: int
    story: int = -1
    named: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What is watched: somebody's name, and an event. `sources` as in the configuration."""

    number: int
    who: str
    events: tuple[str, str]
    sources: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"Sample topic {self.number}"

    @property
    def query(self) -> str:
        """Its query; they take turns."""
        one, other = self.events
        forms = (
            f'"{self.who}" AND ({one} OR {other})',
            f'"{self.who}" NEAR/12 ({one} OR {other})',
            f'SENTENCE("{self.who}" {one})',
            f'"{self.who}" AND {one[:5]}*',
            f'("{self.who}" AND {one}) NOT "sample correction"',
        )
        return forms[self.number % len(forms)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An event, and the numbers of the articles that report it."""

    number: int
    topic: int
    place: str
    count: int
    things: tuple[str, ...]
    articles: list[int] = field(default_factory=list)


class Press:
    """All of it, in the order in which it comes out."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self._dice = dice = random.Random(f"{scale.seed}:{scale.feeds}:{scale.articles}:{scale.topics}")
        self.sentences = Sentences(dice)
        self._taken = {place.casefold() for place in self.sentences.places}
        self.hosts = self._hosts()
        self.feeds = self._feeds()
        self.topics = self._topics()
        self.stories: list[Story] = []
        self.articles = self._articles()

    # --- who publishes --------------------------------------------------------------------------------------------

    def _hosts(self) -> list[Host]:
        """Busy ones come first; these answer soon and never fail, as publishers with many readers do."""
        count = max(1, round(self.scale.feeds * 0.6))
        latencies = sorted(min(2.0, max(0.02, self._dice.lognormvariate(math.log(0.15), 0.9))) for _ in range(count))
        return [self._host(number, latency, number / count) for number, latency in enumerate(latencies)]

    def _host(self, number: int, latency: float, place: float) -> Host:
        behaviour = FINE
        if place >= 0.2:
            behaviour = _drawn(self._dice, [(name, share / 0.8) for name, share in _TROUBLE], FINE)
        if behaviour == SLOW:
            latency = self._dice.uniform(2.0, 3.0)
        return Host(address=address(number), behaviour=behaviour, latency=latency)

    def _feeds(self) -> list[Feed]:
        count, hosts = self.scale.feeds, len(self.hosts)
        rates = sorted((min(40.0, self._dice.lognormvariate(0.0, 1.4)) for _ in range(count)), reverse=True)
        mean = sum(rates) / count
        feeds = []
        for number, rate in enumerate(rates):
            host = number if number < hosts else int(hosts * self._dice.random() ** 2)
            answers = _drawn(self._dice, _ANSWERS, TAGGED)
            feeds.append(Feed(number=number, host=host, per_day=self.scale.per_day * rate / mean, answers=answers))
        return feeds

    def host_of(self, article: Article) -> Host:
        return self.hosts[self.feeds[article.feed].host]

    # --- what is watched ------------------------------------------------------------------------------------------

    def _topics(self) -> list[Topic]:
        count = self.scale.topics
        names = made_up(self._dice, max(2, math.isqrt(count) + 1) * 2, self._taken)
        half = len(names) // 2
        return [
            Topic(
                number=number,
                who=f"{names[number % half]} {names[half + number // half]}",
                events=tuple(self._dice.sample(EVENTS, 2)),
                sources=(1, _RUNGS) if number % 4 == 0 else (1,),
            )
            for number in range(count)
        ]

    # --- what comes out -------------------------------------------------------------------------------------------

    def _articles(self) -> list[Article]:
        drafts = self._of_stories()
        weights = [0.0 if self.hosts[feed.host].behaviour in UNREACHABLE else feed.per_day for feed in self.feeds]
        sums = list(accumulate(weights))
        named = list(accumulate(1 / (topic.number + 1) for topic in self.topics))
        while len(drafts) < self.scale.articles:
            (feed,) = self._dice.choices(self.feeds, cum_weights=sums)
            draft = {"feed": feed.number, "at": self._moment(), "text": len(drafts)}
            kind = self._dice.random()
            if kind < 0.1 and drafts and "story" not in (other := self._dice.choice(drafts)):
                draft |= {"text": other["text"], "named": other.get("named", -1)}
            elif kind < 0.2:
                (topic,) = self._dice.choices(self.topics, cum_weights=named)
                draft["named"] = topic.number
            drafts.append(draft)
        drafts.sort(key=lambda draft: draft["at"])
        articles = [Article(number=number, **draft) for number, draft in enumerate(drafts)]
        for article in articles:
            if article.story >= 0:
                self.stories[article.story].articles.append(article.number)
        return articles

    def _moment(self) -> float:
        """By the day curve: four times as much comes out in the afternoon as in the small hours."""
        while True:
            at = self._dice.random() * self.scale.seconds
            clock = 2 * math.pi * (at + DAWN - 14 * 3600.0) / DAY
            if self._dice.random() < (1 + 0.6 * math.cos(clock)) / 1.6:
                return at

    def _of_stories(self) -> list[dict[str, float]]:
        """The reports of all breaking stories, each by a host of its own."""
        count = min(self.scale.topics, max(6, self.scale.articles // 40))
        by_host = defaultdict(list)
        for feed in self.feeds:
            by_host[feed.host].append(feed.number)
        trusted = [number for number in by_host if self.hosts[number].behaviour in {FINE, SLOW}]
        drafts: list[dict[str, float]] = []
        for number, topic in enumerate(sorted(self._dice.sample(range(self.scale.topics), count))):
            things = tuple(word.casefold() for word in made_up(self._dice, 5, self._taken))
            (place,) = made_up(self._dice, 1, self._taken)
            story = Story(
                number=number, topic=topic, place=place, count=self._dice.randrange(1_100, 9_900), things=things
            )
            self.stories.append(story)
            reports = min(len(trusted), 25, max(1, int(self._dice.paretovariate(0.9))))
            drafts += self._reports(story, self._dice.sample(trusted, reports), by_host, len(drafts))
        return drafts[: self.scale.articles]

    def _reports(
        self, story: Story, hosts: list[int], by_host: dict[int, list[int]], first: int
    ) -> list[dict[str, float]]:
        seconds = self.scale.seconds
        begin, spread = self._dice.random() * 0.8 * seconds, min(3600.0, 0.1 * seconds)
        is_wired, reports = self._dice.random() < 0.6, []
        for place, host in enumerate(hosts):
            at = begin if not place else min(begin + self._dice.expovariate(1 / spread), seconds * 0.99)
            own = not is_wired or (place > 0 and self._dice.random() < 0.5)
            feed = self._dice.choice(by_host[host])
            text = first + (place if own else 0)
            reports.append({"feed": feed, "at": at, "text": text, "story": story.number})
        return reports

    @cached_property
    def by_feed(self) -> dict[int, list[Article]]:
        """The articles of each feed that has any, oldest first."""
        found = defaultdict(list)
        for article in self.articles:
            found[article.feed].append(article)
        return dict(found)

    def due(self, shown: set[int]) -> set[tuple[str, str]]:
        """The alerts that are due, as (topic, reason), once these articles were shown to whoever polls."""
        found = set()
        for story in self.stories:
            told = [self.articles[number] for number in story.articles if number in shown]
            topic = self.topics[story.topic]
            if told:
                found.add((topic.name, "new_story"))
            if _RUNGS in topic.sources and len({article.text for article in told}) >= _RUNGS:
                found.add((topic.name, "corroborated"))
        return found


def address(host: int) -> str:
    """Every host has a loopback address of its own."""
    number = host + 2
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def _drawn(dice: random.Random, shares: Iterable[tuple[str, float]], otherwise: str) -> str:
    drawn = dice.random()
    for name, share in shares:
        drawn -= share
        if drawn < 0:
            return name
    return otherwise
