"""The weighted vocabulary of an article: what it is about, and above all who.

Words of the title and names weigh more than the words of the text, for a report of the same event shares its names and
places while its wording differs. No word list of any language is needed beyond English function words: short lower-case
words go anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import hypot, log1p

import regex

from worker.model import Article
from worker.words import is_spaced, words_of

LEAD_CHARACTERS = 900
TITLE_CHARACTERS = 400
TITLE_WEIGHT = 3.0
NAME_WEIGHT = 1.8
# Above this share of capitalised words a headline is set in Title Case, and capitals say nothing about names.
_TITLE_CASE_SHARE = 0.6
_SHORTEST_PLAIN_WORD = 4
_LONGEST_WORD = 40

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u30fc\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_UNSPACED_RUN = regex.compile(rf"[{_UNSPACED}]+")
# Where a word begins a sentence, after which capitals say nothing about names: after a mark and at most one space.
_BEGINNING = re.compile(r'[.!?:;\n"] ?(?=[^\W\d_])')
# Marks that `_BEGINNING` leaves to others of the same meaning, for it is searched faster for ASCII alone.
_MARKS = {"“": '"', "”": '"', "。": "."}

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
    return dict(_terms(article.title[:TITLE_CHARACTERS], (article.text or article.summary)[:LEAD_CHARACTERS]))


# An article is placed once for every topic it matches.
@lru_cache(maxsize=8)
def _terms(title: str, lead: str) -> dict[str, float]:
    counts: dict[str, float] = {}
    title_name = TITLE_WEIGHT * (1.0 if _is_title_case(title) else NAME_WEIGHT)
    _count(counts, title, TITLE_WEIGHT, title_name)
    _count(counts, lead, 1.0, NAME_WEIGHT)
    return unit({term: log1p(count) for term, count in counts.items()})


def unit(weights: Mapping[str, float]) -> dict[str, float]:
    """The same direction at length 1."""
    length = hypot(*weights.values())
    return {term: weight / length for term, weight in weights.items()} if length else {}


def heaviest(weights: Mapping[str, float], number: int) -> list[str]:
    """So many terms, those of the same weight by the alphabet."""
    # Twice sorted by what compares fast beats once by pairs; the second leaves equals as they are.
    return sorted(sorted(weights), key=weights.__getitem__, reverse=True)[:number]


def _is_title_case(title: str) -> bool:
    long_words = [word for word in words_of(title) if len(word) >= _SHORTEST_PLAIN_WORD]
    return sum([word[0].isupper() for word in long_words]) > _TITLE_CASE_SHARE * len(long_words)


def _count(counts: dict[str, float], text: str, plain: float, name: float) -> None:
    """Add what each word weighs: `name` where it is capitalised inside a sentence or all in capitals, else `plain`."""
    # The text begins a sentence, and so does what a gap sets apart.
    text = ("\n" + unicodedata.normalize("NFKC", text)).replace("  ", " \n")
    for mark, plain_mark in _MARKS.items() if not text.isascii() else ():
        text = text.replace(mark, plain_mark)
    terms_of = _spaced_terms if is_spaced(text) else _any_terms
    first, *others = _BEGINNING.split(text)
    found = terms_of(words_of(first))
    for part in others:
        at_beginning = terms_of(words_of(part))
        found += [(term, False) for term, _ in at_beginning[:1]]
        found += at_beginning[1:]
    for term, is_capital in found:
        if term:
            counts[term] = counts.get(term, 0.0) + (name if is_capital else plain)


@lru_cache(maxsize=1 << 15)
def _term(word: str) -> tuple[str, bool]:
    """The term that a word is, "" for one that says nothing, and whether it has a capital.

    Kept, for most words of a report were in others before.
    """
    is_capital = word[0].isupper()
    is_long = len(word) >= _SHORTEST_PLAIN_WORD or is_capital or word.isdigit()
    term = _stem(word.casefold())
    return (term if is_long and term not in FUNCTION_WORDS and 1 < len(word) <= _LONGEST_WORD else ""), is_capital


def _spaced_terms(words: Iterable[str]) -> list[tuple[str, bool]]:
    return list(map(_term, words))


def _any_terms(words: Iterable[str]) -> list[tuple[str, bool]]:
    found = []
    for word in words:
        found += [(pair, False) for pair in _pairs(word)] if _UNSPACED_RUN.search(word) else [_term(word)]
    return found


def _pairs(word: str) -> Iterator[str]:
    """Overlapping pairs of characters, the usual stand-in for words where a script has no spaces."""
    for run in _UNSPACED_RUN.findall(word):
        yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def _stem(word: str) -> str:
    """A plural or third-person s less, so that "missiles" meets "missile"."""
    return word[:-1] if len(word) > _SHORTEST_PLAIN_WORD and word[-1] == "s" and word[-2] != "s" else word
