"""How good the queries are that `wirewatch topics suggest` makes of a few labelled articles. Run by hand:

    python tests/bench/suggest_events.py [--rounds 30] [--only EVENT] [--show]

Reads $WIREWATCH_EVAL (default ../shared/eval): a stream of news items, and for each of its events the items about it
(1), unclear ones (-1, left out) and others (0, as is everything without a label). A suggestion is made from examples
labelled 1 and judged by the F1 of its matches on the rest of the stream.

    random N    N examples drawn at random, `rounds` times; the background is the whole stream, without labels
    random 3-2  the same with two hard negatives (read by the annotator and labelled 0) as counter-examples
    first 3     the first three in the order of the stream; the background ends with the third of them
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from worker.clean.lines import from_line
from worker.match.engine import Matcher
from worker.match.suggest.propose import Ground, Suggestion
from worker.model import Article, Topic

SEED = 20230901
TARGET = 0.80
EVAL = Path(os.environ.get("WIREWATCH_EVAL", "../shared/eval")) / "stories"


@dataclass(frozen=True)
class Event:
    name: str
    positives: list[str]
    unclear: frozenset[str]
    near_misses: list[str]


def main() -> None:
    options = _options()
    if not (EVAL / "events.labels.jsonl").exists():
        sys.exit(f"the evaluation data is missing: {EVAL} has no events.labels.jsonl; set WIREWATCH_EVAL")
    stream = [from_line(line) for line in _lines(EVAL / "stream2023.articles.jsonl.gz")]
    events = [event for event in _events() if options.only in {None, event.name}]
    started = time.process_time()
    ground = Ground(stream)
    say(f"{len(stream)} articles, made ready in {time.process_time() - started:.1f} CPU s")
    rounds = options.rounds
    for title, size, against in (("random 3", 3, 0), ("random 1", 1, 0), ("random 5", 5, 0), ("random 3-2", 3, 2)):
        say(f"\n{title}: {rounds} draws an event")
        _table([(event, _drawn(ground, event, size, against, rounds)) for event in events], options)
    say("\nfirst 3")
    _table([(event, [_first(stream, event)]) for event in events], options)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", metavar="EVENT")
    parser.add_argument("--show", action="store_true", help="print the queries")
    return parser.parse_args()


def _lines(path: Path) -> Iterable[dict[str, object]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from map(json.loads, text.splitlines())


def _events() -> list[Event]:
    labels: dict[str, dict[str, tuple[int, int]]] = {}
    for line in _lines(EVAL / "events.labels.jsonl"):
        labels.setdefault(str(line["event"]), {})[str(line["id"])] = (line["label"], line["net"])  # type: ignore[assignment]  # JSON
    watched = labels.setdefault("(kim-putin)", {})
    for line in _lines(EVAL / "stream2023.labels.jsonl.gz"):
        watched[str(line["id"])] = (line["watch_kim_putin"], 1)  # type: ignore[assignment]  # JSON
    return [
        Event(
            name=name,
            positives=sorted(ident for ident, (label, _) in given.items() if label == 1),
            unclear=frozenset(ident for ident, (label, _) in given.items() if label == -1),
            near_misses=sorted(ident for ident, (label, net) in given.items() if label == 0 and net == 1),
        )
        for name, given in labels.items()
    ]


@dataclass(frozen=True)
class Result:
    f1: float
    precision: float
    recall: float
    seconds: float
    terms: int
    query: str


def _drawn(ground: Ground, event: Event, size: int, against: int, rounds: int) -> list[Result]:
    draw = random.Random(f"{SEED} {event.name} {size} {against}")
    results = []
    for _ in range(rounds):
        examples, others = draw.sample(event.positives, size), draw.sample(event.near_misses, against)
        started = time.process_time()
        suggestion = ground.suggest(examples, others)
        seconds = time.process_time() - started
        found = {each.article.id for each in suggestion.matches}
        results.append(_result(event, {*examples, *others}, found, suggestion, seconds))
    return results


def _first(stream: Sequence[Article], event: Event) -> Result:
    places = {article.id: place for place, article in enumerate(stream)}
    examples = sorted(event.positives, key=places.__getitem__)[:3]
    started = time.process_time()
    suggestion = Ground(stream[: places[examples[-1]] + 1]).suggest(examples, [])
    seconds = time.process_time() - started
    matcher = Matcher([Topic(name="suggested", query=suggestion.query)], [])
    found = {article.id for article, matches in matcher.match_each(stream) if matches}
    return _result(event, set(examples), found, suggestion, seconds)


def _result(event: Event, given: set[str], found: set[str], suggestion: Suggestion, seconds: float) -> Result:
    found = found - given - event.unclear
    wanted = set(event.positives) - given
    right = len(found & wanted)
    return Result(
        f1=2 * right / (len(found) + len(wanted)),
        precision=right / max(1, len(found)),
        recall=right / len(wanted),
        seconds=seconds,
        terms=len(suggestion.parts),
        query=suggestion.query,
    )


def _table(rows: Sequence[tuple[Event, list[Result]]], options: argparse.Namespace) -> None:
    say(f"{'event':24}{'F1':>6}{'worst':>7}{'prec':>6}{'recall':>7}{'terms':>6}{'CPU s':>6}")
    medians, every = [], []
    for event, results in rows:
        scores = [result.f1 for result in results]
        middle = [
            median(getattr(each, name) for each in results) for name in ("precision", "recall", "terms", "seconds")
        ]
        say(
            f"{event.name:24}{median(scores):6.2f}{min(scores):7.2f}"
            f"{middle[0]:6.2f}{middle[1]:7.2f}{middle[2]:6.0f}{middle[3]:6.1f}"
        )
        for result in results if options.show else ():
            say(f"    {result.f1:.2f}  {result.query}")
        if not event.name.startswith("("):  # a watch with other rules of labelling, shown but not counted
            medians.append(median(scores))
            every += scores
    if every:
        share = sum(score >= TARGET for score in every) / len(every)
        say(f"median of all {median(every):.3f}, of the events' medians {median(medians):.3f}; {share:.0%} >= {TARGET}")


if __name__ == "__main__":
    main()
