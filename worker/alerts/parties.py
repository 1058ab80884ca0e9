"""Whether a party is on record: it says so on its own site, or a sentence quotes it by name.

Lexical, in the main languages of news, and on the careful side. Does not count: what is unnamed ("a Kremlin official
who asked not to be named"), refused ("declined to confirm", "neither confirmed nor denied"), unreal ("will be announced
by the Kremlin", "if the Kremlin confirmed"), said by others ("the Kremlin's critics said"), or about something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from worker.alerts.negation import east_asian_denial, is_denied
from worker.alerts.plain import plain, shortened
from worker.alerts.speech import (
    ACCORDING,
    ARTICLES,
    CALLED_FALSE,
    CASE_ENDINGS,
    CONFIRMING,
    DENYING,
    EAST_ASIAN,
    EAST_ASIAN_REFUSING,
    GOING_ON,
    NOMINATIVE_ENDINGS,
    OF,
    OTHERS,
    OWN,
    REFUSING,
    SPEAKS_ON,
    UNREAL,
    VERB_FIRST,
    VOICES,
)
from worker.alerts.subject import Subject
from worker.model import Article, Match

# "Kremlin spokesman Dmitry Peskov said", "the Kremlin press service in Moscow confirmed"
_WORDS_TO_VERB = 4
_WORDS_SAID_AFTER = 6
_WORDS_TOLD_BEFORE = 12
_WORDS_BEFORE = 4
_NEAR, _FAR = 45, 120  # characters between a name and its verb, where no spaces part words
_SHORTEST_BASE = 4  # letters of a name that its cases share
_TEXT_CHARACTERS = 20_000
_TITLE_CHARACTERS = 500
_QUOTE_CHARACTERS = 300

_SENTENCE_BREAK = regex.compile(r"(?<=[.!?][\"”’]?)\s+|(?<=[。！？])|\n")
_TOKEN = regex.compile(r"[\p{L}\p{N}\p{M}]+(?:['’-]\p{L}+)*|[,;:–—-]")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_OF = "'s"
_STOPS = frozenset(",;:–—-")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """A party's word: its name as the sentence has it, whether it denies, and the sentence."""

    party: str
    name: str
    denies: bool
    sentence: str


def on_record(party: str, aliases: Sequence[str], article: Article, match: Match) -> OnRecord | None:
    """The first sentence that puts `party` on record about what `match` found; None where there is none."""
    if _is_own_site(aliases, article):
        denies = not DENYING.isdisjoint(_words(article.title))
        return OnRecord(party=party, name=aliases[0], denies=denies, sentence=_quote(article.title))
    subject = Subject(article, match, aliases)
    names = [(alias, _words(alias)) for alias in aliases]
    before = ""
    for sentence, is_title in _sentences(article):
        words = _words(sentence)
        for alias, name in names:
            is_unspaced = _UNSPACED.search(alias)
            spoken = _east_asian(alias, sentence, subject) if is_unspaced else _speaks(name, words, subject, is_title)
            if spoken is not None and subject.is_told(sentence, before):
                return OnRecord(
                    party=party, name=_as_written(name, words, alias), denies=spoken, sentence=_quote(sentence)
                )
        before = sentence
    return None


def _is_own_site(aliases: Sequence[str], article: Article) -> bool:
    """An alias may be the party's domain ("kcna.kp") or the name its site gives itself."""
    domain, name = article.source.domain.casefold(), (article.source.name or "").casefold()
    folded = [alias.casefold() for alias in aliases]
    return bool(domain and domain in folded) or bool(name and name in folded)


def _sentences(article: Article) -> Iterator[tuple[str, bool]]:
    """The text's, then the title, marked as such: an outlet's headline is the weaker quote."""
    text = (article.text or article.summary)[:_TEXT_CHARACTERS]
    yield from ((sentence, False) for sentence in _SENTENCE_BREAK.split(text))
    yield article.title[:_TITLE_CHARACTERS], True


