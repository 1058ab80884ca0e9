"""Folding, words, sentences and paragraphs, and the way back to the original."""

from __future__ import annotations

import unicodedata

import pytest

from worker.match.folding import fold
from worker.match.text import Passage, exact_units, units


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("PUTIN", "putin"),
        ("Ｐｕｔｉｎ", "putin"),
        ("Pu\u00adtin", "putin"),
        ("Pu\u200btin", "putin"),
        ("\u200ePutin\u200f", "putin"),
        ("école", "ecole"),
        ("e\u0301cole", "ecole"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("Đoković", "dokovic"),
        ("Ærø", "aero"),
        ("Œuvre", "oeuvre"),
        ("İstanbul ılık", "istanbul ilik"),
        ("Τσίπρας", "τσιπρασ"),
        ("Чёрный", "черный"),
        ("Майк Ма\u0438\u0306к", "майк майк"),
        ("Зеле́нский", "зеленский"),
        ("Київ", "киів"),
        ("हिन्दी", "हिन्दी"),
        ("ปูติน", "ปูติน"),
        ("مُحَمَّد", "محمد"),
        ("أحمد إلى آخر ٱلله", "احمد الى اخر الله"),
        ("محمـــد", "محمد"),
        ("ﾌﾟｰﾁﾝ", "プーチン"),
        ("\u1112\u1161\u11ab", "한"),
        ("ﬁne", "fine"),
        ("km²", "km2"),
        ("don’t", "don't"),
        ("1️⃣", "1"),
    ],
)
def test_one_form_for_all_spellings(text, folded):
    assert fold(text).text == folded
    assert fold(folded).text == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kim Jong-un", ["kim", "jong", "un"]),
        ("Kim\u2011Jong\u2014un\nsaid", ["kim", "jong", "un", "said"]),
        ("Putin's train, Kim’s too", ["putin", "train", "kim", "too"]),
        ("Kim’s金", ["kim", "金"]),
        ("PUTIN'S", ["putin"]),
        ("Путин’s", ["путин"]),
        ("the leaders' summit", ["the", "leaders", "summit"]),
        ("'s-Hertogenbosch", ["s", "hertogenbosch"]),
        ("O’Brien", ["o", "brien"]),
        ("snake_case a+b", ["snake", "case", "a", "b"]),
        ("김정은이 NATO가", ["김", "정", "은", "이", "nato", "가"]),
        ("プーチン氏2023年", ["プ", "ー", "チ", "ン", "氏", "2023", "年"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("a\x00b\ud800c👍🏽d", ["a", "b", "c", "d"]),
        ("", []),
    ],
)
def test_words(text, words):
    assert Passage(text).words == words


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ("am Straße ende", ["am", "Straße", "ende"]),
        ("x\u00adÆrø\u200b y", ["x\u00adÆrø", "y"]),
        ("ﬁne e\u0301cole\u0301.", ["ﬁne", "e\u0301cole\u0301"]),
        ("\u200fPu\u00adtin’s!", ["Pu\u00adtin"]),
        ("مُحَمَّدٌ قال", ["مُحَمَّدٌ", "قال"]),
        ("한\u1112\u1161\u11ab", ["한", "\u1112\u1161\u11ab"]),
        ("ßßß ßa", ["ßßß", "ßa"]),
    ],
)
def test_offsets_lead_back(text, original):
    passage = Passage(text)
    assert [passage.original(token, token + 1) for token in range(len(passage.words))] == original


def test_units_are_what_stands_without_a_gap():
    assert units("Kim Jong-un’s 김정은 AI는 meet*") == ("kim", "jong", "un", "김정은", "ai는", "meet")
    assert units("state meet* mee?s", wildcards=True) == ("state", "meet*", "mee?s")
    assert exact_units("Ｋim Łódź’s NATO가") == ("Ｋim", "Łódź", "NATO가")


def test_word_numbers_follow_the_script():
    assert list(Passage("one two 3").numbers) == [0, 1, 2]
    assert list(Passage("김정은이 왔다").numbers) == [0, 0, 0, 0, 1, 1]
    assert list(Passage("普京会见 金").numbers) == [0, 0, 1, 1, 2]
    assert list(Passage("NATO가 AI").numbers) == [0, 1, 2]


def first_words(passage, starts):
    return [passage.words[start] for start in starts]


def test_sentences():
    text = (
        "Mr. Smith of the U.S. Navy paid 3.5 million. Really? “Yes!” he said... then left. "
        "Gen. Park (ret.) stayed.\nNext line"
    )
    passage = Passage(text)
    assert first_words(passage, passage.sentences) == ["mr", "really", "yes", "gen", "next"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("普京到了。金正恩也到了！好", ["普", "金", "好"]),
        ("मोदी गए। वे लौटे", ["मोदी", "वे"]),
        ("هل وصل؟ نعم", ["هل", "نعم"]),
    ],
)
def test_sentences_in_other_scripts(text, first):
    passage = Passage(text)
    assert first_words(passage, passage.sentences) == first


def test_paragraphs_end_at_blank_lines():
    passage = Passage("one\ntwo\n \nthree\r\n\r\nfour")
    assert first_words(passage, passage.paragraphs) == ["one", "three", "four"]


def test_paragraphs_end_at_line_breaks_where_there_is_no_blank_line():
    passage = Passage("one\ntwo\r\nthree")
    assert first_words(passage, passage.paragraphs) == ["one", "two", "three"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "\u0301\u0327" * 500_000,
        "e" + "\u0301" * 1_000_000,
        "\u200b" * 1_000_000,
        "." * 1_000_000,
        "\n" * 1_000_000,
        "'s" * 500_000,
        "\ud800" * 300_000,
        "👍🏽\u202e" * 50_000,
    ],
)
def test_a_megabyte_of_anything_is_read(text):
    passage = Passage(text)
    assert len(passage.words) <= len(text)
    assert passage.sentences[0] == passage.paragraphs[0] == 0


def test_folded_text_is_composed():
    assert unicodedata.is_normalized("NFC", fold("Й é हि 한 が").text)
