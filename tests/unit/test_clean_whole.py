from __future__ import annotations

from datetime import UTC, datetime

import pytest

from worker.clean.whole import is_excerpt, whole_article
from worker.model import Entry, WorkItem

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TEXT = "The sample volcano erupted near the sample harbour on Friday morning. " * 20
PROSE = TEXT.strip()


def carried(content, enough):
    """The text of the article that an entry with this content carries whole, or None."""
    item = WorkItem(
        entry=Entry(key="1", url="https://example.org/1", title="Sample volcano erupts", content=content),
        feed_url="https://example.org/rss",
        feed_name="Example",
        feed_title="Example",
        tags=(),
        full_text=True,
        seen_at=NOW,
        trace="t",
        enough_text=enough,
    )
    marked = whole_article(item, now=NOW)
    if marked is None:
        return None
    assert (marked.article.partial, marked.article.partial_reason) == (False, "")
    assert len(marked.marks) == len(marked.article.text.split("\n"))
    return marked.article.text


def test_an_entry_is_whole_from_so_many_characters_of_text_on():
    assert carried(f"<p>{PROSE}</p>", len(PROSE)) == PROSE
    assert carried(f"<p class='sample'>{PROSE}</p>", len(PROSE) + 1) is None


def test_nothing_is_whole_where_nobody_says_what_is_enough():
    assert carried(f"<p>{PROSE}</p>", None) is None


def test_lines_that_are_no_part_of_the_article_do_not_count():
    advertisement = "<p>READ MORE: Ten recipes for pickled cabbage</p>"
    assert carried(f"<p>{PROSE}</p>{advertisement}", len(PROSE)) == PROSE
    assert carried(f"<p>{PROSE}</p>{advertisement}", len(PROSE) + 1) is None


ENDS = [
    "and ferries stayed…",
    "and ferries stayed...",
    "and ferries stayed […]",
    "and ferries stayed [...]",
    "and ferries stayed … [+2391 chars]",
    "and ferries stayed.\nRead more",
    "and ferries stayed.\nRead the full story at Sample News »",
    "and ferries stayed.\nContinue reading Sample volcano erupts →",
    "et les bateaux restent au port.\nLire la suite",
    "und die Fähren blieben im Hafen. Weiterlesen",
    "y los barcos quedaron en puerto. Leer más",
    "и паромы остались в порту. Читать далее",
    "배는 항구에 남았다. 더보기",
    "船は港に残った。続きを読む",
    "渡轮停在港口。阅读全文",
]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("below", ["", "\nSample News, the sample desk"])
def test_an_excerpt_is_not_whole_however_long(end, below):
    paragraphs = "".join(f"<p>{line}</p>" for line in f"{TEXT}{end}{below}".split("\n"))
    assert carried(paragraphs, 100) is None


@pytest.mark.parametrize("line", ["Read more", "Continue reading", "Lire la suite", "Weiterlesen", "続きを読む"])
def test_an_excerpt_is_known_by_a_line_that_cleaning_drops(line):
    assert carried(f"<p>{TEXT}</p><p><a href='https://example.org/1'>{line}</a></p>", 100) is None


@pytest.mark.parametrize(
    "end",
    [
        "He said: “Nobody … knows why.”",
        "Read more books, the sample minister told pupils, and you will go far in life. The school opens in May.",
        "The sample port reopened on Sunday",
    ],
)
def test_an_article_may_end_in_many_ways(end):
    assert carried(f"<p>{TEXT}{end}</p>", 100) == TEXT + end


def test_what_ends_long_before_the_text_does_is_no_end():
    assert not is_excerpt("Nobody knows why…\n" + "\n".join(f"The sample port reopened, part {n}." for n in range(3)))


def test_no_text_at_all_is_no_excerpt():
    assert not is_excerpt("")
