"""How fast articles are grouped, and whether that depends on how many stories are live.

    python tests/bench/group_stories.py

Made-up articles of some 120 words: names, places and numbers of their own event, and words of a common vocabulary,
of which some are far more common than others. CPU seconds of this process; the two sizes are measured in turns, the
median counts.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from worker.dedupe.fingerprint import is_copy, signature
from worker.model import Article, Source
from worker.stories.group import StoryIndex

SEED = 20260903
START = datetime(2026, 1, 5, tzinfo=UTC)
SIZES = (5_000, 40_000)
ROUNDS, MEASURED = 5, 300
_COMMON = 6_000
_SYLLABLES = "ba de fi go ku la me ni po ra se ti vo wa ze chi dro gra pol sten mark burg".split()  # noqa: SIM905  quotes would hide the words


def main() -> None:
    rng = random.Random(SEED)
    common = words(rng)
    indexes = {size: filled(rng, common, size) for size in SIZES}
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(ROUNDS):
        for size, index in indexes.items():
            batch = [article(rng, common, rng.randrange(size), f"{size}-{turn}-{n}") for n in range(MEASURED)]
            before = time.process_time()
            for item in batch:
                index.add(item)
            seconds[size].append((time.process_time() - before) / MEASURED)
    median = {size: statistics.median(found) for size, found in seconds.items()}
    for size, index in indexes.items():
        sys.stdout.write(f"{len(index):>6} live stories: {1 / median[size]:>6.0f} articles/s of one core\n")
    sys.stdout.write(f"ratio of the costs: {median[SIZES[1]] / median[SIZES[0]]:.2f}\n")


def words(rng: random.Random) -> list[str]:
    """The common vocabulary."""
    made = sorted({"".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(3 * _COMMON)})
    rng.shuffle(made)
    return made[:_COMMON]


def filled(rng: random.Random, common: list[str], size: int) -> StoryIndex:
    """An index with this many live stories, one report each."""
    index = StoryIndex(signature=signature, is_copy=is_copy)
    for event in range(size):
        index.add(article(rng, common, event, f"{size}-first-{event}"))
    return index


def article(rng: random.Random, vocabulary: list[str], event: int, name: str) -> Article:
    """A report of the event: its names again and again, common words in between."""
    of_event = random.Random(event)
    names = ["".join(of_event.choices(_SYLLABLES, k=4)).capitalize() for _ in range(8)]
    common = [vocabulary[int(len(vocabulary) * rng.random() ** 3)] for _ in range(100)]
    text = " ".join(f"{rng.choice(names)} {common[at]} {common[at + 1]} {common[at + 2]}" for at in range(0, 96, 4))
    return Article(
        id=name,
        title=" ".join([*rng.sample(names, 4), *common[-4:]]),
        text=text,
        seen_at=START,
        published=START + timedelta(minutes=event % 60),
        source=Source(domain=f"s{rng.randrange(200)}.example"),
    )


if __name__ == "__main__":
    main()
