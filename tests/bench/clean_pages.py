"""Measures cleaning: python tests/bench/clean_pages.py [--rounds 5] [PAGES.jsonl.gz ...].

Real pages ({"id", "url", "html"} a line), from the files given, else from $WIREWATCH_EVAL/extraction, else the pages of
sample text of the quality floors. Told is the CPU time a page, beside that of trafilatura's fast mode in the same
process and in turn with it: on a busy machine only their ratio says something. The goal is 1.3 at most.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

# Run as a script, Python looks for modules beside this file only.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console  # noqa: E402  the line above finds it
from support.eval_pages import layout_pages, residue_pages  # noqa: E402  the same
from trafilatura import extract  # noqa: E402  the same

from worker.clean.article import clean  # noqa: E402  the same
from worker.model import Page  # noqa: E402  the same

GOAL = 1.3
CONSOLE = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Status 1 where the goal is missed."""
    options = _options()
    logging.disable(logging.ERROR)
    pages = _pages(options.files)
    now = datetime.now(UTC)
    works: Sequence[Callable[[Page], object]] = (
        lambda page: clean(page, None, now=now),
        lambda page: extract(page.body.decode("utf-8", "replace"), fast=True),
    )
    for work in works:  # imports and caches are not what is asked
        _milliseconds(work, pages[:5])
    rounds = [[_milliseconds(work, pages) for work in works] for _ in range(options.rounds)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratios = sorted(one / other for one, other in rounds)
    ratio = statistics.median(ratios)
    kilobytes = sum(len(page.body) for page in pages) / len(pages) / 1000
    CONSOLE.print(f"{len(pages)} pages of {kilobytes:.0f} kB on average, {options.rounds} rounds")
    CONSOLE.print(f"clean {ours:.1f} ms a page, trafilatura's fast mode {theirs:.1f} ms")
    CONSOLE.print(f"ratio {ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), goal {GOAL}")
    return int(ratio > GOAL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="PAGES.jsonl.gz")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _pages(files: Sequence[Path]) -> list[Page]:
    default = Path(__file__).resolve().parents[2].parent / "shared" / "eval"
    stored = Path(os.environ.get("WIREWATCH_EVAL", default)) / "extraction"
    found = [line for file in files or sorted(stored.glob("*.pages.jsonl.gz")) for line in _lines(file)]
    if not found:
        CONSOLE.print(f"{stored} holds no pages: measured are the small pages of the quality floors")
        found = [{"url": "", "html": page.html} for page in (*layout_pages(), *residue_pages())]
    return [Page(url=line["url"] or "", body=line["html"].encode("utf-8", "replace")) for line in found]


def _lines(file: Path) -> list[dict[str, str]]:
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return [json.loads(line) for line in content.splitlines()]


def _milliseconds(work: Callable[[Page], object], pages: Sequence[Page]) -> float:
    started = time.process_time()
    for page in pages:
        work(page)
    return (time.process_time() - started) * 1000 / len(pages)


if __name__ == "__main__":
    sys.exit(main())
