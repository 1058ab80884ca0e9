"""Whether a party is on record: it says so on its own site, or a sentence quotes it by name.

Lexical and English only, and on the careful side: what is unnamed ("a Kremlin official who asked not to be named"),
refused ("declined to confirm") or about something else (no word of what the topic matched) does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from worker.alerts.plain import plain, shortened
from worker.model import Article, Match

CONFIRMING = frozenset(
    "confirmed confirms announced announces said says stated states reported reports declared declares".split()  # noqa: SIM905  readable
)
DENYING = frozenset({"denied", "denies", "rejected", "dismissed"})
_REFUSING = frozenset(
    "not never no nothing neither nor cannot declined declines refused refuses unable without yet".split()  # noqa: SIM905  readable
)
_SPOKESPERSON = frozenset({"spokesman", "spokeswoman", "spokesperson", "spokespeople"})
# "Kremlin spokesman Dmitry Peskov said", "the Kremlin press service in Moscow confirmed"
_WORDS_TO_VERB = 4
_WORDS_SAID_AFTER = 6
_TEXT_CHARACTERS = 20_000
_QUOTE_CHARACTERS = 300
_SHORTEST_TELLING_WORD = 3

_SENTENCE_BREAK = regex.compile(r"(?<=[.!?][\"”’]?)\s+|\n")
_TOKEN = regex.compile(r"[\p{L}\p{N}\p{M}]+(?:['’]\p{L}+)?|[,;:]")


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
        return OnRecord(party=party, name=aliases[0], denies=False, sentence=_quote(article.title))
    telling = _telling_words(match)
    names = [_words(alias) for alias in aliases]
    for sentence in _sentences(article):
        words = _words(sentence)
        if not telling.intersection(words):
            continue
        for name in names:
            denies = _speaks(name, words)
            if denies is not None:
                spoken = _as_written(name, words, aliases[names.index(name)])
                return OnRecord(party=party, name=spoken, denies=denies, sentence=_quote(sentence))
    return None


def _is_own_site(aliases: Sequence[str], article: Article) -> bool:
    """An alias may be the party's domain ("kcna.kp") or the name its site gives itself."""
    domain, name = article.source.domain.casefold(), (article.source.name or "").casefold()
    folded = [alias.casefold() for alias in aliases]
    return bool(domain and domain in folded) or bool(name and name in folded)


def _telling_words(match: Match) -> frozenset[str]:
    words = (word for highlight in match.highlights for word in _words(highlight.text))
    return frozenset(word for word in words if len(word) >= _SHORTEST_TELLING_WORD)


def _sentences(article: Article) -> Iterator[str]:
    """The text's, then the title: an outlet's headline is the weaker quote."""
    yield from _SENTENCE_BREAK.split((article.text or article.summary)[:_TEXT_CHARACTERS])
    yield article.title


def _words(text: str) -> list[str]:
    words: list[str] = _TOKEN.findall(text)
    return [word.casefold().replace("’", "'").removesuffix("'s") for word in words]


def _speaks(name: list[str], words: list[str]) -> bool | None:
    """Whether the named denies (True) or confirms (False) in this sentence; None where it does neither."""
    for start in _places(name, words):
        end = start + len(name)
        spoken = _verb_after(words, end)
        if spoken is None:
            spoken = _verb_before(words, start, end)
        if spoken is not None:
            return spoken
    return None


def _places(name: list[str], words: list[str]) -> Iterator[int]:
    for start in range(len(words) - len(name) + 1):
        if name and words[start] == name[0] and words[start : start + len(name)] == name:
            yield start


def _verb_after(words: list[str], end: int) -> bool | None:
    """As in "Kremlin spokesman Dmitry Peskov said"; a comma or a refusal between name and verb ends the search."""
    for at in range(end, min(end + _WORDS_TO_VERB + 1, len(words))):
        word = words[at]
        if word in ",;:" or word in _REFUSING or word.endswith("n't"):
            return None
        if word in DENYING:
            return True
        if word in CONFIRMING:
            said_nothing = _REFUSING.intersection(words[at + 1 : at + 1 + _WORDS_SAID_AFTER])
            return None if said_nothing else False
    return None


def _verb_before(words: list[str], start: int, end: int) -> bool | None:
    """As in "confirmed by the Kremlin", "according to KCNA", and "said the Kremlin" where the clause ends with it."""
    before = words[max(0, start - 4) : start]
    if before and before[-1] == "the":
        before = before[:-1]
    if _REFUSING.intersection(before[:-1]):
        return None
    match before:
        case [*_, "according", "to"]:
            return False
        case [*_, verb, "by"] if verb in CONFIRMING or verb in DENYING:
            return verb in DENYING
        case [*_, verb] if verb in CONFIRMING and _ends_clause(words, end):
            return False
    return None


def _ends_clause(words: list[str], end: int) -> bool:
    return end >= len(words) or words[end] in ",;:" or words[end] in _SPOKESPERSON


def _as_written(name: list[str], words: list[str], alias: str) -> str:
    start = next(_places(name, words))
    return f"the {alias}" if start and words[start - 1] == "the" else alias


def _quote(sentence: str) -> str:
    return shortened(plain(sentence), _QUOTE_CHARACTERS)
