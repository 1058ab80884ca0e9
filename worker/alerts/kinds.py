"""The kinds of event that are news wherever they happen, by the words that headlines have for them.

Where one paper writes "arrested", the next "recaptured" and a third "detained", no word is shared, and all say one
thing. The kinds are the plainest of the event types of the ACE annotation guidelines for events (Linguistic Data
Consortium, 2005): death, arrest, charge, verdict, leaving and taking office, rescue; and a truce. Words that headlines
use for much else ("fired", "strikes", "caught") are in none.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

import regex

# By kind: words of the main languages of news. A star stands for any ending.
_WORDS = MappingProxyType(
    {
        "a death": """
            dead deadly death deaths dies died kill kills killed fatal fatally fatalities
            tote toten getötet stirbt starb gestorben todesopfer mort morts morte mortes meurt décès décédé* tués tuée
            tuées muere mueren murió muerto* muerta* muerte* fallece* fallecid* falleció morre morrem morreu
            morto* morta* muore morti погиб* гибел* умер* смерт* убит* загин* помер*
            """,
        "an arrest": """
            arrest arrests arrested captured captures capture recapture* detained detains apprehend*
            festgenommen festnahme verhaftet verhaftung arrêté arrêtés arrêtée arrestation* interpellé* detenid*
            arrestad* capturad* detid* arrestat* арестов* арест задерж* заарешт* затрим*
            """,
        "a charge": "charged indicted indicts indictment angeklagt anklage inculpé* imputad* procesad* indiciad*",
        "a verdict": """
            convicted acquitted guilty sentenced jailed schuldig freigesprochen verurteilt coupable* acquitté* condamné*
            culpable* condenad* absuelt* absolvid* colpevol* condannat* assolt* приговор* осужд* засуджен*
            """,
        "leaving office": """
            resign resigns resigned resignation sacked sacks ousted ousts dismissed dismisses rücktritt zurückgetreten
            entlassen démission* limogé* dimite dimitió dimisión destituid* demitid* exonerad* dimission* dimette
            отставк* уволен* відставк*
            """,
        "taking office": """
            appointed appoints elected sworn nominates nominated ernannt vereidigt nommé nommée nombrad* elegid* nomead*
            eleit* eletto eletta назнач* избран* призначен* обран*
            """,
        "a rescue": """
            rescued rescues freed gerettet befreit freigelassen sauvé* secouru* libéré* rescatad* liberad* resgatad*
            libertad* salvat* liberat* спасен* спасён* освобожд* врятован*
            """,
        "a truce": "ceasefire truce armistice waffenruhe waffenstillstand trêve tregua trégua перемири*",
    }
)
# Where no spaces part words, pairs of characters.
_PAIRS = MappingProxyType(
    {
        "a death": "死亡 遇难 遇難 身亡 丧生 喪生 死者 사망",
        "an arrest": "逮捕 被捕 拘捕 체포",
        "a charge": "起诉 起訴 기소",
        "a verdict": "判处 判處 有罪 实刑 実刑 선고",
        "leaving office": "辞职 辭職 辞任 辞職 사임 사퇴",
        "taking office": "当选 當選 当選 就任 당선",
        "a rescue": "获救 獲救 救出 获释 獲釋 釈放 구조 석방",
        "a truce": "停火 停战 停戰 停戦 휴전",
    }
)
_BY_PAIR = MappingProxyType({pair: kind for kind, pairs in _PAIRS.items() for pair in pairs.split()})


def _pattern(words: str) -> regex.Pattern[str]:
    return regex.compile("|".join(regex.escape(word).replace(r"\*", r"[\p{L}\p{M}]*+") for word in words.split()))


_PATTERNS = MappingProxyType({kind: _pattern(words) for kind, words in _WORDS.items()})


@lru_cache(maxsize=1 << 13)
def kind_of(word: str) -> str:
    """The kind of event that a word, or a pair of characters, tells of; "" where it is none of these.

    Kept, for most words were in headlines before.
    """
    folded = word.casefold()
    if folded in _BY_PAIR:
        return _BY_PAIR[folded]
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(folded)), "")
