"""Stems of folded words, language by language."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.match.stems import has_stemmer, languages, stem
from worker.match.text import units

TOGETHER = [
    ("en", "meets meeting meet"),
    ("en", "visit visits visited visiting"),
    ("en", "election elections"),
    ("ru", "Путин Путина Путину Путиным Путине"),
    ("ru", "переговоры переговоров переговорам"),
    ("ru", "учёный ученый учёные"),
    ("de", "Wahl Wahlen"),
    ("de", "Verhandlung Verhandlungen"),
    ("de", "Minister Ministers"),
    ("de", "Anhörung Anhörungen Anhorung"),
    ("fr", "élection élections elections"),
    ("fr", "rencontre rencontres rencontrer"),
    ("fr", "président présidents President"),
    ("es", "elección elecciones eleccion"),
    ("es", "reunión reuniones"),
    ("es", "presidente presidentes"),
    ("it", "elezione elezioni"),
    ("pt", "acordo acordos"),
    ("pl", "prezydent prezydenta"),
    ("cs", "prezident prezidenta"),
    ("hi", "चुनाव चुनावों"),
    ("el", "εκλογή εκλογών"),
    ("ar", "الرئيس رئيس"),
    ("nb", "møte møter"),
]


@pytest.mark.parametrize(("language", "words"), TOGETHER)
def test_forms_of_one_word_share_a_stem(language, words):
    assert len({stem(word, language) for word in units(words)}) == 1


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "meet", "meat"),
        ("en", "united", "unity"),
        ("ru", "путин", "путь"),
        ("de", "wahl", "wald"),
        ("fr", "president", "presse"),
    ],
)
def test_different_words_keep_different_stems(language, one, other):
    assert stem(one, language) != stem(other, language)


@pytest.mark.parametrize("language", ["uk", "ja", "ko", "zh", "th", "EN", "english", "en-GB", "", "xx", "\ud800"])
def test_words_of_other_languages_stay_as_they_are(language):
    assert not has_stemmer(language)
    assert stem("meetings", language) == "meetings"


@pytest.mark.parametrize("word", ["金正恩", "김정은이", "プーチン", "ปูติน", "kim金s", "ー"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_scripts_that_match_inside_words_stay_as_they_are(word, language):
    assert stem(word, language) == word


def test_every_language_is_a_two_letter_code_and_has_an_algorithm():
    assert {"ar", "de", "en", "es", "fr", "hi", "it", "nl", "pl", "pt", "ru", "tr"} <= languages()
    for language in languages():
        assert language.isascii()
        assert language.islower()
        assert len(language) == 2
        assert has_stemmer(language)
        assert stem("a", language) == "a"
    assert not has_stemmer(None)


@pytest.mark.parametrize("word", ["", "\ud800", "meetings\udfff", "\0", "2026", "🙂", "running" * 100_000])
def test_what_is_no_word_stays_as_it_is(word):
    assert stem(word, "en") == word


WORDS = st.text(max_size=80) | st.text("абвгдёйьыяaeiouéüß'sинаومalxم", max_size=12)


@given(WORDS | WORDS.map(lambda word: (units(word) or ("",))[0]), st.sampled_from(sorted(languages())))
def test_no_word_loses_everything_or_raises(word, language):
    found = stem(word, language)
    assert bool(found) == bool(word)


def test_threads_do_not_mix_their_words():
    endings = ["s", "ed", "ing", ""]
    words = [f"{middle}{number}walk{ending}" for middle in "ab" for number in range(3000) for ending in endings]
    alone = [stem.__wrapped__(word, "en") for word in words]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            rounds = list(pool.map(lambda _: [stem.__wrapped__(word, "en") for word in words], range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert all(found == alone for found in rounds)
    assert set(alone) == {f"{middle}{number}walk" for middle in "ab" for number in range(3000)}
