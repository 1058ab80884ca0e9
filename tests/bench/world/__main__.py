"""The command line; see the package."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence

from . import __doc__ as about
from .press import Scale
from .report import STEPS, write
from .run import Plan, run
from .tables import in_words


def main(arguments: Sequence[str] | None = None) -> int:
    """Status 1 where an alert was lost, or sent twice, or nobody was due."""
    # Ended from outside, it takes its processes along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["report"]:
        options = _report_parser().parse_args(given[1:])
        write([] if options.write_only else options.steps or list(STEPS), others=options.others)
        return 0
    options = _parser().parse_args(given)
    scale = Scale(feeds=options.feeds, articles=options.articles, topics=options.topics, seed=options.seed)
    plan = Plan(scale=scale, workers=options.workers, speed=options.speed)
    found = run(plan)
    sys.stdout.write(in_words(found))
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
    return int(bool(found["alerts_lost"] or found["alerts_unexpected"] or found["duplicates"]))


def _step(name: str) -> str:
    if name not in STEPS:
        raise argparse.ArgumentTypeError(f'"{name}" is no step; write some of {", ".join(STEPS)}')
    return name


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f'"{text}" is no number of 1 or more')
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.world", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=_count, default=200, metavar="N")
    parser.add_argument("--articles", type=_count, default=2_000, metavar="N", help="how many come out in all")
    parser.add_argument("--topics", type=_count, default=100, metavar="N")
    parser.add_argument("--workers", type=_count, default=4, metavar="N", help="processes of `wirewatch worker ingest`")
    parser.add_argument("--speed", type=float, default=600.0, metavar="X", help="seconds of the world in one of ours")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--json", action="store_true", help="everything measured, as an object on the last line")
    return parser


def _report_parser() -> argparse.ArgumentParser:
    prog = "python -m tests.bench.world report"
    parser = argparse.ArgumentParser(prog=prog, description="Writes deploy/benchmark.md.")
    parser.add_argument(
        "steps", nargs="*", type=_step, metavar="STEP", help=f"some of {', '.join(STEPS)}; all by default"
    )
    parser.add_argument("--write-only", action="store_true", help="run nothing; write it from what was found before")
    parser.add_argument("--others", metavar="PYTHON", help="one with reader, httpx, feedparser and trafilatura")
    return parser


if __name__ == "__main__":
    sys.exit(main())
