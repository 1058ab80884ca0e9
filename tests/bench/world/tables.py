"""What was measured in one run, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

Found: TypeAlias = Mapping[str, Any]


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) and value >= 1_000 else str(value)


def in_words(found: Found) -> str:
    """Everything of one run that a table can say."""
    return "\n".join([_world(found), _alerts(found), _times(found), _costs(found), _memory(found)])


def _world(found: Found) -> str:
    requests = ", ".join(f"{name}: {count:,}" for name, count in sorted(found["requests"].items()))
    end = "" if found["all_done"] else "; AT THE END WORK WAS LEFT"
    return (
        f"{found['feeds']:,} feeds, {found['topics']:,} topics, {found['articles_published']:,} articles in "
        f"{found['publishing_s']:g} s (speed {found['speed']:g}, seed {found['seed']}), {found['workers']} ingest "
        f"workers. {found['articles_shown']:,} articles were in feeds that were polled, {found['articles']:,} are "
        f"stored after {found['seconds']:g} s: {found['articles_per_s']:g} a second{end}.\n\n"
        f"Answered by the world's servers ({found['site_cpu_ms_per_article']:g} CPU-ms an article, counted apart): "
        f"{requests}.\n"
    )


def _alerts(found: Found) -> str:
    lost = found["alerts_expected"] - found["alerts_delivered"]
    names = ("due", "delivered", "lost", "not due", "told twice", "webhooks sent again")
    row = [found["alerts_expected"], found["alerts_delivered"], lost, len(found["alerts_unexpected"])]
    return table(["alerts", *names], [["", *row, found["duplicates"], found["webhooks_sent_again"]]])


def _times(found: Found) -> str:
    names = ("p50", "p95", "p99", "max")
    rows = [
        [what, *(found[key].get(name) for name in names)]
        for what, key in (
            ("published -> in a poll's answer", "published_to_seen_s"),
            ("in a poll's answer -> alert received", "seen_to_alert_s"),
            ("published -> alert received", "published_to_alert_s"),
            ("poll after it was due (upper ends of buckets)", "poll_lag_s"),
            ("poll after it was due, waits for its host", "poll_host_wait_s"),
        )
    ]
    return table(["seconds of our clock", *names], rows)


def _costs(found: Found) -> str:
    parts = [[name, cost] for name, cost in found["cpu_ms_by_process"].items()]
    polls = polls_of(found)
    total = [["together", found["cpu_ms_per_article"]]]
    stages = [[name, each["count"], each["mean_ms"]] for name, each in found["stages"].items()]
    return (
        table(["process", "CPU-ms an article"], [*parts, *total])
        + "\n"
        + table(["stage (ingest workers by samples of their stacks)", "CPU-ms an article"], _by_stage(found))
        + f"\n{polls:,} polls, {polls / max(1, found['articles']):.1f} for an article, {poll_cost(found):.2f} CPU-ms "
        f"each (scheduler and its parsers). All processes together use {found['cpu_cores']:g} of a core.\n\n"
        + table(["stage", "times", "mean duration, ms (waiting is part of it)"], stages)
    )


def _by_stage(found: Found) -> list[list[object]]:
    cost = found["cpu_ms_by_process"]
    return [
        ["poll", round(cost["scheduler"] + cost["its parsers"], 2)],
        *([name, round(share * cost["ingest"], 2)] for name, share in found["ingest_shares"].items()),
        ["clean, in a process of its own", cost["extraction"]],
        ["deliver", cost["deliver"]],
        ["Redis, of all of these", cost["Redis"]],
    ]


def polls_of(found: Found) -> int:
    """How often feeds were polled."""
    return sum(count for name, count in found["counters"].items() if name.startswith("wirewatch_polls_total"))


def poll_cost(found: Found) -> float:
    """CPU milliseconds a poll, of the scheduler and its parsers."""
    polling = found["cpu_ms_by_process"]["scheduler"] + found["cpu_ms_by_process"]["its parsers"]
    return round(float(polling) * max(1, found["articles"]) / max(1, polls_of(found)), 2)


def _memory(found: Found) -> str:
    told = [
        ["a feed (state, seen set, its place among those that are due)", found["redis_bytes_per_feed"]],
        ["a host (pace and robots.txt, for a day)", found["redis_bytes_per_host"]],
        ["an address seen, for 30 days", found["redis_bytes_per_seen_url"]],
        [
            f"a stored article ({found['words_of_an_article']} words), with its entry and its place in the index",
            found["redis_bytes_per_article"],
        ],
        ["a queued entry", found["redis_bytes_per_queued_entry"]],
        ["a live story, with what finds it", found["redis_bytes_per_live_story"]],
        ["an alert, with its delivery", found["redis_bytes_per_alert"]],
    ]
    largest = sorted(found["redis_kinds"].items(), key=lambda kind: -kind[1][1])[:12]
    sizes = memory_over_time(found)
    return "\n".join(
        [
            table(["Redis", "bytes each"], told),
            table(["largest kinds of key", "keys", "bytes"], [[name, *kind] for name, kind in largest]),
            table(["memory, MB", "at first", "at half time", "at the end", "highest"], sizes),
        ]
    )


def memory_over_time(found: Found) -> list[list[object]]:
    """Megabytes of each process, and of the children of each together."""
    samples = found["samples"]
    rows: list[list[object]] = []
    for name in samples[-1]["memory"]:
        sizes = [sample["memory"].get(name, 0.0) for sample in samples]
        rows.append([name, sizes[0], sizes[len(sizes) // 2], sizes[-1], max(sizes)])
    return rows
