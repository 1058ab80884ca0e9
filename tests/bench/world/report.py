"""What deploy/benchmark.md is made of: its steps, and how it is written.

Each step of the report keeps what it found in deploy/benchmark.json, from which the whole report is written anew after
every step; nothing in it is written by hand.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from subprocess import PIPE
from typing import Any

from .compare import compare, compare_in_words
from .machine import ROOT
from .picture import Line, chart
from .press import DAY, PER_DAY, Scale
from .run import MOST, Plan, run
from .tables import Found, in_words, memory_over_time, poll_cost, polls_of, table

DEPLOY = ROOT / "deploy"
SEED = 1
# Runs that are to be compared: as much news a second as 100,000 feeds have, for so many seconds.
_RATE, _SECONDS = 100_000, 30
_BURST = 4
_BUDGETS = (
    ("alert after the poll that saw it, p99, s", "alert_p99_s", 5),
    ("Redis, bytes a feed", "redis_bytes_per_feed", 1_500),
    ("Redis, bytes an address seen", "redis_bytes_per_seen_url", 16),
    ("Redis, bytes a stored article", "redis_bytes_per_article", 1_200),
    ("Redis, bytes a queued entry", "redis_bytes_per_queued_entry", 130),
    ("Redis, bytes a live story", "redis_bytes_per_live_story", 2_000),
)


def _plan(
    feeds: int,
    topics: int,
    workers: int,
    *,
    rate: int = _RATE,
    seconds: float = _SECONDS,
    before: float = 0.0,
    per_day: float = PER_DAY,
) -> Plan:
    """A run of so many seconds in which as much comes out as `rate` feeds have; `before` is in our seconds, too."""
    speed = rate / feeds
    articles = round(rate * per_day * (seconds + before) / DAY)
    scale = Scale(feeds=feeds, articles=articles, topics=topics, seed=SEED, per_day=per_day)
    return Plan(scale=scale, workers=workers, speed=speed, before=before * speed, find=20, drain=30)


def _day() -> Iterator[Found]:
    """What came out in two hours before, and was not seen, is there when it begins; it ends with the last article.

    With as many ingest workers as a machine of two cores is to have.
    """
    plan = _plan(100_000, 10_000, 2, seconds=180, before=7_200)
    yield run(replace(plan, find=0))


def _burst() -> Iterator[Found]:
    """As the day, on one on which feeds have four times as much."""
    plan = _plan(100_000, 10_000, 2, seconds=60, before=3_600, per_day=_BURST * PER_DAY)
    yield run(replace(plan, find=0))


def _feeds() -> Iterator[Found]:
    """As for a day: what came out before and was not seen is there, for a time of as many polls of a feed."""
    plans = (_plan(feeds, 1_000, 4, seconds=60, before=7_200 * feeds / _RATE) for feeds in (1_000, 10_000, 100_000))
    return (run(replace(plan, find=0)) for plan in plans)


def _topics() -> Iterator[Found]:
    return (run(_plan(1_000, topics, 4)) for topics in (100, 1_000, 10_000, 100_000))


def _workers() -> Iterator[Found]:
    return (run(_plan(2_000, 1_000, count, rate=8 * _RATE, seconds=20)) for count in (1, 2, 4, 8))


def _memory() -> Iterator[Found]:
    """The table that redis_memory.py prints."""
    command = [sys.executable, "tests/bench/redis_memory.py"]
    told = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=PIPE, check=True)
    yield {"table": told.stdout.decode().splitlines()}


STEPS: Mapping[str, Callable[[], Iterator[Found]]] = {
    "day": _day,
    "burst": _burst,
    "feeds": _feeds,
    "topics": _topics,
    "workers": _workers,
    "memory": _memory,
    "compare": lambda: iter(()),
}


def write(steps: Sequence[str], *, others: str | None) -> None:
    """Run these steps, if any, and write the report from them and from what the other steps found before."""
    kept_at = DEPLOY / "benchmark.json"
    kept = json.loads(kept_at.read_text()) if kept_at.exists() else {}
    for step in steps:
        kept[step] = {"at": datetime.now(UTC).date().isoformat(), "found": []}
        for found in [compare(others)] if step == "compare" else STEPS[step]():
            if step == "day":
                _draw(found)
            # After each run, so that a step that is cut short has shown what it found.
            kept[step]["found"].append(_kept(found))
            kept_at.write_text(json.dumps(kept, indent=1) + "\n")
        sys.stdout.write(f"{step}: done\n")
        sys.stdout.flush()
    (DEPLOY / "benchmark.md").write_text(_report(kept))


def _kept(found: Found) -> Found:
    """Without what only pictures show; memory at the beginning, the middle and the end."""
    if "samples" not in found:
        return found
    samples = found["samples"]
    highest = max(samples, key=lambda sample: sum(sample["memory"].values()))
    few = [samples[0], samples[len(samples) // 2], highest, samples[-1]]
    return {**found, "samples": sorted(few, key=lambda sample: sample["at"])}


def _draw(found: Found) -> None:
    samples = found["samples"]

    def line(name: str, key: str) -> Line:
        return Line(name=name, points=[(sample["at"], sample[key]) for sample in samples])

    depth = [line("jobs that wait", "waiting"), line("jobs that run", "running"), line("put back for later", "later")]
    depth += [line("alerts to be delivered", "outbox")]
    (DEPLOY / "benchmark-queues.svg").write_text(chart("Queues", "jobs", depth))
    sizes = [
        Line(name=name, points=[(sample["at"], sample["memory"].get(name, 0.0)) for sample in samples])
        for name in samples[-1]["memory"]
    ]
    (DEPLOY / "benchmark-memory.svg").write_text(chart("Memory of each process, and of its children", "MB", sizes))


def _report(kept: Mapping[str, Any]) -> str:
    parts = [_opening()]
    parts += [_SECTIONS[step](kept[step]["found"]) for step in STEPS if step in kept]
    return "\n".join(parts)


def _opening() -> str:
    return f"""# What wirewatch costs, and where it ends

