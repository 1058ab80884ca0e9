"""A query from examples: what to write to find more articles like these few, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from worker.errors import WirewatchError
from worker.match.describe import in_words
from worker.match.engine import Matcher
from worker.match.query import parse
from worker.match.suggest.corpus import Corpus, bits, numbers
from worker.match.suggest.likeness import Likeness, chances
from worker.match.suggest.search import MOST_TERMS, aim_at, found_by, search
from worker.match.suggest.terms import Candidate, Candidates, clashes
from worker.match.suggest.wording import near, term, written
from worker.model import Article, Entity, Topic

_PROBABLE = 0.3
# Distances an analyst would write: about a sentence, about a paragraph.
_DISTANCES = (10, 40)
# What NEAR must add to the expected F1, for it also loses reports that are written otherwise.
_NEAR_GAIN = 0.02
_NEAR_MATCHES = 2000
# Words tried for an example that holds none of the terms otherwise tried.
_FALLBACKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A term of the query and why it is there.

    `group` numbers the groups that AND joins; -1 is for what must be absent. `examples` is how many of the examples
    hold the term, `background` how many of the articles that are no examples do.
    """

    text: str
    group: int
    examples: int
    background: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article with its score under the query (0 where it does not match) and its chance to be meant, 0..1."""

    article: Article
    score: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A query, what it means and what it does.

    `matches` are the articles of the background it finds and `passed` those that are like the examples but are not
    found, likeliest first; `missed` are examples it does not find, `caught` counter-examples it does. `shared` tells
    that some term of the language stands in more than half of the examples. `background` is how many articles it was
    judged by.
    """

    query: str
    meaning: str
    parts: tuple[Part, ...]
    matches: tuple[Found, ...]
    passed: tuple[Found, ...]
    missed: tuple[Article, ...]
    caught: tuple[Article, ...]
    shared: bool
    background: int


def suggest(
    examples: Iterable[Article],
    background: Iterable[Article],
    *,
    others: Iterable[Article] = (),
    entities: Sequence[Entity] = (),
) -> Suggestion:
    """The query that tells the examples, and what is like them, from the background and from `others`.

    The same input gives the same query. Raises WirewatchError where there are no examples, where an article is given
    as example and as counter-example, and where the examples hold no words.
    """
    wanted, unwanted = _by_id(examples), _by_id(others)
    if not wanted:
        raise WirewatchError("there is no example; give one article or more that the query shall find")
    both = wanted.keys() & unwanted.keys()
    if both:
        raise WirewatchError(f"article {min(both)} is an example and a counter-example; leave it out of one")
    ground = Ground(_each_once(background, {**unwanted, **wanted}))
    return ground.suggest([*wanted], [*unwanted], entities)


def _by_id(articles: Iterable[Article]) -> dict[str, Article]:
    return {article.id: article for article in articles}


def _each_once(background: Iterable[Article], given: dict[str, Article]) -> Iterator[Article]:
    """The background as it comes and then what is `given`, which also takes its own place in the background."""
    met: set[str] = set()
    for article in background:
        if article.id not in met:
            met.add(article.id)
            yield given.get(article.id, article)
    yield from (article for ident, article in given.items() if ident not in met)


