"""Pages that list many stories, told by their titles."""

import pytest

from worker.alerts.roundup import why_roundup
from worker.model import Article


@pytest.mark.parametrize(
    ("title", "mark"),
    [
        ("Monday Briefing: a train and a storm", "Monday Briefing"),
        ("First Thing: what a night", "First Thing"),
        ("A vote, a flood and a wedding: Morning Rundown", "Morning Rundown"),
        ("The Sample’s 12:30 Report — one; two", "12:30 Report"),
        ("Here's the biggest news of your long weekend", "biggest news"),
        ("What happened in the harbour this week? Catch up", "What happened in the harbour this week"),
        ("The war at a glance: where the front stands now", "at a glance"),
        ("The day around the world in 12 photos", "day around the world in 12 photos"),
        ("Company news roundup", "roundup"),
        ("Sample war live: bridge hit; talks go on", "live: bridge hit;"),
        ("Sample war live briefing: bridge hit; talks go on", "briefing: bridge hit;"),
        ("Presseschau vom Montag", "Presseschau"),
        ("Das Wichtigste vom Tage", None),
        ("Das Wichtigste vom Montag", "Das Wichtigste vom"),
        ("Revue de presse : le train", "Revue de presse"),
        ("Resumen de noticias del lunes", "Resumen de noticias"),
        ("Главное за день: поезд и шторм", "Главное за день"),
        ("뉴스 브리핑: 열차", "뉴스 브리핑"),
        ("早报：列车出发", "早报"),
    ],
)
def test_a_round_up_says_what_gives_it_away(title, mark):
    why = why_roundup(Article(id="a", title=title))
    assert why == ((mark and f'round-up: several stories on one page ("{mark}" in the title)') or why)
    assert bool(why) or mark is None


@pytest.mark.parametrize(
    "title",
    [
        "Train leaves for Vladivostok",
        "Live: the storm reaches the coast",
        "Storm reaches the coast; thousands without power",
        "Ministers to hold a briefing on Monday",
        "Earthquake: what we know",
        "Reader's Digestive biscuits recalled",
        "He was the first. Things changed",
        "",
    ],
)
def test_a_report_is_none(title):
    assert why_roundup(Article(id="a", title=title)) == ""


@pytest.mark.parametrize("piece", ["what happened ", "monday ", "the week around ", "\n"])
def test_a_hostile_title_takes_bounded_work(piece):
    # only the beginning of a title is looked at
    assert why_roundup(Article(id="a", title=piece * 200_000 + "newsletter")) == ""