def _words(text: str) -> list[str]:
    """Folded; a genitive's 's is a word of its own, since it gives what follows to somebody else."""
    words: list[str] = []
    for token in _TOKEN.findall(text):
        word = token.casefold().replace("’", "'")
        words += [word[:-2], _OF] if word.endswith(_OF) else _parts(word)
    return words


def _parts(word: str) -> list[str]:
    """Two words for "kremlin-backed"; what is known with its hyphen stays one."""
    return [word] if word in VOICES or "-" not in word or word == "-" else word.split("-")


def _speaks(name: list[str], words: list[str], subject: Subject, is_title: bool) -> bool | None:
    """Whether the named denies (True) or confirms (False) in this sentence; None where it does neither."""
    for start in _places(name, words):
        end = start + len(name)
        end_of_voice = _voice(words, start, end)
        if end_of_voice is None or _is_unreal(words, start):
            continue
        spoken = _verb_after(words, end_of_voice, subject)
        if spoken is None:
            spoken = _verb_before(words, start, end_of_voice)
        if spoken is False:
            spoken = _told_before(words, start, subject)
        if spoken is None and is_title:
            spoken = _headline(words, start, end, subject)
        if spoken is not None:
            return spoken
    return None


def _places(name: list[str], words: list[str]) -> Iterator[int]:
    for start in range(len(words) - len(name) + 1):
        if name and all(map(_is_form, words[start : start + len(name)], name)):
            yield start


def _is_form(word: str, name: str) -> bool:
    """Whether `word` is a part of a name in one of its cases: "Кремля" of "Кремль"."""
    if word == name:
        return True
    base = name.rstrip(NOMINATIVE_ENDINGS)
    return len(base) >= _SHORTEST_BASE and word.startswith(base) and word[len(base) :] in CASE_ENDINGS


def _voice(words: list[str], start: int, end: int) -> int | None:
    """Where the party's name ends, its own voice included; None where the words after it are somebody else's."""
    following = words[end : end + 3]
    if following[:1] == [_OF]:
        if len(following) > 2 and following[1] in OWN:
            return end + 3 if following[2] in VOICES else None
        if following[1:2] == [] or following[1] not in VOICES:
            return None
        # "Dmitry Peskov, the Kremlin's spokesman, said": an aside, and the verb comes after its comma
        is_aside = following[2:] == [","] and "," in words[max(0, start - 2) : start]
        return end + 3 if is_aside else end + 2
    if (following and following[0] in OTHERS) or _is_of_others(words, start):
        return None
    return end + 1 if _is_aside(words, start, end) else end


def _is_of_others(words: list[str], start: int) -> bool:
    """As in "critics of the Kremlin said"."""
    before = words[max(0, start - _WORDS_BEFORE) : start]
    while before and before[-1] in OF:
        before.pop()
    return bool(before) and before[-1] in OTHERS


def _is_aside(words: list[str], start: int, end: int) -> bool:
    """As in "the seat of power, the Kremlin, also announced": the verb after the aside is that of the named."""
    before = words[max(0, start - 2) : start]
    if before and before[-1] in ARTICLES:
        before = before[:-1]
    after = words[end : end + 2]
    return before[-1:] == [","] == after[:1] and len(after) > 1 and after[1] in GOING_ON


def _is_unreal(words: list[str], start: int) -> bool:
    """As in "if the Kremlin confirmed it" and "will be announced by the Kremlin", within the clause."""
    clause: list[str] = []
    for word in reversed(words[max(0, start - 2 * _WORDS_BEFORE) : start]):
        if word in _STOPS or word == "according":
            break
        clause.append(word)
    return not UNREAL.isdisjoint(clause)


