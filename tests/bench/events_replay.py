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
    shown       developments (major ones) in whose six hours an alert came whose story holds a report of it; the six
                hours run from its first report on a right clock
    told        of the major ones, those with an alert in these six hours on a report of it, or in the headline of one
    due         major developments of which a report within these six hours brings its story, or those that are one with
                it, a root, a party or a rung that they had not; and how many of these were shown, and told
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
from datetime import timedelta
from pathlib import Path

from events_told import Development, brings, developments, is_shown, is_told

from worker.clean.lines import from_line
from worker.dedupe.fingerprint import signature
from worker.edge.store.live import Figures, LiveTopic
from worker.edge.store.shelves import MemoryShelf
from worker.match.engine import Matcher
from worker.model import Alert, Article, Entity, Match, Story, Topic
from worker.pipeline import Watch, judge
from worker.stories.group import WINDOW

EVAL = Path(os.environ.get("WIREWATCH_EVAL", "../shared/eval")) / "stories"
SUMMIT = "kim-putin"
SUMMIT_QUERY = "@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)"
ENTITIES = (
    Entity(name="kim-jong-un", aliases=("Kim Jong Un",)),
    Entity(name="putin", aliases=("Putin", "Vladimir Putin")),
    Entity(name="kremlin", aliases=("Kremlin", "Peskov")),
    Entity(name="kcna", aliases=("KCNA", "Korean Central News Agency")),
)


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
    brought: set[str] = field(default_factory=set)
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
        yield Watched(topic, labels[topic.name], developments(event))


def _summit() -> Iterable[dict[str, object]]:
    return _lines(EVAL / "stream2023.labels.jsonl.gz")


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
    lives = (*live.stories, *live.told)
    if any(brings(article, story, lives, change.alerts) for story in change.stories):
        watched.brought.add(article.id)
    watched.silent.update("a copy" if note.startswith("a copy") else note.partition(":")[0] for note in change.notes)


# --- figures ------------------------------------------------------------------------------------------------------


def _opened(watched: Watched) -> tuple[str, timedelta | None]:
    """What the first right article opened, and how long after it the first alert came whose story holds it."""
    first = next((article for article in watched.matched if watched.label(article) == 1), None)
    if first is None or first.seen_at is None:
        return "-", None
    stories = [story for story in watched.stories.values() if any(one.article_id == first.id for one in story.reports)]
    ids = {story.id for story in stories} | {key.removeprefix("was:") for story in stories for key in story.told}
    told = [alert for alert in watched.alerts if alert.story.id in ids]
    if any(alert.article.id == first.id for alert in told):
        return "yes", timedelta(0)
    earlier = [first.seen_at - alert.created for alert in told if alert.created <= first.seen_at]
    if earlier:
        return f"{min(earlier).total_seconds():.0f} s before", timedelta(0)
    later = [alert.created - first.seen_at for alert in told]
    return "no", min(later, default=None)


def _is_turn(alert: Alert) -> bool:
    return alert.story.told[-1].startswith("turn:")


def _majors(watched: Watched) -> list[Development]:
    return [each for each in watched.developments if each.is_major]


def _due(watched: Watched) -> list[Development]:
    return [each for each in _majors(watched) if not each.reports.isdisjoint(watched.brought)]


def _shown(watched: Watched, ones: Iterable[Development]) -> list[Development]:
    return [each for each in ones if is_shown(each, watched.alerts)]


def _told(watched: Watched, ones: Iterable[Development]) -> list[Development]:
    return [each for each in ones if is_told(each, watched.alerts)]


def _told_twice(watched: Watched) -> tuple[int, int]:
    """Steps, and major developments: a turn tells the development that began last before it."""
    steps = Counter((alert.story.id, alert.story.told[-1]) for alert in watched.alerts)
    turns: Counter[str] = Counter()
    for alert in filter(_is_turn, watched.alerts):
        begun = [each for each in watched.developments if each.has(alert.created)]
        if begun and (latest := max(begun, key=lambda each: each.begins)).is_major:
            turns[latest.what] += 1
    return sum(count - 1 for count in steps.values()), sum(count > 1 for count in turns.values())


def _row(watched: Watched) -> str:
    right, unclear, wrong = (len(watched.with_label(label)) for label in (1, -1, 0))
    opened, delay = _opened(watched)
    majors, due, (steps, again) = _majors(watched), _due(watched), _told_twice(watched)
    cells = [
        watched.topic.name,
        f"{len(watched.matched)} ({sum(watched.label(article) == 1 for article in watched.matched)})",
        str(len(watched.stories)),
        f"{len(watched.alerts)} ({sum(map(_is_turn, watched.alerts))})",
        f"{right} / {unclear} / {wrong}",
        f"{right / max(1, right + wrong):.2f}",
        f"{len(_shown(watched, majors)) / len(majors):.2f}" if majors else "-",
        opened,
        "-" if delay is None else f"{delay.total_seconds() / 60:.0f}",
        f"{len(_shown(watched, watched.developments))} of {len(watched.developments)}",
        f"{len(_shown(watched, majors))}, {len(_told(watched, majors))} of {len(majors)}",
        f"{len(_shown(watched, due))}, {len(_told(watched, due))} of {len(due)}",
        f"{steps} / {again}",
    ]
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| topic | matched (right) | stories | messages (turns) | 1 / unclear / 0 | precision | recall | opened "
    "| delay, min | shown | major: shown, told | due: shown, told | twice |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
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
    say("\nMajor developments in whose six hours nothing was shown:\n")
    for each in rows:
        shown, due = _shown(each, each.developments), _due(each)
        missing = [f"{one.what}{' (due)' * (one in due)}" for one in _majors(each) if one not in shown]
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
    listed = [one for each in rows for one in each.developments]
    majors = [one for each in rows for one in _majors(each)]
    due = [one for each in rows for one in _due(each)]
    shown = [one for each in rows for one in _shown(each, each.developments)]
    told = [one for each in rows for one in _told(each, _majors(each))]
    again = sum(_told_twice(each)[1] for each in rows)
    reasons = Counter(alert.reason.value for alert in alerts)
    silent = sum((each.silent for each in rows), Counter[str]())
    turns = sum(map(_is_turn, alerts))
    named = ", ".join(f"{number} {name}" for name, number in reasons.most_common())
    say(f"\nIn all {len(alerts)} messages ({named}; {turns} of them turns),")
    share, precision = len(alerts) / max(1, matched), right / max(1, right + wrong)
    say(f"{share:.1%} of {matched} matched articles, precision {precision:.2f};")
    say(f"{on_events / max(1, len(listed)):.2f} messages per listed development ({len(listed)}), of which")
    say(f"{len(shown)} were shown; of {len(majors)} major ones {sum(one in shown for one in majors)} were shown and")
    say(f"{len(told)} told, and of the {len(due)} that bring their story a root, a party or a rung")
    due_told = sum(one in told for one in due)
    say(f"{sum(one in shown for one in due)} were shown and {due_told} told; {again} by two turns.")
    say(f"Quiet: {', '.join(f'{name} {number}' for name, number in silent.most_common())}.")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
