"""The terms that topics use, and which of them articles hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from operator import add

import numpy as np

from worker.match.lexicon import Lexicon
from worker.match.numbering import Numbering
from worker.match.reading import Reading
from worker.match.runs import Flags, Indexes
from worker.match.telling import Telling, numbered
from worker.match.view import View
from worker.match.wildcards import is_wildcard

_WORD_FIELDS = ("title:", "author:", "url:")
_ABOUT_FIELDS = ("source:", "lang:", "feed:", "tag:")
_STEM = "~"
_GLUED = "+"


@dataclass(frozen=True)
class Held:
    """What some articles hold. A key is `stride` times the article's index and the number of a term.

    `flags` tell by key what is held. `keys` and `at` are one for each place of a term in title and text: the key, and
    the token in the lines of all articles behind each other.
    """

    stride: int
    flags: Flags
    keys: Indexes
    at: Indexes

    @cached_property
    def distinct(self) -> Indexes:
        """The keys that are held, in order."""
        return self.flags.nonzero()[0]


class Vocabulary:
    """The terms in use under one lexicon (see `needs`), each with a number. Number 0 is "", which every article holds.

    Who reads while another thread changes something may get any answer or an error.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._stem = lexicon.stem
        self._wildcards = lexicon.wildcards
        self._terms = Numbering()
        self._fields: Counter[str] = Counter()
        self.forget()

    def __len__(self) -> int:
        """One more than the highest number."""
        return len(self._terms)

    def use(self, term: str) -> int:
        """A use more: the number of the term."""
        number, is_new = self._terms.use(term)
        if is_new:
            self._fields[_field(term)] += 1
            if _has_wildcard(term):
                self._wildcards.add(_word(term))
        return number

    def release(self, number: int) -> None:
        """A use less."""
        if self._terms.release(number):
            term = self._terms.term(number)
            self._fields[_field(term)] -= 1
            if _has_wildcard(term):
                self._wildcards.discard(_word(term))

    def forget(self) -> None:
        """Start to learn anew which terms the words of articles are, after any change."""
        fields = ("", *_WORD_FIELDS)
        self._telling = {field: Telling(field, self._terms, self._wildcards) for field in fields}
        self._telling[_STEM] = Telling(_STEM, self._terms, None)

    def flags(self, reading: Reading) -> Flags:
        """By its number whether an article holds a term: faster than `held`, which tells where, too."""
        flags = np.zeros(len(self._terms), np.bool_)
        self._telling[""].mark(reading.whole.folded_positions, flags)
        if self._stem:
            self._telling[_STEM].mark(reading.whole.positions, flags)
        for field in _WORD_FIELDS:
            if self._fields[field]:
                self._telling[field].mark(reading.view(field[:-1]).folded, flags)
        flags[np.frombuffer(numbered(self._others(reading), self._terms.get), np.int32)] = True
        flags[0] = True
        return flags

    def held(self, readings: Sequence[Reading]) -> Held:
        """The terms that each of the articles holds, and where they stand."""
        stride = len(self._terms)
        starts = np.arange(len(readings)) * stride
        keys, at = self._keys("", [reading.line.folded for reading in readings], starts)
        if self._stem:
            stems, at_stems = self._keys(_STEM, [reading.line.words for reading in readings], starts)
            keys, at = np.concatenate((keys, stems)), np.concatenate((at, at_stems))
        flags = np.zeros(len(readings) * stride, np.bool_)
        flags[keys] = True
        flags[starts] = True
        for field in _WORD_FIELDS:
            if self._fields[field]:
                words = [reading.view(field[:-1]).folded for reading in readings]
                flags[self._keys(field, words, starts)[0]] = True
        for start, reading in zip(starts.tolist(), readings, strict=True):
            others = numbered(self._others(reading), self._terms.get)
            flags[np.frombuffer(others, np.int32) + start] = True
        return Held(stride, flags, keys, at)

    def _keys(self, prefix: str, words: Sequence[Sequence[str]], starts: Indexes) -> tuple[Indexes, Indexes]:
        """The keys of the terms that the words of articles are, and the index of each word of all behind each other."""
        sizes = list(map(len, words))
        numbers, at = self._telling[prefix].terms(chain.from_iterable(words), sum(sizes))
        return numbers + starts.repeat(sizes)[at], at

    def _others(self, reading: Reading) -> Iterator[str]:
        """The terms of an article that are no words of it."""
        if any(map(self._fields.__getitem__, _ABOUT_FIELDS)):
            yield from reading.about
        yield from _glued("", reading.whole)
        for field in _WORD_FIELDS:
            if self._fields[field]:
                view = reading.view(field[:-1])
                yield from _glued(field, view)
                if self._stem:
                    yield from map(f"{field}{_STEM}".__add__, view.words)


def _glued(field: str, view: View) -> Iterable[str]:
    """The terms that are letters which follow each other in scripts that are matched inside words."""
    if view.line.spaced:
        return ()
    words = view.folded
    return map(f"{field}{_GLUED}".__add__, map(add, words, islice(words, 1, None)))


def _field(term: str) -> str:
    """The prefix of a term, "" without one."""
    at = term.find(":")
    return term[: at + 1]


def _word(term: str) -> str:
    return term[len(_field(term)) :]


def _has_wildcard(term: str) -> bool:
    return _field(term) not in _ABOUT_FIELDS and is_wildcard(_word(term))
