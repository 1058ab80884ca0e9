"""Words for the world's press: sample sentences of no meaning in plain English, and names that nobody has.

Everything comes from the dice that is handed in, so the same seed writes the same news.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import islice


def _listed(words: str) -> list[str]:
    return words.split()


_ONSETS = _listed("b br d dr f fl g gl h k kl l m n p pr r s sk st t tr v w z")
_CORES = _listed("a e i o u ai ea ou")
_CODAS = _listed("l n r s t k m x nd rt lm sk")
NOUNS = _listed(
    "bridge harbour school library market river garden station museum factory clinic theatre council road tunnel park "
    "budget timetable railway ferry airport forest mill kitchen orchard bakery concert exhibition marathon festival "
    "lighthouse reservoir warehouse vineyard laboratory observatory playground square church tower canal quarry"
)
_VERBS = _listed(
    "repaired opened measured painted discussed planned described visited closed counted moved cleaned enlarged tested "
    "presented reviewed photographed insured extended lit heated drained fenced renamed surveyed rented restored"
)
_ADJECTIVES = _listed(
    "old new small wide quiet narrow bright wooden northern southern eastern western busy empty modern early late "
    "light dry wet warm cold tall short local annual weekly private shared covered floating"
)
_PEOPLE = _listed("residents engineers teachers gardeners drivers visitors members planners students fishermen bakers")
_SEASONS = "before winter|after the holidays|within three months|by the end of summer|next spring|in two stages"
EVENTS = ("summit", "treaty", "strike", "verdict", "merger", "embargo", "outage", "ceasefire")
"""Words that topics ask for beside a name. Calm sentences have none of them."""

_CALM = (
    "The {a} {n} in {p} is to be {v} {s}, the {m} were told on a {b} evening with {d} people in the hall.",
    "In {p} the {m} asked why the {n} had not been {v} together with the {a} {o}, as had been planned {s}.",
    "About {d} {m} came to see the {a} {n}, which was {v} at a cost of {d} thousand, less than for the {o} in {p}.",
    "A {b} {n} beside the {o} will be {v} {s}, although {d} of the {m} in {p} would rather keep the {a} one.",
    "What becomes of the {n} depends on the {o}, which was {v} in {p} when {d} {m} had measured the {a} ground.",
    "The {m} of {p} have {v} the {n} for {d} years and hope that a {a} {o} will be there {s}.",
    "For the {a} {o} another place has to be found, since the {n} near {p} takes {d} metres and is {v} {s}.",
    "Nobody in {p} remembers when the {b} {n} was last {v}, but {d} {m} wrote down what the {a} {o} needs.",
)
_STIRRED = (
    "A {e} far away made no difference to the {a} {n} in {p}, which {d} {m} have {v} all the same.",
    "The word {e} was heard twice when the {m} of {p} spoke about the {n}, {d} minutes before the {o} was {v}.",
)


def made_up(dice: random.Random, count: int, taken: set[str] | None = None) -> list[str]:
    """So many different words that no language has, capitalised; none of `taken`, which then holds them, too."""
    seen = set() if taken is None else taken

    def words() -> Sequence[str]:
        while True:
            word = "".join(dice.choice(_ONSETS) + dice.choice(_CORES) for _ in range(2)) + dice.choice(_CODAS)
            if word not in seen:
                seen.add(word)
                yield word.capitalize()

    return list(islice(words(), count))


class Sentences:
    """What news is made of where it tells of no event that anybody watches."""

    def __init__(self, dice: random.Random, calm: int = 6_000, stirred: int = 1_500) -> None:
        self.places = made_up(dice, 400)
        self.calm = [self._sentence(dice, _CALM) for _ in range(calm)]
        self.stirred = [self._sentence(dice, _STIRRED) for _ in range(stirred)]

    def _sentence(self, dice: random.Random, templates: Sequence[str]) -> str:
        first, second = dice.sample(NOUNS, 2)
        return dice.choice(templates).format(
            a=dice.choice(_ADJECTIVES),
            b=dice.choice(_ADJECTIVES),
            n=first,
            o=second,
            p=dice.choice(self.places),
            v=dice.choice(_VERBS),
            m=dice.choice(_PEOPLE),
            s=dice.choice(_SEASONS.split("|")),
            d=dice.randrange(12, 900),
            e=dice.choice(EVENTS),
        )

    def headline(self, dice: random.Random) -> str:
        """Of a calm article."""
        noun, verb = dice.choice(NOUNS), dice.choice(_VERBS)
        return f"Sample {noun} in {dice.choice(self.places)} to be {verb} {dice.choice(_SEASONS.split('|'))}"
