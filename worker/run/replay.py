"""`wirewatch replay`: what would have been sent, decided as the ingest workers decide, on articles in memory."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import TypeAlias

from worker.alerts.digest import collected_because, digest_of
from worker.alerts.sending import Collect, verdict
from worker.config import Settings
from worker.dedupe.fingerprint import signature
from worker.edge.store.live import Figures, LiveTopic
from worker.edge.store.shelves import MemoryShelf, shown
from worker.model import Alert, Article, Match, Story, Topic
from worker.pipeline import judge
from worker.run.watching import first_attempts, watch_of
from worker.stories.group import WINDOW
from worker.stories.meaning import Meaning

BEGINNING = datetime.fromtimestamp(0, UTC)
# Further back than this against the article before it, and a file is not in the order of arrival.
OUT_OF_ORDER = timedelta(hours=1)
# Articles are remembered by the hour in which they came, so that those of an hour are forgotten at once.
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert that would have gone out `at` the moment of its first attempt, `decided` before, and to whom."""

    alert: Alert
    decided: datetime
    at: datetime
    destinations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A matched article that told nobody, and why in words; `kind` is what the words are about ("same story")."""

    at: datetime
    topic: str
    kind: str
    why: str
    story_id: str
    headline: str
    article: Article


Outcome: TypeAlias = Told | Silence


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of a topic's matched articles. `held` counts alerts that waited for the end of quiet hours."""

    matched: int = 0
    alerts: int = 0
    messages: int = 0
    held: int = 0
    silent: Counter[str] = field(default_factory=Counter)


class Arrivals:
    """Articles with the moment each came: each id once, and the clock never set back.

    That moment is when an article was seen, else published, else that of the one before it. An id is forgotten after
    `kept` seconds, as the store forgets it, so that a file of any length takes the memory of that time. `articles` and
    `dated` count those that came and those of them that give a time; `backwards` those dated over an hour before one
    ahead of them, the first of which is `misplaced`.
    """

    def __init__(self, articles: Iterable[Article], kept: float) -> None:
        self._source, self._kept = articles, timedelta(seconds=kept)
        self._hours: deque[tuple[datetime, set[str]]] = deque()
        self.now = BEGINNING
        self.articles = self.dated = self.backwards = 0
        self.misplaced: Article | None = None

    def __iter__(self) -> Iterator[tuple[datetime, Article]]:
        for article in self._source:
            self._tick(article)
            if self._is_new(article.id):
                self.articles += 1
                yield self.now, article

    def _tick(self, article: Article) -> None:
        own = article.seen_at or article.published
        if own is None:
            return
        self.dated += 1
        if self.now - own > OUT_OF_ORDER:
            self.backwards += 1
            self.misplaced = self.misplaced or article
        self.now = max(self.now, own)

    def _is_new(self, article_id: str) -> bool:
        while self._hours and self.now - self._hours[0][0] > self._kept + _HOUR:
            self._hours.popleft()
        if any(article_id in ids for _, ids in self._hours):
            return False
        if not self._hours or self.now - self._hours[-1][0] >= _HOUR:
            self._hours.append((self.now, set()))
        self._hours[-1][1].add(article_id)
        return True


