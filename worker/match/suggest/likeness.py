"""How like the examples every other article is, and so how likely it is meant too.

What is not labelled is neither right nor wrong: articles very like the examples are probably meant, all others are
not. Likeness is the cosine of TF-IDF vectors of title and lead (Salton and Buckley, 1988), words of the title counting
more. What is wanted is the mean of the examples and then, once, of the articles most like them too (relevance
feedback: Rocchio, 1971). How alike the examples are to one another says how like is like enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest

from worker.match.suggest import usual
from worker.match.suggest.corpus import LEAD, PLACE_BITS, PLACES, TITLE, Corpus
from worker.match.text import matched_inside

_TITLE_WEIGHT = 3.0
_WEIGHTS = [math.log1p(_TITLE_WEIGHT * bool(place & TITLE) + bool(place & LEAD)) for place in range(PLACES + 1)]
# A word in more articles than this share tells nothing, and going through its articles takes long.
_COMMON = 0.2
_TERMS_COMPARED = 150
_FEEDBACK = 8
_PROBABLE = 0.5
# Two reports of one event are about this alike before anything is known of these examples; it counts as much as two of
# them.
_USUAL_LIKENESS, _USUAL_COUNT = 0.3, 2
# Chances are even at this part of the likeness of the examples to one another, and certain that far around it.
_EVEN, _RAMP = 0.6, 0.3

Vector = Mapping[str, float]


class Likeness:
    """Likeness within one corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._rarity: dict[str, float] = {}
        wanting = usual.missing(corpus.size)
        squares = [0.0] * corpus.size
        for feature, held in corpus.postings.items():
            shown = [entry for entry in held if entry & PLACES]
            if shown:
                more = wanting * usual.share(feature, inside=matched_inside(feature)) if wanting else 0.0
                rarity = self._rarity[feature] = math.log((corpus.size + wanting + 1) / (len(shown) + more))
                for entry in shown:
                    squares[entry >> PLACE_BITS] += (_WEIGHTS[entry & PLACES] * rarity) ** 2
        self._lengths = [math.sqrt(square) or 1.0 for square in squares]

    def vector(self, number: int) -> dict[str, float]:
        """The article's features with their weights, at length 1."""
        length = self._lengths[number]
        places = self._corpus.places(number).items()
        return {feature: _WEIGHTS[place] * self._rarity[feature] / length for feature, place in places if place}

    def to(self, wanted: Vector) -> dict[int, float]:
        """The likeness to `wanted` of every article that shares one of its heavy features."""
        found: dict[int, float] = {}
        most = _COMMON * (self._corpus.size + usual.missing(self._corpus.size))
        for feature, weight in nlargest(_TERMS_COMPARED, wanted.items(), key=lambda item: (item[1], item[0])):
            held = self._corpus.postings.get(feature, ())
            scaled = weight * self._rarity[feature] if len(held) <= most else 0.0
            for entry in held if scaled else ():
                number = entry >> PLACE_BITS
                found[number] = found.get(number, 0.0) + scaled * _WEIGHTS[entry & PLACES] / self._lengths[number]
        return found


def chances(likeness: Likeness, examples: Sequence[int], others: Sequence[int]) -> dict[int, float]:
    """How likely each article is meant, where that is above 0; examples and counter-examples are left out.

    `others` are counter-examples: what is more like them than like the examples is not meant.
    """
    own = [likeness.vector(number) for number in examples]
    against = likeness.to(_mean([likeness.vector(number) for number in others])) if others else {}
    known = {*examples, *others}
    first = _chances(likeness, own, [], against, known)
    best = nlargest(_FEEDBACK, ((chance, -number) for number, chance in first.items() if chance > _PROBABLE))
    fed = [likeness.vector(-number) for _, number in best]
    return _chances(likeness, own, fed, against, known) if fed else first


def _chances(
    likeness: Likeness, own: Sequence[Vector], fed: Sequence[Vector], against: Mapping[int, float], known: set[int]
) -> dict[int, float]:
    even = _EVEN * _inner_likeness(own, fed)
    low, high = even * (1 - _RAMP), even * (1 + _RAMP)
    return {
        number: min(1.0, (score - low) / (high - low))
        for number, score in likeness.to(_wanted(own, fed)).items()
        if score > low and score > against.get(number, 0.0) and number not in known
    }


def _wanted(own: Sequence[Vector], fed: Sequence[Vector]) -> dict[str, float]:
    return _mean([_mean(own), _mean(fed)] if fed else own)


def _inner_likeness(own: Sequence[Vector], fed: Sequence[Vector]) -> float:
    """How like each example is to what the others say."""
    inner = [
        _cosine(vector, _wanted(rest, fed) if rest else _mean(fed))
        for index, vector in enumerate(own)
        if (rest := [*own[:index], *own[index + 1 :]]) or fed
    ]
    return (sum(inner) + _USUAL_COUNT * _USUAL_LIKENESS) / (len(inner) + _USUAL_COUNT)


def _mean(vectors: Iterable[Vector]) -> dict[str, float]:
    """The mean direction, at length 1."""
    total: dict[str, float] = {}
    for vector in vectors:
        for feature, weight in vector.items():
            total[feature] = total.get(feature, 0.0) + weight
    length = math.sqrt(sum(weight * weight for weight in total.values())) or 1.0
    return {feature: weight / length for feature, weight in total.items()}


def _cosine(a: Vector, b: Vector) -> float:
    return sum(weight * b.get(feature, 0.0) for feature, weight in a.items())
