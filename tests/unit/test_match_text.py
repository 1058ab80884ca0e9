"""Folding, words, sentences and paragraphs, and the way back to the original."""

from __future__ import annotations

import unicodedata

import pytest
import regex

from worker.match.folding import fold, surface
from worker.match.text import Passage, exact_units, matched_inside, tokens, units


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
        ("أحمد إلى آخر ٱلله", "احمد الي اخر الله"),
        ("محمـــد", "محمد"),
        ("ﾌﾟｰﾁﾝ", "プーチン"),
        ("\u1112\u1161\u11ab", "한"),
        ("ﬁne", "fine"),
        ("km²", "km2"),
        ("don’t", "don't"),
        ("1️⃣", "1"),
        ("ŉ", "'n"),
        ("ẞ", "ss"),
        ("ſ", "s"),
        ("Nguyễn Phú Trọng", "nguyen phu trong"),
        ("Nguye\u0302\u0303n", "nguyen"),
        ("Ćosić Żółw Çağ Kārlis", "cosic zolw cag karlis"),
        ("ґудзь Ў Ї Ѓ", "гудзь у і г"),
        ("й\u0301 и\u0301\u0306", "й й"),
        ("Ἀθῆναι Ἅιδης", "αθηναι αιδησ"),
        ("ᾳ α\u0345", "αι αι"),
        ("हिन्दी क़ \u0915\u093c", "हिन्दी \u0915\u093c \u0915\u093c"),
        ("न\u094d\u200dय", "न\u094dय"),
        ("\u0d28\u0d4d\u200d \u0d7b", "\u0d28\u0d4d \u0d28\u0d4d"),
        ("น้ำ", "น้\u0e4dา"),
        ("ລຳ", "ລ\u0ecdາ"),
        ("شَدّة", "شده"),
        ("على علی", "علي علي"),
        ("کوریا كوريا", "كوريا كوريا"),
        ("و\u0654 ؤ ه\u0654 ۀ ے\u0654 ۓ", "ؤ ؤ ه ه ئ ئ"),
        ("ا\u0653 ا\u0654 ا\u0655", "ا ا ا"),
        ("٢٠٢٣ ۲۰۲۳ २०२३ ๒๐๒๓ ２０２３", "2023 2023 2023 2023 2023"),
        ("שָׁלוֹם \ufb2aלום", "שלום שלום"),
        ("ｶﾞ か\u3099", "ガ が"),
        ("ﾊﾟｰ ァア", "パー ァア"),
        ("ㅎㅏㄴ 하\u11ab", "하\u1102 한"),
        ("國 国", "國 国"),
        ("ﷲ ﻻ", "الله لا"),
        ("O\u02bbzbek O‘zbek O`zbek O´zbek", "o'zbek o'zbek o'zbek o'zbek"),
        ("OpenAI™", "openai "),
        ("2½", "2 1\u20442"),
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
        *((f"Kim{mark}s visit", ["kim", "visit"]) for mark in "'`´’‘‛ʼ′＇ʹʻ"),
        ("a's's", ["a"]),
        ("a''s", ["a", "s"]),
        ("Kim's.", ["kim"]),
        ("Kim’sé", ["kim", "se"]),
        *(
            (f"Kim{dash}Jong", ["kim", "jong"])
            for dash in "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u05be"
        ),
        ("ジョー・バイデン", list("ジョーバイデン")),
        ("col·laboració 2½ OpenAI™s", ["col", "laboracio", "2", "1", "2", "openai", "s"]),
        ("می\u200cخواهم", ["ميخواهم"]),
        ('צה״ל צה"ל', ["צה", "ל", "צה", "ל"]),
        ("นายก ๒๕", ["น", "า", "ย", "ก", "25"]),
        ("가゛あ゙a", ["가", "\u3099", "あ\u3099", "a"]),
        ("Сі金Łódź", ["сі", "金", "lodz"]),
        ("नेपाल α Ж 한", ["नेपाल", "α", "ж", "한"]),
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
        ("e\u0301\u0327! a", ["e\u0301\u0327", "a"]),
        ("\u0301a\u200b\u0301\u200b b", ["a\u200b\u0301", "b"]),
        ("ки\u0306\u200bв ё", ["ки\u0306\u200bв", "ё"]),
        ("а\u0306бв ﷺ", ["а\u0306бв", *["ﷺ"] * 4]),
        ("\u0958ab ½", ["\u0958ab", "½", "½"]),
        ("한\u200b국 ß", ["한", "국", "ß"]),
    ],
)
def test_offsets_lead_back(text, original):
    passage = Passage(text)
    assert [passage.original(token, token + 1) for token in range(len(passage.words))] == original


