"""Topics as an analyst would write them, by a seeded generator.

Every topic starts from a place in real text, so that what it asks to stand together does stand together somewhere.
Its form, the frequency band of its first word and what is added to it are dealt like cards, so that each run of a
hundred topics holds the shares below. The first thousand of 100,000 topics are the same as a set of 1,000.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from bench.vocabulary import Spot, Vocabulary

from worker.model import Entity, Topic

SEED = 8
# In 100 topics: what a topic is at heart.
FORMS = {
    "word": 8, "phrase": 10, "any": 8, "all": 22, "near": 28, "ordered near": 6,
    "sentence": 6, "at least": 3, "title": 3, "lead": 2, "exact": 4,
}  # fmt: skip  # read as a table, not one below the other
# In 100 topics of one term or OR group: how often the word they start from occurs (the bands of `vocabulary`).
ALONE = {"rare": 59, "known": 34, "common": 7}
# In 100 topics that join terms: what they start from.
JOINED = {"entity": 34, "rare": 3, "known": 8, "common": 30, "everyday": 25}
# In 100 words beside the first, and their alternatives in an OR group: everyday words, most of them.
BESIDE = {"rare": 4, "known": 14, "common": 40, "everyday": 42}
# In 100 topics: what is added to it.
ADDED = {"nothing": 74, "not word": 9, "not phrase": 6, "lang": 4, "source": 3, "not source": 4}
# In 100 places where a term can stand.
TERMS = {"word": 38, "phrase": 12, "group": 46, "entity": 4}
# In 100 terms of an OR group.
GROUPED = {"word": 66, "phrase": 18, "prefix": 16}

_DISTANCES = (3, 5, 8, 10, 10, 15, 20, 25, 30, 50)
_ALTERNATIVES = (1, 1, 2, 2, 3, 4, 5)
_SAME_ARTICLE = 60
_ATTEMPTS = 60
# Words that more articles hold say nothing about any.
_FUNCTION_WORD = 0.3
_CYRILLIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопкрстуввхуз")

Writer: TypeAlias = "Callable[[Spot], str]"


class Deck:
    """Deals names in random order, in each hundred as often as `shares` says."""

    def __init__(self, shares: Mapping[str, int], rng: random.Random) -> None:
        self._cards = [name for name, share in shares.items() for _ in range(share)]
        self._rng = rng
        self._waiting: list[str] = []

    def deal(self) -> str:
        if not self._waiting:
            self._waiting = self._rng.sample(self._cards, len(self._cards))
        return self._waiting.pop()


def entities(vocabulary: Vocabulary, count: int = 200) -> list[Entity]:
    """Names of the text with one to five spellings each: the full name, the last name, more that were made up."""
    rng = random.Random(SEED)
    names = vocabulary.names[: 2 * count]
    found = []
    for first, last in rng.sample(names, min(count, len(names))):
        cyrillic = f"{first} {last}".lower().translate(_CYRILLIC).title()
        spellings = [f"{first} {last}", last, cyrillic, f"{first[0]}. {last}", f"{last}, {first}"]
        found.append(Entity(name=f"{first}-{last}".lower(), aliases=tuple(spellings[: rng.randint(1, 5)])))
    return found


def topics(vocabulary: Vocabulary, known: Sequence[Entity], domains: Sequence[str], count: int) -> list[Topic]:
    """`count` topics with different queries, named by their number. Raises ValueError for too small a vocabulary."""
    if not (vocabulary.complete and known and domains):
        raise ValueError("the text is too small: there have to be words of every frequency, names and sources")
    writer = _Writer(vocabulary, known, domains, random.Random(SEED))
    seen: set[str] = set()
    found = []
    for number in range(count):
        query = next((text for text in writer.attempts() if text not in seen), None)
        if query is None:
            raise ValueError(f"the text is too small for {count} different topics")
        seen.add(query)
        found.append(Topic(name=f"t{number:06}", query=query))
    return found


class _Writer:
    """Writes queries one after another."""

    def __init__(
        self, vocabulary: Vocabulary, known: Sequence[Entity], domains: Sequence[str], rng: random.Random
    ) -> None:
        self._vocabulary = vocabulary
        self._rng = rng
        self._entities = {entity.aliases[0].split()[-1].lower(): entity.name for entity in known}
        self._last_names = list(self._entities)
        self._domains = domains
        self._forms, self._alone, self._joined = (Deck(shares, rng) for shares in (FORMS, ALONE, JOINED))
        self._added, self._beside = Deck(ADDED, rng), Deck(BESIDE, rng)
        self._terms, self._grouped = Deck(TERMS, rng), Deck(GROUPED, rng)
        self._of_one: dict[str, Writer] = {
            "word": lambda spot: spot.word,
            "phrase": self._phrase,
            "any": self._synonyms,
            "at least": self._at_least,
            "exact": self._exact,
        }
        self._of_several: dict[str, Writer] = {
            "all": self._all,
            "near": self._near,
            "ordered near": self._near_in_order,
            "sentence": self._sentence,
            "title": self._title,
            "lead": self._lead,
        }

    def attempts(self) -> Iterator[str]:
        """Queries of one form until one is new: another start each time, and another form where words run out."""
        added = self._added.deal()
        for _ in range(_ATTEMPTS):
            form = self._forms.deal()
            write = self._of_one.get(form) or self._of_several[form]
            start = (self._alone if form in self._of_one else self._joined).deal()
            for _ in range(_ATTEMPTS):
                spot = self._start(start)
                yield self._with(added, write(spot))

    def _with(self, added: str, query: str) -> str:
        match added:
            case "nothing":
                return query
            case "not word":
                return f"{query} NOT {self._elsewhere().word}"
            case "not phrase":
                return f"{query} NOT {self._phrase(self._elsewhere())}"
            case "lang":
                return f"{query} lang:en"
            case "source":
                return f"{query} source:{self._rng.choice(self._domains)}"
            case _:
                return f"{query} NOT source:{self._rng.choice(self._domains)}"

    # --- places ---------------------------------------------------------------------------------------------------

    def _start(self, band: str) -> Spot:
        """Where an entity stands, or of two draws the one that looks like a name: names are what analysts watch."""
        if band == "entity":
            return self._vocabulary.spot_of(self._rng.choice(self._last_names), self._rng)
        spot, other = self._vocabulary.spot(band, self._rng), self._vocabulary.spot(band, self._rng)
        return spot if spot.word.istitle() or not other.word.istitle() else other

    def _elsewhere(self) -> Spot:
        return self._vocabulary.spot(self._beside.deal(), self._rng)

    def _beside_it(self, spot: Spot, before: int, after: int) -> list[Spot]:
        """What stands beside the spot's word, as an analyst knows it: a term, and alternatives to it.

        Words that stand there often are likelier; the first is of the band that is due where there is one. Where
        nothing stands there, words from elsewhere.
        """
        count = 1 + self._rng.choice(_ALTERNATIVES)
        company = self._vocabulary.company(spot, before, after, self._rng)
        if not company:
            return [self._elsewhere() for _ in range(count)]
        due = self._beside.deal()
        fitting = [word for word in company if self._vocabulary.band(word) == due] or list(company)
        words = [*self._weighted(fitting, company, 1), *self._weighted(list(company), company, count - 1)]
        return [self._vocabulary.spot_of(word, self._rng) for word in words]

    def _weighted(self, words: Sequence[str], counts: Mapping[str, int], size: int) -> list[str]:
        return self._rng.choices(words, [counts[word] ** 2 for word in words], k=size)

    def _anywhere(self, spot: Spot) -> list[Spot]:
        return self._beside_it(spot, _SAME_ARTICLE, _SAME_ARTICLE)

    # --- terms ----------------------------------------------------------------------------------------------------

    def _phrase(self, spot: Spot) -> str:
        """Two or three words in a row that hold the spot, with no function word at either end; else its word alone."""
        first, end = spot.document.sentence(spot.place)
        words = spot.document.words
        sizes = (2, 3) if self._rng.random() < 0.75 else (3, 2)
        for size in sizes:
            starts = range(max(first, spot.place - size + 1), min(spot.place, end - size) + 1)
            fitting = [at for at in starts if self._tells(words[at]) and self._tells(words[at + size - 1])]
            if fitting:
                at = self._rng.choice(fitting)
                return f'"{" ".join(words[at : at + size])}"'
        return spot.word

    def _tells(self, word: str) -> bool:
        return self._vocabulary.share(word) < _FUNCTION_WORD and not word.isdigit()

    def _prefix(self, spot: Spot) -> str:
        beginning = self._vocabulary.beginning(spot.word)
        return f"{beginning}*" if beginning else spot.word

    def _synonyms(self, spot: Spot) -> str:
        """The spot's word or others from anywhere."""
        return self._group([spot, *(self._start(self._alone.deal()) for _ in range(self._rng.choice(_ALTERNATIVES)))])

    def _group(self, spots: Sequence[Spot]) -> str:
        written = dict.fromkeys(map(self._grouped_term, spots))
        return f"({' OR '.join(written)})" if len(written) > 1 else next(iter(written))

    def _grouped_term(self, spot: Spot) -> str:
        match self._grouped.deal():
            case "word":
                return spot.word
            case "phrase":
                return self._phrase(spot)
            case _:
                return self._prefix(spot)

    def _first(self, spot: Spot) -> str:
        """The term that a topic starts from; an entity where one stands there."""
        entity = self._entities.get(spot.word.lower())
        return f"@{entity}" if entity else self._term(spot, lambda: self._synonyms(spot))

    def _second(self, spots: Sequence[Spot]) -> str:
        return self._term(spots[0], lambda: self._group(spots))

    def _term(self, spot: Spot, group: Callable[[], str]) -> str:
        match self._terms.deal():
            case "word":
                return spot.word
            case "phrase":
                return self._phrase(spot)
            case "entity":
                return f"@{self._entities[self._rng.choice(self._last_names)]}"
            case _:
                return group()

    # --- forms ----------------------------------------------------------------------------------------------------

    def _all(self, spot: Spot) -> str:
        count = self._rng.choice((2, 2, 2, 3, 3, 4))
        others = [self._second(self._anywhere(spot)) for _ in range(count - 1)]
        joiner = " AND " if self._rng.random() < 0.7 else " "
        return joiner.join([self._first(spot), *others])

    def _near(self, spot: Spot) -> str:
        distance = self._rng.choice(_DISTANCES)
        sides = [self._first(spot), self._second(self._beside_it(spot, distance, distance))]
        self._rng.shuffle(sides)
        operator = "NEAR" if distance == 10 and self._rng.random() < 0.5 else f"NEAR/{distance}"
        return self._and_more(f"{sides[0]} {operator} {sides[1]}", spot)

    def _near_in_order(self, spot: Spot) -> str:
        distance = self._rng.choice(_DISTANCES)
        other = self._second(self._beside_it(spot, 0, distance))
        return self._and_more(f"{self._first(spot)} ONEAR/{distance} {other}", spot)

    def _and_more(self, near: str, spot: Spot) -> str:
        """A third of all NEARs ask for something more in the article."""
        return f"{near} AND {self._second(self._anywhere(spot))}" if self._rng.random() < 0.33 else near

    def _sentence(self, spot: Spot) -> str:
        others = [self._second(self._beside_it(spot, 10, 10)) for _ in range(self._rng.choice((1, 1, 2)))]
        return f"SENTENCE({' '.join([self._first(spot), *others])})"

    def _at_least(self, spot: Spot) -> str:
        counted = self._synonyms(spot) if self._rng.random() < 0.4 else self._prefix(spot)
        return f"ATLEAST/{self._rng.choice((2, 2, 3))} {counted}"

    def _title(self, spot: Spot) -> str:
        if self._rng.random() < 0.5:
            return f"title:{self._group([spot, *self._beside_it(spot, 20, 20)])}"
        return f"title:{spot.word} {self._second(self._anywhere(spot))}"

    def _lead(self, spot: Spot) -> str:
        return f"lead:({self._first(spot)} AND {self._second(self._beside_it(spot, 30, 30))})"

    def _exact(self, spot: Spot) -> str:
        return f"={self._phrase(spot)}" if self._rng.random() < 0.3 else f"={spot.word}"
