"""Words, by the fast way for ASCII and by the tables of Unicode."""

import pytest

from worker.words import is_spaced, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \n–—! ", [], id="no words"),
        pytest.param("A ferry, No_7 (late)", ["A", "ferry", "No", "7", "late"], id="ASCII"),
        pytest.param("“The mayor’s ship” – late", ["The", "mayor", "s", "ship", "late"], id="quotation marks"),
        pytest.param("l’été à Évian…", ["l", "été", "à", "Évian"], id="accents"),
        pytest.param("e\u0301te\u0301", ["e\u0301te\u0301"], id="marks belong to words"),
        pytest.param("Паром «Ласточка» опоздал", ["Паром", "Ласточка", "опоздал"], id="Cyrillic"),
        pytest.param("渡轮，晚点。", ["渡轮", "晚点"], id="Han"),
    ],
)
def test_words_are_what_lies_between_other_characters(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize("script", ["渡", "フ", "ひ", "배", "เ", "ກ", "ក", "က", "\u30fc", "\uff76", "\U00020000"])
def test_scripts_without_spaces_are_never_overlooked(script):
    assert not is_spaced(f"A ferry {script} late")


@pytest.mark.parametrize("text", ["", "A ferry", "“Évian” – Паром", "πλοίο العبارة"])
def test_other_scripts_set_spaces(text):
    assert is_spaced(text)
