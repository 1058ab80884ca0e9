"""Which stage the CPU time of ingest workers goes to, by samples of their stacks (sampled.py)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# A function counts for the stage whose files it lies in, or for that of the function which called it: all do in the end
# for the first or the second.
_STAGES: Mapping[str, Sequence[str]] = {
    "event loop, log, all else": ("worker/edge/rq_engine/worker.py:_go_on",),
    "jobs: waited for, taken, leased, put away": ("worker/edge/rq_engine/", "rq/"),
    "fetch": (
        "worker/edge/pages",
        "worker/edge/http",
        "worker/edge/robots",
        "worker/edge/store/hosts",
        "worker/fetch/",
        "worker/run/hostlines",
        "httpcore2/",
        "httpx2/",
    ),
    "clean": ("worker/clean/", "worker/edge/sandbox", "worker/edge/store/learned"),
    "match": ("worker/match/",),
    "stories, alerts, commit": ("worker/alerts/", "worker/dedupe/", "worker/edge/", "worker/stories/"),
}
# Where a worker is in its rounds, and what it does there once, before its first job.
_ROUND, _GO_LIVE = "worker/edge/rq_engine/worker.py:_round", "worker/run/queue_process.py:_go_live"


def shares(files: Iterable[Path]) -> dict[str, float]:
    """What part of the time after the start went to each stage, by the samples of several workers."""
    found: Counter[str] = Counter()
    for file in files:
        for stack, count in json.loads(file.read_text())["stacks"]:
            found[stage_of(stack)] += count
    del found[""]
    return {name: found[name] / found.total() for name in _STAGES if found[name]}


def stage_of(stack: Sequence[str]) -> str:
    """The stage of a stack, innermost function first; "" for what belongs to the start or the end of a process."""
    if _ROUND not in stack or _GO_LIVE in stack:
        return ""
    found = (stage for function in stack for stage, files in _STAGES.items() if function.startswith(tuple(files)))
    return next(found)
