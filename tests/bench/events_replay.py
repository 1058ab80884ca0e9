"""Which alerts ten real days would have sent, and how many of them were right. Run by hand:

    PYTHONPATH=. python tests/bench/events_replay.py [--only TOPIC] [--show] > tests/bench/ALERTS.md

Reads $WIREWATCH_EVAL (default ../shared/eval): a stream of news items, eight events in it with an analyst's query,
labels (1 about it, 0 not, -1 unclear) and their developments in time order; and a ninth topic, the Kim-Putin summit,
with labels only. Every topic has `sources = [1, 3]`. Articles are decided in the order of their arrival, as an ingest
worker decides them.

    turns       of the messages, those that tell a turn of events inside a story
    precision   of the alerts whose article is labelled 1 or 0, the share labelled 1
    recall      of the major developments, the share told
    opened      whether the first article labelled 1 that the query matches told somebody, itself or as the first of its
                story; and how long after it the first alert on the event came
    told        developments (major ones) in whose six hours an alert on an article labelled 1 came; the six hours run
                from its first report on a right clock
    due         major developments of which an article labelled 1, within these six hours, brings its story a root, a
                party or a rung that it had not; and how many of these were told
    twice       steps of the ladder told more than once for one story, and major developments told by two turns
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from worker.clean.lines import from_line
from worker.dedupe.fingerprint import signature
from worker.edge.store.live import Figures, LiveTopic
from worker.edge.store.shelves import MemoryShelf
from worker.match.engine import Matcher
from worker.model import Alert, Article, Entity, Match, Reason, Story, Topic
from worker.pipeline import Watch, judge
from worker.stories.group import WINDOW

EVAL = Path(os.environ.get("WIREWATCH_EVAL", "../shared/eval")) / "stories"
SOON = timedelta(hours=6)
SUMMIT = "kim-putin"
SUMMIT_QUERY = "@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)"
ENTITIES = (
    Entity(name="kim-jong-un", aliases=("Kim Jong Un",)),
    Entity(name="putin", aliases=("Putin", "Vladimir Putin")),
    Entity(name="kremlin", aliases=("Kremlin", "Peskov")),
    Entity(name="kcna", aliases=("KCNA", "Korean Central News Agency")),
)


@dataclass(frozen=True)
class Development:
    what: str
    begins: datetime
    right_clock: datetime
    is_major: bool


@dataclass
class Watched:
    """A topic with what is known of it, and what its replay told."""

    topic: Topic
    labels: dict[str, int]
    developments: list[Development]
    stories: dict[str, Story] = field(default_factory=dict)
    shelf: MemoryShelf = field(default_factory=MemoryShelf)
    figures: Figures = field(default_factory=Figures)
    matched: list[Article] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    brought: list[datetime] = field(default_factory=list)
    silent: Counter[str] = field(default_factory=Counter)

    def label(self, article: Article) -> int:
        return self.labels.get(article.id, 0)

    def with_label(self, label: int) -> list[Alert]:
        return [alert for alert in self.alerts if self.label(alert.article) == label]


def main() -> None:
    options = _options()
    if not (EVAL / "events.json").exists():
        sys.exit(f"the evaluation data is missing: {EVAL} has no events.json; set WIREWATCH_EVAL")
    watched = {each.topic.name: each for each in _watched() if options.only in {None, each.topic.name}}
    replay(watched)
    _print(list(watched.values()), show=options.show)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="TOPIC")
    parser.add_argument("--show", action="store_true", help="print headlines too, and every alert with its sentence")
    return parser.parse_args()


def _lines(path: Path) -> Iterable[dict[str, object]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from map(json.loads, text.splitlines())


def _watched() -> Iterable[Watched]:
    summit = Topic(name=SUMMIT, query=SUMMIT_QUERY, sources=(1, 3), parties=("kremlin", "kcna"))
    yield Watched(summit, {str(line["id"]): int(str(line["watch_kim_putin"])) for line in _summit()}, [])
    labels: dict[str, dict[str, int]] = {}
    for line in _lines(EVAL / "events.labels.jsonl"):
        labels.setdefault(str(line["event"]), {})[str(line["id"])] = int(str(line["label"]))
    for event in json.loads((EVAL / "events.json").read_text(encoding="utf-8")):
        topic = Topic(name=event["slug"], query=event["query"], sources=(1, 3))
        yield Watched(topic, labels[topic.name], [_development(each) for each in event["developments"]])


def _summit() -> Iterable[dict[str, object]]:
    return _lines(EVAL / "stream2023.labels.jsonl.gz")


def _development(told: dict[str, str]) -> Development:
    return Development(
        what=told["what"],
        begins=datetime.fromisoformat(told["time"]),
        right_clock=datetime.fromisoformat(told.get("time_clock_ok", told["time"])),
        is_major=told["weight"] == "major",
    )


def replay(watched: dict[str, Watched]) -> None:
    """Run the stream through all topics; what happened is added to each."""
    topics = {name: each.topic for name, each in watched.items()}
    entities = {entity.name: entity.aliases for entity in ENTITIES}
    watch = Watch(matcher=Matcher(list(topics.values()), list(ENTITIES)), topics=topics, entities=entities)
    for line in _lines(EVAL / "stream2023.articles.jsonl.gz"):
        article = from_line(line)
        for match in watch.matcher.match(article):
            _decide(watch, watched[match.topic], article, match)


def _decide(watch: Watch, watched: Watched, article: Article, match: Match) -> None:
    now = article.seen_at
    assert now is not None
    prints = signature(article.text)
    topic = LiveTopic(watched.shelf, watched.figures, article=article, now=now, window=WINDOW)
    live = topic.look(prints)
    change = judge(watch, article, [match], prints, {match.topic: live}, now=now)
    watched.shelf.store(topic.changes(change.stories, change.merged))
    for gone, _ in change.merged:
        watched.stories.pop(gone.id, None)
    for story in change.stories:
        watched.stories.pop(story.id, None)
        watched.stories[story.id] = story
    watched.matched.append(article)
    watched.alerts.extend(change.alerts)
    if watched.label(article) == 1 and any(
        _brings(article, story, live.stories, change.alerts) for story in change.stories
    ):
        watched.brought.append(now)
    watched.silent.update("a copy" if note.startswith("a copy") else note.partition(":")[0] for note in change.notes)


def _brings(article: Article, story: Story, live: Sequence[Story], alerts: Sequence[Alert]) -> bool:
    """Whether the article brings its story a root, and with it a rung, or a party."""
    before = {root.key for one in live if one.id == story.id for root in one.roots}
    party = any(alert.reason in {Reason.CONFIRMED, Reason.DENIED} for alert in alerts)
    return party or any(root.article_id == article.id and root.key not in before for root in story.roots)


# --- figures ------------------------------------------------------------------------------------------------------


def _opened(watched: Watched) -> tuple[bool, timedelta | None]:
    """Whether the first right article told somebody, and how long after it the first alert on the event came."""
    first = next((article for article in watched.matched if watched.label(article) == 1), None)
    if first is None or first.seen_at is None:
        return False, None
    alert = next(iter(watched.with_label(1)), None)
    delay = None if alert is None else max(timedelta(0), alert.created - first.seen_at)
    return any(alert.article.id == first.id for alert in watched.alerts), delay


def _within(development: Development, moments: Iterable[datetime]) -> bool:
    return any(development.begins <= moment <= development.right_clock + SOON for moment in moments)


def _is_told(development: Development, alerts: Sequence[Alert]) -> bool:
    return _within(development, [alert.created for alert in alerts])


def _is_turn(alert: Alert) -> bool:
    return alert.story.told[-1].startswith("turn:")


def _due(watched: Watched) -> list[Development]:
    return [each for each in watched.developments if each.is_major and _within(each, watched.brought)]


def _told_twice(watched: Watched) -> tuple[int, int]:
    """Steps, and major developments: a turn tells the development that began last before it."""
    steps = Counter((alert.story.id, alert.story.told[-1]) for alert in watched.alerts)
    turns: Counter[str] = Counter()
    for alert in filter(_is_turn, watched.alerts):
        begun = [each for each in watched.developments if _is_told(each, [alert])]
        if begun and (latest := max(begun, key=lambda each: each.begins)).is_major:
            turns[latest.what] += 1
    return sum(count - 1 for count in steps.values()), sum(count > 1 for count in turns.values())


def _row(watched: Watched) -> str:
    right, unclear, wrong = (len(watched.with_label(label)) for label in (1, -1, 0))
    opened, delay = _opened(watched)
    told = [each for each in watched.developments if _is_told(each, watched.with_label(1))]
    majors = [each for each in watched.developments if each.is_major]
    due, (steps, developments) = _due(watched), _told_twice(watched)
    cells = [
        watched.topic.name,
        f"{len(watched.matched)} ({sum(watched.label(article) == 1 for article in watched.matched)})",
        str(len(watched.stories)),
        f"{len(watched.alerts)} ({sum(map(_is_turn, watched.alerts))})",
        f"{right} / {unclear} / {wrong}",
        f"{right / max(1, right + wrong):.2f}",
        f"{sum(each.is_major for each in told) / len(majors):.2f}" if majors else "-",
        "yes" if opened else "no",
        "-" if delay is None else f"{delay.total_seconds() / 60:.0f}",
        f"{len(told)} of {len(watched.developments)} ({sum(each.is_major for each in told)} of {len(majors)})",
        f"{sum(each in told for each in due)} of {len(due)}",
        f"{steps} / {developments}",
    ]
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| topic | matched (right) | stories | messages (turns) | 1 / unclear / 0 | precision | recall | opened "
    "| delay, min | told (major) | due, told | twice |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def _print(rows: Sequence[Watched], *, show: bool) -> None:
    say("# Alerts on ten real days\n")
    say("Printed by `tests/bench/events_replay.py`, whose first lines say what the columns are.\n")
    say("\n".join([HEAD, *map(_row, rows)]))
    _totals(rows)
    if show:
        _show(rows)


def _show(rows: Sequence[Watched]) -> None:
    say("\nAlerts on articles labelled 0:\n")
    for each in rows:
        for alert in each.with_label(0):
            say(f"- {each.topic.name}, {alert.created:%d %H:%M}, {alert.reason.value}: {alert.article.title}")
    say("\nMajor developments in whose six hours nothing was told:\n")
    for each in rows:
        missing = [one.what for one in each.developments if one.is_major and not _is_told(one, each.with_label(1))]
        if missing:
            say(f"- {each.topic.name}: {'; '.join(missing)}")
    for alert in (alert for each in rows for alert in each.alerts):
        say(f"\n{alert.created:%d %H:%M} {alert.topic} {alert.reason.value}: {alert.article.title}")
        say(f"    {alert.sent_because}")


def _totals(rows: Sequence[Watched]) -> None:
    alerts = [alert for each in rows for alert in each.alerts]
    matched = sum(len(each.matched) for each in rows)
    right = sum(len(each.with_label(1)) for each in rows)
    wrong = sum(len(each.with_label(0)) for each in rows)
    on_events = sum(len(each.alerts) for each in rows if each.developments)
    developments = [(each, one) for each in rows for one in each.developments]
    told = [one for each, one in developments if _is_told(one, each.with_label(1))]
    majors = sum(one.is_major for _, one in developments)
    due = [(each, one) for each in rows for one in _due(each)]
    due_told = sum(_is_told(one, each.with_label(1)) for each, one in due)
    again = sum(_told_twice(each)[1] for each in rows)
    reasons = Counter(alert.reason.value for alert in alerts)
    silent = sum((each.silent for each in rows), Counter[str]())
    turns = sum(map(_is_turn, alerts))
    named = ", ".join(f"{number} {name}" for name, number in reasons.most_common())
    say(f"\nIn all {len(alerts)} messages ({named}; {turns} of them turns),")
    share, precision = len(alerts) / max(1, matched), right / max(1, right + wrong)
    say(f"{share:.1%} of {matched} matched articles, precision {precision:.2f};")
    say(f"{on_events / max(1, len(developments)):.2f} messages per listed development ({len(developments)}), of which")
    majors_told = sum(one.is_major for one in told)
    say(f"{len(told)} were told, {majors_told} of {majors} major ones, and {due_told} of the {len(due)} major ones")
    say(f"that bring their story a root, a party or a rung; {again} by two turns.")
    say(f"Quiet: {', '.join(f'{name} {number}' for name, number in silent.most_common())}.")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
