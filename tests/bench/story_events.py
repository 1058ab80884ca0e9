"""What alerts would have been sent of nine events in ten days of real feeds. Run by hand:

    python tests/bench/story_events.py [--only EVENT] [--show] [--model DIRECTORY]

Reads $WIREWATCH_EVAL (default ../shared/eval): a stream of news items, and for each event an analyst's query, the items
about it (1), unclear ones (-1) and others (0, as is everything without a label), and its developments in time order.
Every query is a topic with `sources = [1, 3]`, run as `wirewatch replay` runs it; each alert is one message.

    matched     articles that the query finds; their precision and recall, unclear ones left out
    alerts      of them those by an article labelled 0, which have to be stories of their own
    late        minutes from the first matched article labelled 1 to the first alert by one
    told        major developments with an alert within six hours of their first item
    per dev.    messages for each development, the first report being one
    share       messages of the matched articles
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from worker.clean.lines import from_line
from worker.config import Settings
from worker.model import Article, DestinationSpec, Entity, Topic
from worker.run.replay import Arrivals, Backtest, Told

EVAL = Path(os.environ.get("WIREWATCH_EVAL", "../shared/eval")) / "stories"
SOURCES = (1, 3)
SOON = timedelta(hours=6)
WATCH = "(kim-putin)"
WATCH_QUERY = "@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)"
ENTITIES = (
    Entity(
        name="kim-jong-un", aliases=("Kim Jong Un", "North Korean leader", "North Korea's leader", "North Korea's Kim")
    ),
    Entity(name="putin", aliases=("Putin",)),
    Entity(name="kremlin", aliases=("Kremlin", "Peskov")),
    Entity(name="kcna", aliases=("KCNA",)),
)
COLUMNS = ("event", "matched", "prec.", "recall", "alerts", "by 0", "late", "told", "per dev.", "share")


@dataclass(frozen=True)
class Event:
    name: str
    query: str
    labels: dict[str, int]
    developments: list[dict[str, Any]]


@dataclass
class Found:
    """What a topic found: the articles it matched, in order, and the alerts."""

    matched: list[tuple[datetime, str]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


def main() -> None:
    options = _options()
    if not (EVAL / "events.json").exists():
        sys.exit(f"the evaluation data is missing: {EVAL} has no events.json; set WIREWATCH_EVAL")
    events = [event for event in _events() if options.only in {None, event.name}]
    started = time.process_time()
    found, articles = _found(events, options.model)
    rows = [_row(event, found[event.name]) for event in events]
    for row in (COLUMNS, *rows, _together(events, found)):
        say("".join(cell.ljust(22) if at == 0 else cell.rjust(9) for at, cell in enumerate(row)).rstrip())
    say(f"{articles} articles in {time.process_time() - started:.1f} CPU s")
    for event in events:
        for told in found[event.name].told:
            label = event.labels.get(told.alert.article.id, 0)
            if options.show or label == 0:
                say(
                    f"{label:>2}  {event.name}  {told.at:%m-%d %H:%M}  {told.alert.reason.value}  "
                    f"{told.alert.article.title}\n      {told.alert.sent_because}"
                )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="EVENT")
    parser.add_argument("--show", action="store_true", help="list every alert, not only those by articles labelled 0")
    parser.add_argument("--model", metavar="DIRECTORY", help="a model for sentences, as [stories] model names one")
    return parser.parse_args()


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from map(json.loads, text.splitlines())


def _events() -> list[Event]:
    labels: dict[str, dict[str, int]] = {}
    for line in _lines(EVAL / "events.labels.jsonl"):
        labels.setdefault(line["event"], {})[line["id"]] = line["label"]
    events = [
        Event(event["slug"], event["query"], labels[event["slug"]], event["developments"])
        for event in json.loads((EVAL / "events.json").read_text("utf-8"))
    ]
    watched = {line["id"]: line["watch_kim_putin"] for line in _lines(EVAL / "stream2023.labels.jsonl.gz")}
    return [*events, Event(WATCH, WATCH_QUERY, watched, [])]


def _found(events: Sequence[Event], model: str | None) -> tuple[dict[str, Found], int]:
    settings = Settings(
        storage_dir=Path("unused"),
        story_model=model,
        entities=ENTITIES,
        topics=tuple(
            Topic(
                name=event.name,
                query=event.query,
                sources=SOURCES,
                parties=("kremlin", "kcna") if event.name == WATCH else (),
            )
            for event in events
        ),
        destinations=(DestinationSpec(name="desk", type="console"),),
    )
    found = {event.name: Found() for event in events}
    arrivals = Arrivals(_stream(), settings.articles_ttl)
    for outcome in Backtest(settings).run(arrivals):
        is_told = isinstance(outcome, Told)
        one = found[outcome.alert.topic if is_told else outcome.topic]
        one.matched.append((outcome.at, (outcome.alert if is_told else outcome).article.id))
        if is_told:
            one.told.append(outcome)
    return found, arrivals.articles


def _stream() -> Iterable[Article]:
    return map(from_line, _lines(EVAL / "stream2023.articles.jsonl.gz"))


def _row(event: Event, found: Found) -> tuple[str, ...]:
    labels = [event.labels.get(ident, 0) for _, ident in found.matched]
    right, wrong = labels.count(1), labels.count(0)
    wanted = list(event.labels.values()).count(1)
    by_0 = sum(event.labels.get(told.alert.article.id, 0) == 0 for told in found.told)
    majors = [development for development in event.developments if development["weight"] == "major"]
    told = sum(any(_start(one) <= alert.at <= _start(one) + SOON for alert in found.told) for one in majors)
    return (
        event.name,
        str(len(found.matched)),
        _ratio(right, right + wrong),
        _ratio(right, wanted),
        str(len(found.told)),
        str(by_0),
        _late(event, found),
        f"{told}/{len(majors)}" if majors else "-",
        _ratio(len(found.told), len(event.developments)),
        _ratio(len(found.told), len(found.matched)),
    )


def _together(events: Sequence[Event], found: dict[str, Found]) -> tuple[str, ...]:
    alerts = sum(len(one.told) for one in found.values())
    matched = sum(len(one.matched) for one in found.values())
    listed = [event for event in events if event.developments]
    developments = sum(len(event.developments) for event in listed)
    of_listed = sum(len(found[event.name].told) for event in listed)
    empty = ("",) * 3
    return (
        "together",
        str(matched),
        "",
        "",
        str(alerts),
        *empty,
        _ratio(of_listed, developments),
        _ratio(alerts, matched),
    )


def _start(development: dict[str, Any]) -> datetime:
    """When its first item came; where that outlet's clock is off, the first item of another."""
    return datetime.fromisoformat(development.get("time_clock_ok", development["time"]))


def _late(event: Event, found: Found) -> str:
    first = next((at for at, ident in found.matched if event.labels.get(ident) == 1), None)
    told = next((one.at for one in found.told if event.labels.get(one.alert.article.id) == 1), None)
    return "-" if first is None or told is None else f"{(told - first).total_seconds() / 60:.0f}"


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


if __name__ == "__main__":
    main()