def _verb_after(words: list[str], end: int, subject: Subject) -> bool | None:
    """As in "Kremlin spokesman Dmitry Peskov said"; a comma or a refusal between name and verb ends the search."""
    for at in range(end, min(end + _WORDS_TO_VERB + 1, len(words))):
        word = words[at]
        if word in _STOPS or word in REFUSING or word in UNREAL or word in OTHERS or _is_contracted_not(word):
            return None
        if word in DENYING:
            return True
        if word in CONFIRMING:
            return _said(words[at + 1 :], subject)
    return None


def _said(what: list[str], subject: Subject, near: int = _WORDS_SAID_AFTER) -> bool | None:
    """What was said: that it is false or will not be (True), nothing near by (None), or something (False)."""
    said = what[:_WORDS_TOLD_BEFORE]
    if not CALLED_FALSE.isdisjoint(said) or is_denied(said, subject.things, subject.names):
        return True
    silent = not REFUSING.isdisjoint(what[:near]) or any(map(_is_contracted_not, what[:near]))
    return None if silent else False


def _is_contracted_not(word: str) -> bool:
    """As in "hasn't" and "n'a"."""
    return word.endswith("n't") or word.startswith("n'")


def _verb_before(words: list[str], start: int, end: int) -> bool | None:
    """As in "confirmed by the Kremlin", "according to KCNA", and "said the Kremlin" where the clause ends with it."""
    before = words[max(0, start - _WORDS_BEFORE) : start]
    before = before[max((at + 1 for at, word in enumerate(before) if word in _STOPS), default=0) :]
    if before and before[-1] in ARTICLES:
        before = before[:-1]
    if before and before[-1] in VOICES:
        before = before[:-1]
    if not REFUSING.isdisjoint(before[:-1]):
        return None
    match before:
        case [*_, "according", "to"]:
            return False
        case [*_, word] if word in ACCORDING:
            return False
        case [*_, verb, "by" | "par" | "por" | "von" | "vom" | "da"] if verb in CONFIRMING or verb in DENYING:
            return verb in DENYING
        case [*_, verb] if verb in VERB_FIRST or (verb in CONFIRMING | DENYING and _ends_clause(words, end)):
            return verb in DENYING
    return None


def _told_before(words: list[str], start: int, subject: Subject) -> bool | None:
    """What stands before the comma in "There will be no visit, the Kremlin said"; False where nothing does."""
    commas = [at for at in range(max(0, start - _WORDS_SAID_AFTER), start) if words[at] == ","]
    if not commas:
        return False
    return _said(words[: commas[-1]][-_WORDS_TOLD_BEFORE:], subject, near=_WORDS_TOLD_BEFORE)


def _headline(words: list[str], start: int, end: int, subject: Subject) -> bool | None:
    """As headlines credit: "Kremlin: Kim to visit", "Kim to visit Russia - Kremlin"."""
    credited = (start == 0 and words[end : end + 1] == [":"]) or (
        end == len(words) and start > 0 and words[start - 1] in _STOPS
    )
    return _said(words, subject) if credited else None


def _ends_clause(words: list[str], end: int) -> bool:
    return end >= len(words) or words[end] in _STOPS or words[end] in VOICES or words[end] == "mit"


def _east_asian(alias: str, sentence: str, subject: Subject) -> bool | None:
    place = sentence.find(alias)
    if place < 0:
        return None
    after = sentence[place + len(alias) :]
    found = EAST_ASIAN.search(after[: _FAR if after[:1] in SPEAKS_ON else _NEAR])
    denial = east_asian_denial(subject.unspaced)
    if found and denial and denial.search(after):
        return True
    if EAST_ASIAN_REFUSING.search(sentence, place):
        return None
    return bool(found.group("denies")) if found else None


def _as_written(name: list[str], words: list[str], alias: str) -> str:
    start = next(_places(name, words), 0)
    return f"the {alias}" if start and words[start - 1] == "the" else alias


def _quote(sentence: str) -> str:
    return shortened(plain(sentence), _QUOTE_CHARACTERS)
