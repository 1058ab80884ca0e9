"""How the demo tells in a terminal what happens: one line an event, a frame around each alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console as Terminal
from rich.panel import Panel
from rich.text import Text

from worker.alerts.plain import plain
from worker.edge.store.events import Event
from worker.model import Alert, Reason, Topic
from worker.run.cli.common import count

STYLES = {
    "polled": ("polled", "cyan"),
    "ingested": ("fetched", "blue"),
    "matched": ("matched", "yellow"),
    "alerted": ("alerted", "bold red"),
    "delivered": ("delivered", "green"),
    "delivery_failed": ("not delivered", "red"),
    "destination_off": ("off", "bold red"),
    "poll_failed": ("poll failed", "red"),
}
FRAMES = {
    Reason.NEW_STORY: "red",
    Reason.CORROBORATED: "yellow",
    Reason.CONFIRMED: "green",
    Reason.DENIED: "magenta",
}


class Teller:
    """Writes to a terminal; plain lines where it is none. `day_clock` gives the recorded time of a real one."""

    def __init__(self, terminal: Terminal, day_clock: Callable[[datetime], str]) -> None:
        self._terminal = terminal
        self._day_clock = day_clock

    def opening(self, outlets: int, topic: Topic) -> None:
        self._line("wirewatch demo", "bold")
        self._line(
            f"A recorded day of sample news from {outlets} outlets plays in fast motion on this machine.\n"
            f"We watch for: {topic.name}\n"
            f"  {topic.query}",
            "",
        )

    def event(self, event: Event) -> None:
        """One line."""
        word, style = STYLES.get(event.kind, (event.kind, "dim"))
        line = Text()
        line.append(self._day_clock(datetime.fromtimestamp(event.at / 1000, UTC)), style="dim")
        line.append(f"  {word:<10} ", style=style)
        line.append(plain(describe(event)))
        self._terminal.print(line, overflow="ellipsis", no_wrap=True)
        for note in event.facts.get("notes", ()):
            self._terminal.print(Text(f"{'':18}{plain(note)}", style="dim"))

    def alert(self, text: str, alert: Alert) -> None:
        """The alert as it was delivered, framed."""
        self._terminal.print(Panel(Text(text.strip()), border_style=FRAMES.get(alert.reason, "white")))

    def day_is_over(self) -> None:
        self._line("The recorded day is over. The dashboard stays up; Ctrl-C ends the demo.", "bold")

    def enough(self, alerts: int) -> None:
        self._line(f"{count(alerts, 'alert')} delivered.", "bold green")

    def late(self, alerts: int, wanted: int) -> None:
        self._line(f"Only {count(alerts, 'alert')} of {wanted} delivered in time.", "bold red")

    def troubles(self, lines: Sequence[str]) -> None:
        """What the processes logged that may say why it did not work."""
        for line in lines:
            self._line(plain(line), "red")

    def farewell(self, alerts: int) -> None:
        self._line(f"Stopped; {count(alerts, 'alert')} delivered.", "bold")

    def _line(self, text: str, style: str) -> None:
        self._terminal.print(Text(text, style=style))


def describe(event: Event) -> str:
    """The facts of an event as a sentence."""
    facts = event.facts
    describer = DESCRIBERS.get(event.kind)
    return describer(facts) if describer else ", ".join(f"{key} {value}" for key, value in facts.items())


DESCRIBERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "polled": lambda f: f"{f['feed']}: {count(f['new'], 'new entry', 'new entries')}",
    "ingested": lambda f: (
        f"{f['source']}: {count(f['articles'], 'article')}" + (f", {f['partial']} partial" if f["partial"] else "")
    ),
    "matched": lambda f: f"{f['source']}: “{f['title']}” matches {f['topic']} ({f['score']:.2f})",
    "alerted": lambda f: f"{f['topic']}: {f['because']}",
    "poll_failed": lambda f: f"{f['feed']}: {f['error']}",
    "delivered": lambda f: f"to {f['destination']}",
    "delivery_failed": lambda f: f"to {f['destination']}: {f['error']}",
    "destination_off": lambda f: f"{f['destination']}: {f['why']}",
    "muted": lambda f: f"not to {f['destination']}: {f['why']}",
}