class Backtest:
    """The topics of one configuration, run on articles as they come. Nothing is sent or stored.

    `tallies` holds what became of each topic's articles, `matched` how many articles matched any.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._watch = settings, watch_of(settings)
        self._topics = {topic.name: topic for topic in settings.topics}
        self._shelves = {topic.name: MemoryShelf() for topic in settings.topics}
        self._figures = Figures()
        # What waits: an alert, or the name of a topic whose digest is due then.
        self._held: list[tuple[datetime, int, Told | str]] = []
        self._digests: dict[str, list[Told]] = {}
        self._decided = 0
        self.tallies = {topic.name: Tally() for topic in settings.topics}
        self.matched = 0

    def take(self, now: datetime, article: Article) -> Iterator[Outcome]:
        """What goes out until `now`, in the order of time, and what becomes of the article that comes then."""
        yield from self._due(now)
        matches = self._watch.matcher.match(article)
        self.matched += bool(matches)
        meaning = self._watch.meanings.of(article) if matches and self._watch.meanings else None
        prints = signature(article.text) if matches else ()
        for match in matches:
            for outcome in self._judged(now, article, match, prints, meaning):
                if isinstance(outcome, Silence) or outcome.at <= now:
                    yield outcome
                elif self._topics[match.topic].digest is None:
                    self._hold(outcome.at, outcome)
                else:
                    self._collect(match.topic, outcome)

    def rest(self) -> Iterator[Told]:
        """What is still held when no more articles come."""
        yield from self._due(None)

    def run(self, arrivals: Arrivals) -> Iterator[Outcome]:
        """All that comes of all articles."""
        for now, article in arrivals:
            yield from self.take(now, article)
        yield from self.rest()

    @property
    def alerts(self) -> int:
        return sum(tally.alerts for tally in self.tallies.values())

    @property
    def messages(self) -> int:
        return sum(tally.messages for tally in self.tallies.values())

    def _due(self, now: datetime | None) -> Iterator[Told]:
        while self._held and (now is None or self._held[0][0] <= now):
            at, _, what = heappop(self._held)
            yield self._digest(what, at) if isinstance(what, str) else what

    def _hold(self, until: datetime, what: Told | str) -> None:
        self._decided += 1
        heappush(self._held, (until, self._decided, what))

    def _collect(self, topic: str, told: Told) -> None:
        collected = self._digests.setdefault(topic, [])
        if not collected:
            self._hold(told.at, topic)
        collected.append(told)

    def _digest(self, topic: str, at: datetime) -> Told:
        collected = self._digests.pop(topic)
        first = collected[0]
        self.tallies[topic].messages += len(first.destinations)
        because = collected_because(len(collected), self._topics[topic].digest or 0.0)
        alerts = [replace(told.alert, created=told.decided) for told in collected]
        made = digest_of(alerts, destination=" ".join(first.destinations), because=because, now=at)
        return Told(alert=made, decided=first.decided, at=at, destinations=first.destinations)

    def _judged(
        self, now: datetime, article: Article, match: Match, prints: tuple[int, ...], meaning: Meaning | None
    ) -> Iterator[Outcome]:
        shelf = self._shelves[match.topic]
        topic = LiveTopic(shelf, self._figures, article=article, now=now, window=WINDOW)
        live = {match.topic: topic.look(prints)}
        change = judge(self._watch, article, [match], prints, live, now=now, meaning=meaning)
        shelf.store(topic.changes(change.stories, change.merged))
        tally = self.tallies[match.topic]
        tally.matched += 1
        for alert in change.alerts:
            told = _told(alert, self._settings, self._topics[match.topic], now)
            tally.alerts += 1
            if self._topics[match.topic].digest is None or told.at <= now:
                tally.messages += len(told.destinations)
                tally.held += told.at > now
            yield told
        if not change.alerts:
            why = "; ".join(change.notes)
            tally.silent[_kind(why)] += 1
            yield _silence(now, article, match.topic, why, change.stories)


def _told(alert: Alert, settings: Settings, topic: Topic, now: datetime) -> Told:
    due = first_attempts(topic, settings, now)
    what = verdict(alert, topic, now)
    at = what.until if due and isinstance(what, Collect) else max(due.values(), default=now)
    return Told(alert=_lean(replace(alert, created=at)), decided=now, at=at, destinations=tuple(due))


def _lean(alert: Alert) -> Alert:
    """Without what nobody is shown: alerts that are held or compared are kept for long."""
    return replace(alert, story=shown(alert.story), article=replace(alert.article, text=""))


def _silence(now: datetime, article: Article, topic: str, why: str, stories: Sequence[Story]) -> Silence:
    story = stories[-1] if stories else None
    return Silence(
        at=now,
        topic=topic,
        kind=_kind(why),
        why=why,
        story_id=story.id if story else "",
        headline=story.headline if story else "",
        article=replace(article, text=""),
    )


def _kind(note: str) -> str:
    """What a note is about: "stale: published ..." -> "stale"; "a copy of the report by x" -> "a copy"."""
    return "a copy" if note.startswith("a copy") else note.partition(":")[0]
