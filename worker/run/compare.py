"""`wirewatch replay --compare`: which alerts only one of two configurations sends, and which it sends at another time.

Two alerts are the same piece of news where topic and reason are the same and the stories are, or share an article: the
first report of a story differs between two queries, and with it the story's id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from worker.config import Settings
from worker.model import Article
from worker.run.replay import Arrivals, Backtest, Outcome, Told


class Shift(StrEnum):
    """What the other configuration does with an alert of the first, or has besides."""

    GONE = "only_first"
    NEW = "only_other"
    EARLIER = "earlier"
    LATER = "later"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An alert in both configurations, or in the one that sends it."""

    first: Told | None
    other: Told | None

    @property
    def by(self) -> timedelta:
        """How much later the other configuration sends it; nothing where only one does."""
        return self.other.at - self.first.at if self.first and self.other else timedelta(0)

    @property
    def shift(self) -> Shift:
        if self.first is None or self.other is None:
            return Shift.GONE if self.other is None else Shift.NEW
        if not self.by:
            return Shift.SAME
        return Shift.LATER if self.by > timedelta(0) else Shift.EARLIER

    @property
    def at(self) -> datetime:
        """When it was sent first."""
        return min(told.at for told in (self.first, self.other) if told)


@dataclass(slots=True)
class _Run:
    """One configuration: what it told, and the ids of the articles of each story."""

    test: Backtest
    told: list[Told] = field(default_factory=list)
    articles: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def take(self, now: datetime, article: Article) -> None:
        self._keep(self.test.take(now, article))

    def finish(self) -> None:
        self._keep(self.test.rest())

    def _keep(self, outcomes: Iterator[Outcome] | Iterator[Told]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Told):
                self.told.append(outcome)
                self.articles[outcome.alert.story.id].add(outcome.alert.article.id)
            else:
                self.articles[outcome.story_id].add(outcome.article.id)


class Comparison:
    """Two configurations run side by side on one stream of articles."""

    def __init__(self, first: Settings, other: Settings) -> None:
        self._runs = (_Run(Backtest(first)), _Run(Backtest(other)))

    @property
    def tests(self) -> tuple[Backtest, Backtest]:
        return self._runs[0].test, self._runs[1].test

    def run(self, arrivals: Arrivals) -> Sequence[Pair]:
        """Every alert of either, in the order of time."""
        for now, article in arrivals:
            for run in self._runs:
                run.take(now, article)
        for run in self._runs:
            run.finish()
        return sorted(_pairs(*self._runs), key=lambda pair: pair.at)


def _pairs(first: _Run, other: _Run) -> Iterator[Pair]:
    """The alerts that have the same id are paired first, then each with the earliest that tells the same news."""
    left = {told.alert.id: told for told in other.told}
    exact = {told.alert.id: left.pop(told.alert.id) for told in first.told if told.alert.id in left}
    for told in first.told:
        twin = exact.get(told.alert.id) or _same_news(told, first, left, other)
        if twin is not None:
            left.pop(twin.alert.id, None)
        yield Pair(first=told, other=twin)
    yield from (Pair(first=None, other=told) for told in left.values())


def _same_news(told: Told, first: _Run, left: dict[str, Told], other: _Run) -> Told | None:
    about = first.articles[told.alert.story.id]
    return next(
        (
            twin
            for twin in left.values()
            if (twin.alert.topic, twin.alert.reason) == (told.alert.topic, told.alert.reason)
            and not about.isdisjoint(other.articles[twin.alert.story.id])
        ),
        None,
    )
