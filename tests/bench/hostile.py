"""Inputs made to be slow, each at one size and at twice that size: that may take twice as long, not four times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase

from worker.errors import QueryError
from worker.match.engine import Matcher
from worker.match.query import parse
from worker.model import Article, Topic

_ROUNDS = 3
_MEGABYTE = 1_000_000
_QUERIES = (
    "alpha",
    "alpha NEAR/3 beta",
    "(alpha OR beta) ONEAR/9999 (gamma OR alpha)",
    '"alpha alpha alpha alpha"',
    "SENTENCE(alpha beta)",
    "PARAGRAPH(alpha NOT beta)",
    "ATLEAST/9999 alpha",
    "alp* NEAR/5 bet*",
    "aaa*",
    "lead:(alpha beta)",
    "=Alpha",
    "北京",
    "alpha NOT title:gamma",
)


@dataclass(frozen=True, slots=True)
class Case:
    """CPU milliseconds, the best of three, for an input and for one of twice its size."""

    name: str
    single: float
    double: float

    @property
    def ratio(self) -> float:
        return self.double / self.single if self.single else 0.0


def cases() -> Iterator[Case]:
    yield from _nears()
    yield from _megabytes()
    yield from _queries()


def _case(name: str, work: Callable[[int], Callable[[], object]], size: int) -> Case:
    """`work(size)` prepares, what it gives is measured."""
    return Case(name, _best(work(size)), _best(work(2 * size)))


def _best(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_ROUNDS):
        started = time.thread_time()
        work()
        taken.append((time.thread_time() - started) * 1000)
    return min(taken)


def _matching(query: str, text: str) -> Callable[[], object]:
    matcher = Matcher([Topic(name="hostile", query=query)], [])
    return lambda: matcher.match(Article(id="hostile", text=text))


# --- the cases ----------------------------------------------------------------------------------------------------


def _nears() -> Iterator[Case]:
    """2,000 occurrences on either side; reading the 4,000 words is part of it."""
    query = "alpha NEAR/20 beta"
    yield _case("NEAR, 2,000 x 2,000 in turn", lambda n: _matching(query, "alpha beta " * n), 2000)
    yield _case("NEAR, 2,000 then 2,000", lambda n: _matching(query, "alpha " * n + "beta " * n), 2000)
    far = "ONEAR, 2,000 x 2,000 in the wrong order"
    yield _case(far, lambda n: _matching("alpha ONEAR/20 beta", "beta " * n + "alpha " * n), 2000)
    groups = '(alpha OR "alpha beta" OR beta) NEAR/9999 (beta OR "beta alpha" OR alpha)'
    yield _case("NEAR of groups that overlap", lambda n: _matching(groups, "alpha beta " * n), 2000)
    several = "SENTENCE(alpha NEAR/20 beta)"
    yield _case("NEAR in 2,000 sentences", lambda n: _matching(several, "Alpha beta beta alpha. " * n), 2000)


def _megabytes() -> Iterator[Case]:
    """One megabyte and two under a dozen queries of all kinds."""
    matcher = Matcher([Topic(name=query, query=query) for query in _QUERIES], [])

    def reading(make: Callable[[int], str]) -> Callable[[int], Callable[[], object]]:
        return lambda size: _under(matcher, make(size))

    for name, make in (
        ("one word again and again", lambda size: "alpha " * (size // 6)),
        ("one word of a million letters", lambda size: "a" * size),
        ("all words different", _different_words),
        ("one Han character", lambda size: "北" * (size // 3)),
        ("combining marks on one letter", lambda size: "a" + "\u0301" * (size // 2)),
        ("characters nobody sees", lambda size: "alpha\u200b\u202e\u00ad" * (size // 13)),
        ("full stops", lambda size: "." * size),
        ("emoji", lambda size: "\U0001f600" * (size // 4)),
        ("lone surrogates and NULs", lambda size: "\ud800\x00" * (size // 4)),
    ):
        yield _case(f"1 MB: {name}", reading(make), _MEGABYTE)


def _under(matcher: Matcher, text: str) -> Callable[[], object]:
    return lambda: matcher.match(Article(id="hostile", text=text))


def _different_words(size: int) -> str:
    words = map("".join, product(ascii_lowercase, repeat=6))
    return " ".join(next(words) for _ in range(size // 7))


def _queries() -> Iterator[Case]:
    terms = list(map("".join, product(ascii_lowercase, repeat=4)))
    text = " ".join(terms[::50])
    yield _case("10,000-term OR: parse", lambda n: _parsing(" OR ".join(terms[:n])), 10_000)
    yield _case("10,000-term OR: match", lambda n: _matching(" OR ".join(terms[:n]), text), 10_000)
    yield _case("10,000-term AND: parse", lambda n: _parsing(" AND ".join(terms[:n])), 10_000)
    yield _case("10,000-term AND: match", lambda n: _matching(" AND ".join(terms[:n]), " ".join(terms[:n])), 10_000)
    yield _case("200-deep parentheses: refused", lambda n: _refused("(" * n + "alpha" + ")" * n), 200)
    yield _case("10,000 NOTs: parse", lambda n: _parsing("NOT " * 2 * n + "alpha"), 10_000)


def _parsing(query: str) -> Callable[[], object]:
    return lambda: parse(query)


def _refused(query: str) -> Callable[[], object]:
    def work() -> None:
        try:
            parse(query)
        except QueryError:
            return
        raise AssertionError("nesting this deep should be refused")

    return work