class Ground:
    """Articles in which suggestions are sought; made once for any number of suggestions."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.corpus = Corpus(articles)
        self.likeness = Likeness(self.corpus)
        self._numbers = {article.id: number for number, article in enumerate(self.corpus.articles)}

    def suggest(self, examples: Sequence[str], others: Sequence[str], entities: Sequence[Entity] = ()) -> Suggestion:
        """The query for articles of the ground, which are given by their ids; see the function."""
        wanted, unwanted = ([self._numbers[ident] for ident in idents] for idents in (examples, others))
        return _Work(self, wanted, unwanted, entities).suggestion()


class _Work:
    """One suggestion in the making."""

    def __init__(
        self, ground: Ground, examples: Sequence[int], others: Sequence[int], entities: Sequence[Entity]
    ) -> None:
        self._corpus = ground.corpus
        self._examples, self._others = examples, others
        self._entities = entities
        self._names = [entity.name for entity in entities]
        self._chances = chances(ground.likeness, examples, others)
        self._aim = aim_at(examples, others, self._chances, self._corpus.size)
        self._known = self._aim.examples | self._aim.others

    def suggestion(self) -> Suggestion:
        terms = self._terms()
        groups = self._groups(terms)
        without = self._without(groups)
        query, matched = self._nearest(groups, without)
        parts = [self._part(each, index) for index, group in enumerate(groups) for each in group]
        parts += [self._part(each, -1) for each in without]
        count = len(self._examples)
        return Suggestion(
            query=query,
            meaning=in_words(parse(query, entities=self._names)),
            parts=tuple(parts),
            matches=self._listed(matched, matched),
            passed=self._listed(self._chances.keys() - matched.keys(), matched),
            missed=tuple(self._corpus.articles[number] for number in self._examples if number not in matched),
            caught=tuple(self._corpus.articles[number] for number in self._others if number in matched),
            shared=any(2 * (each.found & self._aim.examples).bit_count() > count for each in terms),
            background=self._corpus.size - count - len(self._others),
        )

    def _terms(self) -> list[Candidate]:
        guesses = sorted(self._chances, key=lambda number: (-self._chances[number], number))
        likely = [*self._examples, *(number for number in guesses if self._chances[number] > _PROBABLE)]
        candidates = Candidates(self._corpus, self._aim, likely)
        terms = candidates.best(self._entities)
        left = self._aim.examples & ~found_by([terms]) if terms else self._aim.examples
        common = candidates.any() if left else []
        for number in numbers(left):
            own = [each for each in common if each.found >> number & 1 and each not in terms]
            terms += sorted(own, key=lambda each: -self._aim.worth(each.found))[:_FALLBACKS]
        if not terms:
            raise WirewatchError("the examples hold no words; give articles with a title or a text")
        return terms

    def _groups(self, terms: Sequence[Candidate]) -> list[list[Candidate]]:
        state = search(self._aim, terms, clashes(terms, self._entities))
        groups = [[terms[number] for number in group] for group in state]
        if found_by(groups) & self._aim.examples != self._aim.examples:
            groups = max(groups, [self._covering(terms)], key=self._covered)
        for group in groups:
            group.sort(key=lambda each: -each.evidence)
        return sorted(groups, key=lambda group: found_by([group]).bit_count())

    def _covered(self, groups: Sequence[Sequence[Candidate]]) -> int:
        return (found_by(groups) & self._aim.examples).bit_count()

    def _covering(self, terms: Sequence[Candidate]) -> list[Candidate]:
        """Terms in one group, each the best for the examples still missed."""
        chosen: list[Candidate] = []
        left = self._aim.examples
        while left and len(chosen) < MOST_TERMS:
            best = max(terms, key=lambda each: ((each.found & left).bit_count(), self._aim.worth(each.found)))
            if not best.found & left:
                break
            chosen.append(best)
            left &= ~best.found
        return chosen

    def _without(self, groups: Sequence[Sequence[Candidate]]) -> list[Candidate]:
        """One term that must be absent, where that keeps counter-examples out and no example."""
        found = found_by(groups)
        caught = found & self._aim.others
        if not caught:
            return []
        kept = self._aim.worth(found)
        reverse = aim_at(self._others, self._examples, {}, self._corpus.size)
        banned = [
            (self._aim.worth(found & ~each.found), each)
            for each in Candidates(self._corpus, reverse, self._others).best(())
            if each.found & caught and not each.found & self._aim.examples
        ]
        worth, best = max(banned, key=lambda pair: (pair[0], -len(pair[1].surface)), default=(kept, None))
        return [best] if best and worth > kept else []

    def _nearest(
        self, groups: Sequence[Sequence[Candidate]], without: Sequence[Candidate]
    ) -> tuple[str, dict[int, float]]:
        """The query, with NEAR where that is worth it, and the score of every article it matches."""
        plain = written(groups, without, self._names)
        queries = [plain]
        found = found_by(groups)
        if len(groups) == 2 and not without and found.bit_count() <= _NEAR_MATCHES:
            queries += [near(groups, distance, self._names) for distance in _DISTANCES]
        matched = self._matched(queries, found)
        worth = [self._aim.worth(bits(scores, self._corpus.size)) for scores in matched]
        best = max(range(len(queries)), key=lambda index: (worth[index], -index))
        chosen = best if worth[best] >= worth[0] + _NEAR_GAIN else 0
        return queries[chosen], matched[chosen]

    def _matched(self, queries: Sequence[str], found: int) -> list[dict[int, float]]:
        matcher = Matcher([Topic(name=str(index), query=query) for index, query in enumerate(queries)], self._entities)
        scores: list[dict[int, float]] = [{} for _ in queries]
        looked_at = list(numbers(found))
        told = matcher.match_each(map(self._corpus.articles.__getitem__, looked_at))
        for number, (_, matches) in zip(looked_at, told, strict=True):
            for match in matches:
                scores[int(match.topic)][number] = match.score
        return scores

    def _listed(self, chosen: Iterable[int], matched: dict[int, float]) -> tuple[Found, ...]:
        among = [number for number in chosen if not self._known >> number & 1]
        ranked = sorted(among, key=lambda n: (-self._chances.get(n, 0.0), -matched.get(n, 0.0), n))
        articles, likely = self._corpus.articles, self._chances
        return tuple(Found(article=articles[n], score=matched.get(n, 0.0), chance=likely.get(n, 0.0)) for n in ranked)

    def _part(self, each: Candidate, group: int) -> Part:
        return Part(
            text=term(each, self._names),
            group=group,
            examples=(each.found & self._aim.examples).bit_count(),
            background=(each.found & ~self._known).bit_count(),
        )
