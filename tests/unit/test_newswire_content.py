"""The recorded day as data: what has to be in it for the demo to show what it promises."""

import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache

import pytest

from worker.run.newswire.content import labels, load

RECORDING = load()
NAMES = {outlet.key: outlet.name for outlet in RECORDING.outlets}
LANGUAGES = {outlet.key: outlet.language for outlet in RECORDING.outlets}
BY_KEY = {item.key: item for item in RECORDING.items}
KIM = ("Kim Jong Un", "Ким Чен Ын", "김정은")
PUTIN = ("Putin", "Путин", "푸틴")


def text_of(item):
    return "\n".join((item.title, item.summary, item.author, *item.paragraphs))


def names(item, aliases):
    return any(alias in text_of(item) for alias in aliases)


def of_role(role):
    return [item for item in RECORDING.items if item.role == role]


def words(item):
    return sum(len(paragraph.split()) for paragraph in item.paragraphs)


@cache
def shingles(item):
    tokens = re.findall(r"\w+", " ".join(item.paragraphs).lower())
    return {tuple(tokens[at : at + 3]) for at in range(len(tokens) - 2)}


def resemblance(one, other):
    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right)


def test_outlets_cover_all_formats_themes_and_three_languages():
    assert len(RECORDING.outlets) >= 9
    formats = Counter(outlet.feed_format for outlet in RECORDING.outlets)
    assert set(formats) == {"rss", "rdf", "atom", "json"}
    assert formats["rss"] >= 3
    assert {outlet.theme for outlet in RECORDING.outlets} == {"wordpress", "soup", "semantic", "table"}
    assert {outlet.language for outlet in RECORDING.outlets} == {"en", "ko", "ru"}
    assert {outlet.full_text for outlet in RECORDING.outlets if outlet.feed_format == "rss"} == {True, False}


def test_outlets_can_be_named_in_a_url():
    # a label of a host name: RFC 1035, 2.3.1, and RFC 1123, 2.1
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", key) for key in NAMES)


def test_every_outlet_says_that_its_text_is_a_sample():
    for outlet in RECORDING.outlets:
        assert "sample text for demonstration" in outlet.remark.lower(), outlet.key


def test_stand_ins_for_real_publishers_carry_it_in_their_name():
    stand_ins = [outlet for outlet in RECORDING.outlets if re.search("Kremlin|KCNA", outlet.name)]
    assert len(stand_ins) == 2
    assert all("sample stand-in" in outlet.name for outlet in stand_ins)


def test_there_is_a_day_of_everyday_news():
    assert len(of_role("everyday")) >= 60
    assert {item.role for item in RECORDING.items} == {"everyday", "summit", "decoy"}


@pytest.mark.parametrize("item", RECORDING.items, ids=lambda item: item.key)
def test_an_article_has_the_length_of_one(item):
    shortest = 120 if LANGUAGES[item.outlet] == "en" else 80
    assert shortest <= words(item) <= 300
    assert len(item.paragraphs) >= 4
    assert item.title
    assert item.author
    assert re.fullmatch(r"[a-z0-9-]+", item.slug)
    assert re.fullmatch(r"[01]\d:[0-5]\d", item.at)


def test_no_two_items_share_a_page_or_a_title():
    assert len(BY_KEY) == len(RECORDING.items)
    assert len({item.title for item in RECORDING.items}) == len(RECORDING.items)


def test_no_article_is_another_in_disguise_unless_it_says_so():
    english = [item for item in RECORDING.items if LANGUAGES[item.outlet] == "en" and not item.copy_of]
    alike = [
        (one.key, other.key)
        for at, one in enumerate(english)
        for other in english[at + 1 :]
        if resemblance(one, other) > 0.05
    ]
    assert alike == []


def test_the_summit_breaks_in_the_order_in_which_it_did():
    thread = of_role("summit")
    train = thread[0]
    copies = [item for item in thread if item.copy_of]
    firsts = {key: next(item for item in thread if item.outlet == key) for key in ("kremlin-sample", "kcna-sample")}
    assert (train.outlet, train.at) == ("han-river-daily", "08:49")
    assert firsts["kremlin-sample"].at == "11:12"
    assert firsts["kcna-sample"].at == "13:05"
    assert all(train.minute < copy.minute <= train.minute + 60 for copy in copies)
    independent = [item for item in thread if "Kyodo" in text_of(item) and not item.copy_of]
    assert [train.at < item.at < "11:12" for item in independent] == [True]
    assert [item for item in thread if item.at > "13:05"]


def test_wire_copies_are_the_same_text_lightly_edited():
    copies = [item for item in RECORDING.items if item.copy_of]
    assert len({copy.outlet for copy in copies}) >= 3
    for copy in copies:
        original = BY_KEY[copy.copy_of]
        assert copy.paragraphs != original.paragraphs
        assert resemblance(copy, original) > 0.7, copy.key
        assert "(Sample Wire)" in text_of(copy)


def test_reports_of_the_summit_name_both_leaders_at_once():
    for item in of_role("summit"):
        start = item.paragraphs[0]
        assert any(alias in start for alias in KIM), item.key
        assert any(alias in start for alias in PUTIN), item.key


def test_nothing_else_of_the_day_names_both_leaders():
    others = [item for item in RECORDING.items if item.role != "summit" and item.archived is None]
    assert [item.key for item in others if names(item, KIM) and names(item, PUTIN)] == []


def test_decoys_name_one_leader_or_neither_or_are_years_old():
    decoys = of_role("decoy")
    kinds = Counter("archive" if item.archived else (names(item, KIM), names(item, PUTIN)) for item in decoys)
    assert kinds[True, False] >= 2
    assert kinds[False, True] >= 2
    assert kinds["archive"] == 1
    assert kinds[False, False] == 1
    assert any(re.search("missile", item.title) for item in decoys)


def test_the_archive_piece_is_of_2019_and_about_both():
    (archived,) = [item for item in RECORDING.items if item.archived]
    assert archived.archived == datetime(2019, 4, 25, 22, 0, tzinfo=UTC)
    assert names(archived, KIM)
    assert names(archived, PUTIN)
    assert archived.role == "decoy"


def test_a_footballer_called_kim_takes_a_train():
    (sport,) = [item for item in of_role("decoy") if item.outlet == "sportline"]
    assert "Kim" in sport.title
    assert "train" in sport.title


def test_unrelated_pages_advertise_pieces_about_both_leaders():
    traps = [item for item in RECORDING.items if any("Kim" in t and "Putin" in t for t in item.read_more)]
    assert len(traps) >= 4
    assert all(item.role != "summit" for item in traps)
    assert {next(o.theme for o in RECORDING.outlets if o.key == item.outlet) for item in traps} >= {
        "wordpress",
        "soup",
        "table",
    }


def test_something_is_there_before_the_train():
    outlets = {item.outlet for item in RECORDING.items if item.at < "08:30"}
    assert outlets == set(NAMES)


def test_page_furniture_has_the_same_words_in_every_language():
    assert labels("ko").keys() == labels("ru").keys() == labels("en").keys()
