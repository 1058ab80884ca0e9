"""How a back-test reads on a terminal: alerts as they go out, then the sums; two configurations side by side."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from worker.alerts.plain import plain
from worker.alerts.words import collected_line
from worker.model import Article, Reason
from worker.run.cli.common import count
from worker.run.cli.table import console, print_table
from worker.run.compare import Pair, Shift
from worker.run.replay import BEGINNING, Backtest, Outcome, Silence, Tally, Told

STYLES = {
    Reason.NEW_STORY: "bold red",
    Reason.CORROBORATED: "bold yellow",
    Reason.CONFIRMED: "bold green",
    Reason.DENIED: "bold magenta",
}
INDENT = (0, 0, 0, 4)


def show(outcome: Outcome) -> None:
    """An alert, or an article that told nobody, in the words of which it is the reason."""
    _print(_alert(outcome) if isinstance(outcome, Told) else _silence(outcome))


def show_sums(test: Backtest, articles: int) -> None:
    """What became of the matched articles, by topic and together."""
    lines: list[RenderableType] = [Text("")] if test.alerts else []
    for topic, tally in test.tallies.items():
        lines.append(Text.assemble((plain(topic), "bold"), f": {_sums(tally)}"))
        if tally.silent:
            kinds = ", ".join(f"{kind} {number:,}" for kind, number in sorted(tally.silent.items()))
            lines.append(Padding(Text(f"told nobody: {kinds}", style="dim"), INDENT))
    lines.append(
        Text(
            f"{count(test.alerts, 'alert')}, {count(test.messages, 'message')}, from "
            f"{count(test.matched, 'matched article')} of {articles:,}"
        )
    )
    _print(lines)


def show_pairs(pairs: Sequence[Pair], tests: tuple[Backtest, Backtest], names: tuple[str, str], articles: int) -> None:
    """What the second configuration sends besides, not, and at another time than the first; then the sums of both."""
    first, other = map(plain, names)
    sections: list[tuple[str, tuple[Shift, ...]]] = [
        (f"only {first} sends", (Shift.GONE,)),
        (f"only {other} sends", (Shift.NEW,)),
        (f"{other} sends earlier or later", (Shift.EARLIER, Shift.LATER)),
    ]
    for heading, shifts in sections:
        concerned = [pair for pair in pairs if pair.shift in shifts]
        if concerned:
            _print([Text(f"{heading}: {count(len(concerned), 'alert')}", style="bold")])
            for pair in concerned:
                _print(_pair(pair))
            _print([Text("")])
    same = sum(pair.shift is Shift.SAME for pair in pairs)
    _print([Text(f"the same in both: {count(same, 'alert')}"), Text("")])
    topics = list(dict.fromkeys(topic for test in tests for topic in test.tallies))
    both = list(zip(names, tests, strict=True))
    rows = [_row(topic, name, test.tallies.get(topic, Tally())) for topic in topics for name, test in both]
    rows = rows if len(topics) > 1 else []
    rows += [_row("all topics", name, test) for name, test in both]
    print_table(rows, list(rows[0]))
    _print([Text(f"from {articles:,} articles")])


def _sums(tally: Tally) -> str:
    held = f", {tally.held:,} held by quiet hours" if tally.held else ""
    return (
        f"{count(tally.alerts, 'alert')}, {count(tally.messages, 'message')}{held}, from "
        f"{count(tally.matched, 'matched article')}"
    )


def _row(topic: str, name: str, sums: Tally | Backtest) -> dict[str, object]:
    """What one configuration found; an article that several topics match counts once for all of them."""
    return {
        "topic": topic,
        "configuration": name,
        "matched": f"{sums.matched:,}",
        "alerts": f"{sums.alerts:,}",
        "messages": f"{sums.messages:,}",
    }


def _alert(told: Told) -> Iterator[RenderableType]:
    alert = told.alert
    reason = Text(alert.reason.value, style=STYLES.get(alert.reason, "bold"))
    yield _heading(told.at, reason, f"{plain(alert.topic)}: {plain(alert.story.headline)}")
    yield Padding(Text(plain(alert.sent_because)), INDENT)
    if alert.collected:
        for one in alert.collected:
            yield Padding(Text(f"{_clock(one.created)} {collected_line(one)}", style="dim"), INDENT)
        return
    if told.at > told.decided:
        yield Padding(Text(f"held by quiet hours since {_clock(told.decided)}", style="dim"), INDENT)
    yield from _origin(alert.article, alert.story.headline)


def _silence(silence: Silence) -> Iterator[RenderableType]:
    article = silence.article
    yield _heading(silence.at, Text("nobody"), f"{plain(silence.topic)}: {plain(article.title)}", style="dim")
    yield Padding(Text(f"{_source(article)}: {plain(silence.why)}", style="dim"), INDENT)


def _heading(at: datetime, reason: Text, what: str, style: str = "") -> Table:
    """One line; where the terminal is too narrow, the words go on below themselves."""
    grid = Table.grid(padding=(0, 2), pad_edge=False)
    for whole in (True, True, False):
        grid.add_column(no_wrap=whole, overflow="fold")
    grid.add_row(_clock(at), reason, Text(what), style=style)
    return grid


def _pair(pair: Pair) -> Iterator[RenderableType]:
    told = pair.first or pair.other
    if told is None:
        return
    yield from _alert(told)
    if pair.first and pair.other and pair.by:
        word = "later" if pair.by > timedelta(0) else "earlier"
        yield Padding(Text(f"{_span(abs(pair.by))} {word}: {_clock(pair.other.at)}", style="bold cyan"), INDENT)
        if pair.other.alert.article.id != told.alert.article.id:
            yield from _origin(pair.other.alert.article, "")


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at > BEGINNING else "(no time)"


def _span(time: timedelta) -> str:
    """A time in its two largest units: "2 h 23 min"."""
    seconds = round(time.total_seconds())
    parts = [(seconds // 86400, "days"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    start = next((at for at, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number} {unit}" for number, unit in parts[start : start + 2] if number)


def _origin(article: Article, headline: str) -> Iterator[RenderableType]:
    """Who reports, under which title where that is another, and where it can be read."""
    title = f": “{plain(article.title)}”" if article.title != headline else ""
    yield Padding(Text(f"{_source(article)}{title}", style="dim"), INDENT)
    if article.url:
        # Broken over lines it could neither be clicked nor copied; the terminal itself wraps it better.
        yield Text(f"    {plain(article.url)}", style="dim", no_wrap=True, overflow="ignore")


def _source(article: Article) -> str:
    return plain(article.source.domain or article.source.name or article.feed) or "unknown source"


def _print(lines: Iterable[RenderableType]) -> None:
    out = console()
    with out.capture() as captured:
        for line in lines:
            out.print(line, crop=False)
    for written in captured.get().splitlines():
        sys.stdout.write(f"{written.rstrip()}\n")
    sys.stdout.flush()
