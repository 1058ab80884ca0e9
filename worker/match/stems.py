"""Stems: what the inflected forms of a word share in one language, for topics with `stem = true`.

The algorithms are Snowball's (snowballstem.org/algorithms), applied to folded words, in queries and in texts alike.
Most of them know accents, which folding takes away. Measured on Snowball's own vocabularies, of all pairs of words that
belong together folded words keep 98 % or more in English, German, Dutch, Russian, Greek, Hindi, Finnish and the
Scandinavian languages, 95 % in Italian, 92 % in Portuguese, 87 % in Spanish, 78 % in French, 72 % in Polish and
Turkish, and fewest, 58 %, in Czech; what they join belongs together in 93 % or more (Hungarian: 90 %). A form that is
missed has to be written out in the query, as it would without stems.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from types import MappingProxyType

import Stemmer

from worker.match.text import matched_inside

# ISO 639-1 -> the name of the algorithm.
_ALGORITHMS = MappingProxyType(
    {
        "ar": "arabic",
        "ca": "catalan",
        "cs": "czech",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "eo": "esperanto",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "hi": "hindi",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "lt": "lithuanian",
        "nb": "norwegian",
        "ne": "nepali",
        "nl": "dutch",
        "nn": "norwegian",
        "no": "norwegian",
        "pl": "polish",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
        "yi": "yiddish",
    }
)
# Longer ones are no words; the bound keeps the cache small too.
_LONGEST = 60

# A stemmer works in one buffer of its own: two threads in it at once would mix their words.
_LOCK = Lock()
_STEMMERS: dict[str, Stemmer.Stemmer] = {}


def languages() -> frozenset[str]:
    """The languages that have stems, as ISO 639-1 codes."""
    return frozenset(_ALGORITHMS)


def has_stemmer(language: str | None) -> bool:
    """Whether `stem` does anything for words of that language."""
    return language in _ALGORITHMS


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; it need not be a word, and stemming it again can give another.

    Returned as they are: words of a language without stems, words with Han, Kana, Hangul or Thai, which match inside
    words anyway, and what is longer than 60 characters. Never empty unless `word` is; never raises. Any number of
    threads may call it.
    """
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None or len(word) > _LONGEST or matched_inside(word):
        return word
    try:
        with _LOCK:
            if algorithm not in _STEMMERS:
                _STEMMERS[algorithm] = Stemmer.Stemmer(algorithm, 0)
            return str(_STEMMERS[algorithm].stemWord(word)) or word
    except UnicodeEncodeError:  # half of a surrogate pair
        return word
