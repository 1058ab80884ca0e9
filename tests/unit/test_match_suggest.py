"""Queries from examples, on a small stream of sample items about an invented bridge and everyday subjects."""

from __future__ import annotations

import pytest

from worker.errors import WirewatchError
from worker.match.describe import in_words
from worker.match.engine import Matcher
from worker.match.query import parse
from worker.match.suggest.propose import suggest
from worker.model import Article, Entity, Source, Topic

PLACES = ("Norfield", "Eastham", "Westbury", "Lowton", "Hillside", "Seaview", "Oakham", "Stonegate")
SUBJECTS = (
    ("library extends its opening hours", "Readers in {place} can borrow books on Sundays from next month."),
    ("choir gives a concert for the hospital", "The choir of {place} sang old songs, and the hall was full."),
    ("market moves to the new square", "Stalls with fruit and cheese stand on the square of {place} every Friday."),
    ("school plants a hundred trees", "Pupils of {place} planted oaks and limes with their teachers."),
    ("bakers win a prize for rye bread", "The jury praised the crust and the taste of the loaves from {place}."),
    ("bus timetable changes in autumn", "Buses from {place} leave ten minutes earlier, the operator said."),
)
BRIDGE = (
    ("Tarvin bridge closed after cracks are found", "Engineers found cracks in two pillars of the bridge in Alderley."),
    ("Cracks close the Tarvin bridge", "The bridge over the river in Alderley stays shut, the council said."),
    ("Drivers wait as Tarvin bridge is checked for cracks", "Engineers measure the pillars in Alderley day and night."),
    ("Tarvin bridge: ferry helps commuters", "A ferry crosses the river in Alderley while cracks are mended."),
    ("Council votes on repair of the Tarvin bridge", "The repair of the cracked pillars in Alderley takes a year."),
    ("What the cracks in the Tarvin bridge mean", "An engineer from Alderley explains how pillars age."),
)


def article(ident, title, text="", **named):
    return Article(id=ident, title=title, text=text, source=Source(domain="sample.example"), **named)


def everyday(count=240):
    for number in range(count):
        place = PLACES[number % len(PLACES)]
        subject, text = SUBJECTS[number % len(SUBJECTS)]
        yield article(f"day-{number}", f"{place}: {subject}", text.format(place=place))


def bridge():
    return [article(f"bridge-{number}", title, text) for number, (title, text) in enumerate(BRIDGE)]


def own(number, count):
    """Made-up words that no other number gives."""
    return " ".join(f"x{word}q{number}" for word in range(count))


def found_by(query, articles, entities=()):
    matcher = Matcher([Topic(name="t", query=query)], entities)
    return {each.id for each in articles if matcher.match(each)}


def test_three_reports_give_a_short_query_that_finds_the_others_and_nothing_else():
    stream = [*everyday(), *bridge()]
    made = suggest(bridge()[:3], stream)
    assert found_by(made.query, stream) == {each.id for each in bridge()}
    assert len(made.parts) <= 3
    assert {found.article.id for found in made.matches} == {"bridge-3", "bridge-4", "bridge-5"}
    assert made.missed == made.caught == ()
    assert made.shared
    assert made.background == 243


def test_it_is_explained_in_words_and_by_counts():
    made = suggest(bridge()[:3], [*everyday(), *bridge()])
    assert made.meaning == in_words(parse(made.query))
    assert [part.examples for part in made.parts if part.group == 0] == [3]
    assert [part.background for part in made.parts if part.group == 0] == [3]
    assert all(found.score > 0 and 0 < found.chance <= 1 for found in made.matches)


def test_the_same_input_gives_the_same_query():
    stream = [*everyday(), *bridge()]
    assert suggest(bridge()[:3], stream) == suggest(bridge()[:3], list(stream))


def test_one_example_is_enough():
    made = suggest(bridge()[:1], [*everyday(), *bridge()])
    assert "bridge-0" in found_by(made.query, bridge())
    assert not found_by(made.query, everyday())


def test_words_are_written_as_the_articles_write_them():
    made = suggest(bridge()[:3], [*everyday(), *bridge()[:3]])
    assert any(word in made.query for word in ("Tarvin", "Alderley"))


