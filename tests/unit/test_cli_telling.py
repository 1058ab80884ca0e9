"""What the demo tells in the terminal."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from worker.edge.store.events import Event
from worker.model import Alert, Article, Match, Reason, Source, Story, Topic
from worker.run.telling import Teller, describe

AT = datetime(2026, 5, 1, 6, 30, tzinfo=UTC)
EVIL = "\x1b[31mred\r\n[bold]x[/bold]\x9b2J\u202e"


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def teller(screen):
    return Teller(Console(file=screen, width=80, highlight=False), lambda at: at.strftime("%H:%M"))


def event(kind, **facts):
    return Event(id="1-0", kind=kind, at=int(AT.timestamp() * 1000), facts=facts)


def alert(reason=Reason.NEW_STORY):
    article = Article(id="a", title="t", source=Source(domain="x.example"))
    story = Story(id="s", topic="Ferries", headline="t", first_seen=AT, last_seen=AT)
    return Alert(
        id="1",
        reason=reason,
        topic="Ferries",
        sent_because="first report of this story",
        created=AT,
        story=story,
        article=article,
        match=Match(topic="Ferries", query="ferry", score=1.0, highlights=()),
    )


SAID = {
    "polled": ({"feed": "Wire", "new": 1}, "Wire: 1 new entry"),
    "ingested": ({"source": "Wire", "articles": 3, "partial": 1}, "Wire: 3 articles, 1 partial"),
    "matched": (
        {"source": "Wire", "title": "Late", "topic": "Ferries", "score": 0.5},
        "Wire: “Late” matches Ferries (0.50)",
    ),
    "alerted": ({"topic": "Ferries", "because": "first report"}, "Ferries: first report"),
    "poll_failed": ({"feed": "Wire", "error": "403"}, "Wire: 403"),
    "delivered": ({"destination": "desk"}, "to desk"),
    "delivery_failed": ({"destination": "desk", "error": "500"}, "to desk: 500"),
    "something_new": ({"a": 1, "b": "x"}, "a 1, b x"),
}


@pytest.mark.parametrize("kind", SAID)
def test_an_event_is_one_line_in_words(kind, teller, screen):
    facts, sentence = SAID[kind]
    assert describe(event(kind, **facts)) == sentence
    teller.event(event(kind, **facts))
    line = screen.getvalue()
    assert line.startswith("06:30  ")
    assert line.endswith(f" {sentence}\n")
    assert line.count("\n") == 1


def test_notes_stand_below_their_event(teller, screen):
    teller.event(
        event("matched", source="Wire", title="Late", topic="Ferries", score=0.5, notes=["a copy of Gazette's report"])
    )
    _, note = screen.getvalue().splitlines()
    assert note == " " * 18 + "a copy of Gazette's report"


def test_hostile_text_stays_on_its_line_and_a_long_one_is_cut(teller, screen):
    teller.event(event("polled", feed=EVIL, new=2))
    teller.event(event("poll_failed", feed="Wire", error="a long reason " * 30))
    first, second = screen.getvalue().splitlines()
    assert "[31mred [bold]x[/bold] 2J" in first
    assert not [c for c in first + second if unicodedata.category(c) in {"Cc", "Cf"}]
    assert cell_len(second) <= 80
    assert second.endswith("…")


def test_an_alert_is_framed_and_never_taken_for_markup(teller, screen):
    teller.alert("● NEW STORY\n  [red]as it is[/red]\n", alert())
    lines = screen.getvalue().splitlines()
    assert [line[0] for line in lines] == ["╭", "│", "│", "╰"]
    assert "[red]as it is[/red]" in lines[2]
    assert {cell_len(line) for line in lines} == {80}


def test_beginning_and_ends_say_how_many(teller, screen):
    teller.opening(12, Topic(name="Ferries", query="ferry [AND] boat"))
    teller.enough(1)
    teller.late(2, 3)
    teller.farewell(0)
    teller.day_is_over()
    said = screen.getvalue()
    assert "12 outlets" in said
    assert "We watch for: Ferries\n  ferry [AND] boat\n" in said
    assert "1 alert delivered.\n" in said
    assert "Only 2 alerts of 3 delivered in time.\n" in said
    assert "Stopped; 0 alerts delivered.\n" in said
    assert "Ctrl-C ends the demo." in said


def test_troubles_are_told_without_what_acts_on_a_terminal(teller, screen):
    teller.troubles(['{"event": "died\x1b[2J"}'])
    assert "died" in screen.getvalue()
    assert "\x1b" not in screen.getvalue()
