"""One story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.alerts.timeline import Told, told_by
from worker.edge.store.articles import Archive
from worker.edge.store.feedback import Feedback
from worker.edge.store.outbox import Outbox
from worker.model import Root, Story
from worker.run.web.desk import Desk
from worker.run.web.matching import Matching
from worker.run.web.now import AlertRow, NowReader, StoryCard
from worker.run.web.passages import Piece, marked, passage
from worker.run.web.timeline import Timeline, timeline_of

# Alerts looked through for those of a story; what it was told as is found besides, however long ago.
ALERTS_SEARCHED = 200
# Publishers on the line of time.
ROWS = 24
# Reports in words of their own; busier stories than this are not read to the end.
REPORTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A report in words of its own, with the `copies` of it in the order they came.

    `root` is what it rests on, None where its publisher reports by itself or nobody knows. `title` and `passage` show
    what matched. `has_page` says that its article is still stored.
    """

    told: Told
    title: tuple[Piece, ...]
    passage: tuple[Piece, ...]
    root: Root | None
    copies: tuple[Told, ...]
    has_page: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """A story with its reports in the order they came, `more` of them left out, and its alerts as they were decided.

    `kept` are the ids of the articles that are still stored, `said` what people say of alerts, by their ids.
    """

    card: StoryCard
    timeline: Timeline
    reports: tuple[ReportRow, ...]
    more: int
    kept: frozenset[str]
    alerts: tuple[AlertRow, ...]
    said: Mapping[str, str]


class StoryReader:
    """Reads the pages of stories."""

    def __init__(self, desk: Desk, now: NowReader) -> None:
        self._desk = desk
        self._now = now
        self._archive = Archive(desk.redis)
        self._outbox = Outbox(desk.redis)
        self._feedback = Feedback(desk.redis)
        self._matching = Matching(desk)

    def story(self, story_id: str) -> StoryPage | None:
        """One story with all its reports and what was told of it; None when it is not stored (any more)."""
        story = self._archive.story(story_id)
        if story is None:
            return None
        (card,) = self._now.cards([story], self._desk.topics)
        kept = self._archive.stored([report.article_id for report in story.reports])
        families = families_of(told_by(story))
        alerts = tuple(self._alerts(story, (step.alert_id for step in card.steps)))
        return StoryPage(
            card=card,
            timeline=timeline_of(story, card.steps, limit=ROWS),
            reports=tuple(self._row(story, own, copies) for own, copies in families[:REPORTS]),
            more=max(0, len(families) - REPORTS),
            kept=kept,
            alerts=alerts,
            said=self._feedback.of([row.alert.id for row in alerts]),
        )

    def _row(self, story: Story, own: Told, copies: Sequence[Told]) -> ReportRow:
        report = own.report
        article, topic = self._archive.article(report.article_id), self._desk.topics.get(story.topic)
        match = self._matching.of(topic, article) if article and topic else None
        highlights = match.highlights if match else ()
        text = (article.text or article.summary) if article else ""
        return ReportRow(
            told=own,
            title=marked(report.title, "title", highlights),
            passage=passage(text, "text" if article and article.text else "summary", highlights),
            root=next((root for root in story.roots if root.key == report.root and root.quote), None),
            copies=tuple(copies),
            has_page=article is not None,
        )

    def _alerts(self, story: Story, known: Iterable[str]) -> Iterable[AlertRow]:
        found = {alert.id: alert for alert in self._outbox.recent(ALERTS_SEARCHED) if alert.thread == story.id}
        for alert_id in known:
            alert = found.get(alert_id) or self._outbox.alert(alert_id)
            if alert is not None:
                found[alert_id] = alert
        for alert in sorted(found.values(), key=lambda one: one.created):
            yield AlertRow(alert=alert, deliveries=tuple(self._outbox.deliveries(alert.id)))


def families_of(told: Sequence[Told]) -> list[tuple[Told, list[Told]]]:
    """Each report in words of its own with its copies; a copy whose original is not there stands by itself."""
    originals = {one.report.article_id: one.report.copy_of for one in told}
    families: dict[str, tuple[Told, list[Told]]] = {}
    for one in told:
        head = _original(one.report.article_id, originals)
        if head in families:
            families[head][1].append(one)
        else:
            families[head] = (one, [])
    return list(families.values())


def _original(article_id: str, originals: Mapping[str, str | None]) -> str:
    """Copies of copies lead to one report."""
    passed = {article_id}
    while (before := originals.get(article_id)) and before in originals and before not in passed:
        passed.add(before)
        article_id = before
    return article_id
