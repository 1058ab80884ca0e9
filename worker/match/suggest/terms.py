"""The terms a query may be made of: words, phrases, prefixes and entities of the articles that are likely meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_

from worker.match.nodes import Alias, Leaf, Phrase
from worker.match.suggest import usual
from worker.match.suggest.corpus import LEAD_TOKENS, Corpus, passages
from worker.match.suggest.search import Aim, Term
from worker.match.text import Passage, matched_inside, units
from worker.model import Entity

# Articles whose words are looked at, the examples first.
_READ = 40
_KEPT = 120
# A word in more articles than this share cannot lead, and one in more than this share cannot end a phrase.
_COMMON, _COMMON_END = 0.1, 0.02
_LEAST_SUPPORT = 0.08
_LONGEST_PHRASE = 3
# Han, Kana and Thai names have two to six characters, Hangul words fewer.
_SHORTEST_RUN, _LONGEST_RUN = 2, 5
_SHORTEST_STEM, _LONGEST_ENDING = 4, 4
_NEIGHBOURS, _PREFIXES = 8, 60
# An example that names a term only below its title is half the evidence.
_BELOW_TITLE = 0.5
_PHRASE_COST = 0.8
# Where counts are missing, a further word makes a phrase this much rarer.
_PHRASE_RARER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Term):
    """A term as it is written in a query; `surface` is how the articles spell it."""

    leaf: Leaf
    surface: str


@dataclass(slots=True)
class _Seen:
    """How often a row of words occurs in the articles read, and how it is spelled there."""

    articles: int = 0
    examples: int = 0
    named: bool = False
    surfaces: Counter[str] = field(default_factory=Counter)


class Candidates:
    """Collects candidates in one corpus for one aim; `likely` are the articles to read, the examples first."""

    def __init__(self, corpus: Corpus, aim: Aim, likely: Sequence[int]) -> None:
        self._corpus = corpus
        self._aim = aim
        self._likely = likely[:_READ]
        self._count = aim.examples.bit_count()
        examples = (corpus.articles[number] for number in likely[: self._count])
        self._titles = Corpus([replace(article, text="", summary="") for article in examples])
        self._all = corpus.size + usual.missing(corpus.size)

    def best(self, entities: Sequence[Entity]) -> list[Candidate]:
        """The terms worth combining, best first, then prefixes and entities."""
        seen = self._seen()
        least = max(2.0, _LEAST_SUPPORT * len(self._likely))
        found = [
            self._row(words, row)
            for words, row in seen.items()
            if row.articles >= least or row.examples >= min(2, self._count)
        ]
        rare = [term for term in found if self._is_rare(term)]
        best = sorted(rare, key=lambda term: (-self._aim.worth(term.found), _key(term)))[:_KEPT]
        more = [*self._prefixes(seen), *self._entities(entities)]
        return [*best, *(term for term in more if self._is_rare(term))]

    def any(self) -> list[Candidate]:
        """Every word of the examples, however common, and characters that stand alone."""
        rows = self._seen(shortest_run=1).items()
        return sorted((self._row(words, row) for words, row in rows if len(words) == 1 and row.examples), key=_key)

    def _is_rare(self, term: Candidate) -> bool:
        usually = term.share * usual.missing(self._corpus.size)
        return 0 < term.found.bit_count() + usually <= _COMMON * self._all + self._count

    def _seen(self, shortest_run: int = _SHORTEST_RUN) -> dict[tuple[str, ...], _Seen]:
        """Every row of words in the articles to read that is no accident of grammar."""
        seen: dict[tuple[str, ...], _Seen] = {}
        for number in self._likely:
            here: set[tuple[str, ...]] = set()
            for passage in passages(self._corpus.articles[number]):
                for words, first, end in _rows(passage, shortest_run):
                    surface = passage.original(first, end)
                    if len(words) > 1 and not surface.istitle() and any(map(self._is_common, (words[0], words[-1]))):
                        continue
                    row = seen.setdefault(words, _Seen())
                    row.surfaces[surface] += 1
                    row.named |= first > 0 and surface[:1].isupper() and not surface.isupper()
                    here.add(words)
            for words in here:
                seen[words].articles += 1
                seen[words].examples += self._aim.examples >> number & 1
        return seen

    def _is_common(self, word: str) -> bool:
        """Whether a word ends no phrase: "of the", "says he"."""
        count = len(self._corpus.postings.get(word, ()))
        usually = usual.missing(self._corpus.size) * usual.share(word)
        return count > _COMMON_END * self._all or count + usually > _COMMON * self._all

    def _row(self, words: tuple[str, ...], row: _Seen) -> Candidate:
        surface = min(row.surfaces, key=lambda text: (-row.surfaces[text], text))
        inside = matched_inside(words[0])
        share = min(usual.share(word, is_name=row.named, inside=inside) for word in words)
        share *= _PHRASE_RARER ** (len(words) - 1)
        return self._made(Phrase(words), surface, share)

    def _made(self, leaf: Leaf, surface: str, share: float, aliases: Sequence[str] = ()) -> Candidate:
        found = _found(self._corpus, leaf, aliases)
        examples = found & self._aim.examples
        titled = _found(self._titles, leaf, aliases).bit_count()
        evidence = self._aim.mass(found) + _BELOW_TITLE * (examples.bit_count() + titled)
        guessed = 1 - examples.bit_count() / self._count
        cost = 0.0 if aliases else 1.0
        if isinstance(leaf, Phrase) and len(leaf.words) > 1:
            cost = _PHRASE_COST
            evidence *= (found.bit_count() + 1) / (self._with_all(leaf.words).bit_count() + 2)
        return Candidate(
            leaf=leaf, surface=surface, found=found, evidence=evidence, share=share, cost=cost * (1 + guessed)
        )

    def _with_all(self, words: Sequence[str]) -> int:
        return reduce(and_, (self._corpus.with_phrase((word,)) for word in words))

    def _prefixes(self, seen: Mapping[tuple[str, ...], _Seen]) -> Iterator[Candidate]:
        """What inflected forms in different articles share: the examples may each hold another form."""
        words = sorted(words[0] for words, row in seen.items() if len(words) == 1 and self._may_lead(words[0]))
        pairs = ((word, other) for at, word in enumerate(words) for other in words[at + 1 : at + 1 + _NEIGHBOURS])
        held: Counter[str] = Counter()
        for word, other in pairs:
            stem = _stem(word, other)
            if stem:
                held[stem] = max(held[stem], seen[word,].articles + seen[other,].articles)
        for stem in sorted(held, key=lambda stem: (-held[stem], stem))[:_PREFIXES]:
            yield self._made(Phrase((f"{stem}*",)), f"{stem}*", usual.share(stem))

    def _may_lead(self, word: str) -> bool:
        return word[0].isalpha() and len(self._corpus.postings.get(word, ())) <= _COMMON * self._all

    def _entities(self, entities: Sequence[Entity]) -> Iterator[Candidate]:
        for entity in entities:
            if self._corpus.with_any_name(entity.aliases) & self._aim.examples:
                share = _PHRASE_RARER * usual.share("", is_name=True)
                yield self._made(Alias(entity.name), f"@{entity.name}", share, entity.aliases)


def clashes(terms: Sequence[Candidate], entities: Sequence[Entity]) -> list[frozenset[int]]:
    """For each term those that say the same or a part of it."""
    names = {entity.name: [units(alias) for alias in entity.aliases] for entity in entities}
    rows = [names[term.leaf.name] if isinstance(term.leaf, Alias) else [term.leaf.words] for term in terms]
    return [
        frozenset(other for other in range(len(terms)) if other != number and _overlap(rows[number], rows[other]))
        for number in range(len(terms))
    ]


def _overlap(rows: Sequence[tuple[str, ...]], others: Sequence[tuple[str, ...]]) -> bool:
    return any(_within(row, other) or _within(other, row) for row in rows for other in others)


def _within(row: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if row[0].endswith("*"):
        return any(word.startswith(row[0][:-1]) for word in other)
    if len(row) == len(other) == 1:
        return matched_inside(row[0]) and row[0] in other[0]
    return any(other[start : start + len(row)] == row for start in range(len(other) - len(row) + 1))


def _found(corpus: Corpus, leaf: Leaf, aliases: Sequence[str]) -> int:
    if isinstance(leaf, Alias):
        return corpus.with_any_name(aliases)
    return corpus.with_prefix(leaf.words[0][:-1]) if leaf.words[0].endswith("*") else corpus.with_phrase(leaf.words)


def _rows(passage: Passage, shortest_run: int) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Words, phrases, and runs of characters where a script is matched inside words, with first and last token."""
    words = passage.words[:LEAD_TOKENS]
    inside = [not passage.spaced and matched_inside(word) for word in words]
    for first, word in enumerate(words):
        if inside[first]:
            runs = _runs(passage, words, inside, first)
            yield from ((run, first, end) for run, end in runs if end - first >= shortest_run)
            continue
        end = first + 1
        yield (word,), first, end
        while end < min(first + _LONGEST_PHRASE, len(words)) and not inside[end] and not passage.glued(end):
            end += 1
            yield tuple(words[first:end]), first, end


def _runs(
    passage: Passage, words: Sequence[str], inside: Sequence[bool], first: int
) -> Iterator[tuple[tuple[str, ...], int]]:
    run = words[first]
    for end in range(first + 1, min(first + _LONGEST_RUN, len(words)) + 1):
        yield (run,), end
        if end == len(words) or not inside[end] or not passage.glued(end):
            return
        run += words[end]


def _stem(word: str, other: str) -> str:
    """What two inflected forms share, "" where they are different words."""
    size = next((at for at, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    letters = sum(map(str.isalpha, word[:size]))
    alike = letters >= _SHORTEST_STEM and max(len(word), len(other)) - size <= _LONGEST_ENDING
    return word[:size] if alike and not matched_inside(word) else ""


def _key(term: Candidate) -> tuple[str, ...]:
    return term.leaf.words if not isinstance(term.leaf, Alias) else (term.leaf.name,)
