"""Whether words say of something that it will not be: "no visit", "визита не будет", "没有访问计划".

Only of what the topic found, and only where the negation stands right beside it: "no date for the visit" and "cannot
rule out talks" leave it open, and so does "no talks before Tuesday".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

import regex

_FILLERS_BETWEEN = 5
_WORDS_TO_NEGATION = 7
_WORDS_TO_VERB = 4
_WORDS_TO_LIMIT = 7


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEGATIONS = _words("""
    no not never kein keine keinen keiner keinerlei nicht pas aucun aucune ningún ninguna não nenhum nenhuma non nessun
    nessuna нет не никакой никакого никаких никакие ні немає жодного жодних لا لن ليس
""")
# Nothing is said by them: they may stand between the negation and what it denies.
_FILLERS = _words("""
    a an the any such be been being of for to plan plans planned planning going upcoming official future further there
    eine einen der die das geplant de d' du la le les un une prévu prévue plan plans una el habrá hay haverá há está
    prevista previsto planeada ci sarà di будет было планов планируется о никакого никаких буде планів
""")
# Before or after the negation, they say of what came earlier that it is to be.
_HAPPENS = _words("""
    planned scheduled place happen happening agenda cards foreseen plans geplant vorgesehen statt stattfinden geben
    prévu prévue programmée lieu previsto prevista programada planeada habrá tendrá haverá prevista
    будет планируется запланирован запланирована готовится состоится предвидится буде планується відбудеться
""")
# It is only denied for some time, or so far.
_LIMITS = _words("""
    before until till yet today tomorrow week month unless vor bis noch heute avant jusqu'à encore antes hasta todavía
    до пока сегодня завтра ещё еще
""")


def is_denied(words: Sequence[str], things: Collection[str], names: Collection[str] = ()) -> bool:
    """Whether `words`, folded, deny one of `things`; German writes these like `names`."""
    for at, word in enumerate(words):
        if _is_negation(word):
            found = _beside(words, at, {*things, *names} if word.startswith("kein") else things)
            if found is not None and not _is_limited(words, found):
                return True
        elif (word in things or word in names) and _is_not_to_be(words, at):
            return True
    return False


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS or word.endswith(("n't", "'aucune", "'aucun"))


def _beside(words: Sequence[str], at: int, things: Collection[str]) -> int | None:
    """Where the thing stands that is denied at `at`, after fillers only."""
    for place in range(at + 1, min(at + 2 + _FILLERS_BETWEEN, len(words))):
        if words[place] in things:
            return place
        if words[place] not in _FILLERS:
            return None
    return None


def _is_not_to_be(words: Sequence[str], at: int) -> bool:
    """As in "a visit is not planned"; up to three names may stand between."""
    after = words[at + 1 : at + 1 + _WORDS_TO_NEGATION]
    for place, word in enumerate(after):
        if word in {",", ";", ":"}:
            return False
        if _is_negation(word):
            verbs = words[at + 2 + place : at + 2 + place + _WORDS_TO_VERB]
            return not _HAPPENS.isdisjoint(verbs) and not _is_limited(words, at + 1 + place)
    return False


def _is_limited(words: Sequence[str], at: int) -> bool:
    return not _LIMITS.isdisjoint(words[at + 1 : at + 1 + _WORDS_TO_LIMIT])


@lru_cache(maxsize=256)
def east_asian_denial(things: frozenset[str]) -> regex.Pattern[str] | None:
    """A pattern that finds one of `things` denied, in scripts without spaces between words; None without things."""
    if not things:
        return None
    thing = "|".join(regex.escape(one) for one in sorted(things))
    return regex.compile(
        rf"(?:不会|不會|没有|沒有|并无|並無|无意|無意)(?:任何|举行|舉行|进行|進行|安排|计划|計劃|的){{0,3}}(?:{thing})"
        rf"|(?:{thing})(?:은|는|이|가|을|를|할)? ?(?:계획|예정)?(?:은|는|이|가)? ?(?:없|하지 않)"
        rf"|(?:{thing})(?:の|する)?(?:予定|計画)?(?:は|が)?(?:ない|しない|行わない|行われない)"
    )
