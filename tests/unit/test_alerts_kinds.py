"""Words that tell of the same kind of event."""

import pytest

from worker.alerts.headlines import kinds_of
from worker.alerts.kinds import kind_of


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("a death", "dead Killed fatalities Todesopfer morts fallecidos mortos morti погибших загинули 死亡 사망"),
        ("an arrest", "arrested recaptured detains verhaftet arrêtés detenido задержан затримали 逮捕 체포"),
        ("a charge", "charged indicted angeklagt imputado 起訴 기소"),
        ("a verdict", "convicted sentenced jailed verurteilt condamnée condenado приговорён засуджено"),
        ("leaving office", "resigns ousted Rücktritt démissionne dimite отставку відставка 辞任 사임"),
        ("taking office", "appointed sworn vereidigt nommé назначил призначено 當選 당선"),
        ("a rescue", "rescued freed gerettet libérés rescatados спасены врятовано 구조"),
        ("a truce", "ceasefire truce Waffenruhe trêve tregua перемирие 停火 휴전"),
    ],
)
def test_words_of_many_languages_are_one_kind(kind, words):
    assert {word: kind_of(word) for word in words.split()} == dict.fromkeys(words.split(), kind)


@pytest.mark.parametrize("word", ["ferry", "deadline", "chargers", "arrow", "fired", "strikes", "", "死", "人民"])
def test_other_words_are_none(word):
    assert kind_of(word) == ""


def test_a_headline_tells_each_kind_with_its_first_word_for_it():
    assert kinds_of("Captain arrested, crew detained, 3 dead") == {"an arrest": "arrested", "a death": "dead"}
    assert kinds_of("警察逮捕船長") == {"an arrest": "逮捕"}
    assert kinds_of("Ferry aground") == {}
    assert kinds_of("fog " * 10_000 + "arrested") == {}