def test_units_are_what_stands_without_a_gap():
    assert units("Kim Jong-un’s 김정은 AI는 meet*") == ("kim", "jong", "un", "김정은", "ai는", "meet")
    assert units("state meet* mee?s", wildcards=True) == ("state", "meet*", "mee?s")
    assert exact_units("Ｋim Łódź’s NATO가") == ("Ｋim", "Łódź", "NATO가")


def test_a_fraction_is_one_exact_unit():
    assert exact_units("2½ Łódź") == ("2", "½", "Łódź")


def test_word_numbers_follow_the_script():
    assert list(Passage("one two 3").numbers) == [0, 1, 2]
    assert list(Passage("김정은이 왔다").numbers) == [0, 0, 0, 0, 1, 1]
    assert list(Passage("普京会见 金").numbers) == [0, 0, 1, 1, 2]
    assert list(Passage("NATO가 AI").numbers) == [0, 1, 2]


def test_glued_and_spaced():
    passage = Passage("김정은이 NATO가, 金")
    assert not passage.spaced
    assert [passage.glued(token) for token in range(len(passage.words))] == [False, *[True] * 3, False, True, False]
    plain = Passage("Kim Ünlü Жук")
    assert plain.spaced
    assert [plain.glued(token) for token in range(3)] == [False] * 3
    assert [plain.before_word(number) for number in (0, 2, 60)] == [0, 2, 3]
    assert [passage.before_word(number) for number in (0, 1, 2, 60)] == [0, 4, 5, 7]


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


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He said no. Then he left.", 2),
        ("Resolution No. 5 passed. It was Dec. 5 then.", 2),
        ("It ran until Dec. Then it ended.", 2),
        ("Am 3. Oktober kam er. Am 4. ging er.", 2),
        ("She came 3. They left. In 2019. Mai was next.", 4),
        ("z. B. Berlin. Rund 3 Mio. Euro.", 2),
        ("Проф. Иванов и им. Ленина. Там 5 млн. Человек.", 2),
        ("a with b. A alone.", 2),
        ("In the ’90s. Then not.", 2),
        ("J.-P. Dupont et M. Macron. Fin.", 2),
        ("قال د. محمد. ثم ذهب.", 2),
        ("मैंने काम. फिर गया.", 2),
        ("Ան\u0589Բան", 2),
        ("ሰላም\u1362 ነው", 2),
        ("What?! Yes... No.", 3),
        ('"It ended." "So it did."', 2),
        ("x.y 3.5 a.b", 1),
    ],
)
def test_what_ends_a_sentence(text, sentences):
    assert len(Passage(text).sentences) == sentences


def test_paragraphs_end_at_blank_lines():
    passage = Passage("one\ntwo\n \nthree\r\n\r\nfour")
    assert first_words(passage, passage.paragraphs) == ["one", "three", "four"]


def test_paragraphs_end_at_line_breaks_where_there_is_no_blank_line():
    passage = Passage("one\ntwo\r\nthree")
    assert first_words(passage, passage.paragraphs) == ["one", "two", "three"]


