"""Whether the text that a feed carries is the whole article."""

from __future__ import annotations

import re

# How excerpts end, in the main languages: an ellipsis, or an invitation to go on reading elsewhere.
_CUT = re.compile(
    r"(?:…|\.\.\.|\[\+\d+ chars\])[\])»”\"]?$"
    r"|\b(?:read (?:more|on|the full (?:story|article))|continue reading|lire (?:la suite|plus)|weiterlesen"
    r"|mehr lesen|leer más|seguir leyendo|leia mais|leggi tutto|lees (?:meer|verder))\b[^.!?]{0,80}$"
    r"|(?:читать (?:далее|полностью|дальше)|더 ?보기|続きを読む|阅读全文|閱讀全文|اقرأ المزيد)[^.!?。]{0,80}$",
    re.IGNORECASE,
)
# Enough of the end to see how it ends.
_END = 160


def is_whole(text: str, enough: int) -> bool:
    """Whether `text` has at least `enough` characters and does not end as an excerpt does."""
    return len(text) >= enough and _CUT.search(text.strip()[-_END:]) is None
