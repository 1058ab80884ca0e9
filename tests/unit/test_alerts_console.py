"""What a person reads in a terminal."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from worker.alerts.console import console_text
from worker.alerts.plain import plain, shortened
from worker.model import Alert, Article, Highlight, Match, Reason, Report, Source, Story

NOW = datetime(2023, 9, 11, 8, 49, tzinfo=UTC)
TEXT = "SEOUL - A train believed to carry Kim Jong Un left Pyongyang on Sunday evening, media said."


def mark(words, *, field="text", text=TEXT):
    start = text.index(words)
    return Highlight(field=field, start=start, end=start + len(words), text=words)


REPORT = Report(article_id="a", source="s1.example", title="t", url="", published=NOW, seen_at=NOW)
ALERT = Alert(
    id="a1",
    reason=Reason.NEW_STORY,
    topic="Kim-Putin summit",
    sent_because="first report of this story",
    created=NOW,
    story=Story(
        id="5707",
        topic="Kim-Putin summit",
        headline="Train heads for Russia",
        first_seen=NOW,
        last_seen=NOW,
        reports=(REPORT,),
    ),
    article=Article(
        id="a",
        title="Train heads for Russia",
        text=TEXT,
        url="https://s1.example/x?utm=1",
        canonical_url="https://s1.example/x",
        published=NOW,
        source=Source(domain="s1.example"),
    ),
    match=Match(topic="Kim-Putin summit", query="kim", score=1.0, highlights=(mark("train"), mark("Kim Jong Un"))),
)


def test_the_whole_text():
    assert console_text(ALERT, base_url="http://127.0.0.1:8080/") == (
        "● NEW STORY · Kim-Putin summit\n"
        "  Train heads for Russia\n"
        "  why      first report of this story\n"
        "  passage  SEOUL - A »train« believed to carry »Kim Jong Un« left Pyongyang on Sunday…\n"
        "  source   s1.example · published 11 September 2023 08:49 UTC · 1 independent source, 1 report\n"
        "  read     https://s1.example/x\n"
        "  story    http://127.0.0.1:8080/stories/5707\n"
    )


def test_a_follow_up_says_so_and_who_reported_it_so_far():
    reports = (
        REPORT,
        replace(REPORT, article_id="b", source="s2.example", seen_at=NOW.replace(hour=9, minute=16), copy_of="a"),
        replace(REPORT, article_id="c", source="s3.example", published=NOW.replace(hour=11, minute=12)),
    )
    reports = tuple(replace(one, published=one.published if one.source == "s1.example" else None) for one in reports)
    story = replace(ALERT.story, reports=reports)
    lines = console_text(replace(ALERT, story=story, reason=Reason.CONFIRMED, follow_up=True)).splitlines()
    assert lines[0] == "● CONFIRMED · Kim-Putin summit · follow-up"
    assert lines[1] == "  Train heads for Russia"
    assert lines[-5:-2] == [
        "  so far   ◆ 08:49 s1.example",
        "           ◆ 08:49 s3.example",
        "           ◇ 09:16 s2.example, a copy of s1.example",
    ]
    assert lines[-1] == "  story    5707"


def test_what_is_not_known_takes_no_line():
    bare = replace(ALERT, article=Article(id="a", title="t", seen_at=NOW), match=replace(ALERT.match, highlights=()))
    text = console_text(bare)
    assert "unknown source · seen 11 September 2023 08:49 UTC" in text
    assert [line.split()[0] for line in text.splitlines()[2:]] == ["why", "source", "story"]


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason):
    first = console_text(replace(ALERT, reason=reason)).splitlines()[0]
    assert first.startswith("● ")
    assert first.endswith(" · Kim-Putin summit")


def test_a_highlight_in_the_title_is_shown_where_the_text_has_none():
    title = ALERT.article.title
    marks = (mark("Russia", field="title", text=title),)
    assert "  passage  Train heads for »Russia«\n" in console_text(
        replace(ALERT, match=replace(ALERT.match, highlights=marks))
    )


def test_overlapping_highlights_are_marked_once():
    marks = (mark("Kim Jong Un"), mark("Jong Un"), mark("Kim Jong"))
    text = console_text(replace(ALERT, match=replace(ALERT.match, highlights=marks)))
    assert text.count("»") == text.count("«") == 1


def test_a_highlight_that_does_not_fit_its_field_is_shown_by_itself():
    wrong = Highlight(field="text", start=3, end=8, text="train")
    assert "  passage  »train«\n" in console_text(replace(ALERT, match=replace(ALERT.match, highlights=(wrong,))))


ESCAPES = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "a\rb\nc\u2028d\u2029e\x85f",
    "\u202eesrever\u2066x",
    "\x00\x08\x7f",
    "\udcff",
]


@pytest.mark.parametrize("hostile", ESCAPES)
def test_nothing_a_feed_wrote_acts_on_the_terminal(hostile):
    text = f"{hostile}Kim{hostile}"
    alert = replace(
        ALERT,
        sent_because=hostile,
        story=replace(ALERT.story, headline=hostile),
        article=replace(
            ALERT.article, text=text, canonical_url=f"https://x/{hostile}", source=Source(domain="x", name=hostile)
        ),
        match=replace(ALERT.match, highlights=(mark("Kim", text=text),)),
    )
    shown = console_text(alert)
    assert not [
        c for c in shown if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029\u202e\u2066")
    ]
    shown.encode()
    labels = {"●", "why", "passage", "source", "read", "story"}
    assert {line.split()[0] for line in shown.splitlines() if line.strip()} - labels <= {plain(hostile).split(" ")[0]}


def test_endless_fields_make_no_endless_lines():
    endless = replace(
        ALERT,
        sent_because="x" * 9000,
        story=replace(ALERT.story, headline="x" * 9000),
        match=replace(ALERT.match, highlights=(Highlight(field="text", start=0, end=9000, text="x" * 9000),)),
        article=replace(ALERT.article, text="x" * 9000),
    )
    assert max(map(len, console_text(endless).splitlines())) < 420


def test_joiners_that_scripts_need_stay():
    assert plain("क्\u200dष می\u200cخواهم") == "क्\u200dष می\u200cخواهم"


@pytest.mark.parametrize(("text", "expected"), [("abc", "abc"), ("abcd", "ab…"), ("a bc", "a…")])
def test_shortened(text, expected):
    assert shortened(text, 3) == expected
