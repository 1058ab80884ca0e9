"""An alert as lines of plain text for a terminal or a log."""

from __future__ import annotations

from worker.alerts.payload import story_url
from worker.alerts.plain import plain, shortened
from worker.alerts.timeline import timeline_lines
from worker.alerts.words import BUILT_IN, REASONS, Words, collected_line, provenance
from worker.model import Alert, Article, Highlight, Reason

_HEADLINE_CHARACTERS = 200
_LINE_CHARACTERS = 400
_CONTEXT_CHARACTERS = 60
_PASSAGE_CHARACTERS = 240
_REPORTS = 6
# A further line of the same label.
_BELOW = "\n" + " " * 11


def console_text(alert: Alert, *, base_url: str = "", words: Words = BUILT_IN) -> str:
    """A few lines, the last ending in a line break. `base_url`, where given, adds the story's page on the dashboard.

    `words` take the place of the first line and of the others.
    """
    title, _, body = _own_words(alert, base_url).partition("\n")
    if words.body:
        body = "".join(f"  {plain(line)}\n" for line in words.body.splitlines())
    return f"{f'● {plain(words.title)}' if words.title else title}\n{body}"


def _own_words(alert: Alert, base_url: str) -> str:
    """Title in the first line, body in the others.

    What matched stands between » and «. A follow-up says so, and who reported the story so far: ◆ in words of its own,
    ◇ as a copy. Nothing a feed wrote can move the cursor, colour the screen or add a line.
    """
    url = plain(alert.article.canonical_url or alert.article.url)
    lines = [
        ("why", shortened(plain(alert.sent_because), _LINE_CHARACTERS)),
        ("passage", _passage(alert)),
        ("source", provenance(alert)),
        ("so far", _so_far(alert) if alert.follow_up else ""),
        ("read", url),
        ("story", story_url(base_url, alert.story.id) if base_url else plain(alert.story.id)),
    ]
    if alert.reason in {Reason.DIGEST, Reason.NOTICE}:
        return _apart(alert)
    headline = shortened(plain(alert.story.headline or alert.article.title), _HEADLINE_CHARACTERS)
    kind = " · follow-up" if alert.follow_up else ""
    head = f"● {REASONS[alert.reason].upper()} · {plain(alert.topic)}{kind}\n  {headline}\n"
    return head + "".join(f"  {label:<8} {text}\n" for label, text in lines if text)


def _apart(alert: Alert) -> str:
    """A digest, or a notice: what is not about one story."""
    why = shortened(plain(alert.sent_because), _LINE_CHARACTERS)
    head = f"● {REASONS[alert.reason].upper()} · {plain(alert.topic)}\n"
    if not alert.collected:
        return f"{head}  {shortened(plain(alert.story.headline), _HEADLINE_CHARACTERS)}\n  {'why':<8} {why}\n"
    lines = [f"  {why}\n"]
    for one in alert.collected:
        lines.append(f"  - {shortened(collected_line(one), _LINE_CHARACTERS)}\n")
        lines += [f"    {plain(one.url)}\n"] if one.url else []
    return head + "".join(lines)


def _so_far(alert: Alert) -> str:
    lines = (shortened(line, _LINE_CHARACTERS) for line in timeline_lines(alert.story, _REPORTS))
    return _BELOW.join(lines)


def _passage(alert: Alert) -> str:
    """The first match in the text (else anywhere) with the words around it, every match in sight marked."""
    highlights = alert.match.highlights
    first = next((mark for mark in highlights if mark.field != "title"), highlights[0] if highlights else None)
    if first is None:
        return ""
    text = _field(alert.article, first.field)
    if text[first.start : first.end] != first.text:
        return f"»{shortened(plain(first.text), _PASSAGE_CHARACTERS)}«"
    start, end = _window(text, first)
    marked = _marked(text, start, end, [mark for mark in highlights if mark.field == first.field])
    return f"{'…' * (start > 0)}{plain(marked)}{'…' * (end < len(text))}"


def _window(text: str, mark: Highlight) -> tuple[int, int]:
    """From where to where to show, cut between words where there are any."""
    start = max(0, mark.start - _CONTEXT_CHARACTERS)
    end = min(len(text), mark.end + _CONTEXT_CHARACTERS, start + _PASSAGE_CHARACTERS)
    if start > 0:
        start = max(start, text.find(" ", start, mark.start) + 1)
    if end < len(text):
        last_blank = text.rfind(" ", min(mark.end, end), end)
        end = end if last_blank < 0 else last_blank
    return start, end


def _marked(text: str, start: int, end: int, marks: list[Highlight]) -> str:
    pieces = []
    at = start
    for mark in sorted(marks, key=lambda mark: mark.start):
        if at <= mark.start < end:
            stop = min(mark.end, end)
            pieces += [text[at : mark.start], "»", text[mark.start : stop], "«"]
            at = stop
    return "".join([*pieces, text[at:end]])


def _field(article: Article, name: str) -> str:
    fields = {"title": article.title, "text": article.text, "summary": article.summary, "author": article.author}
    return fields.get(name, "")
