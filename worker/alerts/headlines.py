"""What a headline says: each word by its first letters, or pairs of characters where no spaces part words.

And of which kinds of event it tells, in whatever words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

import regex

from worker.alerts.kinds import kind_of
from worker.alerts.stems import WORD, stem

_TITLE_CHARACTERS = 300
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u30fc\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+")
# Before a word: the number of what it names.
_COUNTS = regex.compile(r"(?<![\p{L}\p{N}])\p{N}[\p{N}.,]*[\s\u2010-\u2013-]\Z")
# Words of four letters or more that say nothing by themselves, in the main languages of news. What else says nothing
# is told by how it is used: two headlines share it long before a third does.
_EMPTY = frozenset(
    """
    about above after again ahead almost already also although amid among another around aren't away back because been
    before behind being below between both case could days does doesn't down during each even ever every everyone first
    five four from gets getting gives goes going gone have having here himself herself hour hours into itself just know
    last later latest least less like likely live made make makes many might month months more most much must near need
    never news next night nine once only other others over photo photos picture pictures reportedly said same says seen
    seven should show shows since some still such take takes than that their them then there these they thing things
    this those three through time times today told tomorrow tonight took towards twice under until update updates upon
    very video videos want watch week weeks well went were what when where which while will with within without would
    year years yesterday your monday tuesday wednesday thursday friday saturday sunday
    aber alle auch beim bereits dass diese dieser doch durch eine einem einen einer eines erst gegen haben hatte heute
    jahr jahre jetzt kann mehr muss nach nicht noch oder ohne sagt sehr sein seine seit sich sind tage über unter viel
    viele vier vom wann warum wegen weil weiter wenn werden wird wieder wurde wurden zwei zwischen
    alors après aussi autre avant avec avoir bien cette chez comme contre dans depuis deux dont elle encore entre
    était être fait faire jour jours leur leurs mais même moins nous plus pour pourquoi quand quatre quel quelle sans
    selon sera sont sous tous tout toute trois vers vous
    ante antes años como contra cuando cuatro desde después dice dónde durante ellos entre esta está están este esto
    hace hasta hoy más menos mientras mucho nuevo otra otro para pero porque puede quién según será sido siempre sobre
    también tiene todo todos tras tres
    ainda anos após até cada com depois desde diz dois ele ela enquanto foram isso mais muito nova novo onde pela pelo
    quatro quando quem seja também três uma
    anche ancora anni cosa dalla dalle dello della delle dopo dove essere fino molto nella nelle oltre ogni perché però
    prima quattro questa questo sono stata stato sulla tutti tutto
    было были быть вновь года году день если ещё еще здесь или как когда который которые между может можно него новые
    около перед под после почему при против раза своей своих себя стало так также там того тоже только того через что
    чтобы этого этом этот якого якщо було були буде бути вони його після проти також цього через щодо
    """.split()  # noqa: SIM905  lines of quotes would hide the words
)


def quoted_pieces(title: str, pieces: frozenset[str]) -> list[str]:
    """The words of `title` that stand for `pieces`, as it writes them and in its order; pairs in a row are one."""
    words: list[str] = []
    end = 0
    for piece, start, stop in spans(title):
        if piece not in pieces:
            continue
        if words and start < end:
            words[-1] += title[end:stop]
        else:
            words.append(title[start:stop])
        end = stop
    return list(dict.fromkeys(words))


def pieces_of(title: str) -> frozenset[str]:
    """All pieces of `title`."""
    return _pieces(title[:_TITLE_CHARACTERS])


@lru_cache(maxsize=1 << 13)
def _pieces(title: str) -> frozenset[str]:
    """Kept, for the headlines of a story are asked for again at each of its reports."""
    return frozenset(piece for piece, _, _ in spans(title))


def kinds_of(title: str) -> Mapping[str, str]:
    """The kinds of event of which `title` tells, each with its first word for it."""
    return _kinds(title[:_TITLE_CHARACTERS])


@lru_cache(maxsize=1 << 13)
def _kinds(title: str) -> Mapping[str, str]:
    kinds: dict[str, str] = {}
    for word in (*WORD.findall(title), *(title[start:stop] for start, stop in _pairs(title))):
        if kind := kind_of(word):
            kinds.setdefault(kind, word)
    return MappingProxyType(kinds)


def _pairs(title: str) -> Iterator[tuple[int, int]]:
    for run in _UNSPACED.finditer(title):
        for at in range(run.start(), max(run.start() + 1, run.end() - 1)):
            yield at, min(at + 2, run.end())


def spans(title: str) -> Iterator[tuple[str, int, int]]:
    """Each piece with where its word starts and ends.

    Numbers are none, nor is what they count ("20 people"): a toll that rises says nothing else.
    """
    title = title[:_TITLE_CHARACTERS]
    for start, stop in _pairs(title):
        yield title[start:stop], start, stop
    for word in WORD.finditer(_UNSPACED.sub(lambda run: " " * len(run.group()), title)):
        if word.group().casefold() not in _EMPTY and not _COUNTS.search(title, max(0, word.start() - 12), word.start()):
            yield stem(word.group()), word.start(), word.end()
