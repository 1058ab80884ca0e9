"""Sentences, paragraphs and places of words, beside plain definitions that read the text character by character."""

from __future__ import annotations

import re
from itertools import takewhile

from hypothesis import example, given
from hypothesis import strategies as st

from worker.match.text import Passage

WIDE = "。！？｡।॥؟۔։።။។"
STOPS = f".!?…{WIDE}"
CLOSING = "\"'’”»)]"
BREAKS = "\n\r\u2028\u2029"
TITLES = ("mr", "st", "prof", "messrs", "inc", "млн")
BEFORE_NUMBERS = ("no", "sept", "dec")
BEFORE_INITIALS = ".-(\"'‘“„«\u00a0"
MONTHS = re.compile(r"(Mai|Oktober)\b")

# One behind the other they make no other abbreviation than those above.
SAMPLES = (
    "Mr mr MR St ﬆ ﬅ Prof xprof Messrs Meßrs inc млн No no Sept Dec Often often oft He he Он он É é U x B "
    "Mai Oktober 3 12 2019 ² don't kim's ﬁx 金 김정 カ ป שלום 👍 \x00 \ud800 \u0301 \u094d \u3099 \u200b"
)
WORDS = SAMPLES.split(" ")
SIGNS = [*STOPS, *CLOSING, *"‘“„«(-,", ". ", ". ", ". ", "? ", ".” ", ". . ", "...", "?!", ".\n\n", ".)"]
SPACES = [" "] * 12 + [*BREAKS, "\t", "\x0b", "\x1c", "\x85", "\u00a0", "\r\n", "\n\n", "\n \n", "\r\n\r\n", " " * 20]
PARTS = [st.sampled_from(parts) for parts in (WORDS, SIGNS, SPACES)]
anything = st.lists(st.one_of(PARTS), max_size=30).map("".join)
spoken = st.lists(st.tuples(*(PARTS[kind] for kind in (0, 2, 0, 1))).map("".join), max_size=8).map("".join)
texts = st.one_of(spoken, anything, st.text(alphabet="aB.! ’)\n", max_size=30))


def stops(text):
    """The stops of a text with what is closed behind them, as (start, end)."""
    place = 0
    while place < len(text):
        start = place
        while place < len(text) and text[place] in STOPS:
            place += 1
        if place == start:
            place += 1
            continue
        while place < len(text) and text[place] in CLOSING:
            place += 1
        yield start, place


def ends_sentence(text, start, end):
    following = text[end : end + 20].lstrip()
    if text[start] in WIDE:
        return True
    if text[end : end + 1].strip() or following[:1].islower():
        return False
    return text[start:end] != "." or not abbreviates(text[max(0, start - 12) : start], following)


def abbreviates(behind, following):
    word = "".join(takewhile(str.isalpha, reversed(behind)))[::-1]
    before = behind[: len(behind) - len(word)][-1:]
    if not word:
        return bool(MONTHS.match(following)) and bool(re.search(r"(?<![0-9])[0-9]{1,2}$", behind))
    if len(word) == 1:
        alone = before == "" or before.isspace() or before in BEFORE_INITIALS
        return alone and (not word.islower() or following[1:2] == ".")
    numbered = word.casefold() in BEFORE_NUMBERS and following[:1].isdecimal()
    return (word.casefold() in TITLES or numbered) and before not in {"\u0301", "\u094d", "\u3099"}


def paragraph_starts(text):
    gaps = []
    place = 0
    while place < len(text):
        start = place
        place += 1
        if text[start] in BREAKS:
            while place < len(text) and text[place].isspace():
                place += 1
            gap = text[start:place]
            gaps.append((place, "\u2029" in gap or len(re.findall("\r\n|\r|\n", gap)) > 1))
    has_blank = any(blank for _, blank in gaps)
    return [end for end, blank in gaps if blank or not has_blank]


def first_words(text, offsets):
    """How many words end before each of the offsets, where another one follows."""
    counts = {len(Passage(text[:offset]).words) for offset in offsets}
    return sorted({0} | {count for count in counts if count < len(Passage(text).words)})


@given(texts)
@example("Мы. 金。はい. Meßrs. Smith")
@example("Messrs. He and prof. He? He. Prof. He! xprof. He. inc. He. oft. He. \u094dMr. He")
@example("No. 5. No. He. Sept. 12. Sept. He. 3. Mai. 3. He")
@example("x." + " " * 20 + "he. B! He. x. B. Et")
def test_sentences_by_reading_each_character(text):
    ends = [end for start, end in stops(text) if ends_sentence(text, start, end)]
    assert Passage(text).sentences == first_words(text, [*ends, *paragraph_starts(text)])


@given(texts)
@example("a\u2028\u2028b\n\nc\r\nd")
@example("a\rb\r\rc")
@example("a\n\x0b\nb\n c")
def test_paragraphs_by_reading_each_character(text):
    assert Passage(text).paragraphs == first_words(text, paragraph_starts(text))


@given(st.text(alphabet="aab0 .-\nÀ“", max_size=60), st.randoms())
def test_words_stand_where_they_are_found_in_whatever_order_they_are_asked_for(text, random):
    places = [found.span() for found in re.finditer("[ab0À]+", text)]
    order = [*range(len(places))] * 2
    random.shuffle(order)
    passage = Passage(text)
    assert [passage.offsets(token, token + 1) for token in order] == [places[token] for token in order]


@given(texts)
def test_a_word_asked_for_again_stands_where_it_stood(text):
    passage = Passage(text)
    tokens = range(len(passage.words))
    once, again, backwards = (
        [passage.offsets(token, token + 1) for token in order] for order in (tokens, tokens, reversed(tokens))
    )
    assert once == again == backwards[::-1]
    assert all(passage.offsets(0, token + 1) == (once[0][0], once[token][1]) for token in tokens)
