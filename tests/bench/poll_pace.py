"""How soon entries are seen against how many polls that takes, on real publishing times. Run by hand:

    PYTHONPATH=. python tests/bench/poll_pace.py

Reads stream2023 of $WIREWATCH_EVAL (default ../shared/eval): sites with ten entries or more stand for feeds. Two days
are there to learn from, what comes after counts. Every scheduler keeps to the same bounds; its pauses are spread by
5 %.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from typing import TypeAlias

from events_replay import EVAL, _lines

from worker.clean.lines import from_line
from worker.poll.pace import DAY, after, first_pace, next_pause, read_pace, written

SHORTEST, LONGEST = 60.0, 6 * 3600.0
SHOWN, LEAST = 30, 10
LEARN = 2 * DAY

# Gets the time, the new dates, and the time of the poll before (None at first); gives the pause.
Wait: TypeAlias = Callable[[float, list[float], float | None], float]


def bounded(pause: float) -> float:
    return max(SHORTEST, min(pause, LONGEST))


def fixed(every: float) -> Wait:
    return lambda _now, _new, _last: every


def halving() -> Wait:
    every = 900.0

    def wait(now: float, new: list[float], last: float | None) -> float:
        nonlocal every
        if last is not None:
            wanted = every * (0.5 if new else 1.25)
            latest = sorted(new)[-10:]
            every = bounded(min(wanted, (now - latest[0]) / len(latest) / 2) if len(latest) >= 3 else wanted)
        return every

    return wait


def last_gap(share: float) -> Wait:
    known: list[float] = []

    def wait(now: float, new: list[float], _last: float | None) -> float:
        known[:] = [*known, *new][-2:]
        return bounded(share * max(known[1] - known[0], now - known[1])) if len(known) == 2 else 900.0

    return wait


def learned(interval: float) -> Wait:
    kept = b""

    def wait(now: float, new: list[float], _last: float | None) -> float:
        nonlocal kept
        known = read_pace(kept)
        pace = first_pace(new, now=now) if known is None else after(known, new, now=now)
        kept = written(pace)
        return next_pause(pace, interval=interval, shortest=SHORTEST, longest=LONGEST)

    return wait


def feeds() -> list[list[float]]:
    dates = defaultdict(list)
    for line in _lines(EVAL / "stream2023.articles.jsonl.gz"):
        article = from_line(line)
        if at := article.published or article.seen_at:
            dates[article.source.domain].append(at.timestamp())
    return [sorted(found) for found in dates.values() if len(found) >= LEAST]


def play(published: list[list[float]], make: Callable[[], Wait]) -> str:
    dice = random.Random(1)
    begin, end = min(dates[0] for dates in published), max(dates[-1] for dates in published)
    polls, lags = 0, []
    for dates in published:
        wait, now, last = make(), begin + dice.random() * 900, None
        while now < end:
            to = bisect_right(dates, now)
            new = dates[max(0, to - SHOWN) if last is None else bisect_right(dates, last) : to]
            if now >= begin + LEARN:
                polls += 1
                lags += [now - date for date in new if date >= begin + LEARN]
            pause = wait(now, new, last)
            last, now = now, now + pause * dice.uniform(0.95, 1.05)
    lags.sort()
    per_day = polls / len(published) / ((end - begin - LEARN) / DAY)
    mean, median, late = sum(lags) / len(lags), lags[len(lags) // 2], lags[len(lags) * 9 // 10]
    return f"{per_day:6.0f} polls a feed and day, mean {mean:5.0f} s, median {median:5.0f}, 90 % within {late:5.0f}"


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")


def main() -> None:
    published = feeds()
    say(f"{len(published)} feeds, {sum(map(len, published))} entries")
    for every in (600.0, 1080.0, 2300.0):
        say(f"every {every:5.0f} s      ", play(published, lambda every=every: fixed(every)))
    for share in (0.33, 0.5):
        say(f"{share:4.2f} of last gap  ", play(published, lambda share=share: last_gap(share)))
    say("halved by news    ", play(published, halving))
    for interval in (450.0, 900.0, 1800.0):
        say(f"learned, {interval:5.0f} s   ", play(published, lambda interval=interval: learned(interval)))


if __name__ == "__main__":
    main()
