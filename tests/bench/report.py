"""The benchmark's command line: runs what is asked for and prints it as tables or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench import hostile, measure, topics, vocabulary
from bench.corpus import MissingError, News, evaluation_folder, news
from rich.console import Console
from rich.table import Table

from worker.match.engine import TOGETHER
from worker.model import Entity, Topic

# As many stored articles as an ingest worker learns the common words from.
_STORED = 500
_ADDED_ONE_BY_ONE = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """One row: an engine with `topics` topics."""

    topics: int
    density: measure.Density
    deciding: measure.Speed
    one_by_one: measure.Speed
    explaining: measure.Speed
    foreign: measure.Speed
    build_seconds: float
    adding: measure.Adding
    bytes: measure.Bytes | None
    shares: dict[str, float] | None


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        folder = evaluation_folder()
    except MissingError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    found = news(folder)
    rows = [] if options.hostile else list(_rows(found, options))
    inputs = list(hostile.cases()) if options.hostile or not options.quick else []
    if options.json:
        lines = {"topics": [asdict(row) for row in rows], "hostile": [asdict(case) for case in inputs]}
        sys.stdout.write(json.dumps(lines, indent=1) + "\n")
    else:
        _print(rows, inputs, found, options)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, nargs="+", default=[1000, 10_000, 100_000], metavar="N")
    parser.add_argument("--articles", type=int, default=400, metavar="N", help="how many of the 400 to measure")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--quick", action="store_true", help="no memory and no hostile inputs")
    parser.add_argument("--hostile", action="store_true", help="hostile inputs only")
    parser.add_argument("--profile", action="store_true", help="the share of each module of the engine")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def made(found: News, count: int) -> tuple[list[Topic], list[Entity]]:
    """Topics and entities from the half of the text that is not measured."""
    words = vocabulary.read([(article.title, article.text) for article in found.vocabulary])
    known = topics.entities(words)
    domains = [article.source.domain for article in found.vocabulary if article.source.domain]
    return topics.topics(words, known, domains, count), known


def _rows(found: News, options: argparse.Namespace) -> Iterator[Figures]:
    written, known = made(found, max(options.topics) + _ADDED_ONE_BY_ONE)
    more = written[-_ADDED_ONE_BY_ONE:]
    for count in options.topics:
        yield _row(found, written[:count], known, more, options)


def _row(
    found: News, watched: Sequence[Topic], known: Sequence[Entity], more: Sequence[Topic], options: argparse.Namespace
) -> Figures:
    size = None if options.quick else measure.bytes_per_topic(watched, known)
    matcher, seconds = measure.built(watched, known, found.vocabulary[:_STORED])
    decide, measured = matcher.matching_each, found.measured[: options.articles]
    warm_up, elsewhere = found.warm_up[: options.articles], found.foreign_warm_up
    return Figures(
        topics=len(watched),
        density=measure.density(decide, measured, len(watched)),
        deciding=measure.speed(decide, warm_up, measured, options.rounds),
        one_by_one=measure.speed(
            lambda articles: ((one, matcher.matching(one)) for one in articles), warm_up, measured, options.rounds
        ),
        explaining=measure.speed(matcher.match_each, warm_up, measured, options.rounds),
        foreign=measure.speed(decide, elsewhere, found.foreign, options.rounds),
        build_seconds=seconds,
        adding=measure.adding(matcher, more),
        bytes=size,
        shares=measure.shares(decide, measured) if options.profile else None,
    )


# --- printing -----------------------------------------------------------------------------------------------------


def _print(rows: Sequence[Figures], inputs: Sequence[hostile.Case], found: News, options: argparse.Namespace) -> None:
    console = Console(width=120)
    if rows:
        console.print(_about(found, options), highlight=False)
        console.print(_engine_table(rows))
    for row in rows:
        if row.shares:
            parts = ", ".join(f"{module} {share:.0f} %" for module, share in row.shares.items())
            console.print(f"{row.topics:,} topics, share of the time: {parts}", highlight=False)
    if inputs:
        console.print(_hostile_table(inputs))


def _about(found: News, options: argparse.Namespace) -> str:
    foreign = sum(len(article.text.split()) for article in found.foreign) / len(found.foreign)
    return (
        f"{min(options.articles, len(found.measured))} English articles of 400 words; {len(found.foreign)} in other "
        f"languages of {foreign:.0f} words on average; CPU time of one thread, median of {options.rounds} rounds\n"
        f"Python {sys.version.split()[0]}, {measure.plain_loop():.0f} million additions/s in a plain loop\n"
        f"in 100 topics: {_mix(topics.FORMS)}; added: {_mix(topics.ADDED)}"
    )


def _mix(shares: dict[str, int]) -> str:
    return ", ".join(f"{name} {share}" for name, share in shares.items())


def _engine_table(rows: Sequence[Figures]) -> Table:
    table = Table("", *(f"{row.topics:,} topics" for row in rows))
    for name, tell in _LINES:
        table.add_row(name, *(tell(row) for row in rows))
    return table


def _speed(found: measure.Speed) -> str:
    return f"{found.median:,.0f} ({found.slowest:,.0f} to {found.quickest:,.0f})"


def _spread(found: measure.Density) -> str:
    first, second, third = found.quartiles
    return f"{first:,.0f} / {second:,.0f} / {third:,.0f}, most {found.most:,}"


def _size(found: measure.Bytes | None) -> str:
    return f"{found.engine:,.0f} / {found.engine + found.records:,.0f}" if found else "not measured"


def _adding(found: measure.Adding) -> str:
    return f"{found.mean:.2f}, {found.p99:.2f}"


_LINES: tuple[tuple[str, Any], ...] = (
    ("topics that hit an article, mean", lambda row: f"{row.density.percent:.3f} %"),
    ("  hits per article, quartiles", lambda row: _spread(row.density)),
    ("  topics that hit any article", lambda row: f"{row.density.topics_hit:.0f} %"),
    (f"articles/s: which topics match, {TOGETHER} read at once", lambda row: _speed(row.deciding)),
    ("articles/s: the same, one by one", lambda row: _speed(row.one_by_one)),
    ("articles/s: with score and highlights", lambda row: _speed(row.explaining)),
    ("articles/s: other languages", lambda row: _speed(row.foreign)),
    ("building all, s", lambda row: f"{row.build_seconds:.1f}"),
    ("adding a topic, ms: mean, p99", lambda row: _adding(row.adding)),
    ("removing a topic, ms", lambda row: f"{row.adding.removing:.3f}"),
    ("bytes per topic: engine / with records", lambda row: _size(row.bytes)),
)


def _hostile_table(inputs: Sequence[hostile.Case]) -> Table:
    table = Table("hostile input", "ms", "twice the size, ms", "ratio")
    for case in inputs:
        table.add_row(case.name, f"{case.single:.2f}", f"{case.double:.2f}", f"{case.ratio:.1f}")
    return table
