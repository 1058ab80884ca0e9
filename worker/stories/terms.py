"""The weighted vocabulary of an article: what it is about, and above all who.

Words of the title and names weigh more than the words of the text, for a report of the same event shares its names and
places while its wording differs. No word list of any language is needed beyond English function words: short lower-case
words go anyway.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

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
_END = '.!?:;\n"“”。!?'
_BEGINNING = re.compile(rf"[{_END}] ?(?=[^\W\d_])")

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
    title_name = TITLE_WEIGHT * (1.0 if _is_title_case(title) else NAME_WEIGHT)
    _count(counts, title, TITLE_WEIGHT, title_name)
    _count(counts, (article.text or article.summary)[:LEAD_CHARACTERS], 1.0, NAME_WEIGHT)
    return unit({term: math.log1p(count) for term, count in counts.items()})


def unit(weights: Mapping[str, float]) -> dict[str, float]:
    """The same direction at length 1."""
    length = math.hypot(*weights.values())
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
    all_spaced = is_spaced(text)
    begins = False
    for part in _BEGINNING.split(text):
        for word in words_of(part):
            if all_spaced or not _UNSPACED_RUN.search(word):
                term, is_capital = _term(word)
                if term:
                    counts[term] = counts.get(term, 0.0) + (name if is_capital and not begins else plain)
            else:
                for pair in _pairs(word):
                    counts[pair] = counts.get(pair, 0.0) + plain
            begins = False
        begins = True


@lru_cache(maxsize=1 << 15)
def _term(word: str) -> tuple[str, bool]:
    """The term that a word is, "" for one that says nothing, and whether it has a capital.

    Kept, for most words of a report were in others before.
    """
    is_capital = word[0].isupper()
    is_long = len(word) >= _SHORTEST_PLAIN_WORD or is_capital or word.isdigit()
    term = _stem(word.casefold())
    return (term if is_long and term not in FUNCTION_WORDS and 1 < len(word) <= _LONGEST_WORD else ""), is_capital


def _pairs(word: str) -> Iterator[str]:
    """Overlapping pairs of characters, the usual stand-in for words where a script has no spaces."""
    for run in _UNSPACED_RUN.findall(word):
        yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def _stem(word: str) -> str:
    """A plural or third-person s less, so that "missiles" meets "missile"."""
    return word[:-1] if len(word) > _SHORTEST_PLAIN_WORD and word[-1] == "s" and word[-2] != "s" else word