def test_a_phrase_is_quoted():
    pairs = [
        article(f"p{number}", f"Golden Harbour opens {what}", "A day by the water.")
        for number, what in enumerate(("a pier", "its gates", "a museum"))
    ]
    noise = [article(f"g{n}", f"Golden leaves in {PLACES[n % 8]}", "Autumn has come.") for n in range(60)]
    noise += [article(f"h{n}", f"Harbour walk in {PLACES[n % 8]}", "Boots are needed.") for n in range(60)]
    assert '"Golden Harbour"' in suggest(pairs, [*everyday(), *noise]).query


def test_two_words_that_are_common_alone_are_joined_by_and():
    meant = [
        article("m0", "Brightwater lighthouse is painted", "It shines in white."),
        article("m1", "Painters at the lighthouse of Brightwater", "They work on ropes."),
        article("m2", "In Brightwater the old lighthouse gets colour", "Visitors watch."),
    ]
    elsewhere = [
        article(f"l{n}", f"{own(n, 4)} {('lighthouse', 'Brightwater')[n % 2]} {own(n + 100, 4)}", own(n + 200, 30))
        for n in range(80)
    ]
    stream = [*everyday(), *elsewhere]
    made = suggest(meant, stream)
    assert found_by(made.query, meant) == {"m0", "m1", "m2"}
    assert len(found_by(made.query, stream)) <= 5
    assert " AND " in made.query or " NEAR/" in made.query


def test_inflected_forms_become_a_prefix():
    words = ("sculptor", "sculpture", "sculptures")
    meant = [article(f"s{n}", f"{own(n, 2)} {word} {own(n + 50, 2)}", own(n + 100, 20)) for n, word in enumerate(words)]
    assert suggest(meant, everyday()).query == "sculpt*"


def test_an_entity_that_covers_the_name_is_used():
    entity = Entity(name="tarvin", aliases=("Tarvin", "Tarvin bridge", "мост Тарвин"))
    made = suggest(bridge()[:3], [*everyday(), *bridge()], entities=[entity])
    assert "@tarvin" in made.query
    assert found_by(made.query, bridge(), [entity]) >= {"bridge-0", "bridge-1", "bridge-2"}


def test_an_entity_that_would_find_more_than_is_meant_is_not_used():
    entity = Entity(name="places", aliases=("Alderley", *PLACES))
    assert "@places" not in suggest(bridge()[:3], [*everyday(), *bridge()], entities=[entity]).query


def test_counter_examples_are_kept_out():
    other = [
        article(f"toll-{number}", f"Tarvin toll {what}", "Drivers in Alderley pay at the gate.")
        for number, what in enumerate(("rises", "is paid by card", "is waived on Sunday", "office moves"))
    ]
    stream = [*everyday(), *bridge(), *other]
    made = suggest(bridge()[:3], stream, others=other[:2])
    assert made.caught == ()
    assert not found_by(made.query, other[:2])
    assert found_by(made.query, bridge()) >= {"bridge-0", "bridge-1", "bridge-2"}


def test_a_word_of_the_counter_example_is_excluded_where_nothing_else_tells_them_apart():
    twins = [article(f"t{number}", "Zephyr arrives") for number in range(3)]
    made = suggest(twins, everyday(), others=[article("rumour", "Zephyr arrives hoax")])
    assert made.query.endswith(" NOT hoax")
    assert [part.text for part in made.parts if part.group == -1] == ["hoax"]
    assert made.caught == ()


def test_a_counter_example_that_cannot_be_told_apart_is_said():
    twin = article("twin", "Zephyr arrives")
    made = suggest([article("a", "Zephyr arrives")], everyday(), others=[twin])
    assert made.caught == (twin,)


def test_near_stands_where_the_words_are_far_apart_in_what_is_not_meant():
    meant = [article(f"n{n}", own(n, 3), f"Falcon {own(n + 900, 2)} Heron. {own(n + 100, 200)}") for n in range(6)]
    apart = [article(f"f{n}", own(n + 20, 3), f"Falcon. {own(n + 300, 200)} Heron.") for n in range(40)]
    singles = [
        article(f"q{n}", own(n + 400, 3), f"{('Falcon', 'Heron')[n % 2]}. {own(n + 600, 90)}") for n in range(80)
    ]
    made = suggest(meant[:3], [*everyday(), *meant, *apart, *singles])
    assert made.missed == ()
    assert " NEAR/" in made.query
    assert {each.article.id for each in made.matches} == {"n3", "n4", "n5"}