Written by a script, on the simulated press of `tests/bench/world` (its docstring says what is simulated, and what
`--speed` means). Again, step by step or all of it, from the root of the repository:

    python -m tests.bench.world report [day|burst|feeds|topics|workers|memory|compare] --others PYTHON

PYTHON is one that has reader, httpx, feedparser and trafilatura; newsboat is looked for on PATH. What was measured is
in benchmark.json. Everything runs on one machine, the world's servers included (their CPU time is not counted):
{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}. Others may use it too, so CPU times
are good to a fifth, and delays of single runs to less; on crowded cores both are too high. No TLS. Articles are sample
sentences put together by chance, which compress otherwise than news do.

One world by itself, with all tables of the first section:

    python -m tests.bench.world --feeds 200 --articles 2000 --topics 100 --workers 4 --speed 600 --seed 1 --json
"""


def _section_day(found: Sequence[Found]) -> str:
    (one,) = found
    polls = one["cpu_ms_by_process"]["scheduler"] + one["cpu_ms_by_process"]["its parsers"]
    rest = round(one["cpu_ms_per_article"] - polls, 2)
    budget: list[list[object]] = [
        ["CPU-ms an article, everything", one["cpu_ms_per_article"], None, ""],
        ["CPU-ms an article from the queue to its alerts, with all of Redis", rest, 25, _held(rest, 25)],
    ]
    budget += [[what, one[key], most, _held(one[key], most)] for what, key, most in _BUDGETS]
    rate = _RATE * PER_DAY / DAY
    text = (
        f"A piece of the day on which 100,000 feeds have a million articles ({rate:.1f} a second), speed "
        f"{one['speed']:g}: nothing is compressed. Everything had been polled for months before it begins, a "
        f"dictionary for articles trained on those of another world, and feeds hold what came out since their last "
        f"poll; what comes out after a feed's last poll in the run is not seen.\n"
    )
    return "\n".join(
        [
            "## 100,000 feeds, 10,000 topics, at the world's own pace\n",
            text,
            table(["", "measured", "budget", ""], budget),
            in_words(one),
            "![queues](benchmark-queues.svg)\n![memory](benchmark-memory.svg)\n",
        ]
    )


def _section_burst(found: Sequence[Found]) -> str:
    (one,) = found
    text = (
        f"A minute of a day on which every feed has {_BURST} times as much as on an ordinary one, again at the world's "
        f"own pace and with what came out before.\n"
    )
    delays, used = one["seen_to_alert_s"], one["cpu_ms_by_process"]
    rows: list[list[object]] = [
        ["articles stored", one["articles"]],
        ["articles a second, until 95 of 100 were stored", _rate(one)],
        ["cores, all processes together", one["cpu_cores"]],
        ["CPU-ms an article, everything", one["cpu_ms_per_article"]],
        *([f"of it {name}", cost] for name, cost in used.items()),
        ["jobs that waited, at the most", one["most_waiting"]],
        ["in a poll's answer -> alert received, s: p50, p99", f"{delays['p50']}, {delays['p99']}"],
        ["poll after it was due, p99, s", one["poll_lag_s"]["p99"]],
        ["alerts due, sent", f"{one['alerts_expected']}, {one['alerts_delivered']}"],
    ]
    return "\n".join([f"## {_BURST} times as much\n", text, table(["", "measured"], rows)])


def _rate(one: Found) -> float:
    """Articles a second, without the wait for the last hosts that fail."""
    return round(MOST * float(one["articles"]) / float(one["most_stored_after_s"]), 1)


def _held(measured: float | None, most: float) -> str:
    if measured is None:
        return "no queue grew long in this run: see below"
    return "holds" if measured <= most else f"does not hold ({measured / most:.1f} times)"


def _growth(found: Sequence[Found], key: str, title: str, text: str) -> str:
    titles = [key, "speed", "articles/s (of the first 95 %)", "CPU-ms an article", *list(found[0]["cpu_ms_by_process"])]
    titles += ["polls an article", "CPU-ms a poll", "match, ms", "seen -> alert p50, p99 s", "poll lag p99 s"]
    titles.append("alerts due, sent")
    rows = []
    for one in found:
        delays = one["seen_to_alert_s"]
        row = [one[key], f"{one['speed']:g}", _rate(one), one["cpu_ms_per_article"]]
        row += [*one["cpu_ms_by_process"].values(), round(polls_of(one) / max(1, one["articles"]), 1), poll_cost(one)]
        row += [one["stages"]["match"]["mean_ms"], f"{delays['p50']}, {delays['p99']}", one["poll_lag_s"]["p99"]]
        rows.append([*row, f"{one['alerts_expected']}, {one['alerts_delivered']}{'' if one['all_done'] else ' (cut)'}"])
    memory = [[one[key], *(row[-1] for row in memory_over_time(one))] for one in found[-1:]]
    names = [str(row[0]) for row in memory_over_time(found[-1])]
    return "\n".join([f"## {title}\n", text, table(titles, rows), table([key, *(f"{n}, MB" for n in names)], memory)])


def _section_feeds(found: Sequence[Found]) -> str:
    text = (
        "The same number of articles a second for 60 s, from more and more feeds, so the speed falls as their number "
        "rises, and the polls for an article stay about the same. As above, feeds hold what came out since their last "
        "poll when it begins.\n"
    )
    return _growth(found, "feeds", "From 1,000 to 100,000 feeds", text)


def _section_topics(found: Sequence[Found]) -> str:
    return _growth(found, "topics", "From 100 to 100,000 topics", "1,000 feeds at speed 100: 11.6 articles a second.\n")


def _section_workers(found: Sequence[Found]) -> str:
    text = (
        "2,000 feeds, and eight times that many articles for 20 s (93 a second), so that work is always waiting: how "
        "much more do more ingest workers on these cores get done? After that no more comes, and what waits is worked "
        "off for 30 s at the most; `(cut)` says that something was left, as where hosts fail, whose pages come again "
        "for five minutes.\n"
    )
    return _growth(found, "workers", "From 1 to 8 workers", text)


def _section_memory(found: Sequence[Found]) -> str:
    text = (
        "As `tests/bench/redis_memory.py` measures it, through the stores that write it: bytes of the keys in "
        "question, and by how much Redis' memory grew for each thing. Text is made up, and as hard to compress as "
        "news; `real` is news of evaluation data. Jobs that wait behind 64 others are joined; each of the first 64 "
        "takes what a job takes.\n"
    )
    return "\n".join(["## What each thing takes in Redis\n", text, *found[0]["table"], ""])


_SECTIONS: Mapping[str, Callable[[Sequence[Found]], str]] = {
    "day": _section_day,
    "burst": _section_burst,
    "feeds": _section_feeds,
    "topics": _section_topics,
    "workers": _section_workers,
    "memory": _section_memory,
    "compare": lambda found: compare_in_words(found[0]),
}
