"""The bundled list of leaders, institutions and agencies: how it is made, and whom it finds."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from importlib.resources import files

import pytest

from worker import config
from worker.match.engine import Matcher
from worker.match.text import tokens, units
from worker.model import Article, Topic


def words(text):
    return frozenset(text.split())


# The words an English text consists of mostly, and words of other large languages that collide with abbreviations.
COMMON = words(
    """
    a about after again all also am an and any are as at back be because been before being between big both but by came
    can come could court cross day did do down each east even fed first for force forces four free from get go good
    great had has have he her here him his house how i if in into is it its just king last left lead like little long
    made man many march mark may me men might more most much must my never new news next no north not now of off on one
    only or other our out over own party people plan point president prime press put red right said say says see set
    she should since small so some south standard star state still such take than that the their them then there these
    they this those three through time times to too trust two under union united up us use very war was way we week
    well went were west what when where which while white who why will win with world would year years yet you young
    your un eu au le la de en es el al et ist im am das die der und mit von ein une un que para por com
    """
)
SURNAMES = words(
    """
    kim xi lee li wang han park choi cho moon yoon khan singh shah sharif smith johnson harris cooper martin cameron
    sanchez rodriguez gonzalez garcia castro morales fernandez ortega costa santos silva williams brown jones miller
    davis wilson anderson taylor moore thomas jackson white clark lewis walker hall young king wright scott green baker
    adams nelson carter mitchell roberts turner phillips campbell parker evans edwards collins stewart morris rogers
    ali ahmed mohammed muhammad hassan hussein ibrahim abdullah salman abbas
    """
)
WANTED = words(
    """
    putin kim-jong-un kremlin kcna xi-jinping donald-trump volodymyr-zelensky emmanuel-macron narendra-modi
    benjamin-netanyahu ali-khamenei nato un iaea eu
    who imf opec icc white-house pentagon
    blue-house federal-reserve ecb bank-of-japan tass ria-novosti interfax xinhua yonhap kyodo reuters
    ap afp dpa efe ansa anadolu pti irna hamas hezbollah taliban
    """
)


@pytest.fixture(scope="module")
def world():
    """Names and aliases as they are written in the file."""
    rows = tomllib.loads(files(config).joinpath("world.toml").read_text("utf-8"))["entities"]
    return {row["name"]: row["aliases"] for row in rows}


def folded(alias):
    return tuple(token for unit in units(alias) for token in tokens(unit))


def scripts(aliases):
    """The scripts of the letters."""
    return {unicodedata.name(letter, "?").split()[0] for alias in aliases for letter in alias if letter.isalpha()}


def test_it_is_read_without_a_finding(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_text('[[entities]]\nfile = "bundled:world"\n')
    assert config.problems(path, env={}) == []


def test_it_holds_hundreds_and_the_best_known(world):
    assert len(world) >= 300
    assert world.keys() >= WANTED


def test_names_are_lower_case_words_with_hyphens_each_once(world):
    rows = tomllib.loads(files(config).joinpath("world.toml").read_text("utf-8"))["entities"]
    assert len(rows) == len(world)
    assert [name for name in world if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_each_is_written_in_the_latin_and_another_main_script(world):
    main = {"CYRILLIC", "ARABIC", "CJK", "HANGUL", "KATAKANA"}
    assert [name for name, aliases in world.items() if "LATIN" not in scripts(aliases)] == []
    assert [name for name, aliases in world.items() if len(main & scripts(aliases)) < 3] == []


def test_no_alias_is_said_twice_and_none_belongs_to_two(world):
    count = Counter(folded(alias) for aliases in world.values() for alias in aliases)
    assert [alias for alias, times in count.items() if times > 1] == []


def test_no_alias_is_a_common_word_or_surname(world):
    single = {(name, alias) for name, aliases in world.items() for alias in aliases if len(folded(alias)) == 1}
    assert [found for found in single if folded(found[1])[0] in COMMON | SURNAMES] == []


def test_latin_aliases_have_three_letters_or_a_digit(world):
    short = [
        alias
        for aliases in world.values()
        for alias in aliases
        if alias.isascii() and len("".join(folded(alias))) < 3 and not any(letter.isdigit() for letter in alias)
    ]
    assert short == []


def test_aliases_in_scripts_that_match_inside_words_have_two_characters(world):
    single = [
        alias
        for aliases in world.values()
        for alias in aliases
        if not alias.isascii() and len("".join(folded(alias))) < 2
    ]
    assert single == []


def test_no_alias_holds_a_blank_too_many_or_a_character_nobody_sees(world):
    for aliases in world.values():
        for alias in aliases:
            assert alias == " ".join(alias.split())
            # The zero-width non-joiner belongs to Persian spelling.
            assert alias.replace("\u200c", "").isprintable()


FOUND = [
    ("putin", "О чём говорил Путин с гостем"),
    ("putin", "Встреча с Путиным назначена на вторник"),
    ("putin", "Wladimir Putin's visit"),
    ("putin", "普京总统抵达"),
    ("putin", "푸틴이 도착했다"),
    ("putin", "プーチン大統領が到着した"),
    ("kim-jong-un", "Kim Jong\u2011un arrives by train"),
    ("kim-jong-un", "Поезд Ким Чен Ына"),
    ("kim-jong-un", "김정은이 열차로"),
    ("xi-jinping", "習近平出席開幕式"),
    ("xi-jinping", "Си Цзиньпином подписан документ"),
    ("volodymyr-zelensky", "Selenskyj reist nach Brüssel"),
    ("volodymyr-zelensky", "Зеленського чекають у Брюсселі"),
    ("donald-trump", "trumpf gegen Trump"),
    ("donald-trump", "الرئيس دونالد ترامب"),
    ("recep-tayyip-erdogan", "ERDOĞAN Ankara'da"),
    ("viktor-orban", "Orbán Viktor Brüsszelben"),
    ("ursula-von-der-leyen", "Die Präsidentin von der Leyen"),
    ("kremlin", "Кремле сообщили"),
    ("kremlin", "spokesman Dmitry Peskov said"),
    ("kcna", "조선중앙통신은 보도했다"),
    ("nato", "L'OTAN et ses alliés"),
    ("nato", "北约秘书长表示"),
    ("un", "संयुक्त राष्ट्र की बैठक"),
    ("who", "the W.H.O. said"),
    ("houthis", "заявили хуситы"),
    ("hezbollah", "حزب الله يعلن"),
    ("blue-house", "청와대는 밝혔다"),
    ("yonhap", "according to the Yonhap news agency"),
    ("federal-reserve", "미 연준이 금리를 동결했다"),
]

NOT_FOUND = [
    ("who", "the man who came to dinner"),
    ("un", "un film et une chanson"),
    ("un", "米国連邦議会の建物"),
    ("eu", "j'ai eu le temps"),
    ("nato", "火车站以北约二十公里"),
    ("kim-jong-il", "资金正日益减少"),
    ("kim-il-sung", "基金日成交额"),
    ("kyodo", "共同社会责任"),
    ("south-korean-unification-ministry", "통일부터 생각하자"),
    ("sheikh-hasina", "무엇을 하시나요"),
    ("xi-jinping", "chapter XI of the book"),
    ("donald-tusk", "the elephant's tusk"),
    ("us-state-department", "the state Department of Education"),
    ("idf", "以军事手段解决"),
]


@pytest.fixture(scope="module")
def named(world, tmp_path_factory):
    """The entities that a text names."""
    path = tmp_path_factory.mktemp("world") / "wirewatch.toml"
    path.write_text('[[entities]]\nfile = "bundled:world"\n')
    asked = sorted({name for name, _ in FOUND + NOT_FOUND})
    matcher = Matcher([Topic(name=name, query=f"@{name}") for name in asked], config.load(path, env={}).entities)
    return lambda text: {match.topic for match in matcher.match(Article(id="a", text=text))}


@pytest.mark.parametrize(("name", "text"), FOUND)
def test_they_are_found_as_news_write_them(named, name, text):
    assert name in named(text)


@pytest.mark.parametrize(("name", "text"), NOT_FOUND)
def test_they_are_not_found_in_other_words(named, name, text):
    assert name not in named(text)
