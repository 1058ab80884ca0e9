"""The weighted vocabulary of an article: what it is about, and above all who.

Words of the title and names weigh more than the words of the text, for a report of the same event shares its names and
places while its wording differs. No word list of any language is needed beyond English function words: short lower-case
words go anyway.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

import regex

from worker.model import Article

LEAD_CHARACTERS = 900
TITLE_CHARACTERS = 400
TITLE_WEIGHT = 3.0
NAME_WEIGHT = 1.8
# Above this share of capitalised words a headline is set in Title Case, and capitals say nothing about names.
_TITLE_CASE_SHARE = 0.6
_SHORTEST_PLAIN_WORD = 4
_LONGEST_WORD = 40

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u30fc\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+")
_UNSPACED_RUN = regex.compile(rf"[{_UNSPACED}]+")
_SENTENCE_END = frozenset('.!?:;\n"“”。!?')

FUNCTION_WORDS = frozenset(
    """
    about above after again against also although among another around because been before being below between
    both could does doing down during each even ever every first from further have having here hers herself
    himself into itself just last like made make many might more most much must myself never next once only
    other ours over said same says shall should since some still such than that their theirs them themselves
    then there these they this those though through time told took under until upon very want well went were
    what when where whether which while will with within without would year years your yours yourself monday
    tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december news report reports reported live update updates watch video
    """.split()  # noqa: SIM905  sixteen lines of quotes would hide the words
)


def terms(article: Article) -> dict[str, float]:
    """Terms with weights, scaled to unit length; {} where the article has no words.

    Looks at the title and the first 900 characters of the text (the summary where there is no text).
    """
    counts: dict[str, float] = {}
    title = article.title[:TITLE_CHARACTERS]
    for term, is_name in _terms_of(title, names=not _is_title_case(title)):
        counts[term] = counts.get(term, 0.0) + TITLE_WEIGHT * (NAME_WEIGHT if is_name else 1.0)
    for term, is_name in _terms_of((article.text or article.summary)[:LEAD_CHARACTERS], names=True):
        counts[term] = counts.get(term, 0.0) + (NAME_WEIGHT if is_name else 1.0)
    return unit({term: math.log1p(count) for term, count in counts.items()})


def unit(weights: Mapping[str, float]) -> dict[str, float]:
    """The same direction at length 1."""
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items()} if length else {}


def _is_title_case(title: str) -> bool:
    long_words: list[str] = [word for word in _WORD.findall(title) if len(word) >= _SHORTEST_PLAIN_WORD]
    return sum(word[0].isupper() for word in long_words) > _TITLE_CASE_SHARE * len(long_words)


def _terms_of(text: str, *, names: bool) -> Iterator[tuple[str, bool]]:
    """Each term with whether it is written as a name: capitalised inside a sentence, or all in capitals."""
    text = unicodedata.normalize("NFKC", text)
    for found in _WORD.finditer(text):
        word = found.group()
        if not word.isascii() and _UNSPACED_RUN.search(word):
            yield from ((pair, False) for pair in _pairs(word))
            continue
        term = _term(word)
        if term:
            yield term, names and word[0].isupper() and _is_inside_sentence(text, found.start())


@lru_cache(maxsize=1 << 15)
def _term(word: str) -> str:
    """The term that a word is, "" for one that says nothing: most words of a report were in others before."""
    is_long = len(word) >= _SHORTEST_PLAIN_WORD or word[0].isupper() or word.isdigit()
    term = _stem(word.casefold())
    return term if is_long and term not in FUNCTION_WORDS and 1 < len(word) <= _LONGEST_WORD else ""


def _is_inside_sentence(text: str, start: int) -> bool:
    """Whether a word does not begin a sentence, after which capitals say nothing about names."""
    before = text[max(0, start - 2) : start].rstrip(" ")[-1:]
    return bool(before) and before not in _SENTENCE_END


def _pairs(word: str) -> Iterator[str]:
    """Overlapping pairs of characters, the usual stand-in for words where a script has no spaces."""
    for run in _UNSPACED_RUN.findall(word):
        yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def _stem(word: str) -> str:
    """A plural or third-person s less, so that "missiles" meets "missile"."""
    return word[:-1] if len(word) > _SHORTEST_PLAIN_WORD and word[-1] == "s" and word[-2] != "s" else word