LARGE = 240_000
HOSTILE = {
    "one word": "a" * 1_000_000,
    "marks": "\u0301\u0327" * (LARGE // 2),
    "marks on one letter": "e" + "\u0301" * LARGE,
    "marks that stay, out of order": "\u0915" + "\u094d\u093c" * (LARGE // 2),
    "marks that wait": "\u0438" + "\u0306" * (LARGE // 4),
    "marked words": "e\u0301 " * (LARGE // 3),
    "voicing": "ﾌﾟ" * (LARGE // 8),
    "jamo": "\u1112\u1161\u11ab" * (LARGE // 8),
    "nothing seen": "\u200b" * LARGE,
    "stops": "." * LARGE,
    "stops and spaces": ". " * (LARGE // 4),
    "stops in words": ("." * 50 + "x") * (LARGE // 50),
    "a stop and brackets": "." + ")" * LARGE,
    "lines": "\n" * LARGE,
    "possessives": "'s" * (LARGE // 2),
    "apostrophes": "'" * LARGE,
    "surrogates": "\ud800" * (LARGE // 3),
    "NUL": "\x00" * LARGE,
    "emoji": "👍🏽\u202e" * (LARGE // 20),
    "joined emoji": "👩\u200d👩\u200d👧 " * (LARGE // 20),
    "what grows": "ß" * LARGE,
    "what grows most": "\ufdfa" * (LARGE // 10),
    "Hangul": "김" * (LARGE // 4),
    "Thai": "ป\u0e39" * (LARGE // 4),
    "two scripts in turn": "aя" * (LARGE // 2),
    "many characters": "".join(map(chr, range(0x4000))) * 4,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_much_of_anything_is_read(text):
    passage = Passage(text)
    last = len(passage.words)
    assert passage.sentences[0] == passage.paragraphs[0] == 0
    assert len(passage.numbers) == last == len(passage.words)
    if last:
        start, end = passage.offsets(0, last)
        assert 0 <= start < end <= len(text)
    assert len(surface(text)) <= 3 * len(text)
    assert units(fold(text).text) == units(text)


ASSIGNED = "".join(
    char
    for char in map(chr, range(0x20000))
    if unicodedata.category(char) not in {"Cn", "Co", "Cs"} and char not in "*?"
)
INSIDE = regex.compile(
    r"(?V1)[[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\u30FC]&&[\p{L}\p{N}\p{M}]]+", flags=regex.VERSION1
)


def test_what_matches_inside_words_are_the_letters_of_han_kana_hangul_and_thai():
    letters = sorted(set(regex.findall(r"[\p{L}\p{N}\p{M}]", fold(" ".join(ASSIGNED)).text)))
    assert [char for char in letters if matched_inside(char)] == [char for char in letters if INSIDE.match(char)]


def test_letters_of_every_script_fold_once_and_for_all():
    spaced = " ".join(ASSIGNED)
    once = fold(spaced).text
    assert fold(once).text == once
    assert unicodedata.is_normalized("NFC", once)
    assert not regex.search(r"(?V1)[\p{DI}\u0640]|[\p{Nd}--[0-9]]|[\p{Lu}--\p{Cherokee}]", once)


def test_canonical_forms_fold_to_the_same():
    made = "".join(char for char in ASSIGNED if not unicodedata.is_normalized("NFD", char))
    assert len(made) > 12_000
    wrong = [char for char in made if fold(unicodedata.normalize("NFD", char)).text != fold(char).text]
    assert wrong == []


def test_cases_fold_to_the_same():
    cased = [char for char in ASSIGNED if not char.isascii() and (char.upper() != char or char.lower() != char)]
    assert len(cased) > 2_000
    wrong = [char for char in cased for form in (char.upper(), char.lower()) if fold(form).text != fold(char).text]
    assert wrong == []


def test_each_character_is_cut_in_a_text_as_it_is_folded_alone():
    for start in range(0, 40_000, 50):
        chars = ASSIGNED[start : start + 50]
        alone = [word for char in chars for unit in units(fold(char).text) for word in tokens(unit)]
        assert Passage(" ".join(chars)).words == alone


def test_folded_text_is_composed():
    assert unicodedata.is_normalized("NFC", fold("Й é हि 한 が").text)
