"""The stories of tests/eval/stories.json as a stream of articles, with wire copies in three degrees of editing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.model import Article, Source

FILE = Path(__file__).parents[1] / "eval" / "stories.json"
START = datetime(2026, 9, 7, tzinfo=UTC)
OUTLETS = ("courier", "herald", "gazette", "tribune", "observer", "post", "echo", "mirror", "standard", "chronicle")
# Minutes after the first report; between them other events are reported.
REPORTED_AFTER = (0, 180, 900)
COPIED_AFTER = (25, 50, 95)
# Their first report is wire copy, which three others carry.
WIRE = frozenset(
    {
        "ferry-northport",
        "quake-coral",
        "arlen-bosk-grain",
        "arlen-bosk-border",
        "mayor-hillfield",
        "court-banker",
        "storks-vaccine",
        "bibliothek",
        "most",
        "matsuri",
    }
)
_SENTENCE = re.compile(r"(?<=[.。]) ?(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An article, the event it reports, and the id of the article whose text it carries."""

    article: Article
    event: str
    copy_of: str | None = None


def sentences(text: str) -> list[str]:
    """The sentences of a text; put together again by `joined`."""
    return [part for part in _SENTENCE.split(text) if part]


def joined(parts: list[str]) -> str:
    return "".join(parts) if any("。" in part for part in parts) else " ".join(parts)


def as_it_came(text: str) -> str:
    """Another agency line above, nothing else."""
    return f"(Sample Wire) – {text}"


def cut(text: str) -> str:
    """The last third of the sentences gone, as desks do for room."""
    parts = sentences(text)
    return joined(parts[: len(parts) - max(1, len(parts) // 3)])


def reworked(text: str) -> str:
    """A sentence gone, two in the other order, and every eleventh word left out, as by a hurried rewrite."""
    parts = sentences(text)
    parts[1], parts[2] = parts[2], parts[1]
    del parts[3]
    between = "" if "。" in text else " "
    words = list(joined(parts)) if between == "" else joined(parts).split(" ")
    return between.join(word for at, word in enumerate(words, 1) if at % 11)


EDITS: tuple[Callable[[str], str], ...] = (as_it_came, cut, reworked)


def stream() -> list[Labelled]:
    """Every article in the order of its time."""
    return sorted(_all(), key=lambda labelled: (labelled.article.seen_at, labelled.article.id))


def _all() -> Iterator[Labelled]:
    events = json.loads(FILE.read_text("utf-8"))["events"]
    for place, (event, told) in enumerate(events.items()):
        original = f"{event}-0"
        for number, (title, text) in enumerate(told["reports"]):
            minute = told["starts"] + REPORTED_AFTER[number]
            article = _article(f"{event}-{number}", minute, place + number, title, text, told["language"])
            yield Labelled(article=article, event=event)
        if event in WIRE:
            _, text = told["reports"][0]
            for number, edit in enumerate(EDITS):
                # A desk writes its own headline; that of the second report stands for one.
                title = told["reports"][1][0] if number else told["reports"][0][0]
                minute = told["starts"] + COPIED_AFTER[number]
                ident = f"{event}-copy-{number}"
                article = _article(ident, minute, place + number + 3, title, edit(text), told["language"])
                yield Labelled(article=article, event=event, copy_of=original)


def _article(  # noqa: PLR0917  the parts of one record
    ident: str, minute: int, outlet: int, title: str, text: str, language: str
) -> Article:
    at = START + timedelta(minutes=minute)
    name = OUTLETS[outlet % len(OUTLETS)]
    return Article(
        id=ident,
        url=f"https://{name}.example/{ident}",
        title=title,
        text=text,
        published=at,
        seen_at=at,
        language=language,
        source=Source(domain=f"{name}.example", name=f"The Sample {name.title()}"),
    )
