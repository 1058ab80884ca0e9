"""Lucene's Monitor beside this engine, on the same topics and articles in one run: see README.md in this folder."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

# Run as a script, Python looks for modules beside this file only.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from bench import measure, report  # noqa: E402  the line above finds them
from bench.corpus import MissingError, News, evaluation_folder, news  # noqa: E402  as above

from worker.match.nodes import About, Alias, And, Near, Node, Not, Or, Phrase, Scope  # noqa: E402  as above
from worker.match.query import parse  # noqa: E402  as above
from worker.match.text import units  # noqa: E402  as above
from worker.model import Article, Entity, Topic  # noqa: E402  as above

_PRESEARCHERS = ("term-filtered", "multipass-2", "multipass-4", "multipass-4-rare")


class UntranslatableError(Exception):
    """Lucene cannot say it with the same meaning."""


def translated(node: Node, names: dict[str, tuple[str, ...]]) -> str:
    """The query with its operators in front, for MonitorBench.java. Raises UntranslatableError."""
    match node:
        case Phrase():
            said = _phrase(node.words)
        case Alias():
            said = _joined("or", [_phrase(units(alias)) for alias in names[node.name]])
        case And() | Or():
            parts = [translated(part, names) for part in node.parts]
            said = _joined("and" if isinstance(node, And) else "or", parts)
        case Not():
            said = f"not {translated(node.part, names)}"
        case Near():
            kind = "onear" if node.ordered else "near"
            said = f"{kind} {node.distance} {translated(node.left, names)} {translated(node.right, names)}"
        case Scope(field="title" | "lead"):
            said = f"scope {node.field} {translated(node.part, names)}"
        case About(key="lang" | "source"):
            said = f"about {node.key} {node.value}"
        case _:
            raise UntranslatableError(type(node).__name__)
    return said


def _joined(kind: str, parts: Sequence[str]) -> str:
    return f"{kind} {len(parts)} {' '.join(parts)}"


def _phrase(words: Sequence[str]) -> str:
    if not any(mark in word for word in words for mark in "*?"):
        return _joined("phrase", words)
    if len(words) == 1 and words[0].endswith("*") and "?" not in words[0]:
        return f"prefix {words[0][:-1]}"
    raise UntranslatableError("a wildcard inside a phrase or a word")


def shared(written: Sequence[Topic], known: Sequence[Entity]) -> tuple[list[Topic], list[str]]:
    """The topics that both can say, and their lines for Lucene."""
    names = {entity.name: entity.aliases for entity in known}
    kept, lines = [], []
    for topic in written:
        try:
            line = translated(parse(topic.query, entities=names).root, names)
        except UntranslatableError:
            continue
        kept.append(topic)
        lines.append(f"{topic.name}\t{line}")
    return kept, lines


def article_line(article: Article) -> str:
    domain = article.source.domain.split(".")
    sources = " ".join(".".join(domain[start:]) for start in range(len(domain)))
    return "\t".join(
        [
            article.id,
            *(" ".join(text.split()) for text in (article.title, article.text)),
            article.language or "",
            sources,
        ]
    )


def _lucene(folder: Path, rounds: int, presearcher: str) -> tuple[dict[str, Any], dict[str, set[str]]]:
    program = Path(__file__).with_name("MonitorBench.java")
    command = ["java", "-Xmx6g", "-XX:+UseSerialGC", "-cp", os.environ["LUCENE_CLASSPATH"], str(program)]
    files = [str(folder / name) for name in ("topics", "warm_up", "articles", "matches")]
    output = subprocess.run(
        [*command, *files, str(rounds), presearcher], check=True, capture_output=True, text=True
    ).stdout
    lines = (folder / "matches").read_text().splitlines()
    found = {name: set(topics.split()) for name, _, topics in (line.partition("\t") for line in lines)}
    return json.loads(output.splitlines()[-1]), found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--articles", type=int, default=400, help="how many of the 400 to measure")
    parser.add_argument("--presearchers", nargs="+", default=_PRESEARCHERS, choices=_PRESEARCHERS)
    options = parser.parse_args()
    if "LUCENE_CLASSPATH" not in os.environ:
        sys.stderr.write("set LUCENE_CLASSPATH to the jars that README.md names\n")
        return 1
    try:
        everything = news(evaluation_folder())
    except MissingError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    found = replace(everything, measured=everything.measured[: options.articles])
    written, known = report.made(found, max(options.topics))
    for count in options.topics:
        with tempfile.TemporaryDirectory() as folder:
            _compare(Path(folder), found, written[:count], known, options)
    return 0


def _compare(
    folder: Path, found: News, written: Sequence[Topic], known: Sequence[Entity], options: argparse.Namespace
) -> None:
    topics, lines = shared(written, known)
    for name, content in (
        ("topics", lines),
        ("warm_up", map(article_line, found.warm_up)),
        ("articles", map(article_line, found.measured)),
    ):
        (folder / name).write_text("\n".join(content) + "\n")
    matcher, _ = measure.built(topics, known, found.vocabulary[:500])
    decide = matcher.matching_each
    ours = {article.id: set(map(measure.name_of, names)) for article, names in decide(found.measured)}
    _say(f"{len(topics):,} of {len(written):,} topics can be said in both")
    for presearcher in options.presearchers:
        before = measure.speed(decide, found.warm_up, found.measured, options.rounds)
        figures, theirs = _lucene(folder, options.rounds, presearcher)
        after = measure.speed(decide, found.warm_up, found.measured, options.rounds)
        times = (before.median + after.median) / 2 / figures["median"]
        _say(f"  {presearcher}: {figures['median']:,.0f} articles/s, {figures['tried']:,.0f} queries tried on each")
        _say(f"    this engine: {before.median:,.0f} before, {after.median:,.0f} after: {times:.1f} times")
    _say(f"  {_difference(ours, theirs)}")


def _difference(ours: dict[str, set[str]], theirs: dict[str, set[str]]) -> str:
    both = sum(len(names & theirs[article]) for article, names in ours.items())
    only_ours = sorted((article, name) for article, names in ours.items() for name in names - theirs[article])
    only_theirs = sorted((article, name) for article, names in ours.items() for name in theirs[article] - names)
    told = f" e.g. here {only_ours[:3]}, there {only_theirs[:3]}" if only_ours or only_theirs else ""
    return f"{both:,} matches in both, {len(only_ours)} only here, {len(only_theirs)} only there{told}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
