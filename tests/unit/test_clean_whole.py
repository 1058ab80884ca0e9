from __future__ import annotations

import pytest

from worker.clean.whole import is_whole

TEXT = "The sample volcano erupted near the sample harbour on Friday morning. " * 20


def test_a_text_is_whole_from_so_many_characters_on():
    assert is_whole(TEXT, len(TEXT))
    assert not is_whole(TEXT, len(TEXT) + 1)


@pytest.mark.parametrize(
    "end",
    [
        "and ferries stayed…",
        "and ferries stayed...",
        "and ferries stayed […]",
        "and ferries stayed [...]",
        "and ferries stayed … [+2391 chars]",
        "and ferries stayed.\n\nRead more",
        "and ferries stayed.\n\nRead the full story at Sample News »",
        "and ferries stayed.\n\nContinue reading Sample volcano erupts →",
        "et les bateaux restent au port.\n\nLire la suite",
        "und die Fähren blieben im Hafen. Weiterlesen",
        "y los barcos quedaron en puerto. Leer más",
        "и паромы остались в порту. Читать далее",
        "배는 항구에 남았다. 더보기",
        "船は港に残った。続きを読む",
        "渡轮停在港口。阅读全文",
    ],
)
def test_an_excerpt_is_not_whole_however_long(end):
    assert not is_whole(TEXT + end + "\n", 100)


@pytest.mark.parametrize(
    "end",
    [
        "He said: “Nobody … knows why.”",
        "Read more books, the sample minister told pupils, and you will go far in life. The school opens in May.",
        "The sample port reopened on Sunday",
    ],
)
def test_an_article_may_end_in_many_ways(end):
    assert is_whole(TEXT + end, 100)