def test_examples_with_nothing_in_common_give_an_or_that_finds_each():
    odd = [article("x", "Marmalade contest"), article("y", "Telescope lecture"), article("z", "Skating rink")]
    made = suggest(odd, everyday())
    assert not made.shared
    assert made.missed == ()
    assert found_by(made.query, odd) == {"x", "y", "z"}


def test_without_any_background_names_and_long_words_are_preferred():
    made = suggest(bridge()[:3], [])
    assert made.background == 0
    assert made.missed == ()
    assert any(name in made.query for name in ("Tarvin", "Alderley", "bridge"))
    assert not {"the", "in", "of"} & set(made.query.split())


def test_examples_that_are_part_of_the_background_do_not_count_twice():
    assert suggest(bridge()[:3], [*everyday(), *bridge()[:3]]).background == 240


@pytest.mark.parametrize(
    ("name", "titles", "noise"),
    [
        (
            "한강대교",
            ("한강대교에서 점검이 시작됐다", "시민들, 한강대교를 걸어서 건너다", "한강대교는 내일 다시 열린다"),
            "도서관이 일요일에도 문을 연다",
        ),
        (
            "北山図書館",
            ("北山図書館が新しい本を公開", "市民が北山図書館を訪れる", "今日から北山図書館で展示"),
            "市場は金曜日に開かれます",
        ),
        ("สะพานแดง", ("ซ่อมสะพานแดงวันนี้", "ชาวบ้านเดินข้ามสะพานแดง", "สะพานแดงเปิดแล้ว"), "ตลาดเปิดทุกวันศุกร์"),
        (
            "мост",
            ("Зеленогорский мост закрыт", "У Зеленогорского моста нашли трещины", "К Зеленогорскому мосту идёт паром"),
            "Библиотека открыта по воскресеньям",
        ),
        (
            "جسر",
            ("إغلاق جسر النسيم للصيانة", "سكان المدينة قرب جسر النسيم", "عودة الحركة إلى جسر النسيم"),
            "المكتبة تفتح أبوابها يوم الأحد",
        ),
        ("पुल", ("नीलगिरि पुल बंद हुआ", "नीलगिरि पुल की मरम्मत", "आज नीलगिरि पुल पर लोग"), "पुस्तकालय रविवार को खुलेगा"),
    ],
)
def test_scripts(name, titles, noise):
    examples = [article(f"{name}{number}", title) for number, title in enumerate(titles)]
    background = [article(f"noise{number}", noise) for number in range(50)]
    made = suggest(examples, [*background, *everyday()])
    assert made.missed == ()
    assert made.matches == ()
    assert len(made.parts) <= 3


def test_the_summary_stands_in_for_a_text_that_is_missing():
    bare = [Article(id=f"s{number}", title="", text=" ", summary=f"Quokka {number} seen") for number in range(3)]
    assert found_by(suggest(bare, everyday()).query, bare) == {"s0", "s1", "s2"}


def test_no_example_is_an_error():
    with pytest.raises(WirewatchError, match="there is no example"):
        suggest([], everyday())


def test_an_article_cannot_be_both():
    with pytest.raises(WirewatchError, match="bridge-0 is an example and a counter-example"):
        suggest(bridge(), everyday(), others=bridge()[:1])


def test_a_character_that_stands_alone_is_a_word_where_there_is_no_other():
    made = suggest([Article(id="1", title="\u91d1")], everyday())
    assert made.query == "\u91d1"


def test_examples_without_a_word_are_an_error():
    with pytest.raises(WirewatchError, match="hold no words"):
        suggest([article("a", "...", "!?")], everyday())


def test_an_example_without_a_word_among_others_is_said_to_be_missed():
    empty = article("empty", "...", "?!")
    assert suggest([*bridge()[:3], empty], everyday()).missed == (empty,)


def test_more_examples_than_a_query_can_hold_words_say_which_are_missed():
    odd = [article(f"o{number}", f"{letter * 7}") for number, letter in enumerate("abcdefghijklmnop")]
    made = suggest(odd, everyday())
    assert {each.id for each in odd} - found_by(made.query, odd) == {each.id for each in made.missed}
    assert len(made.parts) <= 12
