"""Passages of an article with a little of what stands around them, and words for counts, fields and lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.match.line import Span
from worker.match.reading import LEAD_WORDS, Reading

CONTEXT = 40
LONGEST = 160
LISTED = 4
_QUOTED_PER_VIEW = 2
_FIELDS = {"title": "the title", "lead": "the lead", "author": "the author's name", "url": "the URL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A passage: `text` is `article.<field>[start:end]`, at most 160 code points of it.

    `before` and `after` are what stands around it, for reading; an ellipsis shows that more does.
    """

    field: str
    start: int
    end: int
    text: str
    before: str
    after: str


def quote(reading: Reading, view: str, span: Span) -> Quote:
    """The passage of these tokens."""
    passage = reading.view(view).line.highlight(span)
    start, whole = passage.start, passage.end
    end = min(whole, start + LONGEST)
    source: str = getattr(reading.article, passage.field)
    before, after = source[max(0, start - CONTEXT) : start], source[whole : whole + CONTEXT]
    if start > CONTEXT:
        before = "…" + before[before.find(" ") + 1 :]
    if whole + CONTEXT < len(source):
        after = after[: after.rfind(" ") if " " in after else CONTEXT] + "…"
    if end < whole:
        after = "…"
    return Quote(field=passage.field, start=start, end=end, text=source[start:end], before=before, after=after)


def quotes(reading: Reading, spans: Iterable[tuple[str, Sequence[Span]]]) -> tuple[Quote, ...]:
    """The first passages of each view."""
    return tuple(quote(reading, view, span) for view, found in spans for span in found[:_QUOTED_PER_VIEW])


def both_ends(reading: Reading, view: str, first: Span, last: Span) -> tuple[Quote, ...]:
    """One passage that holds both, or one for each where that would be long."""
    whole = (first[0], max(first[1], last[1]))
    passage = reading.view(view).line.highlight(whole)
    spans = [whole] if passage.end - passage.start <= LONGEST else [first, last]
    return tuple(quote(reading, view, span) for span in spans)


def one_field(reading: Reading, view: str, first: int, end: int) -> bool:
    """Whether these tokens are of one field: a view of the URL may show two, the feed's link and the canonical one."""
    line = reading.view(view).line
    return line.highlight((first, first + 1)).field == line.highlight((end - 1, end)).field


def field_of(reading: Reading, view: str) -> str:
    """The view as a sentence names it; the summary only where it stands in for the text."""
    stands_in = reading.body_field == "summary" and bool(reading.article.summary.strip())
    return _FIELDS.get(view) or ("the summary" if stands_in else "the text")


def fields_of(reading: Reading, views: Sequence[str]) -> str:
    """As in "the title or the text"; the lead with its size."""
    lead = f" (the first {LEAD_WORDS} words)"
    return " or ".join(field_of(reading, view) + (lead if view == "lead" else "") for view in views)


def number(amount: int, noun: str) -> str:
    """The amount with its noun: 1 word, 2 words."""
    return f"{amount} {noun}{'' if amount == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """As in "a, b and c", or "a, b, c, d and 7 more" where they are many."""
    shown = [*words[:LISTED], *([f"{len(words) - LISTED} more"] if len(words) > LISTED else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def in_quotes(text: str) -> str:
    """The text in quotes, cut where it is long."""
    return f"“{text if len(text) <= CONTEXT else text[: CONTEXT - 1] + '…'}”"
