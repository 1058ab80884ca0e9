"""Languages by their ISO 639-1 codes, as people call them."""

from __future__ import annotations

_NAMES = (
    "af Afrikaans, am Amharic, ar Arabic, az Azerbaijani, be Belarusian, bg Bulgarian, bn Bengali, bs Bosnian, "
    "ca Catalan, cs Czech, cy Welsh, da Danish, de German, el Greek, en English, es Spanish, et Estonian, eu Basque, "
    "fa Persian, fi Finnish, fr French, ga Irish, gl Galician, gu Gujarati, ha Hausa, he Hebrew, hi Hindi, "
    "hr Croatian, hu Hungarian, hy Armenian, id Indonesian, is Icelandic, it Italian, ja Japanese, ka Georgian, "
    "kk Kazakh, km Khmer, kn Kannada, ko Korean, ky Kyrgyz, lo Lao, lt Lithuanian, lv Latvian, mk Macedonian, "
    "ml Malayalam, mn Mongolian, mr Marathi, ms Malay, my Burmese, ne Nepali, nl Dutch, no Norwegian, pa Punjabi, "
    "pl Polish, ps Pashto, pt Portuguese, ro Romanian, ru Russian, si Sinhala, sk Slovak, sl Slovenian, so Somali, "
    "sq Albanian, sr Serbian, sv Swedish, sw Swahili, ta Tamil, te Telugu, th Thai, tl Filipino, tr Turkish, "
    "uk Ukrainian, ur Urdu, uz Uzbek, vi Vietnamese, zh Chinese"
)
_BY_CODE = dict(pair.split(" ") for pair in _NAMES.split(", "))


def language_name(code: str) -> str:
    """Korean for "ko"; a code that is not known stands for itself."""
    return _BY_CODE.get(code, code)
